import type { Clock } from '../lib/clock.ts';

/** Items that one write takes at most. */
const batchMax = 1_000;

/**
 * Gathers items and writes them in batches: one write is under way at a time, and what comes meanwhile goes
 * with the next. A batch whose write fails is kept, first in line, until `retry`.
 */
export class Batches<Item> {
  readonly #clock: Clock;
  readonly #write: (batch: readonly Item[]) => Promise<void>;
  readonly #written: (item: Item) => void;
  readonly #onFailure: (error: unknown) => void;
  #gathered: Item[] = [];
  #isPlanned = false;
  #isFailing = false;
  #running: Promise<void> | null = null;

  constructor(init: {
    clock: Clock;
    write: (batch: readonly Item[]) => Promise<void>;
    /** Called for each item of a written batch, in order. */
    written: (item: Item) => void;
    onFailure: (error: unknown) => void;
  }) {
    this.#clock = init.clock;
    this.#write = init.write;
    this.#written = init.written;
    this.#onFailure = init.onFailure;
  }

  add(item: Item): void {
    this.#gathered.push(item);
    if (this.#isPlanned || this.#isFailing || this.#running !== null) return;
    this.#isPlanned = true;
    this.#clock.soon(() => {
      this.#isPlanned = false;
      this.#start();
    });
  }

  /** Tries again after a failure. */
  retry(): void {
    this.#isFailing = false;
    this.#start();
  }

  /** Writes all there is; resolves when that is done, or when the store fails. */
  async finish(): Promise<void> {
    this.retry();
    while (this.#running !== null) await this.#running;
  }

  #start(): void {
    if (this.#running !== null || this.#isFailing || this.#gathered.length === 0) return;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const batch = this.#gathered.splice(0, batchMax);
    try {
      await this.#write(batch);
    } catch (error) {
      this.#gathered = [...batch, ...this.#gathered];
      this.#isFailing = true;
      this.#running = null;
      this.#onFailure(error);
      return;
    }
    this.#running = null;
    for (const item of batch) this.#written(item);
    this.#start();
  }
}
