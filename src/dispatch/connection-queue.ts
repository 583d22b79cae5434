import type { PartOutcome } from '../channels/contract.ts';
import type { Live } from '../core/lifecycle.ts';
import { part, partsOf } from '../core/lifecycle.ts';
import type { Message, MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import { TransientMap } from '../lib/transient-map.ts';
import type { DispatchStore, ReadyCursor, SubmittedPart, UnsentPart } from '../store/contract.ts';
import { compareReady, countWaiting, LaneBuffer } from './lane-buffer.ts';

/** Steps of one connection that are kept in memory; the rest waits in the store. */
export const bufferedStepsMax = 4_000;

/** Messages that were sent without an answer, as far as they are remembered; beyond it none is moved any more. */
export const inDoubtMax = 10_000;

const pageSize = 1_000;
const allLanes = { first: 0, last: 63 } as const;

/**
 * One connection's queue: the in-memory head of its rows in the store.
 *
 * While it keeps up, freshly committed steps are offered to it and the store is never read. When
 * they no longer fit it falls behind: offers are passed over, and the rows are read by cursor
 * until the end is reached. Whoever holds the lanes' lease may do so, because nobody else takes
 * rows away. `held` names every step that is in memory or on its way, so reading a row twice is harmless.
 */
export class ConnectionQueue {
  readonly #store: DispatchStore;
  readonly #connection: string;
  /** Steps as they come from the store. */
  readonly #buffer = new LaneBuffer();
  /** Steps that may be sent: the same, or in no-duplicate mode those whose intent is on disk. */
  readonly #sendable: LaneBuffer;
  readonly #held = new TransientMap<string, Held>();
  /** Everything up to here has been read or held, but for what `#behind` names. */
  #cursor: ReadyCursor | null = null;
  #isCaughtUp = false;
  #isReading = false;
  /** Messages that were sent once without an answer and are not settled yet. */
  readonly #inDoubt = new Set<MessageId>();
  /**
   * Steps that were due before may have been sent by somebody else: an owner before us, or before
   * everything was forgotten. Epoch milliseconds.
   */
  movableFrom = 0;
  /** Messages that are kept back, with the steps that waited in memory. */
  readonly #withheld = new Map<MessageId, ReadyStep[]>();
  /** Offers that came while a page was being read; they may or may not be in it. */
  #meanwhile: ReadyStep[] = [];
  /** The lowest row that was passed over although the cursor was beyond it. */
  #behind: ReadyCursor | null = null;
  /** The earliest due time of a row in the future. */
  #nextDue = Number.POSITIVE_INFINITY;

  /** @param isIntending No-duplicate mode: a step is only handed out after its intent is on disk. */
  constructor(connection: string, store: DispatchStore, isIntending = false) {
    this.#connection = connection;
    this.#store = store;
    this.#sendable = isIntending ? new LaneBuffer() : this.#buffer;
  }

  get isIntending(): boolean {
    return this.#sendable !== this.#buffer;
  }

  /** Steps in memory that wait for a bind. */
  get waiting(): number {
    return this.#buffer.size + (this.isIntending ? this.#sendable.size : 0);
  }

  /** Steps in memory altogether, those at the operator without an answer included. */
  get held(): number {
    return this.#held.size;
  }

  /** Steps that were committed just now. */
  offer(steps: readonly ReadyStep[], now: number): void {
    if (this.#isReading) {
      this.#meanwhile.push(...steps);
      return;
    }
    for (const step of steps) this.#offerOne(step, now);
  }

  /** These steps were taken out of their lanes: they are not sent, or not sent again. */
  drop(steps: readonly { id: MessageId; step: number }[]): void {
    for (const { id, step } of steps) {
      const key = keyOf(id, step);
      const held = this.#held.get(key);
      if (held === undefined) continue;
      if (held.isBuffered) this.#held.delete(key);
      else held.isDropped = true;
    }
  }

  /**
   * Keeps a message back while it is decided whether it is to be sent at all: `readmit` it in any case.
   * False when a step of it is on its way already.
   */
  withhold({ id, plan }: Pick<Message, 'id' | 'plan'>): boolean {
    const held = plan.flatMap((_, step) => this.#held.get(keyOf(id, step)) ?? []);
    if (held.some(({ isBuffered }) => !isBuffered)) return false;
    for (const { step } of held) this.#held.delete(keyOf(id, step.step));
    const before = this.#withheld.get(id) ?? [];
    this.#withheld.set(id, [...before, ...held.map(({ step }) => step)]);
    return true;
  }

  /** The message is treated as all others again; what of it was dropped meanwhile stays away. */
  readmit(id: MessageId, isGone: boolean): void {
    const steps = this.#withheld.get(id);
    if (steps === undefined) return;
    this.#withheld.delete(id);
    if (isGone) return;
    for (const step of steps) {
      // A copy: the one that lies in the buffer since before is known by not being it.
      const copy = { ...step };
      this.#held.set(keyOf(id, step.step), newlyHeld(copy));
      this.#buffer.putBack([copy]);
    }
    // It may have been passed over while a page was read.
    this.reread();
  }

  /** All is read from the store again; what is held already stays as it is. */
  reread(): void {
    this.#isCaughtUp = false;
    this.#behind = { due: 0, id: '' };
  }

  /**
   * Whether a step that waits may be sent by another connection: nothing of it was sent, as far as can be
   * known. In no-duplicate mode what waits here may have its intent on disk, and stays.
   */
  mayMove({ message, due }: ReadyStep): boolean {
    if (this.isIntending || this.#inDoubt.size >= inDoubtMax) return false;
    return due >= this.movableFrom && !this.#inDoubt.has(message.id);
  }

  /** Steps for a bind; see `ConnectionPorts.take`. */
  take(slot: number, slots: number, room: number, now: number): ReadyStep[] {
    return this.#sendable.take(slot, slots, room, (step) => {
      const held = this.#heldIfSendable(step, now);
      if (held === null) return false;
      held.unanswered = countWaiting(step);
      held.isBuffered = false;
      return true;
    });
  }

  /**
   * No-duplicate mode: steps to record the intent of, before they can be taken. They count as waiting
   * in memory until `release` or `unclaim`.
   */
  claim(slot: number, slots: number, room: number, now: number): ReadyStep[] {
    return this.#buffer.take(slot, slots, room, (step) => this.#heldIfSendable(step, now) !== null);
  }

  /** The intent of claimed steps is on disk: they can be taken. */
  release(claimed: readonly ReadyStep[]): void {
    for (const step of claimed) this.#sendable.push(step);
  }

  /** The intent of claimed steps could not be recorded: they go back to the head of their lanes. */
  unclaim(claimed: readonly ReadyStep[]): void {
    this.#buffer.putBack(claimed);
  }

  /** Forgets the steps whose intent is on disk and that nobody took, and says which parts these are. */
  withdraw(): UnsentPart[] {
    const unsent: UnsentPart[] = [];
    if (!this.isIntending) return unsent;
    for (const { message, step } of this.#sendable.take(
      0,
      1,
      Number.POSITIVE_INFINITY,
      () => true,
    )) {
      const held = this.#held.get(keyOf(message.id, step));
      this.#held.delete(keyOf(message.id, step));
      const letters = held === undefined ? '' : partsOf(held.step.live, step);
      for (const [index, letter] of letters.split('').entries()) {
        if (letter === part.waiting) unsent.push({ id: message.id, step, part: index });
      }
    }
    return unsent;
  }

  /** What is known of a step that may be handed on; null when it must not be, and is forgotten. */
  #heldIfSendable(step: ReadyStep, now: number): Held | null {
    const key = keyOf(step.message.id, step.step);
    const held = this.#held.get(key);
    if (held === undefined || held.step !== step) return null;
    // Past its validity nothing is sent; the sweeper ends the message (spec "Validity period").
    if (now < step.message.expiresAt) return held;
    this.#held.delete(key);
    return null;
  }

  giveBack(steps: readonly ReadyStep[]): void {
    const wanted: ReadyStep[] = [];
    for (const step of steps) {
      const key = keyOf(step.message.id, step.step);
      const held = this.#held.get(key);
      if (held === undefined) continue;
      held.unanswered = 0;
      if (held.isDropped) {
        this.#held.delete(key);
        continue;
      }
      held.isBuffered = true;
      wanted.push(held.step);
    }
    this.#sendable.putBack(wanted);
  }

  /**
   * Notes what became of parts. Returns the facts to record; a step whose answers are complete and
   * that has parts to send again goes back to its lane.
   */
  answered(batch: readonly PartOutcome[]): SubmittedPart[] {
    const facts: SubmittedPart[] = [];
    const resent: ReadyStep[] = [];
    for (const one of batch) {
      const held = this.#held.get(keyOf(one.id, one.step));
      if ('resend' in one.outcome) {
        if (held !== undefined) held.isResent = true;
        if (this.#inDoubt.size < inDoubtMax) this.#inDoubt.add(one.id);
      } else {
        const { id, step, part: index, outcome } = one;
        facts.push({ id, step, part: index, connection: this.#connection, outcome });
        // Only a step of several parts can be sent again in part.
        const letter = sentAs[outcome.kind];
        if (held !== undefined && letter !== undefined && isMultipart(held.step)) {
          held.step = withSentPart(held.step, index, letter);
        }
      }
      if (held === undefined) continue;
      held.unanswered--;
      if (held.unanswered > 0 || !held.isResent) continue;
      held.isResent = false;
      if (held.isDropped) {
        this.#held.delete(keyOf(one.id, one.step));
        continue;
      }
      held.isBuffered = true;
      resent.push(held.step);
    }
    // Together and in their order, so that one handset's messages are not turned around.
    resent.sort(compareReady);
    this.#sendable.putBack(resent);
    return facts;
  }

  /** The facts are on disk: steps that are no longer in their lanes are let go. */
  recorded(facts: readonly SubmittedPart[]): void {
    for (const fact of facts) {
      if (fact.outcome.kind !== 'later') this.#inDoubt.delete(fact.id);
      const key = keyOf(fact.id, fact.step);
      const held = this.#held.get(key);
      if (held !== undefined && held.unanswered === 0 && !held.isBuffered) this.#held.delete(key);
    }
  }

  /** Forgets everything, for when the lease is lost: the lanes have another owner. */
  clear(): void {
    for (const [key, held] of this.#held) {
      if (held.isBuffered) this.#held.delete(key);
      else held.isDropped = true;
    }
    this.#buffer.take(0, 1, Number.POSITIVE_INFINITY, () => false);
    this.#sendable.take(0, 1, Number.POSITIVE_INFINITY, () => false);
    this.#cursor = null;
    this.#isCaughtUp = false;
  }

  /** Reads on from the store if there is need and room. Resolves with whether anything came in. */
  async refill(now: number): Promise<boolean> {
    if (this.#isCaughtUp && this.#nextDue <= now) {
      this.#isCaughtUp = false;
      this.#nextDue = Number.POSITIVE_INFINITY;
    }
    if (this.#isCaughtUp || this.#isReading || this.#buffer.size > bufferedStepsMax - pageSize) {
      return false;
    }
    this.#isReading = true;
    try {
      const page = await this.#store.readReady({
        connection: this.#connection,
        lanes: allLanes,
        after: this.#cursor,
        now,
        limit: pageSize,
      });
      let isNew = false;
      for (const step of page) isNew = this.#hold(step) || isNew;
      const last = page.at(-1);
      if (last !== undefined) this.#cursor = { due: last.due, id: last.message.id };
      if (page.length < pageSize) this.#reachEnd();
      return isNew || page.length === pageSize;
    } finally {
      this.#isReading = false;
      const meanwhile = this.#meanwhile;
      this.#meanwhile = [];
      this.offer(meanwhile, now);
    }
  }

  #offerOne(step: ReadyStep, now: number): void {
    if (step.due > now) {
      this.#nextDue = Math.min(this.#nextDue, step.due);
      return;
    }
    if (this.#isCaughtUp && this.#buffer.size < bufferedStepsMax) {
      this.#hold(step);
      return;
    }
    this.#isCaughtUp = false;
    // Commits may overtake each other, so a row can lie before the cursor and still be new.
    const place = { due: step.due, message: { id: step.message.id } };
    if (this.#cursor === null || compareReady(place, asPlace(this.#cursor)) > 0) return;
    if (this.#behind === null || compareReady(place, asPlace(this.#behind)) <= 0) {
      this.#behind = { due: step.due - 1, id: '' };
    }
  }

  #reachEnd(): void {
    if (this.#behind === null) {
      this.#isCaughtUp = true;
      return;
    }
    this.#cursor = this.#behind;
    this.#behind = null;
  }

  #hold(step: ReadyStep): boolean {
    const key = keyOf(step.message.id, step.step);
    if (this.#held.has(key) || this.#withheld.has(step.message.id)) return false;
    this.#held.set(key, newlyHeld(step));
    this.#buffer.push(step);
    return true;
  }
}

