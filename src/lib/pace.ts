/** What fractions of milliseconds lose by rounding must not cost a turn. */
const roundingMs = 1e-3;

/**
 * An allowance that time gives back: a token bucket without a timer. It holds `burst` at most, and starts
 * full. All times are monotonic milliseconds.
 */
export class Pace {
  /** What one costs. */
  readonly #costMs: number;
  /** With so much still to be paid back, less than one is left. */
  readonly #debtMaxMs: number;
  /** When everything is paid back. */
  #fullAt = Number.NEGATIVE_INFINITY;

  /** `perSecond` may be a fraction; `burst` is at least 1. */
  constructor(perSecond: number, burst: number) {
    this.#costMs = 1_000 / perSecond;
    this.#debtMaxMs = (burst - 1) * this.#costMs;
  }

  /**
   * Takes `count` and is true while at least one is left. What is larger goes through on a debt that is paid
   * back before the next one, or a request beyond the burst never would.
   */
  take(count: number, now: number): boolean {
    if (this.isSpent(now)) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + count * this.#costMs;
    return true;
  }

  /** Whether `take` would be refused. */
  isSpent(now: number): boolean {
    return this.#fullAt - now > this.#debtMaxMs + roundingMs;
  }

  /** Milliseconds until `take` will do again; 0 when it does now. */
  waitMs(now: number): number {
    return Math.max(0, this.#fullAt - now - this.#debtMaxMs);
  }
}
