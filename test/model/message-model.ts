import type { ReceiptState, SubmitOutcome } from '../../src/core/lifecycle.ts';
import { receiptGraceMs } from '../../src/core/lifecycle.ts';
import { retryDelayMs } from '../../src/core/retry.ts';

/** What is known of one part. A part has one end: the first that is heard counts. */
type PartState = 'waiting' | 'sent' | 'in doubt' | 'delivered' | 'read' | 'failed';

export interface StepShape {
  readonly parts: number;
  readonly timeoutMs: number | null;
}

export interface MessageShape {
  readonly id: string;
  readonly acceptedAt: number;
  readonly expiresAt: number;
  readonly steps: readonly StepShape[];
}

/** A report as the customer sees it: the status, and for a delivery the step that delivered. */
export type Told = `${0 | 1 | 3}` | `${2 | 4} by ${number}`;

/**
 * The fallback rules in words, as a second opinion on `core/lifecycle.ts` (spec "Channel fallback", DESIGN §4):
 * one step is active; it is given up when it is refused, fails, or takes too long; the last one is tried again
 * until the validity ends; the first step that arrives whole is the delivery, whichever it is.
 */
export class MessageModel {
  readonly shape: MessageShape;
  readonly parts: PartState[][];
  readonly told: Told[] = [];
  active = 0;
  /** `assumed`: nobody said that it failed, and the time is over. */
  end: 'open' | 'assumed' | 'final' = 'open';
  /** When the active step may be sent; null while it is not in a lane. */
  queuedAt: number | null;
  /** The steps that have arrived whole. */
  readonly #whole = new Set<number>();
  /** The steps that the provider is to be asked to take back. */
  readonly #unwanted = new Set<number>();
  #attempts = 0;
  /** When the active step has taken too long; null when nothing waits behind it. */
  #patienceEndsAt: number | null = null;

  constructor(shape: MessageShape) {
    this.shape = shape;
    this.parts = shape.steps.map((step) => Array.from({ length: step.parts }, () => 'waiting'));
    this.queuedAt = shape.acceptedAt;
    this.#startPatience(shape.acceptedAt);
  }

  /** How many channels have delivered it besides the first. */
  get deliveredAgain(): number {
    return Math.max(this.#whole.size - 1, 0);
  }

  submitted(step: number, part: number, outcome: SubmitOutcome, now: number): void {
    const state = this.#partOf(step, part);
    if (state !== 'waiting' && state !== 'in doubt') return;
    const isActive = step === this.active && this.end === 'open';
    if (outcome.kind === 'later') {
      if (!isActive) return;
      this.#set(step, part, 'waiting');
      const isFirstWaiting = this.#stepOf(step).indexOf('waiting') === part;
      this.#attempts = Math.max(this.#attempts + (isFirstWaiting ? 1 : 0), 1);
      this.#startPatience(now);
      const isEnough = outcome.attemptsMax !== null && this.#attempts >= outcome.attemptsMax;
      if (!this.#isLast || isEnough) {
        this.#giveUp('1', now);
        return;
      }
      const due = now + retryDelayMs(this.#attempts, this.shape.id);
      this.queuedAt = due < this.shape.expiresAt ? due : null;
      return;
    }
    if (outcome.kind === 'refused') {
      this.#set(step, part, 'failed');
      if (isActive) this.#giveUp('1', now);
      return;
    }
    this.#set(step, part, outcome.kind === 'accepted' ? 'sent' : 'in doubt');
    const isOvertaken = this.#whole.size > 0 && this.told.some((one) => one.startsWith('2'));
    // What nobody waits for any more arrived at the provider all the same.
    if (outcome.kind === 'accepted' && (step < this.active || isOvertaken)) {
      this.#unwanted.add(step);
    }
    if (!isActive || this.#stepOf(step).includes('waiting')) return;
    this.queuedAt = null;
    this.#startPatience(now);
    const isCertain = !this.#stepOf(step).includes('in doubt');
    if (outcome.kind === 'accepted' && isCertain && this.told.length === 0) this.told.push('0');
  }

  received(step: number, part: number, receipt: ReceiptState, now: number): void {
    const state = this.#partOf(step, part);
    if (receipt === 'enroute' || state === 'failed') return;
    if (receipt === 'delivered' || receipt === 'read') {
      if (state === 'read' || state === receipt) return;
      this.#set(step, part, receipt);
      if (this.#stepOf(step).every((one) => one === 'delivered' || one === 'read')) {
        this.#deliver(step);
      }
      return;
    }
    if (state === 'delivered' || state === 'read') return;
    this.#set(step, part, 'failed');
    if (step !== this.active) return;
    if (this.end === 'assumed') this.end = 'final';
    if (this.end === 'open') this.#giveUp(receipt === 'rejected' ? '1' : '3', now);
  }

  /** The sweeper looks. */
  looked(now: number): void {
    if (this.end !== 'open') return;
    const isUnsent = this.#stepOf(this.active).includes('waiting');
    if (now >= this.shape.expiresAt + (isUnsent ? 0 : receiptGraceMs)) {
      this.queuedAt = null;
      this.end = 'assumed';
      this.told.push('3');
    } else if (
      this.#patienceEndsAt !== null &&
      now >= this.#patienceEndsAt &&
      now < this.shape.expiresAt
    ) {
      this.#next(now);
    }
  }

  /** What the provider is asked to take back after one transaction, as "step/part". */
  takeRevoked(): string[] {
    const revoked = [...this.#unwanted].flatMap((step) =>
      this.#stepOf(step).flatMap((state, part) => (state === 'sent' ? [`${step}/${part}`] : [])),
    );
    this.#unwanted.clear();
    return revoked;
  }

  #deliver(step: number): void {
    this.#whole.add(step);
    const isDelivered = this.told.some((one) => one.startsWith('2'));
    if (this.end === 'final' && !isDelivered) return;
    if (!isDelivered) this.told.push(`2 by ${step}`);
    if (this.end === 'open') this.#unwanted.add(this.active);
    this.end = 'final';
    this.queuedAt = null;
    const isRead = this.#stepOf(step).every((one) => one === 'read');
    if (isRead && !this.told.some((one) => one.startsWith('4'))) this.told.push(`4 by ${step}`);
  }

  #giveUp(result: '1' | '3', now: number): void {
    if (!this.#isLast && now < this.shape.expiresAt) {
      this.#next(now);
      return;
    }
    this.queuedAt = null;
    this.end = 'final';
    this.told.push(result);
  }

  #next(now: number): void {
    this.#unwanted.add(this.active);
    this.active++;
    this.#attempts = 0;
    this.queuedAt = now;
    this.#startPatience(now);
  }

  get #isLast(): boolean {
    return this.active === this.shape.steps.length - 1;
  }

  /** Each step has its own time from its last news on, and none beyond the validity of the whole. */
  #startPatience(now: number): void {
    const timeoutMs = this.shape.steps[this.active]?.timeoutMs ?? null;
    const isLimited = timeoutMs !== null && !this.#isLast && now < this.shape.expiresAt;
    this.#patienceEndsAt = isLimited ? now + timeoutMs : null;
  }

  #stepOf(step: number): PartState[] {
    return this.parts[step] ?? [];
  }

  #partOf(step: number, part: number): PartState | undefined {
    return this.#stepOf(step)[part];
  }

  #set(step: number, part: number, state: PartState): void {
    this.#stepOf(step)[part] = state;
  }
}
