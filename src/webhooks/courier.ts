import type { Clock, Timer } from '../lib/clock.ts';
import { Deque } from '../lib/deque.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../lib/http-client.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { OutboxStore } from '../store/contract.ts';
import type { Budget, Held, QueueRow } from './backlog.ts';
import { CallShares } from './call-shares.ts';
import { Lane } from './lane.ts';
import { OutboxReader } from './outbox-reader.ts';
import { type Postponed, Settlement, type Told } from './settlement.ts';
import { describeOutcome } from './test-call.ts';

const tickMs = 1_000;
/** How often the store is asked which queues have rows. */
const listPeriodMs = 60_000;
/** How long a lane rests whose webhook may not be used yet; `wake` ends that. */
const gateRestMs = 60_000;
/** An endpoint that asks for a pause gets at most this before the next try. */
const pauseMaxMs = 5 * 60_000;
/** Rows in memory, all queues together, those included whose outcome the store has not taken yet. */
const heldInAllMax = 50_000;

/** What waits in a queue of the store to be told: a status report, an incoming message. */
export interface CargoRow extends QueueRow {
  readonly queue: string;
  /** Failed deliveries so far. */
  readonly attempts: number;
}

/** What a courier delivers, and by which rules. */
export interface Cargo<Row extends CargoRow> {
  /** Queues are named by it and the account; those of other cargo are passed over. */
  readonly queuePrefix: string;
  readonly store: CargoStore<Row>;
  /** Rows with the same key are told in order: each waits until the one before is told. */
  keyOf(row: Row): string;
  /** After more failures than these the later rows with its key no longer wait for it. */
  readonly orderTriesMax: number;
  /**
   * Makes the call that tells it. `homeless`: the account has no webhook for it any more; `over`: its time is over;
   * `not-yet`: the webhook may not be used, and the lane rests.
   */
  prepare(
    account: string,
    row: Row,
    now: number,
  ): (() => HttpRequest) | 'homeless' | 'over' | 'not-yet';
  /** When a row that has failed is tried again, epoch milliseconds; null: it is given up. */
  nextTry(row: Row, failure: { now: number; retryAfterMs: number }): number | null;
  /** What it is called in the log, such as "reports". */
  readonly words: string;
}

export interface CargoStore<Row extends CargoRow> {
  /** The queues that have rows. */
  queues(): Promise<readonly string[]>;
  read(query: Parameters<OutboxStore['read']>[0]): Promise<readonly Row[]>;
  told(batch: readonly Told<Row>[], now: number): Promise<void>;
  postpone(batch: readonly Postponed<Row>[]): Promise<void>;
}

export interface CourierWorld {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CourierStats {
  /** Rows that customers took, since the start. */
  readonly told: number;
  /** Calls that failed. */
  readonly failed: number;
  /** Rows given up because their time was over. */
  readonly givenUp: number;
  /** Rows given up because their account has no webhook for them any more. */
  readonly homeless: number;
  readonly calling: number;
  /** Of these, calls to degraded endpoints. */
  readonly callingDegraded: number;
  /** Rows in memory. */
  readonly held: number;
  /** Queues that are known, and those that rest because their endpoint fails or asked for a pause. */
  readonly queues: number;
  readonly resting: number;
}

/**
 * Tells customers what waits for them in the store, each account over its own webhook. One lane for each queue, so
 * that an endpoint that is slow or dead fills its own lane only. A row goes from `offer` to the call without being
 * read back, and has neither a timer nor a commit of its own: one tick looks after what becomes due, and outcomes
 * are written in batches.
 */
export class Courier<Row extends CargoRow> {
  readonly #cargo: Cargo<Row>;
  readonly #world: CourierWorld;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane<Row>>();
  readonly #budget: Budget = { held: 0, heldMax: heldInAllMax };
  /** The lanes that may have something to send, each in turn. */
  readonly #ring = new Deque<Lane<Row>>();
  readonly #shares = new CallShares();
  readonly #reader: OutboxReader<Row, Lane<Row>>;
  readonly #settlement: Settlement<Row>;
  readonly #counts = { told: 0, failed: 0, givenUp: 0, homeless: 0 };
  #timer: Timer | null = null;
  #listAt = 0;
  #isListed = false;
  #isPlanned = false;
  #onLastCall: (() => void) | null = null;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';

