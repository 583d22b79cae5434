/** Calls to one endpoint at a time. */
export const callsAtOnceMax = 32;
const callsAtOnceStart = 4;

/** An endpoint that takes longer than this to answer is degraded: it gets no more calls at once. */
export const slowMs = 1_000;

/**
 * How many calls an endpoint gets at once: one more for each round of calls that went well, half of them
 * after a failure (additive increase, multiplicative decrease). Halves once for all calls that were under
 * way together. Times are monotonic milliseconds.
 */
export class Pace {
  #limit = callsAtOnceStart;
  #smoothMs = 0;
  #halvedAt = Number.NEGATIVE_INFINITY;

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Whether answers take too long, smoothed over the last few. */
  get isSlow(): boolean {
    return this.#smoothMs > slowMs;
  }

  succeeded(tookMs: number): void {
    this.#smoothMs += (tookMs - this.#smoothMs) / 4;
    if (!this.isSlow) this.#limit = Math.min(this.#limit + 1 / this.#limit, callsAtOnceMax);
  }

  failed(startedAt: number, now: number): void {
    this.#smoothMs += (now - startedAt - this.#smoothMs) / 4;
    if (startedAt < this.#halvedAt) return;
    this.#halvedAt = now;
    this.#limit = Math.max(this.#limit / 2, 1);
  }
}
