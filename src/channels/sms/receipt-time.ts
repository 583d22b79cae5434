const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const dayMs = 24 * 60 * minuteMs;

/** A receipt older than this says nothing credible about its time: ids are kept ten days (DESIGN §4.5). */
export const ageMaxMs = 30 * dayMs;
/** How far the operator's clock may be ahead of ours. */
export const aheadMaxMs = dayMs;

/**
 * Reads the dates of receipts, which operators write in their own zone: YYMMDDhhmm,
 * YYMMDDhhmmss, YYYYMMDDhhmmss, or seconds or milliseconds since the epoch. What cannot be read, or is
 * not near the arrival, gives null: the arrival is the better answer then.
 */
export function createReceiptTimes(
  timeZone: string,
): (text: string, arrivedAt: number) => number | null {
  const offsetOf = createOffsets(timeZone);
  return (text, arrivedAt) => {
    if (!isDigits(text)) return null;
    const local = readLocal(text);
    if (local !== null) {
      const at = local - offsetOf(local);
      // Within what the date leaves open, the arrival is the better answer: it is never before the submit.
      const openMs = text.length === 10 ? minuteMs : 1_000;
      if (at <= arrivedAt && arrivedAt - at < openMs) return arrivedAt;
      if (isCredible(at, arrivedAt)) return at;
    }
    const epoch = readEpoch(text);
    return isCredible(epoch, arrivedAt) ? epoch : null;
  };
}

function isCredible(at: number, arrivedAt: number): boolean {
  return at >= arrivedAt - ageMaxMs && at <= arrivedAt + aheadMaxMs;
}

/** Seconds or milliseconds by their length; before 2001 or after 2286 it would be another. */
function readEpoch(text: string): number {
  if (text.length === 10) return Number(text) * 1_000;
  return text.length === 13 ? Number(text) : Number.NaN;
}

/** The digits as if they were UTC; null when they are no date. */
function readLocal(text: string): number | null {
  const yearDigits = text.length === 14 ? 4 : 2;
  if (text.length !== 10 && text.length !== 12 && text.length !== 14) return null;
  const rest = yearDigits;
  const year = numberAt(text, 0, yearDigits) + (yearDigits === 2 ? 2000 : 0);
  const month = numberAt(text, rest, 2);
  const day = numberAt(text, rest + 2, 2);
  const hour = numberAt(text, rest + 4, 2);
  const minute = numberAt(text, rest + 6, 2);
  const second = text.length === 10 ? 0 : numberAt(text, rest + 8, 2);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // 31 April would have become 1 May.
  return new Date(ms).getUTCDate() === day ? ms : null;
}

/** The zone's offset at a local time; kept for the quarter of an hour in which it cannot change. */
function createOffsets(timeZone: string): (localMs: number) => number {
  if (timeZone === 'UTC') return () => 0;
  let lastQuarter = -1;
  let lastOffset = 0;
  return (localMs) => {
    const quarter = Math.floor(localMs / quarterMs);
    if (quarter !== lastQuarter) {
      lastQuarter = quarter;
      const local = Temporal.Instant.fromEpochMilliseconds(quarter * quarterMs)
        .toZonedDateTimeISO('UTC')
        .toPlainDateTime()
        .toZonedDateTime(timeZone);
      lastOffset = local.offsetNanoseconds / 1_000_000;
    }
    return lastOffset;
  };
}

function numberAt(text: string, start: number, length: number): number {
  let value = 0;
  for (let index = start; index < start + length; index++) {
    value = value * 10 + (text.charCodeAt(index) - 0x30);
  }
  return value;
}

function isDigits(text: string): boolean {
  if (text.length < 10 || text.length > 14) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
