import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultJsonLimits } from '../../src/api/json/limits.ts';
import { requestCharactersMax } from '../../src/intake/limits.ts';
import { assertLinear, growth } from '../../src/lib/test-cost.ts';
import { letPass } from '../../src/store/memory/test-commits.ts';
import { jsonBombs } from './json-bombs.ts';
import { createJsonRig, message, type RigOptions, readAnswer, token, wrap } from './json-rig.ts';

const number = '0031612345678';

async function ask(body: unknown, options?: RigOptions) {
  const rig = await createJsonRig(options);
  const response = await rig.send(body);
  assert.deepEqual(rig.failures, []);
  return { ...readAnswer(response), rig };
}

function recipients(count: number): { number: string }[] {
  return Array.from({ length: count }, () => ({ number }));
}

/** A good document whose unknown key is nested so deep, counting the document itself. */
function nested(depth: number): string {
  const inner = '['.repeat(depth - 2) + ']'.repeat(depth - 2);
  return `{"x":{"y":${inner}},${JSON.stringify(wrap(message())).slice(1)}`;
}

describe('limits, on both sides', () => {
  test('1000 msg are accepted, 1001 refused', async () => {
    const many = (count: number) => wrap(...Array.from({ length: count }, () => message()));
    assert.equal((await ask(many(1_000))).details, 'Created 1000 message(s)');
    const refused = await ask(many(1_001));
    assert.deepEqual([refused.status, refused.errorCode], [400, 203]);
    assert.equal(refused.details, 'A MESSAGES object allows at most 1000 MSG objects');
  });

  test('1000 recipients of a msg are accepted, 1001 rejected in one element', async () => {
    const good = message();
    const most = await ask(wrap(good, message({ to: recipients(1_000) })));
    assert.equal(most.details, 'Created 1001 message(s)');
    const more = await ask(wrap(good, message({ to: recipients(1_001), reference: 'r' })));
    assert.equal(more.details, 'Created 1 message(s)');
    assert.deepEqual(more.messages[1], {
      to: null,
      status: 'Rejected',
      reference: 'r',
      parts: 0,
      messageDetails: 'A TO object allows at most 1000 numbers',
      messageErrorCode: 302,
    });
  });

  test('50000 messages are accepted, 50001 refused as a whole', async () => {
    const msg = Array.from({ length: 50 }, () => message({ to: recipients(1_000) }));
    const most = await ask(wrap(...msg));
    assert.equal(most.details, 'Created 50000 message(s)');
    assert.equal(most.rig.accepted.length, 50_000);
    const more = await ask(wrap(...msg, message()));
    assert.deepEqual([more.status, more.errorCode], [400, 203]);
    assert.equal(more.details, 'A MESSAGES object allows at most 50000 messages');
    assert.deepEqual(more.rig.accepted, []);
  });

  test('text that would be stored too often is refused', async () => {
    const written = (characters: number, count: number) =>
      wrap(message({ to: recipients(count), body: { content: 'x'.repeat(characters) } }));
    const perRecipient = Math.floor(requestCharactersMax / 1_000);
    assert.equal((await ask(written(perRecipient, 1_000))).status, 200);
    const refused = await ask(written(perRecipient + 1_000, 1_000));
    assert.deepEqual([refused.status, refused.errorCode], [413, 202]);
    assert.deepEqual(refused.rig.accepted, []);
    assert.equal((await ask(written(perRecipient + 1_000, 980))).status, 200);
  });

  test('1000 msg of eight parts fit, whose every character is escaped', async () => {
    const content = '\u0645'.repeat(8 * 67);
    const msg = Array.from({ length: 1_000 }, (_, i) =>
      message({
        body: { type: 'auto', content },
        reference: `order${i}`,
        customGrouping: 'spring',
      }),
    );
    const escaped = JSON.stringify(wrap(...msg)).replaceAll('\u0645', '\\u0645');
    const { status, details, messages } = await ask(escaped);
    assert.deepEqual([status, details], [200, 'Created 1000 message(s)']);
    assert.ok(messages.every(({ parts }) => parts === 8));
  });

  test('a body of the largest size is read, one byte more is not', async () => {
    const good = JSON.stringify(wrap(message()));
    const fill = (size: number) => Buffer.from(good.padEnd(size));
    assert.equal((await ask(fill(defaultJsonLimits.bodyBytesMax))).status, 200);
    const refused = await ask(fill(defaultJsonLimits.bodyBytesMax + 1));
    assert.deepEqual([refused.status, refused.errorCode], [413, 202]);
    assert.equal((await ask(fill(1_000), { limits: { bodyBytesMax: 999 } })).status, 413);
  });

  test('32 levels are read, 33 are not', async () => {
    assert.equal((await ask(nested(32))).status, 200);
    const refused = await ask(nested(33));
    assert.deepEqual([refused.status, refused.errorCode], [400, 202]);
  });

  test('brackets inside texts are no levels', async () => {
    const content = `\\"${'['.repeat(100)}"`;
    const sent = await ask(wrap(message({ body: { content } })));
    assert.equal(sent.rig.accepted[0]?.content.text, content);
  });

  test('so many objects and arrays are read, one more is not', async () => {
    const own = 9;
    const filled = (count: number) =>
      `{"x":[${Array(count - own)
        .fill('[]')
        .join()}],${JSON.stringify(wrap(message())).slice(1)}`;
    const limits = { containersMax: 100 };
    assert.equal((await ask(filled(100), { limits })).status, 200);
    assert.equal((await ask(filled(101), { limits })).status, 400);
  });

  test('so many different keys are read, one more is not', async () => {
    const own = 11;
    const keys = (count: number) =>
      Array.from({ length: count - own }, (_, index) => `"key${index}":1`).join();
    const filled = (count: number) =>
      `{"x":[${`{${keys(count)}},`.repeat(20)}1],${JSON.stringify(wrap(message())).slice(1)}`;
    const limits = { distinctKeysMax: 50 };
    assert.equal((await ask(filled(50), { limits })).status, 200);
    assert.equal((await ask(filled(51), { limits })).status, 400);
  });
});

