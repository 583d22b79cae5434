import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DoorRequest, DoorResponse } from '../../src/api/door.ts';
import { createGatewayDoor } from '../../src/api/gateway-door.ts';
import { createGetDoor } from '../../src/api/get/get-door.ts';
import { answerKeptMs, createIdempotency, keyCharactersMax } from '../../src/api/idempotency.ts';
import { createJsonDoor } from '../../src/api/json/json-door.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import type { Account } from '../../src/core/account.ts';
import { deliveryChannels } from '../../src/core/channel-names.ts';
import { createIntake } from '../../src/intake/intake.ts';
import {
  chunkMessages,
  keptAnswerCharactersMax,
  referenceEchoCharactersMax,
} from '../../src/intake/limits.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMessageIds } from '../../src/lib/message-id.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createRouter } from '../../src/routing/router.ts';
import {
  createMemoryStore,
  type MemoryStoreOptions,
  type PendingTransaction,
} from '../../src/store/memory/memory-store.ts';
import { divert, letPass } from '../../src/store/memory/test-commits.ts';
import { acceptedAt, demo, everyRoute, token } from './door-rig.ts';

const otherToken = '00000000-1111-2222-3333-444444444444';

interface RigOptions {
  account?: Partial<Account>;
  messagesLeft?: number;
  keysMax?: number;
  commit?: MemoryStoreOptions['commit'];
}

/** All doors for messages on one store, and a clock that stands where it is put. */
async function createRig(options: RigOptions = {}) {
  let now = acceptedAt;
  const clock = { ...systemClock, now: () => now };
  const { commit, keysMax, messagesLeft } = options;
  const store = createMemoryStore(commit === undefined ? {} : { commit });
  const account = { ...demo, ...options.account };
  const other = { ...account, id: 'other' };
  if (messagesLeft !== undefined) await store.intake.openWallet(account.id, messagesLeft);
  const connections = deliveryChannels.map((channel) => ({ name: channel, channel }));
  let admission: 'ok' | 'busy' = 'ok';
  const failures: unknown[] = [];
  const parts = {
    accounts: {
      byToken: (given: string) => (given === token ? account : given === otherToken ? other : null),
      byId: () => null,
      all: () => [account, other],
    },
    intake: createIntake({
      store: store.intake,
      clock,
      ids: createMessageIds(clock, createSeededRandom(1), 0),
      router: createRouter(everyRoute, connections),
      admit: () => admission,
      onAccepted: () => {},
      onStoreFailure: (_what, error) => failures.push(error),
    }),
    idempotency: createIdempotency({
      answers: store.answers,
      clock,
      ...(keysMax === undefined ? {} : { keysMax }),
    }),
    clock,
    onFailure: (error: unknown) => failures.push(error),
  };
  const json = createJsonDoor(parts);
  const gateway = createGatewayDoor(createXmlDoor(parts), createGetDoor(parts));
  return {
    ask: (request: DoorRequest): Promise<DoorResponse> =>
      request.path === '/gateway.ashx' ? gateway(request) : json(request),
    wait(ms: number): void {
      now += ms;
    },
    admit(answer: 'ok' | 'busy'): void {
      admission = answer;
    },
    failures,
    count: async () => (await store.history.counts()).messages,
    messagesLeft: () => store.intake.messagesLeft(account.id),
  };
}

