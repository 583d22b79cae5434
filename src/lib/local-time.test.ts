import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAmsterdam, formatAmsterdamCompact, localZone } from './local-time.ts';

const cases: [utc: string, local: string][] = [
  // An ordinary winter and an ordinary summer day
  ['2026-01-15T11:00:00Z', '2026-01-15T12:00:00'],
  ['2026-07-15T11:00:00.999Z', '2026-07-15T13:00:00'],
  // Midnight is local
  ['2026-01-31T22:59:59Z', '2026-01-31T23:59:59'],
  ['2026-01-31T23:00:00Z', '2026-02-01T00:00:00'],
  ['2026-12-31T23:00:00Z', '2027-01-01T00:00:00'],
  // Spring: from 02:00 to 03:00
  ['2026-03-29T00:59:59Z', '2026-03-29T01:59:59'],
  ['2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59'],
  ['2026-03-29T01:00:00Z', '2026-03-29T03:00:00'],
  ['2026-03-29T01:00:01Z', '2026-03-29T03:00:01'],
  // Autumn: 02:00 to 03:00 twice
  ['2026-10-25T00:00:00Z', '2026-10-25T02:00:00'],
  ['2026-10-25T00:59:59Z', '2026-10-25T02:59:59'],
  ['2026-10-25T01:00:00Z', '2026-10-25T02:00:00'],
  ['2026-10-25T02:00:00Z', '2026-10-25T03:00:00'],
  // Leap day, the epoch and before
  ['2028-02-28T23:00:00Z', '2028-02-29T00:00:00'],
  ['1970-01-01T00:00:00Z', '1970-01-01T01:00:00'],
  ['1969-12-31T22:59:59Z', '1969-12-31T23:59:59'],
];

function check(utc: string, local: string): void {
  assert.equal(formatAmsterdam(Date.parse(utc)), local, utc);
  assert.equal(formatAmsterdamCompact(Date.parse(utc)), local.replaceAll(/[-:T]/g, ''), utc);
}

test('times are Amsterdam’s, on both sides of each change of the clocks', () => {
  for (const [utc, local] of cases) check(utc, local);
});

test('the order in which times are asked for does not matter', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(cases, { minLength: cases.length }), (shuffled) => {
      for (const [utc, local] of shuffled) check(utc, local);
    }),
  );
});

function formatSlowly(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(localZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second', roundingMode: 'floor' });
}

test('any time from 1950 to 2150 reads as Temporal reads it', () => {
  const time = fc.integer({ min: Date.UTC(1950), max: Date.UTC(2150) });
  fc.assert(
    fc.property(time, (ms) => assert.equal(formatAmsterdam(ms), formatSlowly(ms))),
    { numRuns: 2000 },
  );
});

test('any time within two hours of a change of the clocks reads as Temporal reads it', () => {
  const changes = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2027-03-28T01:00:00Z'];
  const time = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -7_200_000, max: 7_200_000 }))
    .map(([change, distance]) => Date.parse(change) + distance);
  fc.assert(
    fc.property(time, (ms) => assert.equal(formatAmsterdam(ms), formatSlowly(ms))),
    { numRuns: 2000 },
  );
});

test('what is no time is our own mistake', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => formatAmsterdam(ms), RangeError);
  }
});
