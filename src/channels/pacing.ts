/** How long the whole connection pauses when the operator throttles; doubles up to the longest. */
export const pauseFirstMs = 1_000;
export const pauseLongestMs = 60_000;
/** What a throttle leaves of the rate, and how it comes back (AIMD, sms-operators §2). */
export const rateKept = 0.8;
export const rateGrowthPerMinute = 1.05;
/** Tokens for so long a time may be saved up: enough for a late timer, too little for a burst. */
const burstMs = 50;
const rateMin = 1;
/** Where no rate is configured, a learned limit that has grown this much has served its time. */
const learnedLimitGrowth = 2;
const minuteMs = 60_000;
const measureMs = 1_000;

/**
 * How fast one connection sends: a token bucket that counts parts, the pause of the whole
 * connection after a throttle, and the rate that sinks with each throttle and recovers slowly.
 * All times are monotonic milliseconds. It outlives binds, so a reconnect ends no pause.
 */
export class Pacing {
  readonly #ceiling: number | null;
  #rate: number | null;
  #learnedAt = 0;
  #tokens = 1;
  #filledAt: number;
  #pausedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #nextPauseMs = pauseFirstMs;
  #measuredFrom: number;
  #measured = 0;
  #measuredBefore = 0;

  /** `rate` is in parts a second; null sets no limit until the operator throttles. */
  constructor(rate: number | null, now: number) {
    this.#ceiling = rate;
    this.#rate = rate;
    this.#filledAt = now;
    this.#measuredFrom = now;
  }

  /** Parts that may be sent now; infinite without a limit. */
  room(now: number): number {
    if (now < this.#pausedUntil) return 0;
    if (this.#rate === null) return Number.POSITIVE_INFINITY;
    this.#fill(now, this.#rate);
    return Math.floor(this.#tokens);
  }

  spend(parts: number, now: number): void {
    if (this.#rate !== null) this.#tokens -= parts;
    if (now - this.#measuredFrom >= measureMs) {
      this.#measuredBefore = now - this.#measuredFrom < 2 * measureMs ? this.#measured : 0;
      this.#measured = 0;
      this.#measuredFrom = now;
    }
    this.#measured += parts;
  }

  /** Milliseconds until something may be sent again; 0 when it may be now. */
  waitMs(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    if (this.#rate === null || this.#tokens >= 1) return 0;
    return ((1 - this.#tokens) / this.#rate) * 1_000;
  }

  isPaused(now: number): boolean {
    return now < this.#pausedUntil;
  }

  /** Parts a second that are allowed at present; null when there is no limit. */
  get rate(): number | null {
    return this.#rate;
  }

  /**
   * The operator throttled a part that was sent at `sentAt`, and asks for a pause of `atLeastMs`. True when that
   * begins a pause.
   */
  throttled(sentAt: number, now: number, atLeastMs = 0): boolean {
    // What was under way when the pause began belongs to the same throttle.
    if (sentAt <= this.#pausedAt || now < this.#pausedUntil) return false;
    this.#pausedAt = now;
    this.#pausedUntil = now + Math.max(this.#nextPauseMs, atLeastMs);
    this.#nextPauseMs = Math.min(this.#nextPauseMs * 2, pauseLongestMs);
    const rate = this.#rate ?? Math.max(this.#measured, this.#measuredBefore);
    this.#rate = Math.max(Math.min(rateMin, this.#ceiling ?? rateMin), rate * rateKept);
    this.#learnedAt = this.#rate;
    this.#tokens = Math.min(this.#tokens, 1);
    this.#filledAt = now;
    return true;
  }

  /** The operator took a part that was sent at `sentAt`: the next pause is a short one again. */
  accepted(sentAt: number): void {
    if (sentAt > this.#pausedAt) this.#nextPauseMs = pauseFirstMs;
  }

  #fill(now: number, rate: number): void {
    const elapsedMs = now - this.#filledAt;
    if (elapsedMs <= 0) return;
    this.#filledAt = now;
    const capacity = Math.max(1, (rate * burstMs) / 1_000);
    this.#tokens = Math.min(capacity, this.#tokens + (rate * elapsedMs) / 1_000);
    if (this.#ceiling !== null && rate >= this.#ceiling) return;
    const grown = rate * rateGrowthPerMinute ** (elapsedMs / minuteMs);
    if (this.#ceiling !== null) this.#rate = Math.min(this.#ceiling, grown);
    else this.#rate = grown > this.#learnedAt * learnedLimitGrowth ? null : grown;
  }
}
