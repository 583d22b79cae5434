import { indexOfText } from '../rig/message-index.ts';
import { isEnd } from './call-rules.ts';
import type { StormLedger } from './ledger.ts';

/** Which messages are on their way: acknowledged or submitted, and their end not yet taken by the endpoint. */
export class OpenMessages {
  readonly #open = new Set<number>();
  readonly #recent = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #read = { acknowledged: 0, submits: 0, calls: 0 };

  get size(): number {
    return this.#open.size;
  }

  /** Those that became open since the last `startOver`: what was lost before does not count. */
  get recent(): number {
    return this.#recent.size;
  }

  startOver(): void {
    this.#recent.clear();
  }

  /** Reads on in the ledger from where the last call stopped. */
  update({ acknowledged, submits, calls }: StormLedger): void {
    const read = this.#read;
    for (; read.calls < calls.length; read.calls += 1) {
      const call = calls[read.calls];
      if (call?.answer !== 200 || !isEnd(call.status)) continue;
      const index = indexOfText(call.reference);
      this.#ended.add(index);
      this.#open.delete(index);
      this.#recent.delete(index);
    }
    for (; read.acknowledged < acknowledged.length; read.acknowledged += 1) {
      this.#note(acknowledged[read.acknowledged]?.index ?? -1);
    }
    for (; read.submits < submits.length; read.submits += 1) {
      this.#note(indexOfText(submits[read.submits]?.destination ?? ''));
    }
  }

  #note(index: number): void {
    if (this.#ended.has(index) || this.#open.has(index)) return;
    this.#open.add(index);
    this.#recent.add(index);
  }
}
