import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { AddressLimits, type AddressRates, addressesMax } from './address-limits.ts';
import { createPlainLog } from './log.ts';

const rates: AddressRates = {
  requestsPerSecond: 10,
  burst: 3,
  failedAuthPerMinute: 2,
  connectionsPerSecond: 1,
  exemptNetworks: ['127.0.0.0/8', '2001:db8:9::7/128'],
};

function createLimits(change: Partial<AddressRates> = {}) {
  const clock = createVirtualClock({ startAt: Date.UTC(2026, 11, 22) });
  const lines: string[] = [];
  const log = createPlainLog('info', (line) => lines.push(line));
  return { clock, lines, limits: new AddressLimits({ ...rates, ...change }, clock, log) };
}

const stranger = '192.0.2.1';
const times = <T>(count: number, run: () => T): T[] => Array.from({ length: count }, run);

describe('requests of an address', () => {
  test('the burst is taken, as many more are told, and then it is cut off', () => {
    const { limits } = createLimits();
    const verdicts = times(8, () => limits.admitRequest(stranger));
    assert.equal(verdicts.join(' '), 'ok ok ok too-fast too-fast too-fast flood flood');
    assert.deepEqual(limits.counters, { requests: 5, cut: 2, failedAuth: 0, connections: 0 });
  });

  test('time gives back one after a tenth of a second, and not a moment earlier', async () => {
    const { limits, clock } = createLimits();
    times(3, () => limits.admitRequest(stranger));
    assert.equal(Math.round(limits.waitMs(stranger, 'anybody')), 100);
    await clock.advance(99);
    assert.equal(limits.admitRequest(stranger), 'too-fast');
    await clock.advance(1);
    assert.equal(limits.admitRequest(stranger), 'ok');
    assert.equal(limits.admitRequest(stranger), 'too-fast');
  });

  test('another address is not touched by it', () => {
    const { limits } = createLimits();
    times(100, () => limits.admitRequest(stranger));
    assert.equal(limits.admitRequest('192.0.2.2'), 'ok');
  });

  for (const [one, other, isSame] of [
    ['2001:db8:1:1::1', '2001:db8:1:1:ffff::2', true],
    ['2001:db8:1:1::1', '2001:db8:1:2::1', false],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '192.0.2.3', false],
  ] as const) {
    test(`${one} and ${other} count as ${isSame ? 'one' : 'two'}`, () => {
      const { limits } = createLimits();
      times(3, () => limits.admitRequest(one));
      assert.equal(limits.admitRequest(other), isSame ? 'too-fast' : 'ok');
    });
  }

  test('an exempt address has no limit; its neighbour has', () => {
    const { limits } = createLimits();
    for (const address of ['127.0.0.1', '::ffff:127.0.0.9', '2001:db8:9::7']) {
      const verdicts = times(100, () => limits.admitRequest(address));
      assert.deepEqual([...new Set(verdicts)], ['ok']);
      assert.ok(times(100, () => limits.admitConnection(address)).every(Boolean));
      assert.ok(times(100, () => limits.noteFailure(address)).every(Boolean));
    }
    const verdicts = times(4, () => limits.admitRequest('2001:db8:9::8'));
    assert.equal(verdicts[3], 'too-fast');
  });
});

describe('failed authentications of an address', () => {
  test('so many are let pass, then it is a suspect until one is forgiven', async () => {
    const { limits, clock } = createLimits();
    assert.ok(!limits.isSuspect(stranger));
    assert.deepEqual(
      times(3, () => limits.noteFailure(stranger)),
      [true, true, false],
    );
    assert.ok(limits.isSuspect(stranger));
    assert.ok(!limits.isSuspect('192.0.2.2'));
    assert.equal(Math.round(limits.waitMs(stranger, 'stranger')), 30_000);
    assert.equal(limits.waitMs(stranger, 'anybody'), 0);
    assert.equal(limits.waitMs('192.0.2.2', 'stranger'), 0);
    assert.equal(limits.waitMs('127.0.0.1', 'stranger'), 0);
    await clock.advance(29_999);
    assert.ok(limits.isSuspect(stranger));
    await clock.advance(1);
    assert.ok(!limits.isSuspect(stranger));
    assert.equal(limits.counters.failedAuth, 1);
  });

  test('they do not count against its requests', () => {
    const { limits } = createLimits();
    times(50, () => limits.noteFailure(stranger));
    assert.equal(limits.admitRequest(stranger), 'ok');
  });
});

test('new connections of an address: five seconds worth at once, then their rate', async () => {
  const { limits, clock } = createLimits();
  const verdicts = times(6, () => limits.admitConnection(stranger));
  assert.deepEqual(verdicts, [true, true, true, true, true, false]);
  await clock.advance(1_000);
  assert.deepEqual(
    times(2, () => limits.admitConnection(stranger)),
    [true, false],
  );
  assert.equal(limits.counters.connections, 2);
});

describe('what is remembered', () => {
  test('never more addresses than the limit', () => {
    const { limits } = createLimits();
    for (let i = 0; i < 3 * addressesMax; i++) {
      limits.admitRequest(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);
      assert.ok(limits.size <= addressesMax);
    }
    assert.ok(limits.size >= addressesMax / 2);
  });

  test('whoever comes again and again is not forgotten for newcomers', () => {
    const { limits } = createLimits({ requestsPerSecond: 1e-6 });
    times(3, () => limits.admitRequest(stranger));
    for (let i = 0; i < 2 * addressesMax; i++) {
      limits.admitRequest(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);
      if (i % 1_000 === 0) assert.notEqual(limits.admitRequest(stranger), 'ok');
    }
  });
});

test('the log is told at the first refusal and then once in a minute, with the count', async () => {
  const { limits, lines, clock } = createLimits();
  times(500, () => limits.admitRequest(stranger));
  assert.deepEqual(lines, ['warn: Addresses ask faster than they may. times=1 who=192.0.2.1']);
  await clock.advance(60_000);
  times(500, () => limits.admitRequest('2001:db8:1:1::1'));
  assert.deepEqual(lines.slice(1), [
    'warn: Addresses ask faster than they may. times=497 who=192.0.2.1 2001:db8:1:1::/64',
  ]);
});
