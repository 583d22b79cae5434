import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Account, AccountRates } from '../core/account.ts';
import { sampleAccount } from '../core/test-account.ts';
import { createPlainLog } from '../lib/log.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { AccountLimits } from './account-limits.ts';

function createLimits(defaults: AccountRates) {
  const clock = createVirtualClock({ startAt: Date.UTC(2026, 11, 22) });
  const lines: string[] = [];
  const log = createPlainLog('info', (line) => lines.push(line));
  return { clock, lines, limits: new AccountLimits(defaults, clock, log) };
}

function accountWith(id: string, limits?: AccountRates): Account {
  return sampleAccount(limits === undefined ? { id } : { id, limits });
}

const bakery = accountWith('bakery');

describe('messages of an account, in virtual time', () => {
  test('without rates there is no limit', () => {
    const { limits } = createLimits({});
    for (let i = 0; i < 1_000; i++) assert.ok(limits.admitMessages(bakery, 50_000));
    assert.equal(limits.messagesWaitMs(bakery), 0);
  });

  test('so many as a second allows come at once, and one more does not', async () => {
    const { limits, clock } = createLimits({ messagesPerSecond: 10 });
    for (let i = 0; i < 10; i++) assert.ok(limits.admitMessages(bakery, 1));
    assert.ok(!limits.admitMessages(bakery, 1));
    await clock.advance(99);
    assert.ok(!limits.admitMessages(bakery, 1));
    await clock.advance(1);
    assert.ok(limits.admitMessages(bakery, 1));
    assert.deepEqual(limits.counters, { messages: 2, requests: 0 });
  });

  test('a thousand recipients cost a thousand messages', async () => {
    const { limits, clock } = createLimits({ messagesPerSecond: 100, burst: 500 });
    assert.ok(limits.admitMessages(bakery, 1_000));
    assert.equal(limits.messagesWaitMs(bakery), 5_010);
    await clock.advance(5_009);
    assert.equal(limits.messagesWaitMs(bakery), 1);
    assert.ok(!limits.admitMessages(bakery, 1));
    await clock.advance(1);
    assert.ok(limits.admitMessages(bakery, 1));
  });

  for (const [title, own, allowed] of [
    ['its own rate comes first', { messagesPerSecond: 3 }, 3],
    ['its own burst comes with it', { messagesPerSecond: 3, burst: 7 }, 7],
    ['without one that of all holds', { requestsPerSecond: 3 }, 5],
  ] as const) {
    test(title, () => {
      const { limits } = createLimits({ messagesPerSecond: 2, burst: 5 });
      const account = accountWith('own', own);
      const taken = Array.from({ length: 20 }, () => limits.admitMessages(account, 1));
      assert.equal(taken.filter(Boolean).length, allowed);
    });
  }

  test('accounts and kinds of requests do not touch each other', () => {
    const { limits } = createLimits({ messagesPerSecond: 1, requestsPerSecond: 2 });
    assert.ok(limits.admitMessages(bakery, 100));
    assert.ok(!limits.admitMessages(bakery, 1));
    assert.ok(limits.admitMessages(accountWith('other'), 1));
    const taken = Array.from({ length: 3 }, () => limits.admitRequest(bakery));
    assert.deepEqual(taken, [0, 0, 500]);
  });
});

test('the log names the account, once in a period', async () => {
  const { limits, lines, clock } = createLimits({ messagesPerSecond: 1 });
  for (let i = 0; i < 11; i++) limits.admitMessages(bakery, 1);
  await clock.advance(59_000);
  limits.admitMessages(bakery, 100);
  limits.admitMessages(bakery, 1);
  await clock.advance(1_000);
  limits.admitMessages(bakery, 1);
  assert.deepEqual(lines, [
    'warn: Accounts send faster than they may. times=1 who=bakery',
    'warn: Accounts send faster than they may. times=11 who=bakery',
  ]);
});
