/**
 * Times as customers are told them: CM's local time, Europe/Amsterdam with summer time and without
 * a zone (contract §8.4, §11.3). Every status report carries some, so none of this may be slow.
 */
export const localZone = 'Europe/Amsterdam';

/** Formats epoch milliseconds as `yyyy-MM-ddTHH:mm:ss`, for the years 0000 to 9999. */
export function formatAmsterdam(ms: number): string {
  const local = toLocal(ms);
  const second = secondOfDay(local);
  return `${formatDate(local)}T${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}`;
}

/** Formats epoch milliseconds as `yyyyMMddHHmmss`, for the years 0000 to 9999. */
export function formatAmsterdamCompact(ms: number): string {
  const local = toLocal(ms);
  const second = secondOfDay(local);
  const date = formatDate(local).replaceAll('-', '');
  return `${date}${two(second / 3600)}${two((second / 60) % 60)}${two(second % 60)}`;
}

const secondMs = 1000;
const dayMs = 86_400_000;

/** A stretch of time without a change of the clocks. */
interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

/**
 * The two spans used last: around a change of the clocks, reports carry times of both sides. They
 * only remember what the zone's rules say, so the functions above stay functions of the time.
 */
let span: Span = { fromMs: 0, untilMs: 0, offsetMs: 0 };
let spanBefore: Span = span;

/** The date that was formatted last. */
let lastDay = Number.NaN;
let lastDate = '';

/** Milliseconds that read as UTC show Amsterdam's clock. */
function toLocal(ms: number): number {
  if (ms < span.fromMs || ms >= span.untilMs) {
    const found = ms >= spanBefore.fromMs && ms < spanBefore.untilMs ? spanBefore : findSpan(ms);
    spanBefore = span;
    span = found;
  }
  return ms + span.offsetMs;
}

function findSpan(ms: number): Span {
  const time = Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(localZone);
  // The transition before an instant is strictly before it; asked of the next millisecond, it is
  // the one that began this span.
  const from = time.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  const until = time.getTimeZoneTransition('next');
  return {
    fromMs: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    untilMs: until?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: time.offsetNanoseconds / 1e6,
  };
}

function formatDate(local: number): string {
  const day = Math.floor(local / dayMs);
  if (day !== lastDay) {
    lastDate = new Date(local).toISOString().slice(0, 10);
    lastDay = day;
  }
  return lastDate;
}

function secondOfDay(local: number): number {
  return Math.floor((local - Math.floor(local / dayMs) * dayMs) / secondMs);
}

const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

function two(value: number): string {
  return twoDigits[Math.trunc(value)] ?? '';
}
