import type { Live } from '../../core/lifecycle.ts';
import type { MessageId } from '../../core/message.ts';
import type { Envelope, Life } from '../rows.ts';

/** A message as the writer holds it: its row in `message` and its row in `state`. */
export interface HeldLife extends Life {
  readonly n: number;
  envelope: Envelope;
  live: Live;
  /** The step that is in a lane and when it is due there. */
  queued: { readonly step: number; readonly due: number } | null;
  wake: number | null;
  /** What must be written before the commit. */
  pending: 'none' | 'insert' | 'update';
  hasMovedLane: boolean;
  hasMovedWake: boolean;
  /** Whether step, attempts or last error differ from what is written; most changes leave them alone. */
  hasNewStep: boolean;
}

/**
 * The messages that were touched last. A message's transactions follow each other within seconds, so
 * most find it here and read nothing. Only the thread that writes may keep one; after a rollback it is cleared.
 *
 * Two generations stand for an exact order of use: when the young one is full, the old one is dropped.
 */
export class LifeCache {
  readonly #generationMax: number;
  #young = new Generation();
  #old = new Generation();
  /** One message is asked for many times in a row. */
  #last: HeldLife | undefined;

  constructor(generationMax: number) {
    this.#generationMax = generationMax;
  }

  get(id: MessageId): HeldLife | undefined {
    if (this.#last?.envelope.id === id) return this.#last;
    const young = this.#young.byId.get(id);
    return this.#use(young, young === undefined ? this.#old.byId.get(id) : undefined);
  }

  getByNumber(n: number): HeldLife | undefined {
    if (this.#last?.n === n) return this.#last;
    const young = this.#young.byNumber.get(n);
    return this.#use(young, young === undefined ? this.#old.byNumber.get(n) : undefined);
  }

  add(life: HeldLife): void {
    if (this.#young.byId.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.byId.set(life.envelope.id, life);
    this.#young.byNumber.set(life.n, life);
    this.#last = life;
  }

  delete(id: MessageId): void {
    const life = this.get(id);
    for (const generation of [this.#young, this.#old]) {
      generation.byId.delete(id);
      if (life !== undefined) generation.byNumber.delete(life.n);
    }
    this.#last = undefined;
  }

  clear(): void {
    this.#young = new Generation();
    this.#old = new Generation();
    this.#last = undefined;
  }

  #use(young: HeldLife | undefined, old: HeldLife | undefined): HeldLife | undefined {
    if (young !== undefined) this.#last = young;
    else if (old !== undefined) this.add(old);
    return young ?? old;
  }
}

class Generation {
  readonly byId = new Map<MessageId, HeldLife>();
  readonly byNumber = new Map<number, HeldLife>();
}
