import type { Clock, Timer } from '../../src/lib/clock.ts';

const startAt = Date.UTC(2026, 10, 22, 12);

/** A clock that an execution moves on: promises settle without a turn of the event loop, and timers run when told. */
export class HandClock implements Clock {
  elapsed = 0;
  readonly #soon: (() => void)[] = [];
  readonly #timers = new Set<{ due: number; run: () => void; period: number }>();

  now(): number {
    return startAt + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#add(delayMs, run, 0);
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#add(periodMs, run, periodMs);
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Lets promises and put-off calls settle. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const runs = this.#soon.splice(0);
      for (const run of runs) run();
      quiet = runs.length === 0 ? quiet + 1 : 0;
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }

  advance(ms: number): void {
    this.elapsed += ms;
    // What they set in turn is for the next time, or one that is always due would be for ever.
    for (const timer of Array.from(this.#timers)) {
      if (timer.due > this.elapsed || !this.#timers.has(timer)) continue;
      if (timer.period === 0) this.#timers.delete(timer);
      else timer.due = this.elapsed + timer.period;
      timer.run();
    }
  }

  #add(delayMs: number, run: () => void, period: number): Timer {
    const timer = { due: this.elapsed + delayMs, run, period };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
}
