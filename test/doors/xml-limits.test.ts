import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultXmlLimits, type XmlLimits } from '../../src/api/xml/limits.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createDoorRig } from './door-rig.ts';
import { closeRigs, createGatewayRig, msg, token, wrap } from './gateway-rig.ts';

afterEach(closeRigs);

const unknown = 'Error: ERROR Unknown error';
const tooLarge = 'Error: ERROR The request is too large.';

async function ask(document: string, limits: Partial<XmlLimits> = {}): Promise<[number, string]> {
  const rig = await createGatewayRig({ limits });
  const { status, body } = await rig.post(document);
  assert.deepEqual(rig.failures, []);
  assert.equal(rig.accepted.length > 0, body === '');
  return [status, body];
}

/** Limits, each with a document that just fits and one that just does not. */
const limits: [
  name: string,
  fits: string,
  not: string,
  limits: Partial<XmlLimits>,
  answer?: [number, string],
][] = [
  [
    'bodyBytesMax',
    wrap(msg()).padEnd(1_000),
    wrap(msg()).padEnd(1_001),
    { bodyBytesMax: 1_000 },
    [413, tooLarge],
  ],
  [
    'bodyBytesMax as it is',
    wrap(msg()).padEnd(defaultXmlLimits.bodyBytesMax),
    wrap(msg()).padEnd(defaultXmlLimits.bodyBytesMax + 1),
    {},
    [413, tooLarge],
  ],
  ['depthMax', wrap(msg(), nest(15)), wrap(msg(), nest(16)), {}],
  [
    'elementsMax',
    wrap('<x/>'.repeat(92), msg()),
    wrap('<x/>'.repeat(93), msg()),
    { elementsMax: 99 },
  ],
  [
    'attributesMax',
    wrap(msg(), `<x ${list(32, (i) => `a${i}=""`)}/>`),
    wrap(msg(), `<x ${list(33, (i) => `a${i}=""`)}/>`),
    {},
  ],
  [
    'bodyCharactersMax',
    wrap(msg({ BODY: `<BODY>${'x'.repeat(131_072)}</BODY>` })),
    wrap(msg({ BODY: `<BODY>${'x'.repeat(131_073)}</BODY>` })),
    {},
  ],
  [
    'fieldCharactersMax',
    wrap(msg({ FROM: `<FROM>${' '.repeat(1_018)}Bakery</FROM>` })),
    wrap(msg({ FROM: `<FROM>${' '.repeat(1_019)}Bakery</FROM>` })),
    {},
  ],
  [
    'channelNamesMax',
    wrap(msg({ C: '<ALLOWEDCHANNELS>SMS,</ALLOWEDCHANNELS>'.repeat(32) })),
    wrap(msg({ C: '<ALLOWEDCHANNELS>SMS,</ALLOWEDCHANNELS>'.repeat(33) })),
    {},
  ],
];

function nest(levels: number): string {
  return '<x>'.repeat(levels) + '</x>'.repeat(levels);
}

function list(count: number, item: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => item(index)).join(' ');
}

