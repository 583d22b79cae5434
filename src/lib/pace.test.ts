import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Pace } from './pace.ts';

describe('a pace, in virtual time', () => {
  test('the burst goes through at once, and one more does not', () => {
    const pace = new Pace(10, 5);
    const taken = Array.from({ length: 6 }, () => pace.take(1, 0));
    assert.deepEqual(taken, [true, true, true, true, true, false]);
  });

  test('time gives back one after a tenth of a second, and not a moment earlier', () => {
    const pace = new Pace(10, 1);
    assert.ok(pace.take(1, 0));
    assert.equal(pace.waitMs(0), 100);
    assert.ok(!pace.take(1, 99));
    assert.ok(pace.isSpent(99));
    assert.ok(pace.take(1, 100));
  });

  test('no more than the burst is saved up', () => {
    const pace = new Pace(10, 2);
    const taken = Array.from({ length: 3 }, () => pace.take(1, 3_600_000));
    assert.deepEqual(taken, [true, true, false]);
  });

  test('what is larger than the burst goes through and is paid back', () => {
    const pace = new Pace(100, 100);
    assert.ok(pace.take(1_000, 0));
    assert.equal(pace.waitMs(0), 9_010);
    assert.ok(!pace.take(1, 9_009));
    assert.ok(pace.take(1, 9_010));
  });

  test('a refusal costs nothing, and a clock that stands still gives nothing', () => {
    const pace = new Pace(1, 1);
    assert.ok(pace.take(1, 500));
    for (let i = 0; i < 100; i++) assert.ok(!pace.take(1, 400));
    assert.ok(pace.take(1, 1_500));
  });

  test('at any moment, however it is rounded, the wait that is told is enough', () => {
    const moment = fc.double({ min: 0, max: 1e10, noNaN: true });
    const rate = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(moment, rate, fc.integer({ min: 1, max: 50 }), (start, perSecond, burst) => {
        const pace = new Pace(perSecond, burst);
        for (let i = 0; i < burst; i++) assert.ok(pace.take(1, start));
        assert.ok(!pace.take(1, start));
        assert.ok(pace.take(1, start + pace.waitMs(start)));
      }),
    );
  });

  test('over any time no more goes through than rate, burst and the last request allow', () => {
    const request = fc.record({
      count: fc.integer({ min: 1, max: 50 }),
      pauseMs: fc.integer({ min: 0, max: 500 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(request, { maxLength: 100 }),
        (perSecond, burst, requests) => {
          const pace = new Pace(perSecond, burst);
          let now = 0;
          let taken = 0;
          for (const { count, pauseMs } of requests) {
            now += pauseMs;
            if (pace.take(count, now)) taken += count;
          }
          assert.ok(taken <= burst + (now * perSecond) / 1_000 + 50);
        },
      ),
    );
  });
});