  constructor(cargo: Cargo<Row>, world: CourierWorld) {
    const { clock, log } = world;
    const { store, words } = cargo;
    const logFailure = (what: string) => (error: unknown) => {
      log.error(`The store failed to ${what}; it will be tried again.`, {
        reason: describeError(error),
      });
    };
    this.#cargo = cargo;
    this.#world = world;
    this.#clock = clock;
    this.#reader = new OutboxReader({
      store,
      clock,
      onPage: (lane) => this.#activate(lane),
      onFailure: logFailure(`hand out ${words}`),
    });
    this.#settlement = new Settlement({
      tell: store.told,
      postpone: store.postpone,
      clock,
      onSettled: (lane, due) => {
        if (due !== null) this.#expect(lane, due);
        this.#activate(lane);
      },
      onFailure: logFailure(`note what became of ${words}`),
    });
  }

  /** Begins, with what was left over from before. Rejects when the store fails. */
  async start(): Promise<void> {
    await this.#list();
    this.#state = 'running';
    this.#timer = this.#clock.every(tickMs, () => this.#tick());
    this.#tick();
  }

  /**
   * Takes over rows that were just put into the queues, in the order of their commits. Those it has no room for it
   * reads back later; rows of other cargo it passes over.
   */
  offer(rows: readonly Row[]): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return;
    const now = this.#clock.now();
    for (const row of rows) {
      if (!row.queue.startsWith(this.#cargo.queuePrefix)) continue;
      const lane = this.#laneOf(row.queue);
      // It waits with an earlier row with its key that was postponed.
      if (row.due > now) this.#expect(lane, row.due);
      else lane.backlog.offer(row);
      this.#activate(lane);
    }
  }

  /** Makes no further call, waits for those under way for at most `graceMs`, and writes what became of them. */
  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopping';
    this.#timer?.cancel();
    if (this.#shares.calling > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(graceMs, resolve);
        this.#onLastCall = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#state = 'stopped';
    await this.#settlement.finish();
  }

  stats(): CourierStats {
    const now = this.#clock.monotonic();
    return {
      ...this.#counts,
      calling: this.#shares.calling,
      callingDegraded: this.#shares.callingDegraded,
      held: this.#budget.held,
      queues: this.#lanes.size,
      resting: [...this.#lanes.values()].filter((lane) => lane.isResting(now)).length,
    };
  }

  #laneOf(queue: string): Lane<Row> {
    let lane = this.#lanes.get(queue);
    if (lane === undefined) {
      // A queue that turns up after the queues were listed had nothing in the store.
      const isCaughtUp = this.#isListed;
      const { queuePrefix, keyOf } = this.#cargo;
      const account = queue.slice(queuePrefix.length);
      lane = new Lane({ queue, account, budget: this.#budget, isCaughtUp, keyOf });
      this.#lanes.set(queue, lane);
    }
    return lane;
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    this.#settlement.retry();
    if (now >= this.#listAt) this.#listAgain();
    for (const lane of this.#lanes.values()) {
      this.#shares.judge(lane, now);
      this.#activate(lane);
    }
  }

  #listAgain(): void {
    this.#list().catch((error: unknown) => {
      const reason = describeError(error);
      const { words } = this.#cargo;
      this.#world.log.error(`The store failed to list the queues of ${words}.`, { reason });
    });
  }

  /**
   * Asks which queues have rows. One of which none is held is read from the start, so that whatever was
   * missed is found; a lane without any goes.
   */
  async #list(): Promise<void> {
    this.#listAt = this.#clock.monotonic() + listPeriodMs;
    const queues = new Set(await this.#cargo.store.queues());
    for (const queue of queues) {
      if (queue.startsWith(this.#cargo.queuePrefix)) this.#laneOf(queue);
    }
    this.#isListed = true;
    for (const lane of this.#lanes.values()) {
      lane.isListed = queues.has(lane.queue);
      if (lane.isListed && lane.backlog.size === 0) lane.backlog.readAgain();
      if (!lane.isListed && lane.isForgettable) this.#lanes.delete(lane.queue);
      else this.#activate(lane);
    }
  }

  /** Notes that a row of the lane becomes due. */
  #expect(lane: Lane<Row>, due: number): void {
    const waitMs = Math.max(due - this.#clock.now(), 0);
    lane.lookAt = Math.min(lane.lookAt, this.#clock.monotonic() + waitMs);
    lane.isListed = true;
  }

  /** The account's webhook may be used from now on. */
  wake(account: string): void {
    const lane = this.#lanes.get(this.#cargo.queuePrefix + account);
    if (lane === undefined) return;
    lane.wake();
    this.#activate(lane);
  }

  /** Lets the lane read and send, whichever it can. */
  #activate(lane: Lane<Row>): void {
    if (this.#state !== 'running') return;
    this.#reader.offer(lane);
    if (!lane.isInRing && lane.backlog.hasReady) {
      lane.isInRing = true;
      this.#ring.pushBack(lane);
    }
    if (this.#isPlanned || this.#ring.size === 0) return;
    this.#isPlanned = true;
    this.#clock.soon(() => {
      this.#isPlanned = false;
      this.#startCalls();
    });
  }

  /** Each lane gets a call, then the next lane, until those that are left wait for calls to end. */
  #startCalls(): void {
    if (this.#state !== 'running') return;
    let waiting = 0;
    while (waiting < this.#ring.size) {
      const lane = this.#ring.popFront();
      if (lane === undefined) return;
      const result = this.#startCall(lane);
      if (result === 'none') {
        lane.isInRing = false;
        continue;
      }
      this.#ring.pushBack(lane);
      waiting = result === 'started' ? 0 : waiting + 1;
    }
  }

  /** "none": the lane has nothing to do now, and comes back when it has; "full": others must end first. */
  #startCall(lane: Lane<Row>): 'started' | 'none' | 'full' {
    const now = this.#clock.monotonic();
    const next = lane.backlog.peek();
    if (next === undefined || lane.isResting(now) || !lane.hasFreeCall) return 'none';
    const prepared = this.#cargo.prepare(lane.account, next.row, this.#clock.now());
    if (prepared === 'homeless') return this.#giveUp(lane, 'homeless');
    if (prepared === 'over') return this.#giveUp(lane, 'givenUp');
    if (prepared === 'not-yet') {
      lane.rest(now + gateRestMs);
      return 'none';
    }
    if (!this.#shares.hasRoom(lane)) return 'full';
    lane.backlog.next();
    this.#call(lane, next, prepared(), now);
    return 'started';
  }

  #giveUp(lane: Lane<Row>, why: 'homeless' | 'givenUp'): 'started' {
    const held = lane.backlog.next();
    if (held !== undefined) {
      this.#counts[why]++;
      this.#settlement.told(lane, held, 0);
    }
    return 'started';
  }

  #call(lane: Lane<Row>, held: Held<Row>, request: HttpRequest, now: number): void {
    lane.began(held, now);
    this.#shares.count(lane, 1);
    void this.#world.http.send(request).then((outcome) => this.#ended(lane, held, outcome));
  }

  #ended(lane: Lane<Row>, held: Held<Row>, outcome: HttpOutcome): void {
    if (this.#state === 'stopped') return;
    const now = this.#clock.monotonic();
    lane.ended(held);
    this.#shares.count(lane, -1);
    const status = outcome.kind === 'answered' ? outcome.status : 0;
    if (status >= 200 && status < 300) this.#succeeded(lane, held, status, now);
    else this.#failed(lane, held, outcome, now);
    this.#shares.judge(lane, now);
    this.#activate(lane);
    if (this.#shares.calling === 0) this.#onLastCall?.();
  }

  #succeeded(lane: Lane<Row>, held: Held<Row>, httpStatus: number, now: number): void {
    if (lane.breaker.isOpen) {
      lane.wake();
      this.#world.log.info('A webhook answers again.', { account: lane.account });
    }
    lane.breaker.succeeded(now);
    lane.pace.succeeded(now - held.startedAt);
    this.#counts.told++;
    this.#settlement.told(lane, held, httpStatus);
  }

  /** Everything but 2xx: 3xx leads nowhere, and 410 does not end a webhook that is configured here. */
  #failed(lane: Lane<Row>, held: Held<Row>, outcome: HttpOutcome, now: number): void {
    const wasOpen = lane.breaker.isOpen;
    lane.breaker.failed(held.startedAt, now);
    lane.pace.failed(held.startedAt, now);
    this.#counts.failed++;
    this.#putOff(lane, held, outcome);
    if (lane.breaker.isOpen) lane.rest(lane.breaker.openUntil);
    if (lane.breaker.isOpen && !wasOpen) {
      const reason = describeOutcome(outcome);
      const { words } = this.#cargo;
      this.#world.log.warn(`A webhook fails; its ${words} wait.`, {
        account: lane.account,
        reason,
      });
    }
    const pauseMs = pauseOf(outcome);
    if (pauseMs > 0) lane.rest(now + pauseMs);
  }

  #putOff(lane: Lane<Row>, held: Held<Row>, outcome: HttpOutcome): void {
    const due = this.#cargo.nextTry(held.row, {
      now: this.#clock.now(),
      retryAfterMs: outcome.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0,
    });
    if (due === null) {
      this.#counts.givenUp++;
      this.#settlement.told(lane, held, 0);
    } else {
      const isLeftBehind = held.row.attempts + 1 > this.#cargo.orderTriesMax;
      this.#settlement.postponed(lane, held, due, isLeftBehind);
    }
  }
}

/** The pause that an endpoint asks for all its rows, not only for the one it refused. */
function pauseOf(outcome: HttpOutcome): number {
  if (outcome.kind !== 'answered' || (outcome.status !== 429 && outcome.status !== 503)) return 0;
  return Math.min(outcome.retryAfterMs ?? 0, pauseMaxMs);
}
