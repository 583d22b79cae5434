import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseRetryAfter, retryAfterMaxMs } from './retry-after.ts';

const now = Date.parse('2026-03-01T10:00:00Z');

const cases: readonly [value: string, expectedMs: number | null][] = [
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7_000],
  ['86400', retryAfterMaxMs],
  ['86401', retryAfterMaxMs],
  ['999999999999999', retryAfterMaxMs],
  ['Sun, 01 Mar 2026 10:02:00 GMT', 120_000],
  ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
  ['Sun, 01 Mar 2099 10:00:00 GMT', retryAfterMaxMs],
  ['', null],
  ['-1', null],
  ['1.5', null],
  ['1e3', null],
  ['soon', null],
  ['2026-03-01T10:02:00Z', null],
  ['Sun, 99 Zzz 2026 10:02:00 GMT', null],
  ['9999999999999999', null],
];

for (const [value, expectedMs] of cases) {
  it(`reads a Retry-After of "${value}" as ${expectedMs} ms`, () => {
    assert.equal(parseRetryAfter(value, now), expectedMs);
  });
}
