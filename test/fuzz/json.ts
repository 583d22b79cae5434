import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { DoorResponse } from '../../src/api/door.ts';
import { createJsonDoor } from '../../src/api/json/json-door.ts';
import { parseJson } from '../../src/api/json/json-text.ts';
import { defaultJsonLimits, type JsonLimits } from '../../src/api/json/limits.ts';
import type { Random } from '../../src/lib/random.ts';
import { token } from '../doors/door-rig.ts';
import { createFuzzedDoor } from './gateway.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const authentication = `"authentication":{"productToken":"${token}"}`;
const from = '"from":"Bakery"';
const to = '"to":[{"number":"0031612345678"}]';
const body = '"body":{"type":"auto","content":"Your bread is ready"}';
const wrap = (...messages: string[]) =>
  `{"messages":{${authentication},"msg":[${messages.join(',')}]}}`;
const good = wrap(`{${from},${to},${body}}`);

const documents = [
  good,
  `\ufeff${good}\r\n`,
  wrap(
    `{${from},"to":[{"number":"0031612345678"},{"number":"+31 6 12345678"}],${body},"dcs":8,"validity":"2h","reference":"r1"}`,
  ),
  wrap(
    `{${from},${to},"body":{"content":"Κείμενο 🍞 \\ud83c\\udf5e"},"minimumNumberOfMessageParts":1,"maximumNumberOfMessageParts":2}`,
    `{${from},${to},${body},"customGrouping":"a","customGrouping2":"b","allowedChannels":["SMS","WhatsApp"]}`,
  ),
  wrap(
    `{${from},${to},${body},"allowedChannels":["WhatsApp"],"richContent":{"conversation":[{"text":"Hi"},{"media":{"mediaName":"a","mediaUri":"https://a.example/a.png","mimeType":"image/png"}}],"suggestions":[{"action":"Reply","label":"Yes","postbackdata":"y"}]}}`,
  ),
  wrap(
    `{"allowedChannels":["WhatsApp"],${from},${to},${body},"richContent":{"conversation":[{"template":{"whatsapp":{"namespace":"n","element_name":"e","language":{"policy":"deterministic","code":"en"},"components":[{"type":"body","parameters":[{"type":"text","text":"x"}]}]}}}]}}`,
  ),
];

/** What a `msg` may hold beside what it must, or in its place. */
const fields = [
  '"to":[]',
  '"to":{}',
  '"to":[{"number":"x"}]',
  '"TO":[{"NUMBER":31612345678},null,{}]',
  '"from":""',
  '"From":"OldBakery1234"',
  '"body":{"content":"\\u0000\\ud83d"}',
  '"BODY":{"Type":"AUTO","CONTENT":""}',
  '"body":null',
  '"dcs":"8"',
  '"dcs":1e400',
  '"validity":"1m"',
  '"validity":"2026-03-29T02:30:00"',
  '"reference":"🍞"',
  '"reference":{"__proto__":{"a":1}}',
  '"__proto__":{"from":"x"}',
  '"allowedChannels":["SMS","sms","Viber","x",1]',
  '"maximumNumberOfMessageParts":256',
  '"appKey":"7f2d9c1e-4b6a-4d0e-9a53-0c8e1f6b2a75"',
  '"richContent":{"conversation":[{}]}',
  '"x":[[[[1e-7,true,false,null,"\\"\\\\\\/"]]]]',
];

/** What may stand anywhere and is mostly wrong there. */
const oddities = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\u0000',
  '\ufeff',
  '1',
  'null',
  '\ud800',
];

/** Limits so small that short documents meet them. */
const smallLimits: JsonLimits = {
  bodyBytesMax: 700,
  strangerBytesMax: 300,
  depthMax: 6,
  containersMax: 9,
  distinctKeysMax: 12,
};

const doors = [
  createFuzzedDoor(createJsonDoor, checkAnswer),
  createFuzzedDoor((parts) => createJsonDoor({ ...parts, limits: smallLimits }), checkAnswer),
];
const [normalDoor] = doors;
const counts = { sent: 0, accepted: 0, read: 0 };
let lastAnswer = '';

