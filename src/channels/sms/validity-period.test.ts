import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createValidityPeriods } from './validity-period.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const now = Date.UTC(2026, 10, 22, 15, 4, 5);
const wide = { validityMinMs: secondMs, validityMaxMs: 30 * 24 * hourMs };

test('the relative form says what is left', () => {
  const write = createValidityPeriods({ ...wide, validity: 'relative' });
  assert.equal(write(now + 24 * hourMs, now), '000001000000000R');
  assert.equal(write(now + 2.5 * hourMs, now), '000000023000000R');
  assert.equal(write(now + 71 * hourMs + 59 * minuteMs + 59 * secondMs, now), '000002235959000R');
  assert.equal(write(now + 90 * secondMs + 999, now), '000000000130000R');
});

test('the absolute form says when, in UTC', () => {
  const write = createValidityPeriods({ ...wide, validity: 'absolute' });
  assert.equal(write(now, now - 5 * minuteMs), '261122150405000+');
  assert.equal(write(Date.UTC(2027, 0, 1), Date.UTC(2026, 11, 31)), '270101000000000+');
});

test('"none" says nothing', () => {
  assert.equal(createValidityPeriods({ ...wide, validity: 'none' })(now + hourMs, now), '');
});

test('less than the shortest and more than the longest is not asked for', () => {
  const rules = { validityMinMs: 5 * minuteMs, validityMaxMs: 48 * hourMs };
  const relative = createValidityPeriods({ ...rules, validity: 'relative' });
  assert.equal(relative(now + minuteMs, now), '000000000500000R');
  assert.equal(relative(now - hourMs, now), '000000000500000R');
  assert.equal(relative(now + 72 * hourMs, now), '000002000000000R');
  const absolute = createValidityPeriods({ ...rules, validity: 'absolute' });
  assert.equal(absolute(now - hourMs, now), '261122150905000+');
});

test('days have two digits', () => {
  const write = createValidityPeriods({
    validity: 'relative',
    validityMinMs: secondMs,
    validityMaxMs: 200 * 24 * hourMs,
  });
  assert.equal(write(now + 150 * 24 * hourMs, now), '000099000000000R');
});

test('both forms always have 16 characters and say the same time', () => {
  const relative = createValidityPeriods({ ...wide, validity: 'relative' });
  const absolute = createValidityPeriods({ ...wide, validity: 'absolute' });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 72 * 3_600 }), (seconds) => {
      const one = relative(now + seconds * secondMs, now);
      const other = absolute(now + seconds * secondMs, now);
      assert.match(one, /^\d{15}R$/);
      assert.match(other, /^\d{15}\+$/);
      const [, days, hours, minutes, rest] = /^0000(\d\d)(\d\d)(\d\d)(\d\d)/.exec(one) ?? [];
      const said = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest);
      assert.equal(said, seconds);
      const [year, month, ...time] = (other.match(/\d\d/g) ?? []).map(Number);
      const [day = 0, hour = 0, minute = 0, second = 0] = time;
      const until = Date.UTC(2000 + (year ?? 0), (month ?? 0) - 1, day, hour, minute, second);
      assert.equal(until, now + seconds * secondMs);
    }),
  );
});
