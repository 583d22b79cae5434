import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultXmlLimits, type XmlLimits } from '../../src/api/xml/limits.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { assertLinear, growth } from '../../src/lib/test-cost.ts';
import { createDoorRig } from './door-rig.ts';
import { closeRigs, createGatewayRig, msg, token, wrap } from './gateway-rig.ts';
import { xmlBombs } from './xml-bombs.ts';

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

  test('50000 messages are looked at, 50001 are not', async () => {
    const to = '<TO>0031612345678</TO>'.repeat(1_000);
    const most = Array.from({ length: 50 }, () => msg({ TO: to }));
    // Without a route they cost little, and are told from those that nobody looked at.
    const rig = await createGatewayRig({ routes: [] });
    assert.equal((await rig.post(wrap(...most))).body, 'Error: ERROR Message is unrouteable.');
    const refused = await rig.post(wrap(...most, msg()));
    assert.equal(refused.body, unknown);
    assert.equal(
      refused.headers.get('x-chappe-reason'),
      '203 A MESSAGES object allows at most 50000 messages',
    );
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
  /** What a document costs the door, without the socket it comes through. */
  async function explode(document: Buffer, headers: Record<string, string>): Promise<void> {
    const rig = await createDoorRig();
    const door = createXmlDoor({ ...rig.parts, clock: systemClock });
    const request = { method: 'POST', path: '', query: '', headers, peer: '' };
    const { body } = await door({ ...request, body: document });
    assert.match(body, /^Error: ERROR .+$/);
  }

  /** Octets of documents that are compared: enough to tell the square of it from its multiple. */
  const bytes = 64 * 1024;

  for (const [title, make] of xmlBombs) {
    test(`${title}: refused, and what it costs grows with its size`, async () => {
      const [small, large] = [bytes, bytes * growth].map((size) => Buffer.from(make(size)));
      assert.ok(small !== undefined && large !== undefined);
      for (const headers of [{}, { 'x-cm-producttoken': token }]) {
        await assertLinear(
          () => explode(small, headers),
          () => explode(large, headers),
        );
      }
      const whole = Buffer.from(make(defaultXmlLimits.bodyBytesMax));
      const rig = await createGatewayRig();
      for (const headers of [[], [`X-CM-PRODUCTTOKEN: ${token}`]]) {
        const { status, body } = await rig.post(whole, { headers });
        assert.equal(status, 200);
        assert.match(body, /^Error: ERROR .+$/);
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
