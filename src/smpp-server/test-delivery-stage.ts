import assert from 'node:assert/strict';
import type { Accounts } from '../core/account.ts';
import { sampleAccess, sampleAccount } from '../core/test-account.ts';
import type { Log } from '../lib/log.ts';
import { createVirtualClock, type VirtualClock } from '../rehearsal/virtual-clock.ts';
import {
  accept,
  accepted,
  indexOf,
  receipt,
  sampleMessage,
  start,
} from '../store/conformance/sample.ts';
import { arrival, roomy, sampleInbound } from '../store/conformance/sample-inbound.ts';
import type { Store } from '../store/contract.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { giveUpAfterMs } from '../webhooks/schedule.ts';
import { createDeliveries, type DeliverySender } from './deliveries.ts';
import type { Delivery, ReceiverBind } from './receiver-bind.ts';

export const hourMs = 3_600_000;

/** What an ESME does with a delivery: its answer after so many milliseconds. */
export type Manner = (delivery: Delivery) => { afterMs: number; answer: number | 'lost' };

export const good: Manner = () => ({ afterMs: 20, answer: 0 });

/** A session of a customer whose ESME answers as it is told to. */
export class TestBind implements ReceiverBind {
  readonly account: string;
  readonly windowMax: number;
  readonly takesTlvs = true;
  manner: Manner;
  /** All that came, in order, as `describe` says it. */
  readonly came: string[] = [];
  readonly deliveries: Delivery[] = [];
  outstanding = 0;
  most = 0;
  readonly #stage: DeliveryStage;
  readonly #cuts = new Set<() => void>();

  constructor(stage: DeliveryStage, account: string, manner: Manner, windowMax: number) {
    this.#stage = stage;
    this.account = account;
    this.manner = manner;
    this.windowMax = windowMax;
  }

  get room(): number {
    return this.windowMax - this.outstanding;
  }

  deliver(delivery: Delivery): Promise<number | 'lost'> {
    assert.ok(this.room > 0, 'the window is kept');
    this.came.push(describe(delivery));
    this.deliveries.push(delivery);
    this.most = Math.max(this.most, ++this.outstanding);
    const { afterMs, answer } = this.manner(delivery);
    return new Promise((resolve) => {
      const end = (result: number | 'lost') => {
        if (!this.#cuts.delete(cut)) return;
        this.outstanding--;
        resolve(result);
        this.#stage.sender.wake(this);
      };
      const cut = () => end('lost');
      this.#cuts.add(cut);
      this.#stage.clock.after(afterMs, () => end(answer));
    });
  }

  /** The session ends: what is under way is lost. */
  close(): void {
    this.#stage.sender.detach(this);
    for (const cut of this.#cuts) cut();
  }
}

/** "index:state" of a receipt, the text of an incoming message. */
function describe({ tlvs, ...delivery }: Delivery): string {
  if (tlvs?.receipted_message_id !== undefined) {
    return `${indexOf(tlvs.receipted_message_id)}:${tlvs.message_state}`;
  }
  assert.ok(delivery.command === 'deliver_sm');
  return delivery.body.short_message.toString('latin1');
}

/** Deliveries in virtual time, with a store in memory. */
export class DeliveryStage {
  readonly clock: VirtualClock = createVirtualClock({ startAt: start });
  readonly logged: string[] = [];
  /** Kinds of transactions that the store refuses. */
  readonly refuse = new Set<string>();
  readonly store: Store = createMemoryStore({ commit: (transaction) => this.#commit(transaction) });
  sender: DeliverySender;
  #incoming = 0;

  constructor() {
    this.sender = this.#build();
  }

  async begin(): Promise<this> {
    await this.sender.start();
    return this;
  }

  /** As after a crash: what was under way is forgotten, and another process begins. */
  async restart(): Promise<void> {
    await this.sender.stop(0);
    this.sender = this.#build();
    await this.sender.start();
  }

  bind(manner: Manner = good, windowMax = 10, account = 'demo'): TestBind {
    const bind = new TestBind(this, account, manner, windowMax);
    this.sender.attach(bind);
    return bind;
  }

  /** The operator takes messages: ACCEPTD (6) of each. */
  async enroute(indexes: readonly number[], account = 'demo'): Promise<void> {
    const acceptedAt = this.clock.now();
    const fields = { account, reportTo: `smpp:${account}`, door: 'smpp' } as const;
    await accept(
      this.store,
      indexes.map((index) =>
        sampleMessage(index, { ...fields, acceptedAt, expiresAt: acceptedAt + 24 * hourMs }),
      ),
    );
    const batch = indexes.map((index) => accepted(index, `id${index}`));
    const { reports } = await this.store.dispatch.submitted(batch, null, acceptedAt);
    this.sender.offer(reports);
  }

  /** The operator delivers them: DELIVRD (2) of each. */
  async receive(indexes: readonly number[], state: 'delivered' | 'read' = 'delivered') {
    const batch = indexes.map((index) => receipt(`id${index}`, { state }));
    const { reports } = await this.store.receipts.record(batch, this.clock.now());
    this.sender.offer(reports);
  }

  /** A handset writes to the account. */
  async write(text: string, from = '31612345678'): Promise<void> {
    const receivedAt = this.clock.now();
    const index = 1_000_000 + ++this.#incoming;
    const message = sampleInbound(index, { from, to: '1008', text, receivedAt });
    const queues = ['smpp:demo'];
    const repeatUntil = receivedAt;
    const { queued } = await this.store.inbound.record(
      [arrival(index, { message, queues, repeatUntil })],
      roomy,
      receivedAt,
    );
    this.sender.offerInbound(queued);
  }

  /** How many receipts and incoming messages of an account the store still has. */
  async waiting(account = 'demo'): Promise<number> {
    const now = this.clock.now() + 2 * giveUpAfterMs;
    const query = { queue: `smpp:${account}`, after: null, now, limit: 1e6 };
    const receipts = await this.store.outbox.read(query);
    const incoming = await this.store.inbound.queue.read(query);
    return receipts.length + incoming.length;
  }

  #build(): DeliverySender {
    const accountOf = (id: string) =>
      sampleAccount({ id, smpp: sampleAccess({ systemId: 'demo', longTexts: 'parts' }) });
    const accounts: Accounts = { byId: accountOf, byToken: () => null, all: () => [] };
    const log: Log = {
      error: (sentence) => this.logged.push(sentence),
      warn: (sentence) => this.logged.push(sentence),
      info: (sentence) => this.logged.push(sentence),
      debug: () => {},
    };
    const { clock, store } = this;
    return createDeliveries({
      outbox: store.outbox,
      inbound: store.inbound.queue,
      accounts,
      clock,
      log,
    });
  }

  #commit(transaction: PendingTransaction): void {
    if (this.refuse.has(transaction.kind)) {
      transaction.reject(new Error('the disk is full'));
      return;
    }
    transaction.apply();
    transaction.answer();
  }
}
