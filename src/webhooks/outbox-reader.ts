import type { Clock } from '../lib/clock.ts';
import { Deque } from '../lib/deque.ts';
import type { OutboxStore } from '../store/contract.ts';
import { type Backlog, pageMax, type QueueRow } from './backlog.ts';

/** Reads at a time: after a restart all queues want to. */
const readsAtOnceMax = 4;
/** How often a queue with reports is looked at for some that have become due. */
const lookPeriodMs = 5_000;
const failureWaitMs = 1_000;

/** A lane as its reader sees it. */
export interface ReadLane<Row extends QueueRow> {
  readonly queue: string;
  readonly backlog: Backlog<Row>;
  readonly isListed: boolean;
  lookAt: number;
  wantsToRead(now: number): boolean;
  /** Does nothing until then (monotonic milliseconds). */
  rest(until: number): void;
}

type Query = Parameters<OutboxStore['read']>[0];

/** Brings what waits in the store into the lanes, a page at a time. */
export class OutboxReader<Row extends QueueRow, Lane extends ReadLane<Row>> {
  readonly #store: { read(query: Query): Promise<readonly Row[]> };
  readonly #clock: Clock;
  readonly #onPage: (lane: Lane) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting = new Deque<Lane>();
  readonly #isWaiting = new Set<Lane>();
  #reads = 0;

  constructor(init: {
    store: { read(query: Query): Promise<readonly Row[]> };
    clock: Clock;
    /** The lane has what was read, or nothing if the store failed. */
    onPage: (lane: Lane) => void;
    onFailure: (error: unknown) => void;
  }) {
    this.#store = init.store;
    this.#clock = init.clock;
    this.#onPage = init.onPage;
    this.#onFailure = init.onFailure;
  }

  /** Reads a page of the lane when its turn comes, if it wants one. */
  offer(lane: Lane): void {
    if (this.#isWaiting.has(lane) || !lane.wantsToRead(this.#clock.monotonic())) return;
    this.#isWaiting.add(lane);
    this.#waiting.pushBack(lane);
    this.#next();
  }

  #next(): void {
    while (this.#reads < readsAtOnceMax) {
      const lane = this.#waiting.popFront();
      if (lane === undefined) return;
      this.#isWaiting.delete(lane);
      if (lane.wantsToRead(this.#clock.monotonic())) void this.#read(lane);
    }
  }

  async #read(lane: Lane): Promise<void> {
    const { backlog, queue } = lane;
    const now = this.#clock.monotonic();
    const reading = backlog.beginRead();
    const expected = lane.lookAt > now ? lane.lookAt : Number.POSITIVE_INFINITY;
    lane.lookAt = lane.isListed ? Math.min(expected, now + lookPeriodMs) : expected;
    this.#reads++;
    try {
      const query = { queue, after: reading.after, now: this.#clock.now(), limit: pageMax };
      backlog.endRead(reading, await this.#store.read(query));
    } catch (error) {
      backlog.failRead(reading);
      lane.rest(now + failureWaitMs);
      this.#onFailure(error);
    }
    this.#reads--;
    this.#onPage(lane);
    this.#next();
  }
}
