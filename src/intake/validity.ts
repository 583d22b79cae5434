import { localZone } from '../lib/local-time.ts';

/** A message without validity lives a day; none lives longer than three (contract §3.7). */
export const validityDefaultMs = 24 * 3_600_000;
export const validityMaxMs = 72 * 3_600_000;

/** The longest text that is looked at; the longest zone name leaves room to spare. */
export const validityTextMax = 64;

export type Validity =
  /** Epoch milliseconds: when the message expires. */
  | { readonly expiresAt: number }
  /** A sentence for the customer. */
  | { readonly fault: string };

/**
 * Reads the `validity` of a message accepted at `acceptedAt`, epoch milliseconds (contract §3.7):
 * - `2h`, `30m`: hours or minutes after acceptance;
 * - `2017-04-20 11:50:05`, seconds optional, `T` for the space and a fraction accepted: local time
 *   of Europe/Amsterdam, or of what follows: `Z`, `GMT`, `UTC`, `CET`, `CEST`, an IANA name such as
 *   `Asia/Tokyo`, or an offset: `+8`, `-07:00`, `+0530`, also as `GMT+8`.
 *
 * Absent or blank gives 24 hours; more than 72 hours become 72. A local time that the clocks skip
 * in spring means an hour later, one that they repeat in autumn means the first of the two.
 */
export function parseValidity(text: string | undefined, acceptedAt: number): Validity {
  if (text === undefined) return { expiresAt: acceptedAt + validityDefaultMs };
  if (text.length > validityTextMax) return unreadable;
  const trimmed = text.trim();
  if (trimmed === '') return { expiresAt: acceptedAt + validityDefaultMs };
  const expiresAt = parsePeriod(trimmed, acceptedAt) ?? parseDateTime(trimmed);
  if (expiresAt === undefined) return unreadable;
  if (expiresAt <= acceptedAt) return past;
  return { expiresAt: Math.min(expiresAt, acceptedAt + validityMaxMs) };
}

const unreadable: Validity = {
  fault: 'The validity is neither a date and time nor a number of hours or minutes.',
};
const past: Validity = { fault: 'The validity lies in the past.' };

const periodPattern = /^(\d+) ?([hm])$/i;

const dateTimePattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:T| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? *(.*)$/i;

const offsetPattern = /^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d\d))?$/i;

/** Real offsets reach from -12:00 to +14:00. */
const offsetMinutesMax = 14 * 60;

const minuteMs = 60_000;

/** Names that mean an offset. IANA has CET too, but with summer time, which the name denies. */
const offsetByName: ReadonlyMap<string, number> = new Map([
  ['Z', 0],
  ['UTC', 0],
  ['GMT', 0],
  ['CET', 60],
  ['CEST', 120],
]);

/** IANA names only: Temporal would take offsets and whole timestamps for a zone as well. */
const zoneNamePattern = /^[A-Z][\w+-]*(?:\/[\w+-]+)*$/i;

function parsePeriod(text: string, acceptedAt: number): number | undefined {
  const [, count, unit] = periodPattern.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return acceptedAt + Number(count) * (unit === 'h' || unit === 'H' ? 60 : 1) * minuteMs;
}

/**
 * A date and time in one of the forms above as epoch milliseconds; undefined when it is none. Without a zone it
 * is local time of Europe/Amsterdam. At most `validityTextMax` characters are looked at.
 */
export function parseDateTime(text: string): number | undefined {
  if (text.length > validityTextMax) return undefined;
  const found = dateTimePattern.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const millisecond = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  // Date.UTC carries a day that its month lacks over into the next month.
  const date = new Date(asUtc);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return applyZone(asUtc, found[8] ?? '');
}

/** The instant at which clocks in `zone` show what UTC's show at `asUtc`. */
function applyZone(asUtc: number, zone: string): number | undefined {
  if (zone === '') return findInstant(asUtc, localZone);
  const minutes = offsetByName.get(zone.toUpperCase()) ?? parseOffset(zone);
  if (minutes !== undefined) return asUtc - minutes * minuteMs;
  return zoneNamePattern.test(zone) ? findInstant(asUtc, zone) : undefined;
}

function parseOffset(zone: string): number | undefined {
  const [, sign, hours, minutes = '0'] = offsetPattern.exec(zone) ?? [];
  if (hours === undefined || Number(minutes) > 59) return undefined;
  const total = Number(hours) * 60 + Number(minutes);
  if (total > offsetMinutesMax) return undefined;
  return sign === '-' ? -total : total;
}

function findInstant(asUtc: number, zone: string): number | undefined {
  const local = Temporal.Instant.fromEpochMilliseconds(asUtc).toZonedDateTimeISO('UTC');
  try {
    return local.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'compatible' })
      .epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
