import type { IncomingMessage } from '../../src/channels/sms/simulator/incoming-message.ts';
import type { SmscSimulator } from '../../src/channels/sms/simulator/simulator.ts';
import type { InboundAccount } from '../../src/core/inbound-account.ts';
import { repeatWindowMs } from '../../src/inbound/repeats.ts';
import type { HttpRequest } from '../../src/lib/http-client.ts';
import type { Random } from '../../src/lib/random.ts';
import type { Store } from '../../src/store/contract.ts';
import {
  type InboundConsequences,
  type InboundStore,
  orderTriesMax,
  type QueuedInbound,
} from '../../src/store/inbound-contract.ts';

export const inboundUrl = 'https://customer.example/inbound';
const shortCode = '3669';

export const inboundAccount: InboundAccount = {
  id: 'a',
  webhook: { url: inboundUrl, format: 'json', signingKeys: [] },
  events: null,
  numbers: [{ number: shortCode, keyword: null }],
  words: {},
  hasSessions: false,
};

/** What the world outside the gateway saw of one message of a handset. */
interface WrittenRecord {
  readonly message: IncomingMessage;
  /** The operator has our answer to every PDU of it. */
  isAnswered: boolean;
  /** What the customer's endpoint took, in order; a repeated call has the same id. */
  readonly taken: { id: string; text: string; isWhole: boolean; receivedAt: number }[];
}

/** A message as it stands in the queue of the webhook. */
interface Queued {
  readonly sequence: number;
  readonly handset: string;
  calls: number;
  isTaken: boolean;
}

/** Messages that handsets write, and what must be true of them at the end. */
export class IncomingLedger {
  readonly records = new Map<string, WrittenRecord>();
  readonly #queued = new Map<string, Queued>();
  readonly #faults: string[] = [];

  /** A handset writes, in whatever way the operator may bring it. */
  write(smsc: SmscSimulator, account: string, random: Random): void {
    const number = this.records.size;
    const name = `m${number}`;
    const concats = ['udh8', 'udh16', 'sar', 'payload'] as const;
    const isLong = random.fraction() < 0.4;
    const message: IncomingMessage = {
      from: `31680000${100 + Math.floor(random.fraction() * 4)}`,
      to: shortCode,
      text: `${name} ${isLong ? `${'Bread and butter. '.repeat(5 + number)}end` : 'short'}`.slice(
        0,
        1_200,
      ),
      account,
      // A handset counts its long messages.
      reference: number % 256,
      shuffled: random.fraction() < 0.3,
      copies: random.fraction() < 0.2 ? 2 : 1,
      inDataSm: random.fraction() < 0.1,
      concat: concats[Math.floor(random.fraction() * concats.length)] ?? 'udh8',
    };
    const record: WrittenRecord = { message, isAnswered: false, taken: [] };
    this.records.set(name, record);
    let left = Number.POSITIVE_INFINITY;
    left = smsc.injectMo(message, () => {
      left--;
      record.isAnswered = left === 0;
    });
  }

  /** The store, whose queue is watched: the order in which messages come to us is that of their rows. */
  watch(store: Store): Store {
    const { inbound } = store;
    const noteAll = (rows: readonly QueuedInbound[]) => {
      for (const { message, sequence } of rows) this.#note(message.id, message.from, sequence);
    };
    const seen = <Done extends InboundConsequences>(done: Done): Done => {
      noteAll(done.queued);
      return done;
    };
    const watched: InboundStore = {
      ...inbound,
      record: async (...request) => seen(await inbound.record(...request)),
      sweep: async (...request) => seen(await inbound.sweep(...request)),
      queue: {
        ...inbound.queue,
        async read(query) {
          const rows = await inbound.queue.read(query);
          noteAll(rows);
          return rows;
        },
      },
    };
    return { ...store, inbound: watched };
  }

  /** The gateway calls the webhook with it; whether it is taken is another matter. */
  noteCall(request: HttpRequest): void {
    const queued = this.#queued.get(idOf(request));
    if (queued !== undefined) queued.calls++;
  }

  /** The endpoint takes a call, and says which message it was. */
  take(request: HttpRequest): string {
    const { message, timeUtc } = JSON.parse(request.body ?? '') as {
      message: { text: string; custom: { incomplete?: object } };
      timeUtc: string;
    };
    const id = idOf(request);
    const name = this.#nameOf(message.text);
    this.#checkOrder(id, name);
    this.records.get(name)?.taken.push({
      id,
      text: message.text,
      isWhole: message.custom.incomplete === undefined,
      receivedAt: Date.parse(`${timeUtc}Z`),
    });
    return name;
  }

  /** Every broken promise, as a sentence. */
  check(): string[] {
    const broken = [...this.#faults];
    for (const [name, record] of this.records) {
      for (const fault of faultsOf(record)) broken.push(`${name}: ${fault}`);
    }
    return broken;
  }

  #note(id: string, handset: string, sequence: number): void {
    if (this.#queued.has(id)) return;
    this.#queued.set(id, { sequence, handset, calls: 0, isTaken: false });
  }

  /** A piece that lacks its beginning has no name of its own. */
  #nameOf(text: string): string {
    const name = text.split(' ')[0] ?? '';
    return this.records.has(name) ? name : '';
  }

  #checkOrder(id: string, name: string): void {
    const now = this.#queued.get(id);
    if (now === undefined) {
      this.#faults.push(`${name}: was told, and was in no queue`);
      return;
    }
    now.isTaken = true;
    for (const other of this.#queued.values()) {
      if (other.handset !== now.handset || other.sequence >= now.sequence) continue;
      if (!other.isTaken && other.calls <= orderTriesMax) {
        this.#faults.push(`${name}: was told before one that its handset had written earlier`);
        return;
      }
    }
  }
}

function idOf(request: HttpRequest): string {
  return request.headers['webhook-id'] ?? '';
}

function faultsOf({ message, isAnswered, taken }: WrittenRecord): string[] {
  const faults: string[] = [];
  const whole = new Map<string, number>();
  for (const { id, text, isWhole, receivedAt } of taken) {
    if (isWhole && text !== message.text) faults.push('was told as whole with another text');
    if (!isWhole && isAnswered) faults.push('was answered whole and told in pieces');
    if (isWhole) whole.set(id, receivedAt);
  }
  if (isAnswered && whole.size === 0) faults.push('was answered and never told');
  // What the operator repeats later than that is another message (docs/reference/inbound.md).
  const times = [...whole.values()].toSorted((left, right) => left - right);
  for (const [index, time] of times.entries()) {
    const before = times[index - 1];
    // The call says whole seconds.
    if (before !== undefined && time - before < repeatWindowMs - 1_000) {
      faults.push('was told as two different messages');
    }
  }
  return faults;
}
