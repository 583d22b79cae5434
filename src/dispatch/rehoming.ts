import type { ReadyStep } from '../core/ready-step.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { ReadyCursor } from '../store/contract.ts';
import type { Dispatcher } from './dispatcher.ts';

/** How often the queues of connections that are out are looked at. */
export const rehomePeriodMs = 1_000;
/** Pages of one queue that are looked at each time. */
export const rehomePagesMax = 8;

export interface RehomingParts {
  readonly dispatcher: Pick<Dispatcher, 'rehome'>;
  readonly clock: Clock;
  /** The connections that get no new messages. */
  listOut(): readonly string[];
  /** Another connection that can send the step now, in as many parts; null when there is none. */
  find(step: ReadyStep): string | null;
  onStoreFailure(what: string, error: unknown): void;
}

/**
 * While a connection is out, gives what waits for it to others that can take it. What was sent there,
 * or may have been, waits for it: nothing is sent by two connections (DESIGN §4.4).
 */
export class Rehoming {
  readonly #parts: RehomingParts;
  /** Where the last look at a queue ended; what lies before was looked at. */
  readonly #cursors = new Map<string, ReadyCursor | null>();
  #timer: Timer | null = null;
  #isLooking = false;
  #isStopped = false;

  constructor(parts: RehomingParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = this.#parts.clock.every(rehomePeriodMs, () => void this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const name of this.#parts.listOut()) await this.#lookAt(name);
    } catch (error) {
      this.#parts.onStoreFailure('read the queue', error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAt(name: string): Promise<void> {
    const { dispatcher, find } = this.#parts;
    for (let page = 0; page < rehomePagesMax && !this.#isStopped; page++) {
      const end = await dispatcher.rehome(name, this.#cursors.get(name) ?? null, find);
      this.#cursors.set(name, end);
      if (end === null) return;
    }
  }
}