describe('limits, on both sides', () => {
  for (const [name, fits, not, own, answer = [200, unknown]] of limits) {
    test(name, async () => {
      assert.deepEqual(await ask(fits, own), [200, '']);
      assert.deepEqual(await ask(not, own), answer);
    });
  }

  test('strangerBytesMax: a larger document is not read for nobody', async () => {
    const { strangerBytesMax } = defaultXmlLimits;
    const broken = (text: string, size: number) => `<MESSAGES>${text}`.padEnd(size);
    for (const [text, answer] of [
      [`<PRODUCTTOKEN>${token}</PRODUCTTOKEN>`, unknown],
      [
        `<PRODUCTTOKEN>${token.replace('5', '6')}</PRODUCTTOKEN>`,
        'Error: ERROR No account found for the given authentication',
      ],
      ['', 'Error: ERROR Invalid product token.'],
    ] as const) {
      assert.deepEqual(await ask(broken(text, strangerBytesMax + 1)), [200, answer]);
      assert.deepEqual(await ask(broken(text, strangerBytesMax)), [200, unknown]);
    }
  });

  test('a large document with the token behind everything else is accepted', async () => {
    const rig = await createGatewayRig();
    const many = Array.from({ length: 1_000 }, () => msg()).join('');
    const { body } = await rig.post(
      `<MESSAGES>${many}<AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION></MESSAGES>`,
    );
    assert.equal(body, '');
    assert.equal(rig.accepted.length, 1_000);
  });

  test('50000 messages are accepted at once, 50001 are not', async () => {
    const to = '<TO>0031612345678</TO>'.repeat(1_000);
    const most = Array.from({ length: 50 }, () => msg({ TO: to }));
    assert.deepEqual(await ask(wrap(...most)), [200, '']);
    assert.deepEqual(await ask(wrap(...most, msg())), [200, unknown]);
  });

  test('text that would be stored too often is refused', async () => {
    const written = (count: number) =>
      wrap(
        msg({
          TO: '<TO>0031612345678</TO>'.repeat(count),
          BODY: `<BODY>${'x'.repeat(100_000)}</BODY>`,
        }),
      );
    assert.deepEqual(await ask(written(980)), [200, '']);
    assert.deepEqual(await ask(written(983)), [413, tooLarge]);
  });

  test('the listener refuses in the same form what it does not read', async () => {
    const rig = await createGatewayRig({ http: { bodyBytesMax: 400 } });
    const refused = await rig.post(wrap(msg()).padEnd(401));
    assert.deepEqual([refused.status, refused.body], [413, tooLarge]);
    assert.equal((await rig.post(wrap(msg()).padEnd(400))).body, '');
  });
});

test('a large document gives others their turn between two pieces', async () => {
  let turns = 0;
  let isDone = false;
  const countTurn = () => {
    turns++;
    if (!isDone) setImmediate(countTurn);
  };
  const pieces = 20;
  const document = wrap(msg()).padEnd(defaultXmlLimits.pieceCharactersMax * pieces);
  const rig = await createDoorRig();
  const door = createXmlDoor({ ...rig.parts, clock: systemClock });
  setImmediate(countTurn);
  const request = { method: 'POST', path: '', query: '', headers: {}, peer: '' };
  const answer = await door({ ...request, body: Buffer.from(document) });
  isDone = true;
  assert.deepEqual([answer.status, answer.body], [200, '']);
  assert.ok(turns >= pieces - 1, `${turns} turns`);
});

