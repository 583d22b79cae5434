import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatAbsoluteTime, formatRelativeTime, parseTime, relativeTimeMsMax } from './time.ts';

const now = Date.UTC(2026, 10, 22, 15, 4, 5);
const dayMs = 24 * 60 * 60 * 1000;

describe('formatAbsoluteTime (SMPP 3.4 §7.1.1)', () => {
  const cases: [number, string][] = [
    [now, '261122150405000+'],
    [now + 999, '261122150405900+'],
    [Date.UTC(2000, 0, 1), '000101000000000+'],
    [Date.UTC(1999, 11, 31, 23, 59, 59, 100), '991231235959100+'],
  ];
  for (const [epochMs, text] of cases) {
    test(text, () => assert.equal(formatAbsoluteTime(epochMs), text));
  }

  test('refuses a year of five digits', () => {
    assert.throws(() => formatAbsoluteTime(Date.UTC(12026, 0, 1)), RangeError);
  });

  test('reads back to the tenth of a second within fifty years', () => {
    const span = 49 * 365 * dayMs;
    fc.assert(
      fc.property(fc.integer({ min: now - span, max: now + span }), (epochMs) => {
        assert.equal(parseTime(formatAbsoluteTime(epochMs), now), epochMs - (epochMs % 100));
      }),
    );
  });
});

describe('formatRelativeTime (SMPP 3.4 §7.1.2)', () => {
  const cases: [number, string][] = [
    [0, '000000000000000R'],
    [1, '000000000001000R'],
    [1000, '000000000001000R'],
    [2.5 * 60 * 60 * 1000, '000000023000000R'],
    [dayMs, '000001000000000R'],
    [relativeTimeMsMax, '000099235959000R'],
  ];
  for (const [durationMs, text] of cases) {
    test(text, () => assert.equal(formatRelativeTime(durationMs), text));
  }
  for (const durationMs of [-1000, relativeTimeMsMax + 1, Number.NaN, Infinity]) {
    test(`refuses ${durationMs} ms`, () => {
      assert.throws(() => formatRelativeTime(durationMs), RangeError);
    });
  }

  test('reads back to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: relativeTimeMsMax }), (durationMs) => {
        const wholeMs = Math.ceil(durationMs / 1000) * 1000;
        assert.equal(parseTime(formatRelativeTime(durationMs), now), now + wholeMs);
      }),
    );
  });
});

describe('parseTime', () => {
  const cases: [string, number, string][] = [
    ['261122150405000+', now, 'UTC'],
    ['261122160405004+', now, 'an hour ahead of UTC'],
    ['261122120405012-', now, 'three hours behind UTC'],
    ['261123030405048+', now, 'twelve hours ahead, the most there is'],
    ['261122150405900+', now + 900, 'tenths of a second'],
    ['240229000000000+', Date.UTC(2024, 1, 29), 'a leap day'],
    ['760101000000000+', Date.UTC(2076, 0, 1), 'fifty years ahead are this century'],
    ['770101000000000+', Date.UTC(1977, 0, 1), 'fifty-one are the last'],
    ['000001000000000R', now + dayMs, 'a day from now'],
    ['000000480000000R', now + 2 * dayMs, 'more hours than a day has'],
    ['000100000000000R', Date.UTC(2026, 11, 22, 15, 4, 5), 'a month by the calendar'],
    ['010000000000000R', Date.UTC(2027, 10, 22, 15, 4, 5), 'a year by the calendar'],
  ];
  for (const [text, epochMs, title] of cases) {
    test(`${text}: ${title}`, () => assert.equal(parseTime(text, now), epochMs));
  }

  const nonsense: [string, string][] = [
    ['', 'nothing'],
    ['261122150405000', '15 characters'],
    ['261122150405000+0', '17 characters'],
    ['261122150405000Z', 'an unknown last character'],
    ['2611221504050 0+', 'a blank'],
    ['261322150405000+', 'month 13'],
    ['260022150405000+', 'month 0'],
    ['261100150405000+', 'day 0'],
    ['260229000000000+', 'a leap day in a common year'],
    ['261131000000000+', 'day 31 of November'],
    ['261122240000000+', 'hour 24'],
    ['261122006000000+', 'minute 60'],
    ['261122000060000+', 'second 60'],
    ['261122150405049+', 'more than twelve hours off UTC'],
  ];
  for (const [text, title] of nonsense) {
    test(`refuses ${title}`, () => assert.equal(parseTime(text, now), undefined));
  }

  test('never throws', () => {
    const characters = fc.constantFrom('0', '1', '2', '3', '5', '9', '+', '-', 'R', ' ');
    const text = fc.string({ unit: characters, minLength: 15, maxLength: 17 });
    fc.assert(
      fc.property(text, (value) => {
        const epochMs = parseTime(value, now);
        assert.ok(epochMs === undefined || Number.isSafeInteger(epochMs));
      }),
    );
  });
});
