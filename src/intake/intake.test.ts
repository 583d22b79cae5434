import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account } from '../core/account.ts';
import type { Message } from '../core/message.ts';
import { allStatuses } from '../core/status.ts';
import { sampleAccount, sampleWebhook } from '../core/test-account.ts';
import { systemClock } from '../lib/clock.ts';
import { createMessageIds } from '../lib/message-id.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createRouter } from '../routing/router.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../store/memory/memory-store.ts';
import { letPass } from '../store/memory/test-commits.ts';
import { createIntake, type IntakeParts } from './intake.ts';
import type { IntakeRequest } from './request.ts';
import { sampleRequestMessage } from './test-request.ts';

const now = Date.UTC(2026, 2, 2, 12);

const account = sampleAccount({ statusWebhook: sampleWebhook({ statuses: 4 }) });

const number = '0031612345678';

const msg = sampleRequestMessage;

function request(fields: Partial<IntakeRequest> = {}): IntakeRequest {
  return { account, door: 'xml', messages: [msg()], policy: 'each', reports: null, ...fields };
}

function createRig(options: Partial<IntakeParts> & MemoryStoreOptions = {}) {
  const clock = { ...systemClock, now: () => now };
  const store = createMemoryStore(options.commit === undefined ? {} : { commit: options.commit });
  const accepted: Message[] = [];
  const failures: unknown[] = [];
  const intake = createIntake({
    store: store.intake,
    clock,
    ids: createMessageIds(clock, createSeededRandom(1), 7),
    router: createRouter(
      [{ channel: 'SMS', connection: 'kpn', prefixes: ['31'], priority: 1 }],
      [{ name: 'kpn', channel: 'SMS' }],
    ),
    admit: () => 'ok',
    onAccepted: ({ queued }) => accepted.push(...queued),
    onStoreFailure: (_what, error) => failures.push(error),
    ...options,
  });
  return { intake, store, accepted, failures };
}

