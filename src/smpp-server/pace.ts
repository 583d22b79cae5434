/** An account's rate: as many messages as a second allows, and again what time gives back. */
export class Pace {
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = now;
  }

  /**
   * Whether `count` messages may come at this monotonic time. A request larger than a whole second's
   * allowance goes through on a debt, or it never would.
   */
  take(count: number, now: number): boolean {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= count;
    return true;
  }
}