describe('a large request gives others their turn', () => {
  test('between two chunks, and each chunk is a commit of its own', async () => {
    let commits = 0;
    let turns = 0;
    let isDone = false;
    const rig = await createJsonRig({
      commit(transaction) {
        commits++;
        letPass(transaction);
      },
    });
    const countTurn = () => {
      turns++;
      if (!isDone) setImmediate(countTurn);
    };
    setImmediate(countTurn);
    await rig.sendMessages(...Array.from({ length: 5 }, () => message({ to: recipients(1_000) })));
    isDone = true;
    assert.equal(commits, 5);
    assert.ok(turns >= 4, `${turns} turns`);
  });

  test('but a trial is one commit, all or none', async () => {
    const to = recipients(1_000);
    const options: RigOptions = { account: { wallet: 'trial' }, messagesLeft: 2_500 };
    const rig = await createJsonRig(options);
    assert.equal((await rig.sendMessages(message({ to }), message({ to }))).status, 200);
    assert.equal(await rig.messagesLeft(), 500);
    const refused = await rig.sendMessages(message({ to: to.slice(0, 501) }));
    assert.deepEqual([refused.status, refused.errorCode], [400, 102]);
    assert.equal(await rig.messagesLeft(), 500);
    // What is rejected is not paid for.
    const bad = Array.from({ length: 500 }, () => ({ number: 'x' }));
    const mixed = await rig.sendMessages(message({ to: [...to.slice(0, 500), ...bad] }));
    assert.equal(mixed.details, 'Created 500 message(s)');
    assert.equal(await rig.messagesLeft(), 0);
    assert.equal((await rig.sendMessages(message())).errorCode, 102);
  });
});