describe('a submitted request', () => {
  test('is on disk when it is answered, and told about before', async () => {
    const { intake, store, accepted } = createRig();
    const result = await intake.submit(request());
    assert.equal(result.kind, 'done');
    const id = (result.kind === 'done' ? result.results[0]?.id : null) ?? '';
    const history = await store.history.message(id);
    assert.deepEqual(history?.message, accepted[0]);
    assert.equal(history?.message.door, 'xml');
    assert.equal((await store.history.counts()).ready, 1);
  });

  test('says for each msg and recipient what became of it', async () => {
    const { intake, accepted } = createRig();
    const result = await intake.submit(
      request({
        messages: [msg({ to: [number, 'x', null], reference: 'r' }), msg({ from: null })],
      }),
    );
    assert.deepEqual(result, {
      kind: 'done',
      accepted: 1,
      results: [
        { to: number, reference: 'r', id: accepted[0]?.id, parts: 1, rejection: null },
        {
          to: 'x',
          reference: 'r',
          id: null,
          parts: 0,
          rejection: { reason: 'number-invalid', value: 'x' },
        },
        { to: null, reference: 'r', id: null, parts: 0, rejection: { reason: 'number-missing' } },
        { to: number, reference: null, id: null, parts: 0, rejection: { reason: 'from-missing' } },
      ],
    });
  });

  test('asks the connection how many PDUs a long text takes; the customer is told its parts', async () => {
    const asked: string[] = [];
    const { intake, accepted } = createRig({
      countPdus(connection, { text }) {
        asked.push(`${connection} ${text.length}`);
        return 1;
      },
    });
    const body = { content: 'x'.repeat(161), type: 'AUTO', header: null };
    const result = await intake.submit(request({ messages: [msg({ body }), msg()] }));
    assert.deepEqual(asked, ['kpn 161']);
    assert.deepEqual(
      accepted.map(({ plan }) => plan[0]?.parts),
      [1, 1],
    );
    assert.ok((accepted[0]?.plan[0]?.concatReference ?? 0) > 0);
    assert.deepEqual(
      result.kind === 'done' ? result.results.map(({ parts }) => parts) : [],
      [2, 1],
    );
  });

  for (const [title, takers, expected] of [
    ['by a connection that cannot', [], 'from-invalid'],
    ['by one that can', ['kpn'], null],
  ] as const) {
    test(`asks once for each msg whether its sender can be written, ${title}`, async () => {
      const asked: string[] = [];
      const { intake } = createRig({
        takesSender(connection, from) {
          asked.push(`${connection} ${from}`);
          return takers.some((taker) => taker === connection);
        },
      });
      const result = await intake.submit(
        request({ messages: [msg({ from: 'a@b', to: [number, number] }), msg({ from: 'it`s' })] }),
      );
      assert.ok(result.kind === 'done');
      assert.deepEqual(
        result.results.map(({ rejection }) => rejection?.reason ?? null),
        [expected, expected, expected],
      );
      assert.deepEqual(asked, ['kpn a@b', 'kpn it`s']);
    });
  }

  test('without messages is done', async () => {
    const { intake } = createRig({ commit: () => assert.fail('nothing is committed') });
    assert.deepEqual(await intake.submit(request({ messages: [] })), {
      kind: 'done',
      accepted: 0,
      results: [],
    });
  });

  test('sends its reports where it says, or else where the account has them', async () => {
    const { intake, accepted } = createRig();
    await intake.submit(request({ reports: { to: 'smpp:bakery', wants: allStatuses } }));
    await intake.submit(request());
    await intake.submit(request({ account: { ...account, statusWebhook: null } }));
    assert.deepEqual(
      accepted.map(({ reportTo, wants }) => [reportTo, wants]),
      [
        ['smpp:bakery', allStatuses],
        ['status:bakery', 4],
        [null, 0],
      ],
    );
  });

  test('keeps the header of its body and counts parts beside it', async () => {
    const { intake, accepted } = createRig();
    const body = { type: 'TEXT', content: 'x'.repeat(154) };
    await intake.submit(
      request({
        messages: [
          msg({ body: { ...body, header: '06050415820000' } }),
          msg({ body: { ...body, header: '' } }),
        ],
      }),
    );
    assert.deepEqual(
      accepted.map(({ content, plan }) => [content.udh, plan[0]?.parts]),
      [
        ['06050415820000', 2],
        [null, 1],
      ],
    );
  });

  const longest = `817f7f${'00'.repeat(127)}`;
  test('takes a header of 130 octets', async () => {
    const { intake, accepted } = createRig();
    await intake.submit(
      request({ messages: [msg({ body: { type: 'TEXT', content: 'x', header: longest } })] }),
    );
    assert.equal(accepted[0]?.content.udh, longest);
  });

  for (const header of [
    '0605041582000',
    '05050415820000',
    '07050415820000',
    '0270000000',
    'xx',
    `827f80${'00'.repeat(128)}`,
  ]) {
    test(`is rejected with the header ${header.slice(0, 20)}`, async () => {
      const { intake } = createRig();
      const result = await intake.submit(
        request({ messages: [msg({ body: { type: 'TEXT', content: 'x', header } })] }),
      );
      const [first] = result.kind === 'done' ? result.results : [];
      assert.deepEqual(first?.rejection, {
        reason: 'field-invalid',
        field: 'bodyHeader',
        why: 'The body header must be a user data header in hexadecimal.',
      });
    });
  }
});

