import { laneOf } from '../core/lane.ts';
import { part, partsOf } from '../core/lifecycle.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import { Deque } from '../lib/deque.ts';

/**
 * The steps of one connection that lie in memory, waiting for a bind to take them. A lane always
 * belongs to one slot, so that messages to one handset leave in order by the same bind.
 */
export class LaneBuffer {
  #slots: Deque<ReadyStep>[] = [new Deque()];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(step: ReadyStep): void {
    this.#slotOf(step).pushBack(step);
    this.#size++;
  }

  /** Puts steps back to where they were taken from: before everything else, in their order. */
  putBack(steps: readonly ReadyStep[]): void {
    const bySlot = new Map<Deque<ReadyStep>, ReadyStep[]>();
    for (const step of steps) {
      const slot = this.#slotOf(step);
      const list = bySlot.get(slot);
      if (list === undefined) bySlot.set(slot, [step]);
      else list.push(step);
    }
    for (const [slot, list] of bySlot) slot.pushFront(list);
    this.#size += steps.length;
  }

  /**
   * The oldest steps of slot `slot` of `slots` for which `isWanted` holds, up to `room` parts; the
   * last one may exceed it. Unwanted ones are dropped on the way.
   */
  take(
    slot: number,
    slots: number,
    room: number,
    isWanted: (step: ReadyStep) => boolean,
  ): ReadyStep[] {
    if (slots !== this.#slots.length) this.#spread(slots);
    const queue = this.#slots[slot];
    const taken: ReadyStep[] = [];
    if (queue === undefined) return taken;
    for (let left = room; left > 0; ) {
      const step = queue.popFront();
      if (step === undefined) break;
      this.#size--;
      if (!isWanted(step)) continue;
      taken.push(step);
      left -= countWaiting(step);
    }
    return taken;
  }

  #slotOf(step: ReadyStep): Deque<ReadyStep> {
    const index = laneOf(step.message.msisdn) % this.#slots.length;
    const slot = this.#slots[index];
    if (slot === undefined) throw new Error(`no slot ${index}`);
    return slot;
  }

  /** Binds came or went: the lanes are dealt out anew. Ids sort by time, so order holds. */
  #spread(slots: number): void {
    const all = this.#slots.flatMap((queue) => queue.drain());
    all.sort(compareReady);
    this.#slots = Array.from({ length: Math.max(1, slots) }, () => new Deque<ReadyStep>());
    for (const step of all) this.#slotOf(step).pushBack(step);
  }
}

/** The order of the store's queue: due time, then message id. */
export function compareReady(
  a: { due: number; message: { id: string } },
  b: { due: number; message: { id: string } },
): number {
  if (a.due !== b.due) return a.due - b.due;
  return a.message.id < b.message.id ? -1 : a.message.id > b.message.id ? 1 : 0;
}

/** How many parts of a step may still be sent. */
export function countWaiting(step: ReadyStep): number {
  let count = 0;
  for (const letter of partsOf(step.live, step.step)) if (letter === part.waiting) count++;
  return count;
}
