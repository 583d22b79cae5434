import { laneOf } from '../core/lane.ts';
import { partsOf } from '../core/lifecycle.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type { ConnectionPorts, InboundPart, PartOutcome, ReceiptAnswer } from './contract.ts';

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
