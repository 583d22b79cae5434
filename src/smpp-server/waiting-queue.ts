import { Backlog, type Budget, type Held, type QueueRow } from '../webhooks/backlog.ts';
import type { ReadLane } from '../webhooks/outbox-reader.ts';

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

  wantsToRead(now: number): boolean {
    const { backlog } = this;
    if (!this.#isOpen || now < this.#restUntil) return false;
    if (backlog.isReading || !backlog.hasRoom) return false;
    return !backlog.isCaughtUp || now >= this.lookAt;
  }

  next(): Held<Row> | undefined {
    return this.#isOpen ? this.backlog.next() : undefined;
  }
}
