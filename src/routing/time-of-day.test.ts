import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TimeOfDay } from './route.ts';
import { createTimeTest, parseTime } from './time-of-day.ts';

const office: TimeOfDay = { zone: 'Europe/Amsterdam', from: '09:00', until: '17:00' };
const night: TimeOfDay = { zone: 'Europe/Amsterdam', from: '22:00', until: '06:00' };
const fridayNight: TimeOfDay = { ...night, days: ['fri'] };
const workdays: TimeOfDay = {
  ...office,
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
};
const wholeSunday: TimeOfDay = { zone: 'UTC', days: ['sun'], from: '00:00', until: '24:00' };

describe('the time of day of a route', () => {
  // 2026-03-02 is a Monday.
  const cases: [window: TimeOfDay, instant: string, isOpen: boolean][] = [
    [office, '2026-03-02T09:00:00+01:00', true],
    [office, '2026-03-02T08:59:59.999+01:00', false],
    [office, '2026-03-02T16:59:59.999+01:00', true],
    [office, '2026-03-02T17:00:00+01:00', false],
    // Summer time: the same clock, another offset.
    [office, '2026-07-01T07:00:00Z', true],
    [office, '2026-07-01T06:59:00Z', false],
    [office, '2026-01-07T07:30:00Z', false],
    [night, '2026-03-02T22:00:00+01:00', true],
    [night, '2026-03-02T05:59:00+01:00', true],
    [night, '2026-03-02T06:00:00+01:00', false],
    [night, '2026-03-02T21:59:00+01:00', false],
    [fridayNight, '2026-03-06T23:00:00+01:00', true],
    [fridayNight, '2026-03-07T05:00:00+01:00', true],
    [fridayNight, '2026-03-06T05:00:00+01:00', false],
    [fridayNight, '2026-03-07T23:00:00+01:00', false],
    [workdays, '2026-03-06T12:00:00+01:00', true],
    [workdays, '2026-03-07T12:00:00+01:00', false],
    [wholeSunday, '2026-03-08T00:00:00Z', true],
    [wholeSunday, '2026-03-08T23:59:59Z', true],
    [wholeSunday, '2026-03-09T00:00:00Z', false],
    [{ ...wholeSunday, zone: 'Asia/Tokyo' }, '2026-03-07T15:00:00Z', true],
    [{ ...wholeSunday, zone: 'Asia/Kolkata' }, '2026-03-07T18:29:00Z', false],
    [{ ...wholeSunday, zone: 'Asia/Kolkata' }, '2026-03-07T18:30:00Z', true],
  ];
  for (const [window, instant, isOpen] of cases) {
    const { days = ['daily'], from, until, zone } = window;
    test(`${days.join()} ${from}-${until} ${zone} is ${isOpen ? 'open' : 'shut'} at ${instant}`, () => {
      assert.equal(createTimeTest(window)(Date.parse(instant)), isOpen);
    });
  }

  for (const wrong of [
    { zone: 'Europe/Amsterdam', from: '09:00', until: '09:00' },
    { zone: 'Europe/Amsterdam', from: '9:00', until: '17:00' },
    { zone: 'Europe/Amsterdam', from: '24:00', until: '06:00' },
    { zone: 'Europe/Amsterdam', from: '09:00', until: '24:01' },
    { zone: 'Europe/Amsterdam', from: '09:60', until: '17:00' },
    { zone: 'Europe/Atlantis', from: '09:00', until: '17:00' },
    { zone: '+01:00', from: '09:00', until: '17:00' },
    { zone: '', from: '09:00', until: '17:00' },
  ]) {
    test(`"${wrong.from}" to "${wrong.until}" in "${wrong.zone}" is refused`, () => {
      assert.throws(() => createTimeTest(wrong), RangeError);
    });
  }

  test('the answer never depends on what was asked before', () => {
    const instants = fc.array(
      fc.integer({ min: Date.UTC(2026, 2, 28), max: Date.UTC(2026, 2, 31) }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.constantFrom(office, night, fridayNight), instants, (window, list) => {
        const asked = createTimeTest(window);
        for (const instant of list) assert.equal(asked(instant), createTimeTest(window)(instant));
      }),
    );
  });
});

test('times are two digits each', () => {
  assert.deepEqual(['00:00', '09:30', '24:00'].map(parseTime), [0, 570, 1440]);
  assert.deepEqual(['', '9:30', '0930', '24:01', '12:60', '12:30:00'].map(parseTime), [
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});
