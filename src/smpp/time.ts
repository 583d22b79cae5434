/*
 * SMPP times (SMPP 3.4 §7.1): `YYMMDDhhmmsstnnp`, 16 characters. Absolute with p = `+` or `-`:
 * local time, t tenths of a second, nn quarters of an hour ahead of or behind UTC. Relative with
 * p = `R`: years to seconds from now on. In PDUs an empty string means no time at all.
 */

const timePattern = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])$/;

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** nn counts quarters of an hour up to 12 hours (§7.1.1). */
const quarterHoursMax = 48;

/** 99 days, 23:59:59: longer ones would need months, which SMSCs count differently. */
export const relativeTimeMsMax = 100 * dayMs - secondMs;

/** The absolute time of a moment, in UTC; what is below a tenth of a second is cut off. */
export function formatAbsoluteTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  // Years beyond four digits have a sign in front and no place here.
  if (iso.length !== 24) throw new RangeError(`${iso} has no four-digit year`);
  return `${iso.replaceAll(/\D/g, '').slice(2, 15)}00+`;
}

/**
 * A duration of at most `relativeTimeMsMax` as a relative time, in days and less. Part of a second
 * counts as a whole one, so that a short validity never becomes none. Throws RangeError for a
 * negative duration or a longer one.
 */
export function formatRelativeTime(durationMs: number): string {
  const wholeMs = Math.ceil(durationMs / secondMs) * secondMs;
  if (!(wholeMs >= 0 && wholeMs <= relativeTimeMsMax)) {
    throw new RangeError(`${durationMs} ms is not a relative time`);
  }
  const days = Math.floor(wholeMs / dayMs);
  const hours = Math.floor((wholeMs % dayMs) / hourMs);
  const minutes = Math.floor((wholeMs % hourMs) / minuteMs);
  const seconds = Math.floor((wholeMs % minuteMs) / secondMs);
  return `0000${[days, hours, minutes, seconds].map(formatPair).join('')}000R`;
}

/**
 * The moment that a time means, in milliseconds since the epoch; undefined if it is not a time.
 * `now` is what relative times count from, and what decides the century of absolute ones.
 */
export function parseTime(text: string, now: number): number | undefined {
  const match = timePattern.exec(text);
  if (match === null) return undefined;
  const [, ...digits] = match;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, tenth = 0, quarters = 0] =
    digits.map(Number);
  const sign = text.at(-1);
  if (sign === 'R') return addRelative(now, [year, month, day, hour, minute, second]);
  if (quarters > quarterHoursMax || hour > 23 || minute > 59 || second > 59) return undefined;
  const fullYear = findCentury(year, now);
  const dayStart = Date.UTC(fullYear, month - 1, day);
  const date = new Date(dayStart);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const localMs =
    dayStart + hour * hourMs + minute * minuteMs + second * secondMs + (tenth * secondMs) / 10;
  const offsetMs = (quarters * hourMs) / 4;
  return sign === '+' ? localMs - offsetMs : localMs + offsetMs;
}

/** Months and years follow the calendar, as §7.1.2 measures them from the SMSC's current time. */
function addRelative(now: number, parts: [number, number, number, number, number, number]): number {
  const [years, months, days, hours, minutes, seconds] = parts;
  const date = new Date(now);
  date.setUTCFullYear(
    date.getUTCFullYear() + years,
    date.getUTCMonth() + months,
    date.getUTCDate() + days,
  );
  return date.getTime() + hours * hourMs + minutes * minuteMs + seconds * secondMs;
}

/** The year with these last two digits that is nearest to now. */
function findCentury(year: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const candidate = Math.floor(thisYear / 100) * 100 + year;
  if (candidate - thisYear > 50) return candidate - 100;
  return thisYear - candidate > 50 ? candidate + 100 : candidate;
}

function formatPair(value: number): string {
  return String(value).padStart(2, '0');
}