describe('what strangers send', () => {
  const whole = defaultJsonLimits.bodyBytesMax;

  /** What a bomb is answered: of a stranger, that nobody knows the token. */
  async function explode(body: string, headers: Record<string, string>): Promise<number> {
    const rig = await createJsonRig();
    const response = await rig.send(body, { headers });
    assert.equal(response.status, 400);
    assert.deepEqual(rig.failures, []);
    return JSON.parse(response.body).errorCode;
  }

  for (const [title, make] of jsonBombs) {
    test(`${title}: refused, and what it costs grows with its size`, async () => {
      const [small, large] = [make(whole / growth), make(whole)];
      for (const headers of [{}, { 'x-cm-producttoken': token }]) {
        await assertLinear(
          () => explode(small, headers),
          () => explode(large, headers),
        );
      }
      assert.equal(await explode(large, {}), 103);
      const code = await explode(large, { 'x-cm-producttoken': token });
      assert.ok([201, 202, 203].includes(code), String(code));
    });
  }

  for (const [title, body, headers, code] of [
    ['in the header', '[[', { 'x-cm-producttoken': token }, 202],
    ['in the body', `[["${token}"`, {}, 202],
    ['of nobody in the header', '[[', { 'x-cm-producttoken': token.replace('5', '6') }, 101],
    ['of nobody in the body', `[["${token.replace('5', '6')}"`, {}, 101],
    ['that is none in the header', `[["${token}"`, { 'x-cm-producttoken': 'x' }, 103],
    ['nowhere', '[[', {}, 103],
  ] as const) {
    test(`a large body with a token ${title}: ${code}`, async () => {
      const { strangerBytesMax } = defaultJsonLimits;
      const rig = await createJsonRig();
      const large = await rig.send(body.padEnd(strangerBytesMax + 1), { headers });
      assert.equal(JSON.parse(large.body).errorCode, code);
      // A smaller one is parsed for anybody, and is no JSON.
      const small = await rig.send(body.padEnd(strangerBytesMax), { headers });
      assert.equal(JSON.parse(small.body).errorCode, 202);
    });
  }

  test('a large good body with the token behind everything else is accepted', async () => {
    const rig = await createJsonRig();
    const msg = Array.from({ length: 900 }, (_, i) =>
      message({ customGrouping: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}` }),
    );
    const { status } = await rig.send({
      messages: { msg, authentication: { productToken: token } },
    });
    assert.equal(status, 200);
    assert.equal(rig.accepted.length, 900);
  });

  test('a long field of a customer does not multiply', async () => {
    const rig = await createJsonRig();
    const reference = 'r'.repeat(1_000_000);
    const from = 'f'.repeat(500_000);
    const response = await rig.send(wrap(message({ reference, from, to: recipients(1_000) })));
    assert.equal(response.status, 400);
    assert.ok(response.body.length < 1_000 * 200, `${response.body.length}`);
  });

  test('any JSON gets an answer in the envelope and leaves no trace', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).toSorted();
    const rig = await createJsonRig();
    const key = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'),
      fc.constantFrom('messages', 'MSG', 'authentication', 'from', 'to', 'body', 'content'),
      fc.string(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, depthSize: 'small' },
        fc.constantFrom(null, true, 0, -1, 1e308, '', 'SMS', token, number, '2h'),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(value, async (body) => {
        const answer = readAnswer(await rig.send(body));
        assert.equal(answer.status, 400);
        assert.ok(Array.isArray(answer.messages));
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(rig.failures, []);
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).toSorted(), before);
  });

  test('any value in any field of a msg gets an answer in the envelope', async () => {
    const rig = await createJsonRig();
    const field = fc.constantFrom(
      'from',
      'to',
      'body',
      'allowedChannels',
      'reference',
      'customGrouping',
      'validity',
      'dcs',
      'minimumNumberOfMessageParts',
      'maximumNumberOfMessageParts',
      'appKey',
      'richContent',
    );
    await fc.assert(
      fc.asyncProperty(field, fc.jsonValue(), async (name, value) => {
        const answer = readAnswer(await rig.send(wrap(message({ [name]: value }))));
        assert.ok([200, 400].includes(answer.status));
        const accepted = answer.messages.filter((one) => one.status === 'Accepted').length;
        assert.equal(answer.status === 200, accepted > 0);
        for (const one of answer.messages) {
          assert.equal(one.messageErrorCode === 0, one.status === 'Accepted');
          assert.equal(one.messageDetails === null, one.status === 'Accepted');
          assert.equal(one.parts > 0, one.status === 'Accepted');
        }
      }),
      { numRuns: 500 },
    );
    assert.deepEqual(rig.failures, []);
  });

  test('any bytes get an answer in the envelope', async () => {
    const rig = await createJsonRig();
    const good = Buffer.from(JSON.stringify(wrap(message())));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        async (at, octets) => {
          const body = Buffer.from(good);
          body.set(octets.subarray(0, body.length - at), at);
          const answer = readAnswer(await rig.send(body));
          assert.ok([200, 400].includes(answer.status));
        },
      ),
      { numRuns: 500 },
    );
    assert.deepEqual(rig.failures, []);
  });
});
