import type { Accounts, SmppAccess } from '../core/account.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { InboundQueue, OutboxReport, OutboxStore, QueuedInbound } from '../store/contract.ts';
import type { Budget } from '../webhooks/backlog.ts';
import { BindState } from './bind-state.ts';
import { type DeliveryOutcome, judgeAnswer } from './delivery-outcome.ts';
import { renderIncoming } from './incoming-pdus.ts';
import { Parcel } from './parcel.ts';
import { renderReceipt } from './receipt.ts';
import type { Deliveries, Delivery, ReceiverBind } from './receiver-bind.ts';
import { incomingSource, receiptSource } from './row-sources.ts';
import { type RowCounts, WaitingRows } from './waiting-rows.ts';

const tickMs = 1_000;
/** Receipts and incoming messages in memory, all accounts together. */
const heldInAllMax = 50_000;

export interface DeliveriesWorld {
  readonly outbox: OutboxStore;
  readonly inbound: InboundQueue;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly log: Log;
}

/** Hands receipts (T4) and incoming messages to customers' sessions. */
export interface DeliverySender extends Deliveries {
  /** Begins, with what was left over from before. Rejects when the store fails. */
  start(): Promise<void>;
  /** Takes over status reports that were just put into the outbox; other queues' it passes over. */
  offer(reports: readonly OutboxReport[]): void;
  /** The same for incoming messages. */
  offerInbound(queued: readonly QueuedInbound[]): void;
  /** Sends nothing more, waits for answers for at most `graceMs`, and writes what became of all. */
  stop(graceMs: number): Promise<void>;
  stats(): DeliveryStats;
}

export interface DeliveryStats {
  readonly receipts: Readonly<RowCounts>;
  readonly incoming: Readonly<RowCounts>;
  /** PDUs without an answer. */
  readonly outstanding: number;
  /** Receipts and incoming messages in memory. */
  readonly held: number;
  /** Sessions that take deliveries. */
  readonly binds: number;
}

/**
 * What waits for an account goes to its sessions in turn, as their windows have room. Nothing has a timer of its own:
 * one tick looks after what becomes due, and outcomes are written in batches, after the answer of the ESME.
 */
export function createDeliveries(world: DeliveriesWorld): DeliverySender {
  return new Sender(world);
}

/** message_payload is an optional parameter. */
const withoutPayloads = { longTexts: 'parts' } as const;

interface Outlet {
  readonly account: string;
  readonly binds: BindState[];
  /** Whose turn it is. */
  turn: number;
  isIncomingNext: boolean;
}

class Sender implements DeliverySender {
  readonly #clock: Clock;
  readonly #accounts: Accounts;
  readonly #budget: Budget = { held: 0, heldMax: heldInAllMax };
  readonly #receipts: WaitingRows<OutboxReport>;
  readonly #incoming: WaitingRows<QueuedInbound>;
  readonly #outlets = new Map<string, Outlet>();
  readonly #states = new Map<ReceiverBind, BindState>();
  /** Accounts that may have something to send. */
  readonly #ready = new Set<string>();
  #isPlanned = false;
  #outstanding = 0;
  #timer: Timer | null = null;
  #onLastAnswer: (() => void) | null = null;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';

  constructor({ outbox, inbound, accounts, clock, log }: DeliveriesWorld) {
    this.#clock = clock;
    this.#accounts = accounts;
    const common = {
      clock,
      budget: this.#budget,
      onReady: (account: string) => this.#plan(account),
      onFailure: (error: unknown) => {
        const reason = describeError(error);
        log.error('The store failed with what waits for SMPP; it will be tried again.', { reason });
      },
    };
    this.#receipts = new WaitingRows({ ...common, source: receiptSource(outbox) });
    this.#incoming = new WaitingRows({ ...common, source: incomingSource(inbound) });
  }

