import { pairsMax } from './limits.ts';
import { PairLine, type PairPace } from './pair-line.ts';

/** The lines of all handsets, and which of them may send. All times are monotonic milliseconds. */
export class Lines {
  readonly #pace: PairPace;
  readonly #byNumber = new Map<string, PairLine>();
  #ready: PairLine[] = [];
  readonly #paused = new Set<PairLine>();

  constructor(pace: PairPace) {
    this.#pace = pace;
  }

  of(msisdn: string, now: number): PairLine {
    const known = this.#byNumber.get(msisdn);
    if (known !== undefined) return known;
    if (this.#byNumber.size >= pairsMax) this.forgetIdle(now);
    const line = new PairLine(msisdn, this.#pace, now);
    this.#byNumber.set(msisdn, line);
    return line;
  }

  /** Puts a line that has something to send, and no call under way, among those that may. */
  list(line: PairLine): void {
    if (line.isListed || line.isBusy || line.jobs.size === 0) return;
    line.isListed = true;
    this.#ready.push(line);
  }

  /** Takes out a line that may send now; those that may not yet are put aside on the way. */
  next(now: number): PairLine | undefined {
    for (const line of this.#paused) {
      if (line.waitMs(now) > 0) continue;
      this.#paused.delete(line);
      this.#ready.push(line);
    }
    for (let line = this.#ready.shift(); line !== undefined; line = this.#ready.shift()) {
      if (line.waitMs(now) === 0) {
        line.isListed = false;
        return line;
      }
      this.#paused.add(line);
    }
    return undefined;
  }

  /** When the next of those put aside may send; infinite when there are none. */
  nextAt(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const line of this.#paused) next = Math.min(next, now + line.waitMs(now));
    return next;
  }

  /** Takes all out that have something to send and no call under way. */
  drain(): PairLine[] {
    const lines = [...this.#ready, ...this.#paused];
    this.#ready = [];
    this.#paused.clear();
    for (const line of lines) line.isListed = false;
    return lines;
  }

  /** Forgets what is as if it had never been; if there is too much even so, the oldest that have nothing to send. */
  forgetIdle(now: number): void {
    for (const line of this.#byNumber.values()) {
      if (line.isIdle(now)) this.#byNumber.delete(line.msisdn);
    }
    for (const line of this.#byNumber.values()) {
      if (this.#byNumber.size < pairsMax) return;
      if (line.jobs.size === 0 && !line.isBusy) this.#byNumber.delete(line.msisdn);
    }
  }
}
