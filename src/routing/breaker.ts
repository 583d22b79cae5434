/** When a connection is passed over, and for how long. Times are milliseconds. */
export interface BreakerSettings {
  /** Answers and throttling are looked at over so long a time. */
  readonly windowMs: number;
  /** Fewer answers say nothing about a share. */
  readonly answersMin: number;
  /** Open when this share of the answers failed. */
  readonly failedShare: number;
  /** Open after so many failures without a success between them. */
  readonly failuresInRow: number;
  /** Open when the operator throttled for this share of the window. */
  readonly throttledShare: number;
  /** A link that is down for a shorter time is waited for. */
  readonly downMs: number;
  /** How long it stays open at first; doubles with each trial that fails. */
  readonly openMs: number;
  readonly openLongestMs: number;
  /** On trial, so many messages a second. */
  readonly trialsPerSecond: number;
  /** So many good answers on trial close it. */
  readonly trialsGood: number;
}

export const defaultBreaker: BreakerSettings = {
  windowMs: 30_000,
  answersMin: 20,
  failedShare: 0.5,
  failuresInRow: 10,
  throttledShare: 0.5,
  downMs: 3_000,
  openMs: 5_000,
  openLongestMs: 60_000,
  trialsPerSecond: 5,
  trialsGood: 5,
};

/** What is known of a connection's link; `throttled` is up, and told to pause. */
export type LinkState = 'up' | 'throttled' | 'down';

/** Closed: traffic as usual. Open: none. On trial: a trickle, until it is known which it should be. */
export type BreakerState = 'closed' | 'open' | 'trial';

export type BreakerCause = 'down' | 'failures' | 'throttling';

const slices = 6;
const secondMs = 1_000;

/**
 * Says whether a connection should get new messages, from what became of those before. It has no
 * timer and no clock: it is told facts with their instants, monotonic milliseconds, and asked. With no new
 * fact it changes at most once, from closed to open (its link stays down) or from open to trial (the wait is over).
 */
export class Breaker {
  readonly #settings: BreakerSettings;
  readonly #good = Array.from({ length: slices }, () => 0);
  readonly #failed = Array.from({ length: slices }, () => 0);
  readonly #throttledMs = Array.from({ length: slices }, () => 0);
  #slice = 0;
  #failuresInRow = 0;
  #link: LinkState = 'up';
  #linkAt: number;
  #downSince: number | null = null;
  /** Null while closed. */
  #openUntil: number | null = null;
  #openedTimes = 0;
  #cause: BreakerCause = 'failures';
  #trialsGood = 0;
  #trialSecond = Number.NEGATIVE_INFINITY;
  #trialsInSecond = 0;

  constructor(settings: BreakerSettings, now: number) {
    this.#settings = settings;
    this.#linkAt = now;
  }

  state(now: number): BreakerState {
    if (this.#isDown(now)) return 'open';
    if (this.#openUntil === null) return 'closed';
    return now < this.#openUntil || this.#link !== 'up' ? 'open' : 'trial';
  }

  /** Why it is not closed; means nothing while it is. */
  cause(now: number): BreakerCause {
    return this.#isDown(now) ? 'down' : this.#cause;
  }

  /** Whether a message may be planned over the connection. */
  admits(now: number): boolean {
    if (this.#openUntil === null && this.#downSince === null) return true;
    const state = this.state(now);
    if (state !== 'trial') return state === 'closed';
    return (
      now - this.#trialSecond >= secondMs || this.#trialsInSecond < this.#settings.trialsPerSecond
    );
  }

  /** A message was planned over the connection. */
  admitted(now: number): void {
    if (this.#openUntil === null) return;
    if (now - this.#trialSecond >= secondMs) {
      this.#trialSecond = now;
      this.#trialsInSecond = 0;
    }
    this.#trialsInSecond++;
  }

  /** So many parts were answered well, and so many failed or were not answered. */
  answered(good: number, failed: number, now: number): void {
    this.#turnTo(now);
    switch (this.state(now)) {
      case 'closed':
        this.#count(this.#good, good);
        this.#count(this.#failed, failed);
        if (good > 0) this.#failuresInRow = 0;
        this.#failuresInRow += failed;
        if (failed > 0 && this.#hasFailed()) this.#open('failures', now);
        break;
      case 'trial':
        this.#trialsGood += good;
        if (failed > 0) this.#open('failures', now);
        else if (this.#trialsGood >= this.#settings.trialsGood) this.#close();
        break;
      case 'open':
        // What was under way when it opened says nothing new.
        break;
    }
  }

  /** The link's state at `now`; what it was told before is what it was until then. */
  link(link: LinkState, now: number): void {
    this.#turnTo(now);
    const state = this.state(now);
    if (this.#link === 'throttled') this.#count(this.#throttledMs, this.#measure(now));
    const wasDown = this.#isDown(now);
    this.#link = link;
    this.#linkAt = now;
    if (link === 'down') this.#downSince ??= now;
    else this.#downSince = null;
    // Nobody knows how it is after so long a time.
    if (wasDown && link !== 'down') this.#startTrial(now);
    else if (link === 'throttled' && this.#isThrottled(state)) this.#open('throttling', now);
  }

  #isDown(now: number): boolean {
    return this.#downSince !== null && now - this.#downSince >= this.#settings.downMs;
  }

  #isThrottled(state: BreakerState): boolean {
    if (state === 'trial') return true;
    const { throttledShare, windowMs } = this.#settings;
    return state === 'closed' && sum(this.#throttledMs) >= throttledShare * windowMs;
  }

  #hasFailed(): boolean {
    const { failuresInRow, answersMin, failedShare } = this.#settings;
    if (this.#failuresInRow >= failuresInRow) return true;
    const failed = sum(this.#failed);
    const answers = failed + sum(this.#good);
    return answers >= answersMin && failed >= failedShare * answers;
  }

  #open(cause: BreakerCause, now: number): void {
    const { openMs, openLongestMs } = this.#settings;
    this.#cause = cause;
    this.#openUntil = now + Math.min(openMs * 2 ** this.#openedTimes, openLongestMs);
    this.#openedTimes = Math.min(this.#openedTimes + 1, 30);
    this.#trialsGood = 0;
  }

  #startTrial(now: number): void {
    this.#cause = 'down';
    this.#openUntil = Math.max(this.#openUntil ?? now, now);
    this.#trialsGood = 0;
  }

  #close(): void {
    this.#openUntil = null;
    this.#openedTimes = 0;
    this.#failuresInRow = 0;
    for (const counts of [this.#good, this.#failed, this.#throttledMs]) counts.fill(0);
  }

  #measure(now: number): number {
    return Math.min(Math.max(now - this.#linkAt, 0), this.#settings.windowMs);
  }

  #count(counts: number[], amount: number): void {
    const index = this.#slice % slices;
    counts[index] = (counts[index] ?? 0) + amount;
  }

  /** Forgets what lies before the window. */
  #turnTo(now: number): void {
    const slice = Math.max(this.#slice, Math.floor((now * slices) / this.#settings.windowMs));
    for (let gone = Math.max(this.#slice, slice - slices) + 1; gone <= slice; gone++) {
      for (const counts of [this.#good, this.#failed, this.#throttledMs]) counts[gone % slices] = 0;
    }
    this.#slice = slice;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