describe('all or nothing', () => {
  const policy = 'all-or-nothing';

  test('good messages are accepted in one transaction, however many', async () => {
    const commits: string[] = [];
    const { intake, accepted } = createRig({
      commit(transaction) {
        commits.push(transaction.kind);
        letPass(transaction);
      },
    });
    const to = Array.from({ length: 1_000 }, () => number);
    const messages = [msg({ to }), msg({ to }), msg()];
    const result = await intake.submit(request({ policy, messages }));
    assert.equal(result.kind === 'done' && result.accepted, 2_001);
    assert.equal(accepted.length, 2_001);
    assert.deepEqual(commits, ['accept']);
  });

  test('one bad message holds all back', async () => {
    const { intake, accepted } = createRig({ commit: () => assert.fail('nothing is committed') });
    const messages = [msg(), msg({ to: ['x'] }), msg()];
    const result = await intake.submit(request({ policy, messages }));
    assert.equal(result.kind === 'done' && result.accepted, 0);
    assert.deepEqual(
      result.kind === 'done' &&
        result.results.map(({ id, parts, rejection }) => [id, parts, rejection]),
      [
        [null, 0, null],
        [null, 0, { reason: 'number-invalid', value: 'x' }],
        [null, 0, null],
      ],
    );
    assert.deepEqual(accepted, []);
  });

  test('an unroutable message is a bad one; only such ones are an unroutable request', async () => {
    const { intake, accepted } = createRig();
    const abroad = msg({ to: ['004915112345678'] });
    const mixed = await intake.submit(request({ policy, messages: [msg(), abroad] }));
    assert.equal(mixed.kind === 'done' && mixed.accepted, 0);
    assert.deepEqual(mixed.kind === 'done' && mixed.results[1]?.rejection, {
      reason: 'unroutable',
    });
    const all = await intake.submit(request({ policy, messages: [abroad, abroad] }));
    assert.deepEqual(all, { kind: 'unroutable' });
    assert.deepEqual(accepted, []);
  });
});

describe('a trial account', () => {
  const trial: Account = { ...account, wallet: 'trial' };

  test('sends what it has left, all or none', async () => {
    const { intake, store, accepted } = createRig();
    assert.equal(await intake.hasBalance(trial), false);
    await store.intake.openWallet(trial.id, 2);
    assert.equal(await intake.hasBalance(trial), true);
    const messages = [msg(), msg(), msg()];
    const refused = await intake.submit(request({ account: trial, messages }));
    assert.deepEqual(refused, { kind: 'insufficient-balance' });
    assert.deepEqual(accepted, []);
    await intake.submit(request({ account: trial, messages: [msg(), msg({ to: ['x'] }), msg()] }));
    assert.equal(accepted.length, 2);
    assert.equal(await intake.hasBalance(trial), false);
    assert.deepEqual(await intake.submit(request({ account: trial })), {
      kind: 'insufficient-balance',
    });
  });

  test('cannot spend the same message twice at once', async () => {
    const { intake, store, accepted } = createRig();
    await store.intake.openWallet(trial.id, 3);
    const one = request({ account: trial, messages: [msg(), msg()] });
    const results = await Promise.all([intake.submit(one), intake.submit(one)]);
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['done', 'insufficient-balance'],
    );
    assert.equal(accepted.length, 2);
  });

  test('other accounts are never out of messages', async () => {
    const { intake } = createRig();
    assert.equal(await intake.hasBalance(account), true);
    assert.equal(await intake.hasBalance({ ...account, wallet: 'prepaid' }), true);
  });
});

describe('a broken store', () => {
  const broken = new Error('the disk is gone');

  test('rejects a request', async () => {
    const { intake, accepted } = createRig({ commit: (transaction) => transaction.reject(broken) });
    await assert.rejects(intake.submit(request()), broken);
    assert.deepEqual(accepted, []);
  });

  test('rejects a large request of which nothing was taken, without an unhandled rejection', async () => {
    const { intake, failures } = createRig({
      commit: (transaction) => transaction.reject(broken),
    });
    const to = Array.from({ length: 1_000 }, () => number);
    const messages = [msg({ to }), msg({ to }), msg({ from: null })];
    await assert.rejects(intake.submit(request({ messages })), broken);
    assert.deepEqual(failures, []);
  });
});

test('admission is asked before anything else is done', async () => {
  for (const [kind, said] of [
    ['busy', {}],
    ['too-fast', { waitMs: 2_500 }],
  ] as const) {
    const { intake } = createRig({
      admit: () => kind,
      waitMs: () => 2_500,
      commit: () => assert.fail('the store is left alone'),
    });
    const trial: Account = { ...account, wallet: 'trial' };
    assert.deepEqual(await intake.submit(request({ account: trial })), { kind, ...said });
  }
});
