const minuteMs = 60_000;

/** A message that could not be delivered is tried again after this time, each time (contract §9.5). */
export const inboundRetryMs = 5 * minuteMs;
/** It is given up after this time: a month. */
export const inboundGiveUpMs = 30 * 24 * 60 * minuteMs;

/** An event is delivered in so many tries or not at all (contract §9.7). */
export const eventTriesMax = 3;
export const eventRetryMs = minuteMs;

/** A failed delivery. Times are epoch milliseconds. */
interface Failure {
  readonly receivedAt: number;
  readonly now: number;
  /** What the server asked for; 0 when it did not. */
  readonly retryAfterMs: number;
}

/**
 * When a message is tried again; null when it is given up. A wait that the server asked for can only make it later,
 * up to the last moment.
 */
export function nextInboundTry({ receivedAt, now, retryAfterMs }: Failure): number | null {
  const last = receivedAt + inboundGiveUpMs;
  if (now + inboundRetryMs > last) return null;
  return Math.min(now + Math.max(inboundRetryMs, retryAfterMs), last);
}

/** @param tries that have failed, this one included. */
export function nextEventTry(tries: number, now: number): number | null {
  return tries >= eventTriesMax ? null : now + eventRetryMs;
}
