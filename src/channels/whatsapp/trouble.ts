import type { DeliveryError } from '../../core/status.ts';

/** So many calls in a row that did not reach the provider begin a pause. */
export const unreachedMax = 3;
const pauseFirstMs = 1_000;
const pauseLongestMs = 60_000;
const accountPauseFirstMs = 30_000;
const accountPauseLongestMs = 10 * 60_000;

/**
 * Whether calls make sense at all: not while the provider cannot be reached, nor while it refuses everything because
 * of the token or the account. During such a pause steps are refused for now without a call, so that those with a
 * fallback go on at once; at its end one call is let through to see, and others wait for what it finds. All times are
 * monotonic milliseconds.
 */
export class Trouble {
  #kind: 'none' | 'unreachable' | 'account' = 'none';
  #until = 0;
  #nextPauseMs = 0;
  #unreached = 0;
  #reason = '';
  #error: DeliveryError = 25;
  #isProbing = false;

  /** The error of steps that are not sent; null when calls may be made. */
  refusal(now: number): DeliveryError | null {
    return this.#isPause(now) ? this.#error : null;
  }

  /** One call is under way that sees whether the trouble is over. */
  get isProbing(): boolean {
    return this.#isProbing;
  }

  /** A call is being made: if there is trouble, it is the one that sees whether that is over. */
  called(): void {
    if (this.#kind !== 'none') this.#isProbing = true;
  }

  /** The provider answered as it should. */
  over(): void {
    this.#kind = 'none';
    this.#unreached = 0;
    this.#isProbing = false;
  }

  /** The call ended in a way that says nothing about the trouble. */
  unclear(): void {
    this.#isProbing = false;
  }

  /** A call did not reach the provider. True when that begins a pause. */
  unreached(reason: string, now: number): boolean {
    this.#unreached++;
    if (this.#kind === 'none' && this.#unreached < unreachedMax) return false;
    return this.#begin('unreachable', 25, reason, now, pauseFirstMs, pauseLongestMs);
  }

  /** The account is at fault. True when that begins a pause. */
  accountRefused(error: DeliveryError, reason: string, now: number, atLeastMs: number): boolean {
    const first = Math.max(accountPauseFirstMs, atLeastMs);
    const longest = Math.max(accountPauseLongestMs, atLeastMs);
    return this.#begin('account', error, reason, now, first, longest);
  }

  /**
   * A sentence for people; empty when calls may be made. The end of a pause is enough for that: whoever gives no
   * work to a connection that is down would never let it see that its trouble is over.
   */
  describe(now: number): string {
    if (!this.#isPause(now)) return '';
    const seconds = Math.ceil((this.#until - now) / 1_000);
    return `${this.#reason}; the next call is made in ${seconds} s.`;
  }

  #isPause(now: number): boolean {
    return this.#kind !== 'none' && now < this.#until;
  }

  #begin(
    kind: 'unreachable' | 'account',
    error: DeliveryError,
    reason: string,
    now: number,
    firstMs: number,
    longestMs: number,
  ): boolean {
    // What was under way when the pause began belongs to it.
    if (this.#kind === kind && now < this.#until) return false;
    this.#nextPauseMs = this.#kind === kind ? Math.min(this.#nextPauseMs * 2, longestMs) : firstMs;
    this.#kind = kind;
    this.#error = error;
    this.#reason = reason;
    this.#isProbing = false;
    this.#until = now + this.#nextPauseMs;
    return true;
  }
}