/** The parser, the document and the door of the JSON gateway. */
export const jsonTarget: FuzzTarget = {
  about: 'JSON: parser, document and door, several requests one after the other',
  seeds: [good, good, ...documents].map((text) => Buffer.from(text)),
  async attempt(input, random) {
    const document = random.uint32() % 2 === 0 ? compose(random) : input;
    await checkReader(document, random);
    counts.sent++;
    const headers: Record<string, string> =
      random.uint32() % 16 === 0 ? { 'x-cm-producttoken': token } : {};
    if (await pick(doors, random).send({ body: document, headers })) counts.accepted++;
    // What came before is of no consequence to who comes next.
    if (random.uint32() % 8 === 0) {
      assert.ok(await pick(doors, random).send({ body: Buffer.from(good) }), 'the good one');
    }
  },
  summarise() {
    const percent = (count: number) => Math.round((100 * count) / Math.max(1, counts.sent));
    return `${percent(counts.read)} % read, ${percent(counts.accepted)} % accepted`;
  },
};

interface Answer {
  readonly details: string;
  readonly errorCode: number;
  readonly messages: readonly {
    readonly status: string;
    readonly parts: number;
    readonly messageDetails: string | null;
    readonly messageErrorCode: number;
  }[];
}

/** An answer in the envelope that clients read, whose elements say what was accepted, and only that. */
function checkAnswer({ status, headers, body: text }: DoorResponse, accepted: number): void {
  assert.ok([200, 400, 413].includes(status), String(status));
  assert.equal(status === 200, accepted > 0, text);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  const answer: Answer = JSON.parse(text);
  assert.deepEqual(Object.keys(answer), ['details', 'errorCode', 'messages']);
  const { errorCode, messages } = answer;
  const good = messages.filter((one) => one.status === 'Accepted');
  assert.equal(good.length, accepted, text);
  assert.equal(errorCode === 0, accepted > 0 && accepted === messages.length, text);
  for (const one of messages) {
    const isGood = one.status === 'Accepted';
    assert.ok(isGood || one.status === 'Rejected');
    assert.equal(one.parts > 0, isGood);
    assert.equal(one.messageDetails === null, isGood);
    assert.equal(one.messageErrorCode === 0, isGood);
  }
  lastAnswer = text;
}

/** What is JSON to us is JSON; blanks around it and the case of its keys change nothing of what is answered. */
async function checkReader(document: Buffer, random: Random): Promise<void> {
  const read = parseJson(document, defaultJsonLimits);
  const small = parseJson(document, smallLimits);
  assert.ok(small === undefined || isDeepStrictEqual(small, read), 'limits make a difference');
  if (read === undefined) return;
  counts.read++;
  const text = document.toString('utf8', document[0] === 0xef ? 3 : 0);
  assert.ok(isDeepStrictEqual(read, JSON.parse(text)), 'read as something else');
  if (random.uint32() % 4 !== 0 || normalDoor === undefined) return;
  // What JSON cannot say again, such as 1e400, could only be sent as something else.
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(read)), read)) return;
  const recased = Buffer.from(`\n${JSON.stringify(recase(read, random))} `);
  if (Math.max(document.length, recased.length) > defaultJsonLimits.strangerBytesMax) return;
  await normalDoor.send({ body: document });
  const expected = lastAnswer;
  await normalDoor.send({ body: recased });
  assert.equal(lastAnswer, expected, recased.toString());
}

/** The same value, the ASCII letters of whose keys are of any case. */
function recase(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((item) => recase(item, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [recaseKey(key, random), recase(item, random)]),
  );
}

function recaseKey(key: string, random: Random): string {
  return key.replaceAll(/[a-z]/gi, (letter) =>
    random.uint32() % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase(),
  );
}

/** A document that is JSON, but for an oddity in every fourth one. */
function compose(random: Random): Buffer {
  const messages = Array.from({ length: random.uint32() % 4 }, () => {
    const chosen = [from, to, body];
    // Now and then one that is needed gives way to another, or to none.
    for (let left = random.uint32() % 4; left > 0; left--) {
      const isNew = random.uint32() % 8 !== 0;
      const piece = isNew ? [pick(fields, random)] : [];
      chosen.splice(random.uint32() % 6, random.uint32() % 3 === 0 ? 1 : 0, ...piece);
    }
    return `{${chosen.join()}}`;
  });
  const text = wrap(...messages);
  if (random.uint32() % 4 !== 0) return Buffer.from(text);
  const at = random.uint32() % text.length;
  return Buffer.from(
    text.slice(0, at) + pick(oddities, random) + text.slice(at + (random.uint32() % 2)),
  );
}
