import type { Clock } from './clock.ts';
import type { Log, LogFields } from './log.ts';

/** The same failure is told once in this time. */
export const failureLogPeriodMs = 10_000;
/** Failures that are remembered; beyond it the oldest is told again. */
export const failuresKnownMax = 500;

/**
 * A log that repeats no failure all the time: of lines that have a `reason` and the same words, one is written in a
 * period, with how many there were since the one before. A full disk is not to be filled by what is said of it.
 */
export function calmFailures(log: Log, clock: Clock): Log {
  const known = new Map<string, { quietUntil: number; repeated: number }>();

  function at(level: 'error' | 'warn'): (sentence: string, fields?: LogFields) => void {
    return (sentence, fields) => {
      if (typeof fields?.['reason'] !== 'string') {
        log[level](sentence, fields);
        return;
      }
      const words = Object.values(fields).filter((value) => typeof value === 'string');
      const key = [sentence, ...words].join('\n');
      const now = clock.monotonic();
      const before = known.get(key);
      if (before !== undefined && now < before.quietUntil) {
        before.repeated++;
        return;
      }
      known.delete(key);
      const [oldest] = known.keys();
      if (oldest !== undefined && known.size >= failuresKnownMax) known.delete(oldest);
      known.set(key, { quietUntil: now + failureLogPeriodMs, repeated: 0 });
      const repeated = before?.repeated ?? 0;
      log[level](sentence, repeated === 0 ? fields : { ...fields, repeated });
    };
  }

  return { ...log, error: at('error'), warn: at('warn') };
}
