import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ageMaxMs, aheadMaxMs, createReceiptTimes } from './receipt-time.ts';

const arrivedAt = Date.UTC(2026, 10, 22, 15, 5);

test('dates are read by their length', () => {
  const read = createReceiptTimes('UTC');
  const at = Date.UTC(2026, 10, 22, 15, 4);
  const cases: readonly (readonly [string, number | null])[] = [
    ['2611221504', at],
    ['261122150405', at + 5_000],
    ['20261122150405', at + 5_000],
    [String((at + 5_000) / 1_000), at + 5_000],
    [String(at + 5_000), at + 5_000],
    ['', null],
    ['26112215', null],
    ['26112215040', null],
    ['2611221504x', null],
    ['2010290238', null],
    ['2613221504', null],
    ['2611311504', null],
    ['2611222404', null],
    ['2611221560', null],
    ['0000000000', null],
    ['00000000000000', null],
    ['9999999999', null],
  ];
  for (const [text, expected] of cases) assert.equal(read(text, arrivedAt), expected, text);
});

test('they are in the zone of the operator, summer time respected', () => {
  const zones: readonly (readonly [string, number, string, number])[] = [
    ['Europe/Amsterdam', arrivedAt, '2611221604', Date.UTC(2026, 10, 22, 15, 4)],
    ['Europe/Amsterdam', Date.UTC(2026, 6, 1, 12), '2607011400', Date.UTC(2026, 6, 1, 12)],
    ['+05:30', arrivedAt, '2611222034', Date.UTC(2026, 10, 22, 15, 4)],
    ['America/New_York', arrivedAt, '2611221004', Date.UTC(2026, 10, 22, 15, 4)],
  ];
  for (const [zone, arrived, text, expected] of zones) {
    assert.equal(createReceiptTimes(zone)(text, arrived), expected, `${zone} ${text}`);
  }
});

test('the hour of the change to summer time', () => {
  const read = createReceiptTimes('Europe/Amsterdam');
  const change = Date.UTC(2026, 2, 29, 1);
  assert.equal(read('2603290159', change), change - 60_000);
  assert.equal(read('2603290300', change), change);
});

test('a date far from the arrival is not believed', () => {
  const read = createReceiptTimes('UTC');
  const write = (at: number) => new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  assert.equal(read(write(arrivedAt - ageMaxMs), arrivedAt), arrivedAt - ageMaxMs);
  assert.equal(read(write(arrivedAt - ageMaxMs - 1_000), arrivedAt), null);
  assert.equal(read(write(arrivedAt + aheadMaxMs), arrivedAt), arrivedAt + aheadMaxMs);
  assert.equal(read(write(arrivedAt + aheadMaxMs + 1_000), arrivedAt), null);
});

test('any text gives a time near the arrival or none', () => {
  const read = createReceiptTimes('Europe/Amsterdam');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{8,16}$/)), (text) => {
      const at = read(text, arrivedAt);
      return at === null || (at >= arrivedAt - ageMaxMs && at <= arrivedAt + aheadMaxMs);
    }),
    { numRuns: 1_000 },
  );
});

test('within what a date leaves open it happened when it arrived', () => {
  const read = createReceiptTimes('UTC');
  const inMinute = Date.UTC(2026, 10, 22, 15, 4, 59, 999);
  assert.equal(read('2611221504', inMinute), inMinute);
  assert.equal(read('2611221504', inMinute + 1), Date.UTC(2026, 10, 22, 15, 4));
  assert.equal(read('20261122150459', inMinute), inMinute);
  assert.equal(read('20261122150459', inMinute + 1), Date.UTC(2026, 10, 22, 15, 4, 59));
});
