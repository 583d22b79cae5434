/** A limit that may be used ahead and fills again over time. All times are monotonic milliseconds. */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #most: number;
  #tokens: number;
  #filledAt: number;

  /** One token in `intervalMs`, at most `most` saved up. */
  constructor(intervalMs: number, most: number, now: number) {
    this.#intervalMs = intervalMs;
    this.#most = most;
    this.#tokens = most;
    this.#filledAt = now;
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#filledAt) / this.#intervalMs);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