describe('what strangers send', () => {
  const whole = 2 * 1024 * 1024;
  /** Repeats what `make` gives until the document is as large as it may be. */
  function fill(open: string, close: string, make: (index: number) => string): string {
    const parts = [open];
    for (let size = open.length + close.length, index = 0; ; index++) {
      const part = make(index);
      size += part.length;
      if (size > whole) return parts.join('') + close;
      parts.push(part);
    }
  }
  const laughs = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
  ).join('');

  const bombs: [title: string, document: string][] = [
    [
      'entities that laugh a billion times',
      `<!DOCTYPE MESSAGES [<!ENTITY l0 "ha">${laughs}]><MESSAGES>&l9;</MESSAGES>`,
    ],
    [
      'an entity that is a file',
      '<!DOCTYPE MESSAGES [<!ENTITY f SYSTEM "file:///etc/passwd">]><MESSAGES>&f;</MESSAGES>',
    ],
    ['a DOCTYPE elsewhere', '<!DOCTYPE MESSAGES SYSTEM "http://127.0.0.1:9/x.dtd"><MESSAGES/>'],
    [
      'a parameter entity',
      '<!DOCTYPE MESSAGES [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><MESSAGES/>',
    ],
    [
      'a DOCTYPE of two megabytes',
      fill('<!DOCTYPE MESSAGES [', ']><MESSAGES/>', (i) => `<!ENTITY e${i} "x">`),
    ],
    ['a DOCTYPE without an end', '<!DOCTYPE '.padEnd(whole, '[')],
    ['elements 90000 deep', '<MESSAGES>'.repeat(90_000) + '</MESSAGES>'.repeat(90_000)],
    ['elements that are never closed', fill('', '', () => '<a>')],
    ['less-than signs', '<'.repeat(whole)],
    ['a million attributes', fill('<MESSAGES ', '/>', (i) => `a${i.toString(36)}="" `)],
    ['as many elements as fit', fill('<MESSAGES>', '</MESSAGES>', () => '<a/>')],
    ['as many MSG as fit', fill('<MESSAGES>', '</MESSAGES>', () => '<MSG/>')],
    ['as many recipients as fit', fill('<MESSAGES><MSG>', '</MSG></MESSAGES>', () => '<TO/>')],
    [
      'as many channels as fit',
      fill('<MESSAGES><MSG><ALLOWEDCHANNELS>', '</ALLOWEDCHANNELS></MSG></MESSAGES>', () => 'a,'),
    ],
    [
      'a text of two megabytes',
      fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => 'xxxxxxxx'),
    ],
    [
      'a text of references',
      fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '&#65;'),
    ],
    ['a text of line ends', fill('<MESSAGES><MSG><BODY>', '</BODY></MSG></MESSAGES>', () => '\r')],
    ['a text of CDATA', fill('<MESSAGES><x>', '</x></MESSAGES>', () => '<![CDATA[x]]>')],
    ['brackets in CDATA', fill('<MESSAGES><x><![CDATA[', ']]></x></MESSAGES>', () => ']')],
    ['comments', fill('<MESSAGES>', '</MESSAGES>', () => '<!---->')],
    ['a comment of hyphens', '<!--'.padEnd(whole, '- ')],
    ['blanks', fill('<MESSAGES>', '</MESSAGES>', () => ' '.repeat(64))],
    ['a name of two megabytes', `<${'M'.repeat(whole - 3)}/>`],
    [
      'an attribute of two megabytes',
      `<MESSAGES><MSG><BODY HEADER="${'0'.repeat(whole - 60)}"/></MSG></MESSAGES>`,
    ],
    ['an entity of two megabytes', `<MESSAGES>&${'a'.repeat(whole - 30)};</MESSAGES>`],
    [
      'a declaration of two megabytes',
      `<?xml version="1.0" encoding="${'a'.repeat(whole - 50)}"?><MESSAGES/>`,
    ],
  ];

  for (const [title, document] of bombs) {
    test(`${title}: refused, and soon`, async () => {
      const rig = await createGatewayRig();
      for (const headers of [[], [`X-CM-PRODUCTTOKEN: ${token}`]]) {
        const start = performance.now();
        const { status, body } = await rig.post(document, { headers });
        const tookMs = performance.now() - start;
        assert.equal(status, 200);
        assert.match(body, /^Error: ERROR .+$/);
        // Generous for a busy machine: each takes a few milliseconds to a few tens of them.
        assert.ok(tookMs < 1_500, `${tookMs} ms`);
      }
      assert.deepEqual([rig.failures, rig.accepted], [[], []]);
    });
  }

  test('a long number of a customer does not multiply', async () => {
    const rig = await createGatewayRig();
    const { body } = await rig.post(
      wrap(msg({ TO: `<TO>${'9'.repeat(1_000)}</TO>`.repeat(1_000) })),
    );
    assert.ok(body.length < 200, String(body.length));
  });

  test('any octets in a good document get an answer', async () => {
    const rig = await createGatewayRig();
    const good = Buffer.from(wrap(msg()));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        async (at, octets) => {
          const document = Buffer.from(good);
          document.set(octets.subarray(0, document.length - at), at);
          const before = rig.accepted.length;
          const { status, body } = await rig.post(document);
          assert.equal(status, 200);
          assert.equal(body === '', rig.accepted.length > before);
        },
      ),
      { numRuns: 300 },
    );
    assert.deepEqual(rig.failures, []);
  });
});
