import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelayMs } from './retry.ts';

const early = '019d00000000700080000000000f0000';
const late = '019d00000000700080000000000fffff';

test('the wait doubles from five seconds to ten minutes', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((n) => retryDelayMs(n, early) / 1000);
  assert.deepEqual(seconds, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
});

test('the id spreads it by up to a quarter', () => {
  assert.equal(retryDelayMs(1, late), 6250);
  assert.equal(retryDelayMs(50, late), 750_000);
  const id = fc.stringMatching(/^[0-9a-f]{32}$/);
  fc.assert(
    fc.property(id, fc.integer({ min: 1, max: 1000 }), (anyId, attempts) => {
      const shortest = retryDelayMs(attempts, early);
      const delay = retryDelayMs(attempts, anyId);
      assert.ok(Number.isInteger(delay) && delay >= shortest && delay <= shortest * 1.25);
    }),
  );
});
