import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { readDocument } from '../../src/api/xml/document.ts';
import { defaultXmlLimits, type XmlLimits } from '../../src/api/xml/limits.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import type { Random } from '../../src/lib/random.ts';
import { token } from '../doors/door-rig.ts';
import { createFuzzedDoor } from './gateway.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const authentication = `<AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>`;
const from = '<FROM>Bakery</FROM>';
const to = '<TO>0031612345678</TO>';
const body = '<BODY>Your bread is ready</BODY>';
const good = `<MESSAGES>${authentication}<MSG>${from}${to}${body}</MSG></MESSAGES>`;

const documents = [
  good,
  `<?xml version="1.0" encoding="utf-8"?>\n${good}`,
  `\ufeff<MESSAGES>\r\n\t${authentication}<MSG>${from}${to}${to}<DCS>8</DCS><BODY>Κείμενο 🍞</BODY></MSG><MSG>${from}${to}${body}</MSG></MESSAGES>`,
  `<MESSAGES>${authentication}<MSG>${from}${to}<BODY TYPE="AUTO" HEADER="">a &amp; b &#x20ac; <![CDATA[<b>]]></BODY><REFERENCE>r1</REFERENCE><VALIDITY>2h</VALIDITY></MSG></MESSAGES>`,
  `<MESSAGES>${authentication}<MSG>${from}${to}<BODY TYPE="BINARY" HEADER="050003010201">00ff</BODY><CHANNEL>Push</CHANNEL><ALLOWEDCHANNELS>SMS, Viber</ALLOWEDCHANNELS></MSG></MESSAGES>`,
  `<!DOCTYPE MESSAGES [<!ENTITY a "aa"><!ENTITY b SYSTEM "file:///etc/passwd">]><MESSAGES>&a;&b;</MESSAGES>`,
];

/** What a `MSG` may hold, and what else a document may hold that is well-formed. */
const elements = [
  from,
  to,
  body,
  '<TO/>',
  '<TO>x</TO>',
  '<BODY TYPE="AUTO">é&amp;&#13;<![CDATA[<b>]]><!-- c -->\r\n</BODY>',
  '<BODY HEADER="050003010201"/>',
  '<DCS>8</DCS>',
  '<DCS>x</DCS>',
  '<CHANNEL>Push</CHANNEL>',
  '<ALLOWEDCHANNELS>SMS,,</ALLOWEDCHANNELS>',
  '<MAXIMUMNUMBEROFMESSAGEPARTS>2</MAXIMUMNUMBEROFMESSAGEPARTS>',
  '<VALIDITY>1m</VALIDITY>',
  '<REFERENCE>🍞</REFERENCE>',
  '<x a="1" b=\'2\'><y>z</y></x>',
  '<MSG/>',
  ' \r\n',
  authentication,
];

/** What may stand anywhere and is mostly wrong there. */
const oddities = [
  '<MESSAGES>',
  '</MESSAGES>',
  '<MSG>',
  '</MSG>',
  '<BODY>',
  '</BODY>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?xml version="1.0" encoding="utf-8"?>',
  '<?p i?>',
  '<!DOCTYPE',
  '&#0;',
  '&e;',
  '<',
  '\ufeff',
  '\u0000',
];

/** Limits so small that short documents meet them. */
const smallLimits: XmlLimits = {
  ...defaultXmlLimits,
  bodyBytesMax: 600,
  strangerBytesMax: 300,
  depthMax: 4,
  elementsMax: 12,
  attributesMax: 2,
  bodyCharactersMax: 30,
  fieldCharactersMax: 36,
  channelNamesMax: 2,
  pieceCharactersMax: 7,
};

const takeTurn = () => Promise.resolve();

const doors = [
  createFuzzedDoor(createXmlDoor),
  createFuzzedDoor((parts) => createXmlDoor({ ...parts, limits: smallLimits })),
];
const counts = { sent: 0, accepted: 0, read: 0 };

/** The parser, the document and the door of the XML gateway. */
export const xmlTarget: FuzzTarget = {
  about: 'XML: parser, document and door, several requests one after the other',
  seeds: [good, good, ...documents].map((text) => Buffer.from(text)),
  async attempt(input, random) {
    const document = random.uint32() % 2 === 0 ? compose(random) : input;
    await checkReader(document, random);
    await send(document, random);
    // What came before is of no consequence to who comes next.
    if (random.uint32() % 8 === 0) {
      await send(input, random);
      assert.ok(await pick(doors, random).send({ body: Buffer.from(good) }), 'the good one');
    }
  },
  summarise() {
    const percent = (count: number) => Math.round((100 * count) / Math.max(1, counts.sent));
    return `${percent(counts.read)} % read, ${percent(counts.accepted)} % accepted`;
  },
};

async function send(document: Buffer, random: Random): Promise<void> {
  const headers: Record<string, string> =
    random.uint32() % 16 === 0 ? { 'x-cm-producttoken': token } : {};
  counts.sent++;
  if (await pick(doors, random).send({ body: document, headers })) counts.accepted++;
}

/** A comment in front of a document changes nothing of it, nor do limits that it does not reach. */
async function checkReader(document: Buffer, random: Random): Promise<void> {
  const read = await readDocument(document, defaultXmlLimits, takeTurn);
  if (read === null) return;
  counts.read++;
  const small = await readDocument(document, smallLimits, takeTurn);
  assert.ok(small === null || isDeepStrictEqual(small, read), 'limits make a difference');
  const pieceCharactersMax = 1 + (random.uint32() % 50);
  const inPieces = await readDocument(
    document,
    { ...defaultXmlLimits, pieceCharactersMax },
    takeTurn,
  );
  assert.ok(isDeepStrictEqual(inPieces, read), 'pieces make a difference');
  if (random.uint32() % 8 !== 0 || document.includes('<?xml')) return;
  const comment = Buffer.from('<!-- <MSG> &e; -->');
  const joined = Buffer.concat([comment, withoutMark(document)]);
  const longer = await readDocument(joined, defaultXmlLimits, takeTurn);
  assert.ok(isDeepStrictEqual(longer, read), 'a comment makes a difference');
}

function withoutMark(document: Buffer): Buffer {
  return document.subarray(document[0] === 0xef ? 3 : 0);
}

/** A document that is well-formed, but for an oddity in every other one. */
function compose(random: Random): Buffer {
  const parts = ['<MESSAGES>', random.uint32() % 8 === 0 ? '' : authentication];
  for (let messages = random.uint32() % 4; messages > 0; messages--) {
    parts.push('<MSG>', from, to, body);
    // Now and then one that is needed gives way to another, or to none.
    for (let left = random.uint32() % 4; left > 0; left--) {
      const at = parts.length - (random.uint32() % 4);
      const isNew = random.uint32() % 4 !== 0;
      parts.splice(at, random.uint32() % 2, ...(isNew ? [pick(elements, random)] : []));
    }
    parts.push('</MSG>');
  }
  parts.push('</MESSAGES>');
  if (random.uint32() % 2 === 0) {
    parts.splice(random.uint32() % parts.length, random.uint32() % 2, pick(oddities, random));
  }
  return Buffer.from(parts.join(''));
}