function requestOf(fields: Partial<DoorRequest>, key?: string): DoorRequest {
  const headers = { ...fields.headers, ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const empty = { path: '/v1.0/message', query: '', body: Buffer.alloc(0), peer: '192.0.2.1' };
  return { method: 'POST', ...empty, ...fields, headers };
}

function jsonOf(text: string, numbers: readonly string[] = ['0031612345678']): Buffer {
  const to = numbers.map((number) => ({ number }));
  const msg = [{ from: 'Bakery', to, body: { content: text } }];
  return Buffer.from(
    JSON.stringify({ messages: { authentication: { productToken: token }, msg } }),
  );
}

function xmlOf(text: string, number = '0031612345678'): Buffer {
  return Buffer.from(
    `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>` +
      `<MSG><FROM>Bakery</FROM><TO>${number}</TO><BODY>${text}</BODY></MSG></MESSAGES>`,
  );
}

function queryOf(text: string): string {
  return `producttoken=${token}&from=Bakery&to=0031612345678&body=${text}`;
}

const underWay = 'A request with this Idempotency-Key is under way.';
const reused = 'The Idempotency-Key belongs to a request that asked for something else.';
const invalid = 'The Idempotency-Key must be 1 to 255 printable ASCII characters.';
const tooMany = 'The account has used too many Idempotency-Keys within a day.';
const tooLarge = 'The request has too many messages to be sent with an Idempotency-Key.';

/** Each door: a request, another one, and how it says that it refuses a key. */
const doors = [
  {
    name: 'JSON',
    request: (text: string) => ({ body: jsonOf(text) }),
    contentType: 'application/json; charset=utf-8',
    refusal: (sentence: string, status: number) =>
      `{"details":"${sentence}","errorCode":${status === 409 || status === 429 ? 500 : 202},"messages":[]}`,
  },
  {
    name: 'XML',
    request: (text: string) => ({ path: '/gateway.ashx', body: xmlOf(text) }),
    contentType: 'text/plain; charset=utf-8',
    refusal: (sentence: string) => `Error: ERROR ${sentence}`,
  },
  {
    name: 'GET',
    request: (text: string) => ({ method: 'GET', path: '/gateway.ashx', query: queryOf(text) }),
    contentType: 'text/plain; charset=utf-8',
    refusal: (sentence: string) => `Error: ERROR ${sentence}`,
  },
] as const;

for (const { name, request, contentType, refusal } of doors) {
  describe(`the ${name} door`, () => {
    test('answers the same request the same, and sends once', async () => {
      const rig = await createRig();
      const first = await rig.ask(requestOf(request('a'), 'k'));
      assert.equal(first.status, 200);
      assert.deepEqual(await rig.ask(requestOf(request('a'), 'k')), first);
      assert.equal(await rig.count(), 1);
      // Its twins: another key, and none.
      await rig.ask(requestOf(request('a'), 'l'));
      await rig.ask(requestOf(request('a')));
      await rig.ask(requestOf(request('a')));
      assert.equal(await rig.count(), 4);
      assert.deepEqual(rig.failures, []);
    });

    const cases = [
      { title: 'another request with its key', text: 'b', key: 'k', status: 422, sentence: reused },
      { title: 'an empty key', text: 'a', key: '', status: 400, sentence: invalid },
      { title: 'a key with a tab', text: 'a', key: 'a\tb', status: 400, sentence: invalid },
      { title: 'a key beyond ASCII', text: 'a', key: 'é', status: 400, sentence: invalid },
      {
        title: 'a long key',
        text: 'a',
        key: 'k'.repeat(keyCharactersMax + 1),
        status: 400,
        sentence: invalid,
      },
    ];
    for (const { title, text, key, status, sentence } of cases) {
      test(`refuses ${title}`, async () => {
        const rig = await createRig();
        await rig.ask(requestOf(request('a'), 'k'));
        const refused = await rig.ask(requestOf(request(text), key));
        assert.deepEqual([refused.status, refused.body], [status, refusal(sentence, status)]);
        assert.equal(refused.headers['content-type'], contentType);
        assert.equal(await rig.count(), 1);
      });
    }

    test('takes the longest key, and any printable one', async () => {
      const rig = await createRig();
      for (const key of ['k'.repeat(keyCharactersMax), ' ', '"8e03978e-40d5"', '~']) {
        assert.equal((await rig.ask(requestOf(request('a'), key))).status, 200, key);
      }
      assert.equal(await rig.count(), 4);
    });

    test('refuses a twin while the first is under way', async () => {
      const waiting: PendingTransaction[] = [];
      const rig = await createRig({
        commit: divert('acceptOnce', (transaction) => waiting.push(transaction)),
      });
      const first = rig.ask(requestOf(request('a'), 'k'));
      while (waiting.length === 0) await new Promise(setImmediate);
      const twin = await rig.ask(requestOf(request('a'), 'k'));
      assert.deepEqual([twin.status, twin.body], [409, refusal(underWay, 409)]);
      assert.equal(twin.headers['retry-after'], '1');
      const other = await rig.ask(requestOf(request('b'), 'k'));
      assert.equal(other.status, 422);
      for (const transaction of waiting) {
        transaction.apply();
        transaction.answer();
      }
      const answer = await first;
      assert.equal(answer.status, 200);
      assert.deepEqual(await rig.ask(requestOf(request('a'), 'k')), answer);
      assert.equal(await rig.count(), 1);
    });

    test('finds the answer when the first died between commit and answer', async () => {
      let dies = true;
      const rig = await createRig({
        commit(transaction) {
          transaction.apply();
          if (dies && transaction.kind === 'acceptOnce') transaction.reject(new Error('gone'));
          else transaction.answer();
        },
      });
      const lost = await rig.ask(requestOf(request('a'), 'k'));
      assert.notDeepEqual([lost.status, lost.body], [200, '']);
      assert.equal(rig.failures.length, 1);
      dies = false;
      const found = await rig.ask(requestOf(request('a'), 'k'));
      assert.deepEqual(await rig.ask(requestOf(request('a'), 'k')), found);
      assert.equal(found.status, 200);
      assert.equal(await rig.count(), 1);
    });

    test('has a free key again after a day', async () => {
      const rig = await createRig();
      await rig.ask(requestOf(request('a'), 'k'));
      rig.wait(answerKeptMs - 1);
      assert.equal((await rig.ask(requestOf(request('b'), 'k'))).status, 422);
      rig.wait(1);
      assert.equal((await rig.ask(requestOf(request('b'), 'k'))).status, 200);
      assert.equal(await rig.count(), 2);
    });
  });
}

describe('a key', () => {
  test('belongs to one account', async () => {
    const rig = await createRig();
    const headers = { 'x-cm-producttoken': otherToken };
    await rig.ask(requestOf({ body: jsonOf('a') }, 'k'));
    const other = await rig.ask(requestOf({ body: jsonOf('b'), headers }, 'k'));
    assert.equal(other.status, 200);
    assert.equal(await rig.count(), 2);
  });

  test('stands for one door', async () => {
    const rig = await createRig();
    await rig.ask(requestOf({ body: jsonOf('a') }, 'k'));
    const other = await rig.ask(requestOf({ path: '/gateway.ashx', body: xmlOf('a') }, 'k'));
    assert.equal(other.status, 422);
    assert.equal(await rig.count(), 1);
  });

  test('is free as long as nothing was accepted', async () => {
    const rig = await createRig();
    const bad = requestOf({ body: jsonOf('a', ['x']) }, 'k');
    assert.equal((await rig.ask(bad)).status, 400);
    assert.equal((await rig.ask(requestOf({ body: Buffer.from('{') }, 'k'))).status, 400);
    const badXml = requestOf({ path: '/gateway.ashx', body: xmlOf('a', 'x') }, 'k');
    assert.match((await rig.ask(badXml)).body, /is not a number/);
    rig.admit('busy');
    assert.equal((await rig.ask(requestOf({ body: jsonOf('a') }, 'k'))).status, 503);
    rig.admit('ok');
    assert.equal((await rig.ask(requestOf({ body: jsonOf('a') }, 'k'))).status, 200);
    assert.equal(await rig.count(), 1);
  });

  test('keeps an answer that is good in part', async () => {
    const rig = await createRig();
    const request = requestOf({ body: jsonOf('a', ['x', '0031612345678']) }, 'k');
    const first = await rig.ask(request);
    assert.match(first.body, /"details":"Created 1 message\(s\)","errorCode":201/);
    assert.deepEqual(await rig.ask(request), first);
    assert.equal(await rig.count(), 1);
  });

  test('keeps its answer whatever has changed since', async () => {
    const rig = await createRig({ account: { wallet: 'trial' }, messagesLeft: 1 });
    const request = requestOf({ body: jsonOf('a') }, 'k');
    const first = await rig.ask(request);
    assert.equal(first.status, 200);
    assert.equal(await rig.messagesLeft(), 0);
    rig.admit('busy');
    assert.deepEqual(await rig.ask(request), first);
    assert.equal(await rig.messagesLeft(), 0);
  });

  test('is not spent by an account that cannot pay', async () => {
    const rig = await createRig({ account: { wallet: 'trial' }, messagesLeft: 1 });
    const two = requestOf({ body: jsonOf('a', ['0031612345678', '0031612345679']) }, 'k');
    assert.match((await rig.ask(two)).body, /Insufficient balance/);
    assert.equal((await rig.ask(requestOf({ body: jsonOf('a') }, 'k'))).status, 200);
  });

  test('makes one commit of a large request', async () => {
    const kinds: string[] = [];
    const rig = await createRig({
      commit(transaction) {
        kinds.push(transaction.kind);
        letPass(transaction);
      },
    });
    const numbers = Array.from({ length: 1000 }, (_, index) => `00316${10_000_000 + index}`);
    const msg = Array.from({ length: 3 }, () => ({
      from: 'Bakery',
      to: numbers.map((number) => ({ number })),
      body: { content: 'a' },
    }));
    assert.ok(3 * numbers.length > chunkMessages);
    const headers = { 'x-cm-producttoken': token };
    const body = Buffer.from(JSON.stringify({ messages: { msg } }));
    const first = await rig.ask(requestOf({ body, headers }, 'k'));
    assert.equal(first.status, 200);
    assert.deepEqual(kinds, ['findAnswer', 'acceptOnce']);
    assert.deepEqual(await rig.ask(requestOf({ body, headers }, 'k')), first);
    assert.equal(await rig.count(), 3000);
    kinds.length = 0;
    await rig.ask(requestOf({ body, headers }));
    assert.deepEqual(kinds, ['accept', 'accept', 'accept']);
  });

  test('may not be used for an answer that is too long to keep', async () => {
    const rig = await createRig();
    const to = Array.from({ length: 1000 }, () => ({ number: '0031612345678' }));
    const good = { from: 'Bakery', to: to.slice(0, 1), body: { content: 'a' } };
    // A long reference is wrong, and comes back with each recipient.
    const bad = { ...good, to, reference: 'r'.repeat(referenceEchoCharactersMax) };
    const request = (count: number) => {
      const msg = [good, ...Array.from({ length: count }, () => bad)];
      const headers = { 'x-cm-producttoken': token };
      return requestOf({ body: Buffer.from(JSON.stringify({ messages: { msg } })), headers }, 'k');
    };
    const refused = await rig.ask(request(40));
    assert.equal(refused.status, 413);
    assert.match(refused.body, new RegExp(tooLarge));
    assert.equal(await rig.count(), 0);
    const taken = await rig.ask(request(20));
    assert.equal(taken.status, 200);
    assert.ok(taken.body.length > keptAnswerCharactersMax / 2);
  });

  test('is one of so many that an account may have', async () => {
    const rig = await createRig({ keysMax: 2 });
    for (const key of ['k', 'l']) await rig.ask(requestOf({ body: jsonOf('a') }, key));
    const refused = await rig.ask(requestOf({ body: jsonOf('a') }, 'm'));
    assert.equal(refused.status, 429);
    assert.match(refused.body, new RegExp(tooMany));
    assert.equal((await rig.ask(requestOf({ body: jsonOf('a') }, 'l'))).status, 200);
    assert.equal(await rig.count(), 2);
  });
});
