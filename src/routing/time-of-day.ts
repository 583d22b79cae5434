import { type TimeOfDay, weekdays } from './route.ts';

const minuteMs = 60_000;
const dayMinutes = 24 * 60;

/**
 * A test for instants, epoch milliseconds: whether clocks in the zone show a time inside the window.
 * A window over midnight belongs to the day on which it opens.
 * @throws {RangeError} when the zone or a time is none.
 */
export function createTimeTest(window: TimeOfDay): (now: number) => boolean {
  const look = createLook(window);
  // Windows and zones change on whole minutes, so an answer holds until the minute's end.
  let lastMinute = Number.NaN;
  let lastAnswer = false;
  return (now) => {
    const minute = Math.floor(now / minuteMs);
    if (minute !== lastMinute) {
      lastAnswer = look(minute * minuteMs);
      lastMinute = minute;
    }
    return lastAnswer;
  };
}

function createLook({ zone, days, from, until }: TimeOfDay): (now: number) => boolean {
  const opens = parseTime(from);
  const closes = parseTime(until);
  if (opens === null || closes === null || opens === closes || opens === dayMinutes) {
    throw new RangeError(`"${from}" to "${until}" is no time of day`);
  }
  if (!isTimeZone(zone)) throw new RangeError(`"${zone}" is no time zone`);
  const isOpenOn = weekdays.map((day) => days?.includes(day) ?? true);
  return (now) => {
    const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
    const minute = local.hour * 60 + local.minute;
    const today = isOpenOn[local.dayOfWeek - 1] ?? false;
    if (opens < closes) return today && minute >= opens && minute < closes;
    const yesterday = isOpenOn[(local.dayOfWeek + 5) % 7] ?? false;
    return (today && minute >= opens) || (yesterday && minute < closes);
  };
}

/** Minutes since midnight of "HH:MM", 00:00 to 24:00; null when it is none. */
export function parseTime(text: string): number | null {
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined || Number(minute) > 59) return null;
  const minutes = Number(hour) * 60 + Number(minute);
  return minutes <= dayMinutes ? minutes : null;
}

/** IANA names only: an offset knows no summer time. */
const zoneNamePattern = /^[A-Z][\w+-]*(?:\/[\w+-]+)*$/i;

export function isTimeZone(name: string): boolean {
  if (!zoneNamePattern.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
