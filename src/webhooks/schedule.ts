const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The waits after the first failures; afterwards `hourMs` each time (contract §8.6). */
const firstWaitsMs = [1, 5, 15, 30, 60].map((minutes) => minutes * minuteMs);

/** A report that could not be delivered for so long is given up (contract §13). */
export const giveUpAfterMs = 7 * 24 * hourMs;

/** Waits are lengthened by up to this part, so that what failed together does not return together. */
const spread = 0.1;

/** When a report that is still undelivered is given up, in epoch milliseconds. */
export function giveUpAt(createdAt: number): number {
  return createdAt + giveUpAfterMs;
}

/**
 * When a report is tried again after it has failed `attempts` times, in epoch milliseconds; null when it is
 * given up. A wait that the server asked for can only make it later, up to the last moment.
 */
export function nextTry(failure: {
  attempts: number;
  createdAt: number;
  now: number;
  /** What the server asked for; 0 when it did not. */
  retryAfterMs: number;
  /** The spread comes from the id, so that it needs no randomness. */
  messageId: string;
}): number | null {
  const { attempts, createdAt, now, messageId } = failure;
  const waitMs = firstWaitsMs[attempts - 1] ?? hourMs;
  const last = giveUpAt(createdAt);
  const planned = now + Math.round(waitMs * (1 + spread * fractionOf(messageId)));
  if (planned > last) return null;
  return Math.min(Math.max(planned, now + failure.retryAfterMs), last);
}

/** A number in [0, 1] that differs between messages: the random end of the id. */
function fractionOf(messageId: string): number {
  const tail = Number.parseInt(messageId.slice(-4), 16);
  return Number.isNaN(tail) ? 0 : tail / 0xffff;
}
