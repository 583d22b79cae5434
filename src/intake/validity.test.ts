import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseValidity, validityDefaultMs, validityMaxMs, validityTextMax } from './validity.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** When the message was accepted, its validity, and when it expires. */
const instants: [acceptedAt: string, text: string, expiresAt: string][] = [
  // The spec's own forms
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50 GMT', '2017-04-20T11:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 GMT', '2017-04-20T11:50:05Z'],
  ['2017-04-20T01:00:00Z', '2017-04-20 11:50:05+8', '2017-04-20T03:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:55:05-07:00', '2017-04-20T18:55:05Z'],
  ['2017-04-20T08:00:00Z', '2h', '2017-04-20T10:00:00Z'],
  ['2017-04-20T08:00:00Z', '30m', '2017-04-20T08:30:00Z'],
  // Local time, summer and winter
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05', '2017-04-20T09:50:05Z'],
  ['2017-01-20T08:00:00Z', '2017-01-20 11:50:05', '2017-01-20T10:50:05Z'],
  ['2017-01-20T08:00:00Z', '2017-01-20 11:50', '2017-01-20T10:50:00Z'],
  // Spring: 02:30 does not exist and means 03:30
  ['2017-03-25T20:00:00Z', '2017-03-26 01:59:59', '2017-03-26T00:59:59Z'],
  ['2017-03-25T20:00:00Z', '2017-03-26 02:30', '2017-03-26T01:30:00Z'],
  ['2017-03-25T20:00:00Z', '2017-03-26 03:00', '2017-03-26T01:00:00Z'],
  // Autumn: 02:30 comes twice and means the first
  ['2017-10-28T20:00:00Z', '2017-10-29 02:30', '2017-10-29T00:30:00Z'],
  ['2017-10-28T20:00:00Z', '2017-10-29 02:30 CET', '2017-10-29T01:30:00Z'],
  ['2017-10-28T20:00:00Z', '2017-10-29 03:00', '2017-10-29T02:00:00Z'],
  // Other zones' names and offsets
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 UTC', '2017-04-20T11:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 utc', '2017-04-20T11:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 CET', '2017-04-20T10:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 CEST', '2017-04-20T09:50:05Z'],
  ['2017-04-20T01:00:00Z', '2017-04-20 11:50 Asia/Tokyo', '2017-04-20T02:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50 America/New_York', '2017-04-20T15:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50 europe/london', '2017-04-20T10:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05-5', '2017-04-20T16:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50:05 -05', '2017-04-20T16:50:05Z'],
  ['2017-04-20T01:00:00Z', '2017-04-20 11:50:05+0530', '2017-04-20T06:20:05Z'],
  ['2017-04-20T01:00:00Z', '2017-04-20 11:50:05 GMT+8', '2017-04-20T03:50:05Z'],
  ['2017-04-20T01:00:00Z', '2017-04-20 15:50+14:00', '2017-04-20T01:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20 11:50+0', '2017-04-20T11:50:00Z'],
  // ISO 8601
  ['2017-04-20T08:00:00Z', '2017-04-20T11:50:05Z', '2017-04-20T11:50:05Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20t11:50z', '2017-04-20T11:50:00Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20T11:50:05.250Z', '2017-04-20T11:50:05.250Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20T11:50:05.2504999+02:00', '2017-04-20T09:50:05.250Z'],
  ['2017-04-20T08:00:00Z', '2017-04-20T11:50:05', '2017-04-20T09:50:05Z'],
  // Tolerances
  ['2017-04-20T08:00:00Z', '  2017-4-20 9:50:05 GMT\n', '2017-04-20T09:50:05Z'],
  ['2017-04-20T08:00:00Z', '2H', '2017-04-20T10:00:00Z'],
  ['2017-04-20T08:00:00Z', ' 90 M ', '2017-04-20T09:30:00Z'],
  ['2017-04-20T08:00:00Z', '1m', '2017-04-20T08:01:00Z'],
  // Years turn, leap days exist
  ['2027-12-31T23:00:00Z', '2028-01-01 00:30:00 GMT', '2028-01-01T00:30:00Z'],
  ['2028-02-28T23:00:00Z', '2028-02-29 12:00 GMT', '2028-02-29T12:00:00Z'],
];

test('every form of contract §3.7 gives its instant', () => {
  for (const [acceptedAt, text, expiresAt] of instants) {
    const expected = { expiresAt: Date.parse(expiresAt) };
    assert.deepEqual(parseValidity(text, Date.parse(acceptedAt)), expected, text);
  }
});

const acceptedAt = Date.parse('2017-04-20T08:00:00Z');

test('without a validity a message lives a day', () => {
  for (const text of [undefined, '', '   ', '\n']) {
    assert.deepEqual(parseValidity(text, acceptedAt), { expiresAt: acceptedAt + 24 * hourMs });
  }
  assert.equal(validityDefaultMs, 24 * hourMs);
});