interface Held {
  step: ReadyStep;
  /** Parts that were handed to the connection and have no outcome yet. */
  unanswered: number;
  /** It lies in the buffer; otherwise it is at the operator or its answers are on their way to disk. */
  isBuffered: boolean;
  /** At least one part's answer did not come; the step is sent again when the others are known. */
  isResent: boolean;
  /** It was taken out of its lane while it was at the operator. */
  isDropped: boolean;
}

function newlyHeld(step: ReadyStep): Held {
  return { step, unanswered: 0, isBuffered: true, isResent: false, isDropped: false };
}

function keyOf(id: MessageId, step: number): string {
  return step === 0 ? id : `${id}/${step}`;
}

function asPlace(cursor: ReadyCursor): { due: number; message: { id: string } } {
  return { due: cursor.due, message: { id: cursor.id } };
}

function isMultipart(step: ReadyStep): boolean {
  return (step.message.plan[step.step]?.parts ?? 1) > 1;
}

/** What becomes of a part that is not sent again, whatever happens to the others of its step. */
const sentAs: Readonly<Partial<Record<string, string>>> = {
  accepted: part.enroute,
  unknown: part.inDoubt,
};

function withSentPart(step: ReadyStep, index: number, letter: string): ReadyStep {
  const letters = partsOf(step.live, step.step);
  const marked = letters.slice(0, index) + letter + letters.slice(index + 1);
  const progress = step.live.progress.split('/').with(step.step, marked).join('/');
  const live: Live = { ...step.live, progress };
  return { ...step, live };
}
