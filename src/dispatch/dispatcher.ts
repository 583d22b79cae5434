import type {
  Connection,
  ConnectionPorts,
  InboundPart,
  PartOutcome,
} from '../channels/contract.ts';
import { begin } from '../core/lifecycle.ts';
import type { Message, MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type { Revocation } from '../core/revocation.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type {
  Consequences,
  Lease,
  OutboxReport,
  ReadyCursor,
  Store,
  SubmittedPart,
} from '../store/contract.ts';
import { ClockJump } from './clock-jump.ts';
import { ConnectionQueue } from './connection-queue.ts';
import { countWaiting } from './lane-buffer.ts';
import { LaneLeases, leaseRenewMs } from './lane-lease.ts';
import { QueueMover } from './queue-mover.ts';

const sweepPeriodMs = 250;
const sweepLimit = 500;
const parkedSweepPeriodMs = 1_000;
/** Parked receipts are kept for the validity cap and the time that reports are retried (DESIGN §4.5). */
export const parkedKeptMs = (3 + 7) * 24 * 60 * 60 * 1000;
/**
 * While so many results are not on disk, nothing more is handed to connections: a crash sends at most these
 * parts twice, and those in the open windows (DESIGN §4.8). About what one commit takes.
 */
export const unrecordedPartsMax = 500;
/** How long to wait before results are written again after the store failed. */
const recordRetryMs = 500;

export interface DispatcherParts {
  store: Store;
  clock: Clock;
  /** The name under which this process holds leases. */
  holder: string;
  /** Reports that were committed just now: the webhooks send them. */
  onReports(reports: readonly OutboxReport[]): void;
  /** Incoming messages, durable when it resolves. */
  onInbound(batch: readonly InboundPart[]): Promise<void>;
  /** The store failed at something that will be tried again; for the log. */
  onStoreFailure(what: string, error: unknown): void;
}