test('more than 72 hours become 72 hours, and not a moment sooner', () => {
  const cases: [text: string, ms: number][] = [
    ['71h', 71 * hourMs],
    ['72h', validityMaxMs],
    ['73h', validityMaxMs],
    ['4319m', 4319 * minuteMs],
    ['4321m', validityMaxMs],
    ['2017-04-23 07:59:59 GMT', validityMaxMs - 1000],
    ['2017-04-23 08:00:00 GMT', validityMaxMs],
    ['2017-04-23 08:00:01 GMT', validityMaxMs],
    ['9999-12-31 23:59:59', validityMaxMs],
    [`${'9'.repeat(validityTextMax - 1)}h`, validityMaxMs],
  ];
  for (const [text, ms] of cases) {
    assert.deepEqual(parseValidity(text, acceptedAt), { expiresAt: acceptedAt + ms }, text);
  }
});

test('the past is refused, the next moment is not', () => {
  const cases = [
    '0h',
    '0m',
    '2017-04-20 08:00:00 GMT',
    '2017-04-20 09:59:59',
    '0001-01-01 00:00',
    '1999-01-01T00:00Z',
  ];
  for (const text of cases) {
    assert.deepEqual(
      parseValidity(text, acceptedAt),
      { fault: 'The validity lies in the past.' },
      text,
    );
  }
  assert.ok('expiresAt' in parseValidity('2017-04-20T08:00:00.001Z', acceptedAt));
});

const unreadable = [
  // Neither a number of hours nor of minutes, or both
  '2',
  'h',
  '2d',
  '2h30m',
  '-2h',
  '+2h',
  '1.5h',
  '2 hours',
  '２h',
  '2h\n3h',
  // No date or no time
  '2017-04-20',
  '11:50:05',
  'tomorrow',
  '20-04-2017 11:50',
  '2017/04/20 11:50',
  '2017-04-20 11',
  '2017-04-2011:50',
  // Fields out of range
  '2017-13-20 11:50',
  '2017-00-20 11:50',
  '2017-04-31 11:50',
  '2017-04-00 11:50',
  '2017-02-29 11:50',
  '2017-04-20 24:00',
  '2017-04-20 11:60',
  '2017-04-20 11:50:60',
  '2017-04-20 11:5',
  '2017-04-20 11:50:05.',
  // Zones that do not exist
  '2017-04-20 11:50 XYZ',
  '2017-04-20 11:50 Europe/Atlantis',
  '2017-04-20 11:50 Asia/',
  '2017-04-20 11:50 GMT 1',
  '2017-04-20 11:50+',
  '2017-04-20 11:50+15',
  '2017-04-20 11:50-14:01',
  '2017-04-20 11:50+08:60',
  '2017-04-20 11:50+08:5',
  '2017-04-20 11:50+00008',
  '2017-04-20 11:50 8',
  '2017-04-20 11:50 [Asia/Tokyo]',
  '2017-04-20 11:50 2020-01-01T00:00Z',
  // Longer than is looked at
  `2017-04-20 11:50${' '.repeat(validityTextMax)}GMT`,
  ' '.repeat(validityTextMax + 1),
];

test('everything else is refused with a sentence', () => {
  for (const text of unreadable) {
    const validity = parseValidity(text, acceptedAt);
    assert.ok('fault' in validity, text);
    assert.match(validity.fault, /neither a date and time nor a number of hours or minutes/);
  }
});

test('a text of the greatest length is still read', () => {
  const text = '2017-04-20 11:50 GMT'.padEnd(validityTextMax);
  assert.deepEqual(parseValidity(text, acceptedAt), {
    expiresAt: Date.parse('2017-04-20T11:50:00Z'),
  });
});

test('any text gives a time within 72 hours or a fault', () => {
  const parts = fc.constantFrom(
    '2017',
    '-',
    '04',
    '20',
    'T',
    ' ',
    '11',
    ':',
    '50',
    '+',
    'GMT',
    '8',
    'h',
    'm',
    'Asia/Tokyo',
    '.',
    '\n',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 16, size: 'max' }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (sent) => {
      const validity = parseValidity(sent, acceptedAt);
      if ('fault' in validity) return;
      assert.ok(
        validity.expiresAt > acceptedAt && validity.expiresAt <= acceptedAt + validityMaxMs,
      );
    }),
    { numRuns: 3000 },
  );
});

test('the same instant in any zone is the same validity', () => {
  const zone = fc.constantFrom(
    'Europe/Amsterdam',
    'America/New_York',
    'Asia/Kathmandu',
    'Pacific/Auckland',
    'UTC',
  );
  const seconds = fc.integer({ min: 1, max: validityMaxMs / 1000 });
  fc.assert(
    fc.property(zone, seconds, fc.integer({ min: 0, max: 365 }), (name, after, day) => {
      const accepted = acceptedAt + day * 24 * hourMs;
      const expiresAt = accepted + after * 1000;
      const time = Temporal.Instant.fromEpochMilliseconds(expiresAt).toZonedDateTimeISO(name);
      const local = time.toPlainDateTime().toString({ smallestUnit: 'second' });
      assert.deepEqual(parseValidity(`${local}${time.offset}`, accepted), { expiresAt });
      // The second of two equal local times is the only one its zone's name cannot tell.
      const repeated = time.toPlainDateTime().toZonedDateTime(name).epochMilliseconds !== expiresAt;
      if (repeated) return;
      assert.deepEqual(parseValidity(`${local} ${name}`, accepted), { expiresAt });
      assert.deepEqual(parseValidity(time.toInstant().toString(), accepted), { expiresAt });
    }),
    { numRuns: 500 },
  );
});
