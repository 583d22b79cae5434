import { Backlog, type Budget, type Held, type QueueRow } from './backlog.ts';
import { Breaker } from './breaker.ts';
import type { ReadLane } from './outbox-reader.ts';
import { Pace, slowMs } from './pace.ts';

/** So many failures in a row make an endpoint degraded, well before its breaker opens. */
const degradedFailures = 2;

/** One queue and the endpoint behind it. Times are monotonic milliseconds. */
export class Lane<Row extends QueueRow> implements ReadLane<Row> {
  readonly queue: string;
  readonly account: string;
  readonly backlog: Backlog<Row>;
  readonly breaker = new Breaker();
  readonly pace = new Pace();
  /** The calls under way, oldest first. */
  readonly calls: Held<Row>[] = [];
  /** Whether its calls count among those that share `degradedCallsMax`. */
  isDegraded = false;
  isInRing = false;
  /** Whether the store is believed to hold rows of this queue. */
  isListed = false;
  /** When the store may next have rows that have become due. */
  lookAt = Number.POSITIVE_INFINITY;
  #restUntil = 0;

  constructor(init: {
    queue: string;
    account: string;
    budget: Budget;
    isCaughtUp: boolean;
    keyOf: (row: Row) => string;
  }) {
    this.queue = init.queue;
    this.account = init.account;
    this.backlog = new Backlog(init.budget, init.isCaughtUp, init.keyOf);
  }

  /** While its breaker is open a lane makes one call at a time, the probe. */
  get hasFreeCall(): boolean {
    return this.calls.length < (this.breaker.isOpen ? 1 : this.pace.limit);
  }

  began(held: Held<Row>, now: number): void {
    held.startedAt = now;
    this.calls.push(held);
  }

  ended(held: Held<Row>): void {
    this.calls.splice(this.calls.indexOf(held), 1);
  }

  isResting(now: number): boolean {
    return now < this.#restUntil;
  }

  /** Makes no calls until then. Nothing is postponed: the rows keep their due times in the store. */
  rest(until: number): void {
    this.#restUntil = Math.max(this.#restUntil, until);
    this.backlog.drop();
  }

  /** Ends the rest. */
  wake(): void {
    this.#restUntil = 0;
  }

  wantsToRead(now: number): boolean {
    const { backlog } = this;
    if (this.isResting(now) || backlog.isReading || !backlog.hasRoom) return false;
    return !backlog.isCaughtUp || now >= this.lookAt;
  }

  /** Whether it fails, answers slowly, or has not answered for so long that it may as well. */
  looksDegraded(now: number): boolean {
    if (this.breaker.isOpen || this.breaker.failuresInRow >= degradedFailures) return true;
    const [oldest] = this.calls;
    return this.pace.isSlow || (oldest !== undefined && now - oldest.startedAt > slowMs);
  }

  /** Whether nothing would be lost with it. */
  get isForgettable(): boolean {
    const { backlog } = this;
    return backlog.size === 0 && backlog.isCaughtUp && !backlog.isReading && !this.isInRing;
  }
}