  async start(): Promise<void> {
    await Promise.all([this.#receipts.list(), this.#incoming.list()]);
    this.#state = 'running';
    this.#timer = this.#clock.every(tickMs, () => this.#tick());
    for (const account of this.#outlets.keys()) this.#plan(account);
  }

  offer(reports: readonly OutboxReport[]): void {
    if (!this.#hasEnded()) this.#receipts.offer(reports);
  }

  offerInbound(queued: readonly QueuedInbound[]): void {
    if (!this.#hasEnded()) this.#incoming.offer(queued);
  }

  attach(bind: ReceiverBind): void {
    const { account } = bind;
    const state = new BindState(bind);
    this.#states.set(bind, state);
    const outlet = this.#outlets.get(account);
    if (outlet !== undefined) {
      outlet.binds.push(state);
    } else {
      this.#outlets.set(account, { account, binds: [state], turn: 0, isIncomingNext: false });
      this.#receipts.open(account);
      this.#incoming.open(account);
    }
    this.#plan(account);
  }

  detach(bind: ReceiverBind): void {
    const state = this.#states.get(bind);
    const outlet = this.#outlets.get(bind.account);
    if (state === undefined || outlet === undefined) return;
    this.#states.delete(bind);
    outlet.binds.splice(outlet.binds.indexOf(state), 1);
    // The parts that went out have no end yet; those that did not will never go this way.
    for (const { parcel } of state.parts.drain()) parcel.answered('lost');
    if (outlet.binds.length > 0) return;
    this.#outlets.delete(bind.account);
    this.#receipts.close(bind.account);
    this.#incoming.close(bind.account);
  }

  wake(bind: ReceiverBind): void {
    this.#plan(bind.account);
  }

  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopping';
    this.#timer?.cancel();
    if (this.#outstanding > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(graceMs, resolve);
        this.#onLastAnswer = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#state = 'stopped';
    await Promise.all([this.#receipts.finish(), this.#incoming.finish()]);
  }

  stats(): DeliveryStats {
    return {
      receipts: this.#receipts.counts,
      incoming: this.#incoming.counts,
      outstanding: this.#outstanding,
      held: this.#budget.held,
      binds: this.#states.size,
    };
  }

  #hasEnded(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped';
  }

  #tick(): void {
    this.#receipts.tick();
    this.#incoming.tick();
    for (const account of this.#outlets.keys()) this.#plan(account);
  }

  #plan(account: string): void {
    this.#ready.add(account);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.soon(() => {
      this.#isPlanned = false;
      const accounts = [...this.#ready];
      this.#ready.clear();
      for (const each of accounts) this.#sendAll(each);
    });
  }

  /** Sends as long as there is something and a window with room. */
  #sendAll(account: string): void {
    const outlet = this.#outlets.get(account);
    const access = this.#accounts.byId(account)?.smpp;
    if (this.#state !== 'running' || outlet === undefined || access === undefined) return;
    const now = this.#clock.monotonic();
    let idle = 0;
    while (idle < outlet.binds.length) {
      const state = outlet.binds[outlet.turn % outlet.binds.length];
      outlet.turn = (outlet.turn + 1) % outlet.binds.length;
      const hasSent = state?.canTake(now) === true && this.#sendOne(outlet, state, access);
      idle = hasSent ? 0 : idle + 1;
    }
  }

  #sendOne(outlet: Outlet, state: BindState, access: SmppAccess): boolean {
    const part = state.parts.popFront() ?? this.#nextParcel(outlet, state, access);
    if (part === null) return false;
    this.#outstanding++;
    void state.bind.deliver(part.delivery).then((answer) => {
      this.#outstanding--;
      if (this.#state !== 'stopped') this.#answered(state, part.parcel, judgeAnswer(answer));
      if (this.#outstanding === 0) this.#onLastAnswer?.();
    });
    return true;
  }

  #answered(state: BindState, parcel: Parcel, outcome: DeliveryOutcome): void {
    state.note(outcome, this.#clock.monotonic());
    parcel.answered(outcome);
    this.#plan(state.bind.account);
  }

  /** Receipts and incoming messages in turn; further parts of a message wait at the session. */
  #nextParcel(outlet: Outlet, state: BindState, access: SmppAccess) {
    outlet.isIncomingNext = !outlet.isIncomingNext;
    return outlet.isIncomingNext
      ? (this.#nextIncoming(outlet, state, access) ?? this.#nextReceipt(outlet, access))
      : (this.#nextReceipt(outlet, access) ?? this.#nextIncoming(outlet, state, access));
  }

  #nextReceipt({ account }: Outlet, access: SmppAccess) {
    for (;;) {
      const next = this.#receipts.next(account);
      if (next === null) return null;
      const delivery = renderReceipt(next.held.row.report, access);
      if (delivery !== null) {
        const parcel = new Parcel(1, (outcome) => this.#receipts.settle(next, outcome));
        return { parcel, delivery };
      }
      this.#receipts.passOver(next);
    }
  }

  #nextIncoming({ account }: Outlet, state: BindState, access: SmppAccess) {
    const next = this.#incoming.next(account);
    if (next === null) return null;
    const form = state.bind.takesTlvs ? access : withoutPayloads;
    const deliveries: readonly Delivery[] = renderIncoming(next.held.row.message, form);
    const parcel = new Parcel(deliveries.length, (outcome) => this.#incoming.settle(next, outcome));
    for (const delivery of deliveries) state.parts.pushBack({ parcel, delivery });
    return state.parts.popFront() ?? null;
  }
}
