/**
 * Lets tests and benchmarks wait for a condition instead of sleeping: whoever changes what the
 * conditions look at calls `check`, which costs nothing while nobody waits.
 */
export class Waiters {
  #waiting: Waiter[] = [];

  /** Resolves as soon as `holds` returns true. */
  when(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((done) => {
      this.#waiting.push({ holds, done });
    });
  }

  check(): void {
    if (this.#waiting.length === 0) return;
    const asked = this.#waiting;
    this.#waiting = [];
    for (const waiter of asked) {
      if (waiter.holds()) waiter.done();
      else this.#waiting.push(waiter);
    }
  }
}

interface Waiter {
  readonly holds: () => boolean;
  readonly done: () => void;
}
