import { laneOf } from '../../core/lane.ts';
import { begin, partsOf } from '../../core/lifecycle.ts';
import type { Content, Message } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type { ConnectionPorts, InboundPart, PartOutcome, ReceiptAnswer } from '../contract.ts';

/** What a test may say about a message; the rest is usual. */
export interface MessageSketch {
  readonly from?: string;
  readonly msisdn?: string;
  readonly content?: Partial<Content>;
  readonly parts?: number;
  readonly concatReference?: number;
  readonly acceptedAt?: number;
  readonly validMs?: number;
  /** Letters of the parts, when some have been sent before. */
  readonly progress?: string;
  readonly attempts?: number;
}

export const hourMs: number = 60 * 60 * 1_000;

let lastId = 0;

/** A step that is ready to be sent over SMS. */
export function sketchStep(sketch: MessageSketch = {}): ReadyStep {
  const { acceptedAt = 0, parts = 1 } = sketch;
  const message: Message = {
    id: (++lastId).toString(16).padStart(32, '0'),
    account: 'demo',
    door: 'json',
    acceptedAt,
    expiresAt: acceptedAt + (sketch.validMs ?? 24 * hourMs),
    from: sketch.from ?? 'Chappe',
    to: '0031612345678',
    msisdn: sketch.msisdn ?? '31612345678',
    reference: null,
    groupings: [null, null, null],
    operator: null,
    plan: [
      {
        channel: 'SMS',
        connection: 'operator',
        parts,
        timeoutMs: null,
        concatReference: sketch.concatReference ?? 7,
      },
    ],
    wants: 0b11111,
    reportTo: null,
    content: {
      text: 'Hello',
      encoding: 'gsm7',
      udh: null,
      partsMax: 8,
      rich: null,
      appKey: null,
      ...sketch.content,
    },
  };
  const live = {
    ...begin(message),
    ...(sketch.progress === undefined ? {} : { progress: sketch.progress }),
    attempts: sketch.attempts ?? 0,
  };
  return { message, step: 0, live, due: acceptedAt };
}

/** The other side of a connection in tests: a queue in memory, and a notebook of what it was told. */
export class TestPorts implements ConnectionPorts {
  readonly outcomesSeen: PartOutcome[] = [];
  readonly receiptsSeen: ReceiptFact[] = [];
  readonly receiptBatches: number[] = [];
  readonly inboundSeen: InboundPart[] = [];
  readonly givenBack: ReadyStep[] = [];
  /** How the store takes receipts and incoming messages; a test may put its own here. */
  answerReceipts: (batch: readonly ReceiptFact[]) => Promise<readonly ReceiptAnswer[]> = (batch) =>
    Promise.resolve(batch.map(() => ({ kind: 'applied', keyIndex: 0 })));
  answerInbound: () => Promise<void> = () => Promise.resolve();
  /** Told of everything, for tests that wait. */
  onChange: () => void = () => {};

  #queue: ReadyStep[] = [];
  readonly #taken = new Map<string, ReadyStep>();

  get waiting(): number {
    return this.#queue.length;
  }

  push(...steps: readonly ReadyStep[]): void {
    this.#queue.push(...steps);
  }

  take(slot: number, slots: number, room: number): readonly ReadyStep[] {
    const taken: ReadyStep[] = [];
    const left: ReadyStep[] = [];
    let parts = 0;
    for (const step of this.#queue) {
      const isMine = laneOf(step.message.msisdn) % slots === slot;
      if (!isMine || parts >= room) left.push(step);
      else {
        taken.push(step);
        this.#taken.set(step.message.id, step);
        parts += partsOf(step.live, step.step).split('.').length - 1;
      }
    }
    this.#queue = left;
    return taken;
  }

  giveBack(steps: readonly ReadyStep[]): void {
    this.givenBack.push(...steps);
    this.#queue.unshift(...steps);
    this.onChange();
  }

  /** A part without an answer returns to the queue, as the dispatcher has it. */
  outcomes(batch: readonly PartOutcome[]): void {
    this.outcomesSeen.push(...batch);
    const again = batch.filter((one) => 'resend' in one.outcome).map((one) => one.id);
    const steps = [...new Set(again)].map((id) => this.#taken.get(id));
    this.#queue.unshift(...steps.filter((step) => step !== undefined));
    this.onChange();
  }

  receipts(batch: readonly ReceiptFact[]): Promise<readonly ReceiptAnswer[]> {
    this.receiptBatches.push(batch.length);
    this.receiptsSeen.push(...batch);
    this.onChange();
    return this.answerReceipts(batch);
  }

  inbound(batch: readonly InboundPart[]): Promise<void> {
    this.inboundSeen.push(...batch);
    this.onChange();
    return this.answerInbound();
  }

  kinds(): string[] {
    return this.outcomesSeen.map(({ outcome }) => ('resend' in outcome ? 'resend' : outcome.kind));
  }
}
