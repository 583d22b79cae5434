import type { Log } from '../../lib/log.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import type { ConnectionPorts, InboundPart, ReceiptAnswer } from '../contract.ts';
import type { SmscSession } from './bind.ts';
import { readInbound } from './inbound.ts';
import type { ProviderIds } from './provider-ids.ts';
import {
  createReceiptReader,
  type Delivery,
  type ReadReceipt,
  type ReceiptReader,
} from './receipts.ts';
import type { SmsSettings } from './settings.ts';

/** An operator that waits longer for its answer stops sending; it is told to come again. */
export const storeWaitMs = 5_000;

/** What an answer needs to know of a request; the rest of it is let go. */
type Asked = Pick<Delivery, 'command' | 'sequence_number'>;

/** Requests of one chunk that are answered together once their content is on disk. */
interface Batch {
  readonly session: SmscSession;
  readonly asked: readonly Asked[];
  readonly answerBy: number;
  isAnswered: boolean;
}

/**
 * What the operator sends on its own: receipts and incoming messages. They are read as they come,
 * handed over once per chunk, and answered ESME_ROK only when they are on disk (DESIGN §4, T3).
 */
export class Deliveries {
  readonly #name: string;
  readonly #settings: SmsSettings;
  readonly #ports: ConnectionPorts;
  readonly #log: Log;
  readonly #ids: ProviderIds;
  readonly #reader: ReceiptReader;
  readonly #waiting = new Set<Batch>();
  #receipts: ReadReceipt[] = [];
  #receiptsAsked: Asked[] = [];
  #inbound: InboundPart[] = [];
  #inboundAsked: Asked[] = [];
  #withoutId = 0;

  constructor(
    name: string,
    settings: SmsSettings,
    ports: ConnectionPorts,
    ids: ProviderIds,
    log: Log,
  ) {
    this.#name = name;
    this.#settings = settings;
    this.#ports = ports;
    this.#log = log;
    this.#ids = ids;
    this.#reader = createReceiptReader(name, settings, ids);
  }

  /** Reads one request; `wallNow` is when it arrived. */
  add(session: SmscSession, delivery: Delivery, wallNow: number): void {
    const { command, sequence_number } = delivery;
    const asked = { command, sequence_number };
    switch (this.#reader.classify(delivery)) {
      case 'receipt': {
        const receipt = this.#reader.read(delivery, wallNow);
        if (receipt === null) return this.#dropWithoutId(session, asked);
        this.#receipts.push(receipt);
        this.#receiptsAsked.push(asked);
        return;
      }
      case 'text':
        this.#inbound.push(readInbound(delivery, this.#name, this.#settings, wallNow));
        this.#inboundAsked.push(asked);
        return;
      case 'other':
        // Acknowledgements of handsets, which no interface of ours asks for.
        answer(session, asked);
    }
  }

  /** Hands over what a chunk of `session` brought. */
  handOver(session: SmscSession, now: number): void {
    if (this.#receipts.length > 0) {
      const receipts = this.#receipts;
      const batch = this.#begin(session, this.#receiptsAsked, now);
      this.#receipts = [];
      this.#receiptsAsked = [];
      void this.#record(batch, receipts);
    }
    if (this.#inbound.length > 0) {
      const inbound = this.#inbound;
      const batch = this.#begin(session, this.#inboundAsked, now);
      this.#inbound = [];
      this.#inboundAsked = [];
      void this.#settle(batch, this.#ports.inbound(inbound), 'take an incoming message');
    }
  }

  /** Refuses for now what the store has left waiting; when it is written later, that is a duplicate. */
  tick(now: number): void {
    for (const batch of this.#waiting) {
      if (now < batch.answerBy) return;
      this.#refuse(batch);
    }
  }

  async #record(batch: Batch, receipts: readonly ReadReceipt[]): Promise<void> {
    const facts = receipts.map((receipt) => receipt.fact);
    const answers = await this.#settle(batch, this.#ports.receipts(facts), 'take a receipt');
    if (answers !== undefined) this.#learn(receipts, answers);
  }

  #learn(receipts: readonly ReadReceipt[], answers: readonly ReceiptAnswer[]): void {
    for (const [index, { keys }] of receipts.entries()) {
      const answer = answers[index];
      if (answer !== undefined) this.#ids.learn(keys, answer);
    }
  }

  #begin(session: SmscSession, asked: readonly Asked[], now: number): Batch {
    const batch = { session, asked, answerBy: now + storeWaitMs, isAnswered: false };
    this.#waiting.add(batch);
    return batch;
  }

  async #settle<T>(batch: Batch, written: Promise<T>, what: string): Promise<T | undefined> {
    try {
      const result = await written;
      if (!batch.isAnswered) {
        batch.isAnswered = true;
        for (const asked of batch.asked) answer(batch.session, asked);
        batch.session.flush();
      }
      return result;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const fields = { connection: this.#name, count: batch.asked.length, reason };
      this.#log.warn(`The store could not ${what}; the operator is to send it again.`, fields);
      this.#refuse(batch);
      return undefined;
    } finally {
      this.#waiting.delete(batch);
    }
  }

  /** "Temporary" makes an SMSC send again; any other refusal would lose a receipt (sms-operators §5). */
  #refuse(batch: Batch): void {
    this.#waiting.delete(batch);
    if (batch.isAnswered) return;
    batch.isAnswered = true;
    for (const asked of batch.asked) batch.session.refuse(asked, commandStatus.ESME_RX_T_APPN);
    batch.session.flush();
  }

  /** Sending it again would not make it say more. */
  #dropWithoutId(session: SmscSession, asked: Asked): void {
    if (this.#withoutId++ === 0) {
      const fields = { connection: this.#name };
      this.#log.warn('A receipt without message id was dropped, as all like it will be.', fields);
    }
    answer(session, asked);
  }
}

function answer(session: SmscSession, asked: Asked): void {
  const { command, sequence_number } = asked;
  // message_id is unused in both and one empty octet (SMPP 3.4 §4.6.2).
  if (command === 'deliver_sm') {
    session.respond({ command, sequence_number }, okDeliver);
  } else {
    session.respond({ command, sequence_number }, okData);
  }
}

const okDeliver = { command: 'deliver_sm_resp', command_status: 0, message_id: '' } as const;
const okData = { command: 'data_sm_resp', command_status: 0, message_id: '' } as const;
