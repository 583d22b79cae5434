import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSmppTime, writeSmppTime } from './smpp-time.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const hourMs = 3_600_000;

const times = [
  ['000001000000000R', now + 24 * hourMs],
  ['000000023000000R', now + 2.5 * hourMs],
  ['000000000000500R', now + 500],
  ['010203000000000R', now + (365 + 60 + 3) * 24 * hourMs],
  ['261122150405000+', Date.UTC(2026, 10, 22, 15, 4, 5)],
  ['261122150405900+', Date.UTC(2026, 10, 22, 15, 4, 5, 900)],
  ['261122150405004+', Date.UTC(2026, 10, 22, 14, 4, 5)],
  ['261122150405004-', Date.UTC(2026, 10, 22, 16, 4, 5)],
  ['240229000000048+', Date.UTC(2024, 1, 28, 12, 0, 0)],
] as const;

for (const [text, at] of times) {
  test(`${text} is ${new Date(at).toISOString()}`, () => {
    assert.equal(readSmppTime(text, now), at);
  });
}

const faults = [
  '',
  'R',
  '000001000000000',
  '000001000000000r',
  '0000010000000000R',
  '261322150405000+',
  '260230150405000+',
  '261100150405000+',
  '261122250405000+',
  '261122156005000+',
  '261122150460000+',
  '261122150405049+',
  '2611221504050x0+',
];

for (const text of faults) {
  test(`"${text}" is no time`, () => {
    assert.equal(readSmppTime(text, now), null);
  });
}

test('what is written is read again, to the tenth of a second', () => {
  fc.assert(
    fc.property(fc.integer({ min: now, max: now + 1e12 }), (at) => {
      const tenth = Math.floor(at / 100) * 100;
      assert.equal(readSmppTime(writeSmppTime(at), 0), tenth);
    }),
  );
});
