import type { ReadyStep } from '../../core/ready-step.ts';
import { Deque } from '../../lib/deque.ts';
import type { Bubble } from './bubbles.ts';

/** A step that was taken and is not finished here. */
export interface Job {
  readonly ready: ReadyStep;
  readonly bubbles: readonly Bubble[];
  /** The parts that have no outcome yet, in order. */
  readonly waiting: number[];
  /** Whether something of it was sent, so that it cannot simply be given back. */
  isBegun: boolean;
}

/** The pause after the n-th throttle of a pair is 4 to the power of n seconds (whatsapp-cloud §6). */
const pauseBase = 4;
const pauseExponentMax = 5;

export interface PairPace {
  readonly pairIntervalMs: number;
  readonly pairBurst: number;
}

/**
 * Everything that is to go to one handset, one call after the other: so bubbles arrive in order, and a message
 * behind another. With it goes the pace that Meta allows to one handset, which may be borrowed ahead and must be paid
 * back in waiting. All times are monotonic milliseconds.
 */
export class PairLine {
  readonly msisdn: string;
  readonly jobs = new Deque<Job>();
  /** A call is under way, or in doubt. */
  isBusy = false;
  /** It stands in one of the connection's lists. */
  isListed = false;
  readonly #pace: PairPace;
  #tokens: number;
  #filledAt: number;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #throttles = 0;

  constructor(msisdn: string, pace: PairPace, now: number) {
    this.msisdn = msisdn;
    this.#pace = pace;
    this.#tokens = pace.pairBurst;
    this.#filledAt = now;
  }

  /** Milliseconds until the next call may be made; 0 when it may be now. */
  waitMs(now: number): number {
    this.#fill(now);
    const paused = Math.max(0, this.#pausedUntil - now);
    const { pairIntervalMs } = this.#pace;
    return this.#tokens >= 1 ? paused : Math.max(paused, (1 - this.#tokens) * pairIntervalMs);
  }

  spend(): void {
    this.#tokens -= 1;
  }

  /** Meta says that this handset gets too much. */
  throttled(now: number, atLeastMs: number): void {
    const pauseMs = 1_000 * pauseBase ** Math.min(this.#throttles, pauseExponentMax);
    this.#throttles++;
    this.#pausedUntil = now + Math.max(pauseMs, atLeastMs);
  }

  accepted(): void {
    this.#throttles = 0;
  }

  /** Whether forgetting it changes nothing. */
  isIdle(now: number): boolean {
    this.#fill(now);
    const isFull = this.#tokens >= this.#pace.pairBurst;
    return this.jobs.size === 0 && !this.isBusy && isFull && now >= this.#pausedUntil;
  }

  #fill(now: number): void {
    const { pairIntervalMs, pairBurst } = this.#pace;
    const earned = pairIntervalMs === 0 ? pairBurst : (now - this.#filledAt) / pairIntervalMs;
    this.#filledAt = now;
    this.#tokens = Math.min(pairBurst, this.#tokens + earned);
  }
}
