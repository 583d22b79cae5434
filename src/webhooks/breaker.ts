/** So many failures without a success between them open the breaker. */
export const failuresInRowMax = 10;
/** So does this part of the calls of the window, if there were enough of them. */
const failedPartMax = 0.7;
const callsMin = 10;
const windowMs = 30_000;
const slices = 6;
const sliceMs = windowMs / slices;

/** How long it stays open before the next probe; the last wait repeats. */
const waitsMs = [10_000, 30_000, 60_000, 120_000, 300_000];

/**
 * Keeps calls from an endpoint that fails (reliability §1.3). Closed, it counts. Open, it lets one call
 * through at the end of each wait, the probe; a success closes it, a failure opens it for longer.
 * Times are monotonic milliseconds.
 */
export class Breaker {
  #failuresInRow = 0;
  #openedTimes = 0;
  #openUntil = 0;
  readonly #succeeded = Array.from({ length: slices }, () => 0);
  readonly #failed = Array.from({ length: slices }, () => 0);
  #slice = 0;

  /** Whether calls are held back or only probed. */
  get isOpen(): boolean {
    return this.#openedTimes > 0;
  }

  /** When the next call may be made; 0 while closed. */
  get openUntil(): number {
    return this.#openUntil;
  }

  get failuresInRow(): number {
    return this.#failuresInRow;
  }

  succeeded(now: number): void {
    if (this.isOpen) this.#close();
    this.#failuresInRow = 0;
    this.#count(this.#succeeded, now);
  }

  failed(startedAt: number, now: number): void {
    this.#failuresInRow++;
    this.#count(this.#failed, now);
    // Calls that were under way when it opened say nothing new.
    if (this.isOpen ? startedAt >= this.#openUntil : this.#isTooMuch()) this.#open(now);
  }

  #open(now: number): void {
    this.#openUntil = now + (waitsMs[Math.min(this.#openedTimes, waitsMs.length - 1)] ?? 0);
    this.#openedTimes++;
  }

  #close(): void {
    this.#openedTimes = 0;
    this.#openUntil = 0;
    this.#succeeded.fill(0);
    this.#failed.fill(0);
  }

  #isTooMuch(): boolean {
    if (this.#failuresInRow >= failuresInRowMax) return true;
    const failed = sum(this.#failed);
    const calls = failed + sum(this.#succeeded);
    return calls >= callsMin && failed >= calls * failedPartMax;
  }

  #count(counts: number[], now: number): void {
    const slice = Math.floor(now / sliceMs);
    for (let gone = Math.max(this.#slice, slice - slices) + 1; gone <= slice; gone++) {
      this.#succeeded[gone % slices] = 0;
      this.#failed[gone % slices] = 0;
    }
    this.#slice = slice;
    counts[slice % slices] = (counts[slice % slices] ?? 0) + 1;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
