import { Backlog, type Budget, type Held, type QueueRow } from '../webhooks/backlog.ts';
import type { ReadLane } from '../webhooks/outbox-reader.ts';

const secondMs = 1_000;

/** A row of either queue. */
export interface WaitingRow extends QueueRow {
  readonly queue: string;
  readonly attempts: number;
}

/** What one account's sessions are to be given, of one kind. Nothing is held in memory while no session is up. */
export class WaitingQueue<Row extends WaitingRow> implements ReadLane<Row> {
  readonly queue: string;
  readonly backlog: Backlog<Row>;
  /** Whether the store is believed to hold rows of this queue. */
  isListed = false;
  /** When the store may next have rows that have become due, in monotonic milliseconds. */
  lookAt = Number.POSITIVE_INFINITY;
  /** When rows that were put off become due, in whole seconds of monotonic milliseconds, and the soonest of these. */
  readonly #dues = new Set<number>();
  #soonest = Number.POSITIVE_INFINITY;
  #isOpen = false;
  #restUntil = 0;

  constructor(queue: string, budget: Budget, keyOf: (row: Row) => string) {
    this.queue = queue;
    this.backlog = new Backlog(budget, false, keyOf);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
    this.backlog.readAgain();
  }

  close(): void {
    this.#isOpen = false;
    this.backlog.drop();
  }

  rest(until: number): void {
    this.#restUntil = until;
    this.backlog.drop();
  }

  /** A row becomes due at this monotonic time. */
  expect(at: number): void {
    const second = Math.ceil(at / secondMs) * secondMs;
    this.#dues.add(second);
    this.#soonest = Math.min(this.#soonest, second);
    this.isListed = true;
  }

  wantsToRead(now: number): boolean {
    const { backlog } = this;
    if (now >= this.#soonest) this.#passDues(now);
    if (!this.#isOpen || now < this.#restUntil) return false;
    if (backlog.isReading || !backlog.hasRoom) return false;
    return !backlog.isCaughtUp || now >= this.lookAt;
  }

  #passDues(now: number): void {
    this.lookAt = now;
    this.#soonest = Number.POSITIVE_INFINITY;
    for (const due of this.#dues) {
      if (due <= now) this.#dues.delete(due);
      else this.#soonest = Math.min(this.#soonest, due);
    }
  }

  next(): Held<Row> | undefined {
    return this.#isOpen ? this.backlog.next() : undefined;
  }
}
