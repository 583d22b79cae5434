import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterIn } from './retry-after.ts';

for (const [waitMs, seconds] of [
  [undefined, '1'],
  [0, '1'],
  [1_000, '1'],
  [1_001, '2'],
  [99_000.5, '100'],
] as const) {
  test(`a wait of ${waitMs ?? 'unknown'} ms is ${seconds} s`, () => {
    assert.deepEqual(retryAfterIn(waitMs), { 'retry-after': seconds });
  });
}
