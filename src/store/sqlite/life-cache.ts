import type { Live } from '../../core/lifecycle.ts';
import type { MessageId } from '../../core/message.ts';
import type { Envelope, Life } from '../rows.ts';

/** A message as the writer holds it: its row in `message` and its row in `state`. */
export interface HeldLife extends Life {
  readonly n: number;
  readonly envelope: Envelope;
  live: Live;
  /** The step that is in a lane and when it is due there. */
  queued: { readonly step: number; readonly due: number } | null;
  wake: number | null;
  /** What must be written before the commit. */
  pending: 'none' | 'insert' | 'update';
  hasMovedLane: boolean;
  hasMovedWake: boolean;
}

/**
 * The messages that were touched last. A message's transactions follow each other within seconds, so
 * most find it here and read nothing. Only the thread that writes may keep one; after a rollback it is cleared.
 *
 * Two generations stand for an exact order of use: when the young one is full, the old one is dropped.
 */
export class LifeCache {
  readonly #generationMax: number;
  #young = new Map<MessageId, HeldLife>();
  #old = new Map<MessageId, HeldLife>();

  constructor(generationMax: number) {
    this.#generationMax = generationMax;
  }

  get(id: MessageId): HeldLife | undefined {
    const young = this.#young.get(id);
    if (young !== undefined) return young;
    const old = this.#old.get(id);
    if (old !== undefined) this.set(id, old);
    return old;
  }

  set(id: MessageId, life: HeldLife): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, life);
  }

  delete(id: MessageId): void {
    this.#young.delete(id);
    this.#old.delete(id);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
