const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const shape = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])$/;

/** The quarters of an hour a zone may be away from UTC (SMPP 3.4 §7.1.1). */
const quartersMax = 48;

/**
 * Reads a time of SMPP 3.4 §7.1.1, "YYMMDDhhmmsstnnp": absolute with "+" or "-", or counted from
 * `now` with "R", where a year has 365 days and a month 30. Epoch milliseconds; null when it is
 * none.
 */
export function readSmppTime(text: string, now: number): number | null {
  const match = shape.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, tenth = 0, quarters = 0] =
    match.slice(1, 9).map(Number);
  if (hour > 23 || minute > 59 || second > 59 || quarters > quartersMax) return null;
  const timeMs = hour * hourMs + minute * minuteMs + second * secondMs + tenth * 100;
  if (match[9] === 'R') return now + (year * 365 + month * 30 + day) * dayMs + timeMs;
  const date = Date.UTC(2000 + year, month - 1, day);
  const isDate = month >= 1 && month <= 12 && new Date(date).getUTCDate() === day;
  if (!isDate) return null;
  const aheadMs = quarters * 15 * minuteMs;
  return date + timeMs - (match[9] === '+' ? aheadMs : -aheadMs);
}

/** Writes an absolute time in UTC: "261122150405000+". */
export function writeSmppTime(at: number): string {
  const digits = new Date(at).toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(2, 15)}00+`;
}
