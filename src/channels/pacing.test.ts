import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pacing, pauseFirstMs, pauseLongestMs } from './pacing.ts';

/** Sends whatever may be sent, every `stepMs`; returns how many parts went out. */
function send(pacing: Pacing, fromMs: number, toMs: number, stepMs = 10): number {
  let sent = 0;
  for (let now = fromMs; now < toMs; now += stepMs) {
    const room = Math.min(pacing.room(now), 1_000);
    if (room > 0) pacing.spend(room, now);
    sent += room;
  }
  return sent;
}

test('without a rate there is no limit', () => {
  const pacing = new Pacing(null, 0);
  assert.equal(pacing.room(0), Number.POSITIVE_INFINITY);
  pacing.spend(1_000_000, 0);
  assert.equal(pacing.room(0), Number.POSITIVE_INFINITY);
  assert.equal(pacing.waitMs(0), 0);
});

test('a rate is kept, whole or in fractions', () => {
  assert.ok(Math.abs(send(new Pacing(100, 0), 0, 10_000) - 1_000) <= 6);
  assert.ok(Math.abs(send(new Pacing(0.5, 0), 0, 20_000) - 10) <= 1);
  assert.ok(Math.abs(send(new Pacing(5_000, 0), 0, 1_000) - 5_000) <= 250);
});

test('silence saves up almost nothing', () => {
  const pacing = new Pacing(100, 0);
  assert.equal(pacing.room(3_600_000), 5);
  assert.equal(new Pacing(2, 0).room(3_600_000), 1);
});

test('it says how long to wait', () => {
  const pacing = new Pacing(10, 0);
  pacing.spend(1, 0);
  assert.equal(pacing.waitMs(0), 100);
  assert.equal(pacing.room(99), 0);
  assert.equal(pacing.room(101), 1);
});

test('a throttle pauses for one second, then two, up to sixty', () => {
  const pacing = new Pacing(1_000, 0);
  let now = 1;
  for (const pauseMs of [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000)) {
    assert.equal(pacing.throttled(now, now), true);
    assert.equal(pacing.isPaused(now), true);
    assert.equal(pacing.room(now + pauseMs - 1), 0);
    assert.equal(pacing.waitMs(now), pauseMs);
    assert.equal(pacing.isPaused(now + pauseMs), false);
    now += pauseMs + 1;
  }
  assert.deepEqual([pauseFirstMs, pauseLongestMs], [1_000, 60_000]);
});

test('what was under way when the pause began does not count again', () => {
  const pacing = new Pacing(1_000, 0);
  assert.equal(pacing.throttled(90, 100), true);
  assert.equal(pacing.throttled(95, 110), false, 'within the pause');
  assert.equal(pacing.throttled(100, 1_500), false, 'sent before the pause, answered after it');
  assert.equal(pacing.throttled(1_200, 1_500), true, 'sent after the pause');
});

test('a success after the pause makes the next one short again', () => {
  const pacing = new Pacing(1_000, 0);
  pacing.throttled(1, 1);
  pacing.throttled(1_100, 1_100);
  assert.equal(pacing.waitMs(1_100), 2_000);
  pacing.accepted(1_050);
  pacing.throttled(3_200, 3_200);
  assert.equal(pacing.waitMs(3_200), 4_000, 'the success was of a part sent before');
  pacing.accepted(7_300);
  pacing.throttled(7_400, 7_400);
  assert.equal(pacing.waitMs(7_400), 1_000);
});

test('each throttle takes a fifth of the rate, which comes back by a twentieth a minute', () => {
  const pacing = new Pacing(100, 0);
  pacing.throttled(1, 1);
  assert.equal(pacing.rate, 80);
  pacing.throttled(1_100, 1_100);
  assert.equal(pacing.rate, 64);
  const minuteMs = 60_000;
  for (let now = 1_100; now <= 1_100 + minuteMs; now += 100) pacing.room(now);
  assert.ok(Math.abs((pacing.rate ?? 0) - 64 * 1.05) < 0.2, String(pacing.rate));
  for (let now = minuteMs; now <= 30 * minuteMs; now += 1_000) pacing.room(now);
  assert.equal(pacing.rate, 100, 'never above what is configured');
});

test('without a rate, what went through before the throttle becomes the rate for a while', () => {
  const pacing = new Pacing(null, 0);
  for (let now = 0; now < 3_000; now += 10) pacing.spend(2, now);
  pacing.throttled(3_000, 3_000);
  assert.equal(pacing.rate, 160);
  assert.ok(pacing.room(4_500) < 10);
  const minuteMs = 60_000;
  for (let now = 5_000; now <= 20 * minuteMs; now += 1_000) pacing.room(now);
  assert.equal(pacing.rate, null);
  assert.equal(pacing.room(21 * minuteMs), Number.POSITIVE_INFINITY);
});

test('a rate never sinks to nothing', () => {
  for (const rate of [null, 0.5, 2, 100]) {
    const pacing = new Pacing(rate, 0);
    let now = 1;
    for (let turn = 0; turn < 100; turn++) {
      pacing.throttled(now, now);
      now += 61_000;
    }
    assert.ok((pacing.rate ?? 0) >= Math.min(1, rate ?? 1), `${rate}: ${pacing.rate}`);
  }
});

test('whatever happens, no second has more than the rate and one burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.boolean()), { maxLength: 100 }),
      (rate, turns) => {
        const pacing = new Pacing(rate, 0);
        const sent: { at: number; parts: number }[] = [];
        let now = 0;
        for (const [waitMs, isThrottled] of turns) {
          now += waitMs;
          const parts = pacing.room(now);
          if (parts > 0) pacing.spend(parts, now);
          sent.push({ at: now, parts });
          if (isThrottled) pacing.throttled(now, now);
        }
        for (const { at } of sent) {
          const window = sent.filter((one) => one.at >= at && one.at < at + 1_000);
          const total = window.reduce((sum, one) => sum + one.parts, 0);
          assert.ok(
            total <= rate + Math.max(1, rate * 0.05) + 1e-6,
            `${total} at ${rate} a second`,
          );
        }
      },
    ),
  );
});

test('a pause that the operator asks for is kept, and a shorter one does not shorten ours', () => {
  const pacing = new Pacing(10, 0);
  assert.equal(pacing.throttled(0, 0, 7_000), true);
  assert.equal(pacing.waitMs(0), 7_000);
  const other = new Pacing(10, 0);
  assert.equal(other.throttled(0, 0, 1), true);
  assert.equal(other.waitMs(0), pauseFirstMs);
});