/**
 * Carries accepted messages from their lanes to the connections and what happens to them back into
 * the store: T2, T3, the sweeps and the leases.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #queues = new Map<string, ConnectionQueue>();
  readonly #routes = new Map<string, { queue: ConnectionQueue; connection: Connection }>();
  readonly #jump: ClockJump;
  readonly #mover: QueueMover;
  #leases: LaneLeases | null = null;
  readonly #timers: Timer[] = [];
  readonly #wanted = new Set<string>();
  #isWakePlanned = false;
  #isStopping = false;
  #isSweeping = false;
  /** Messages that a second channel has delivered as well, since the start. */
  deliveredAgain = 0;
  /** Batches of results that are not on disk yet, and their parts. While the store is down, nothing new is sent. */
  #unrecorded = 0;
  #unrecordedParts = 0;
  #isStoreDown = false;
  /** Slots of connections whose intents are on their way to the disk. */
  readonly #intending = new Set<string>();

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#jump = new ClockJump(parts.clock);
    this.#mover = new QueueMover({
      store: parts.store.dispatch,
      clock: parts.clock,
      queues: this.#queues,
      follow: (consequences) => this.#follow(consequences),
      onStoreFailure: parts.onStoreFailure,
    });
  }

  /**
   * The ports of a connection that is about to be built; `add` it before `start`.
   *
   * @param isIntending No-duplicate mode (DESIGN §4.4): each step's intent is on disk before the step is
   *   handed to the connection, so that not even a crash sends it again.
   */
  portsFor(name: string, isIntending = false): ConnectionPorts {
    const queue = new ConnectionQueue(name, this.#parts.store.dispatch, isIntending);
    this.#queues.set(name, queue);
    return {
      take: (slot, slots, room) => this.#take(name, queue, slot, slots, room),
      giveBack: (steps) => queue.giveBack(steps),
      outcomes: (batch) => this.#outcomes(name, queue, batch),
      receipts: (batch) => this.#receipts(batch),
      inbound: (batch) => this.#parts.onInbound(batch),
    };
  }

  add(connection: Connection): void {
    const queue = this.#queues.get(connection.name);
    if (queue === undefined) throw new Error(`no ports were made for ${connection.name}`);
    this.#routes.set(connection.name, { queue, connection });
  }

  /** Takes the lanes, starts the connections and sends what was left over from before. */
  async start(): Promise<void> {
    const { store, clock, holder } = this.#parts;
    const resources = [...this.#routes.keys()].map(leaseOf);
    this.#leases = new LaneLeases(store.leases, clock, holder, resources);
    await this.#leases.renew();
    for (const { queue, connection } of this.#routes.values()) {
      queue.movableFrom = clock.now();
      connection.start();
    }
    this.#timers.push(
      clock.every(leaseRenewMs, () => void this.#renewLeases()),
      clock.every(sweepPeriodMs, () => void this.#sweep()),
      clock.every(parkedSweepPeriodMs, () => void this.#sweepParked()),
    );
    for (const name of this.#routes.keys()) this.#want(name);
  }

  /** Messages whose acceptance was committed just now. */
  accepted(messages: readonly Message[]): void {
    const now = this.#parts.clock.now();
    const byConnection = new Map<string, ReadyStep[]>();
    for (const message of messages) {
      const connection = message.plan[0]?.connection ?? '';
      const step = { message, step: 0, live: begin(message), due: message.acceptedAt };
      const list = byConnection.get(connection);
      if (list === undefined) byConnection.set(connection, [step]);
      else list.push(step);
    }
    for (const [name, steps] of byConnection) this.#offer(name, steps, now);
  }

  /**
   * Takes messages back that have not gone out; says of each whether it was in time. While that is being
   * written nothing of them is sent.
   */
  async cancel(messages: readonly Pick<Message, 'id' | 'plan'>[]): Promise<readonly boolean[]> {
    const { store, clock } = this.#parts;
    const queues = [...this.#queues.values()];
    const free = messages.filter((message) => queues.every((queue) => queue.withhold(message)));
    const gone = new Set<MessageId>();
    try {
      const ids = free.map(({ id }) => id);
      const done = await store.dispatch.cancel(ids, clock.now());
      for (const [index, id] of ids.entries()) if (done.cancelled[index] === true) gone.add(id);
      this.#follow(done);
    } finally {
      for (const queue of queues) for (const { id } of messages) queue.readmit(id, gone.has(id));
      for (const name of this.#routes.keys()) this.#want(name);
    }
    return messages.map(({ id }) => gone.has(id));
  }

  /**
   * Gives what waits for a connection to others, as `find` says of each step. Where it knows none (null), the channel
   * is given up if another one is behind it, or else the step stays. Looks at one page of its queue and resolves
   * with where that ended; null at the queue's end. What was sent, or may have been, stays.
   */
  async rehome(
    name: string,
    after: ReadyCursor | null,
    find: (step: ReadyStep) => string | null,
  ): Promise<ReadyCursor | null> {
    const queue = this.#queues.get(name);
    const lease = this.#leaseFor(name);
    if (queue === undefined || lease === null || this.#isStopping) return null;
    return this.#mover.movePage(name, queue, lease, after, find);
  }

  /** No more is taken; outstanding answers are awaited and recorded. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) timer.cancel();
    await Promise.all([...this.#routes.values()].map((route) => route.connection.stop(graceMs)));
    while (this.#unrecorded > 0 && !this.#isStoreDown) {
      await new Promise<void>((resolve) => this.#parts.clock.soon(resolve));
    }
    await this.#withdraw();
    try {
      await this.#leases?.release();
    } catch (error) {
      // They end by themselves; the rest of the stop must not wait for a disk with room.
      this.#parts.onStoreFailure('give back the leases', error);
    }
  }

  /** For health and metrics. */
  connections(): readonly { connection: Connection; waiting: number }[] {
    return [...this.#routes.values()].map(({ connection, queue }) => ({
      connection,
      waiting: queue.waiting,
    }));
  }

  #take(name: string, queue: ConnectionQueue, slot: number, slots: number, room: number) {
    if (this.#isStopping || this.#isStoreDown || this.#leaseFor(name) === null) return [];
    if (this.#unrecordedParts >= unrecordedPartsMax) return [];
    const steps = queue.take(slot, slots, room, this.#parts.clock.now());
    // Before the buffer runs dry the next page is fetched. A look after an empty take would come
    // back here at once, for as long as another slot's steps wait.
    if (steps.length > 0) this.#want(name);
    if (queue.isIntending) void this.#intend(name, queue, slot, slots, room - countParts(steps));
    return steps;
  }

  /** T1b: the next steps that there is room for become sendable once their intent is on disk. */
  async #intend(
    name: string,
    queue: ConnectionQueue,
    slot: number,
    slots: number,
    room: number,
  ): Promise<void> {
    const { store, clock, onStoreFailure } = this.#parts;
    const place = `${name}/${slot}`;
    if (room <= 0 || this.#intending.has(place)) return;
    const claimed = queue.claim(slot, slots, room, clock.now());
    if (claimed.length === 0) return;
    this.#intending.add(place);
    try {
      const batch = claimed.map(({ message, step }) => ({ id: message.id, step }));
      await store.dispatch.intend(batch, clock.now());
      queue.release(claimed);
      this.#want(name);
    } catch (error) {
      // The next sweep wakes the connection, and it asks again.
      queue.unclaim(claimed);
      onStoreFailure('record what is about to be sent', error);
    } finally {
      this.#intending.delete(place);
    }
  }

  /** What was about to be sent and was not is there again for the next start. */
  async #withdraw(): Promise<void> {
    const { store, clock, onStoreFailure } = this.#parts;
    while (this.#intending.size > 0) {
      await new Promise<void>((resolve) => clock.soon(resolve));
    }
    const unsent = [...this.#queues.values()].flatMap((queue) => queue.withdraw());
    if (unsent.length === 0) return;
    try {
      await store.dispatch.withdraw(unsent, clock.now());
    } catch (error) {
      onStoreFailure('take back what was not sent', error);
    }
  }

  #leaseFor(name: string): Lease | null {
    return this.#leases?.get(leaseOf(name)) ?? null;
  }

  #outcomes(name: string, queue: ConnectionQueue, batch: readonly PartOutcome[]): void {
    const facts = queue.answered(batch);
    if (facts.length > 0) void this.#record(name, queue, facts);
    else this.#want(name);
  }

  /** T2. Until the store has taken it, it is tried again: these are facts about the world. */
  async #record(
    name: string,
    queue: ConnectionQueue,
    facts: readonly SubmittedPart[],
  ): Promise<void> {
    const { store, clock, onStoreFailure } = this.#parts;
    this.#unrecorded++;
    this.#unrecordedParts += facts.length;
    for (;;) {
      try {
        const lease = this.#leases?.newest(leaseOf(name)) ?? null;
        const consequences = await store.dispatch.submitted(facts, lease, clock.now());
        this.#isStoreDown = false;
        queue.recorded(facts);
        this.#follow(consequences);
        break;
      } catch (error) {
        this.#isStoreDown = true;
        onStoreFailure('record what was submitted', error);
        if (this.#isStopping) break;
        await new Promise<void>((resolve) => clock.after(recordRetryMs, resolve));
      }
    }
    this.#unrecorded--;
    const wasFull = this.#unrecordedParts >= unrecordedPartsMax;
    this.#unrecordedParts -= facts.length;
    if (wasFull) for (const one of this.#routes.keys()) this.#want(one);
  }

  /** T3. */
  async #receipts(batch: readonly ReceiptFact[]) {
    const done = await this.#parts.store.receipts.record(batch, this.#parts.clock.now());
    this.#follow(done);
    return done.results;
  }

  #follow(consequences: Consequences): void {
    this.deliveredAgain += consequences.deliveredAgain;
    if (consequences.reports.length > 0) this.#parts.onReports(consequences.reports);
    if (consequences.unqueued.length > 0) {
      for (const { queue } of this.#routes.values()) queue.drop(consequences.unqueued);
    }
    if (consequences.revoked.length > 0) this.#revoke(consequences.revoked);
    const now = this.#parts.clock.now();
    for (const step of consequences.queued) {
      const connection = step.message.plan[step.step]?.connection;
      if (connection !== undefined) this.#offer(connection, [step], now);
    }
  }

  #revoke(revoked: readonly Revocation[]): void {
    const connectionOf = ({ message, step }: Revocation) => message.plan[step]?.connection ?? '';
    for (const [name, batch] of Map.groupBy(revoked, connectionOf)) {
      this.#routes.get(name)?.connection.revoke?.(batch);
    }
  }

  #offer(name: string, steps: readonly ReadyStep[], now: number): void {
    this.#queues.get(name)?.offer(steps, now);
    this.#want(name);
  }

  /** Plans one look at a connection's queue at the end of this tick, however often it is asked for. */
  #want(name: string): void {
    this.#wanted.add(name);
    if (this.#isWakePlanned || this.#isStopping) return;
    this.#isWakePlanned = true;
    this.#parts.clock.soon(() => {
      this.#isWakePlanned = false;
      const names = [...this.#wanted];
      this.#wanted.clear();
      for (const one of names) void this.#serve(one);
    });
  }

  async #serve(name: string): Promise<void> {
    const route = this.#routes.get(name);
    if (route === undefined || this.#isStopping) return;
    if (route.queue.waiting > 0) route.connection.wake();
    try {
      if (await route.queue.refill(this.#parts.clock.now())) this.#want(name);
    } catch (error) {
      this.#parts.onStoreFailure('read the queue', error);
    }
  }

  async #renewLeases(): Promise<void> {
    try {
      await this.#leases?.renew();
      for (const [name, { queue }] of this.#routes) {
        if (this.#leaseFor(name) !== null) continue;
        queue.clear();
        queue.movableFrom = this.#parts.clock.now();
      }
    } catch (error) {
      this.#parts.onStoreFailure('renew the leases', error);
    }
  }

  async #sweep(): Promise<void> {
    for (const name of this.#routes.keys()) this.#want(name);
    const { now, isOver } = this.#jump.look();
    // What seemed to have expired was let go, and is in the store.
    if (isOver) for (const { queue } of this.#routes.values()) queue.reread();
    if (this.#isSweeping || this.#isStopping) return;
    this.#isSweeping = true;
    try {
      for (let looked = sweepLimit; looked === sweepLimit && !this.#isStopping; ) {
        const swept = await this.#parts.store.dispatch.sweep(now, sweepLimit);
        this.#follow(swept);
        looked = swept.looked;
      }
    } catch (error) {
      this.#parts.onStoreFailure('look for what is due', error);
    } finally {
      this.#isSweeping = false;
    }
  }

  async #sweepParked(): Promise<void> {
    if (this.#isStopping) return;
    const now = this.#parts.clock.now();
    try {
      const swept = await this.#parts.store.receipts.sweepParked(
        now,
        sweepLimit,
        now - parkedKeptMs,
      );
      this.#follow(swept);
    } catch (error) {
      this.#parts.onStoreFailure('look for parked receipts', error);
    }
  }
}

function countParts(steps: readonly ReadyStep[]): number {
  let count = 0;
  for (const step of steps) count += countWaiting(step);
  return count;
}

function leaseOf(connection: string): string {
  return `${connection}/lanes`;
}
