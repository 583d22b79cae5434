import type { Channel } from '../core/channel-names.ts';
import type { OptOut } from '../core/opt-out.ts';
import type { OptOutKey, OptOutStore } from '../store/inbound-contract.ts';

/** So many opt-outs are held in memory; see `OptOuts.add` for what is beyond. */
export const optOutsMax = 1_000_000;
const pageMax = 10_000;

/**
 * Who wants no messages of whom, in memory, because intake asks for every message and must not wait. What changes is
 * on disk first.
 */
export class OptOuts {
  readonly #store: OptOutStore;
  readonly #sizeMax: number;
  readonly #numbers = new Map<string, Set<string>>();
  #size = 0;
  #excess = 0;

  constructor(store: OptOutStore, sizeMax = optOutsMax) {
    this.#store = store;
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#size;
  }

  /** Opt-outs that are on disk and not honoured, for want of room. */
  get excess(): number {
    return this.#excess;
  }

  /** Reads all there are. */
  async load(): Promise<void> {
    let after: OptOut | null = null;
    for (;;) {
      const page: readonly OptOut[] = await this.#store.list({
        account: null,
        after,
        limit: pageMax,
      });
      for (const optOut of page) this.note(optOut);
      after = page.at(-1) ?? null;
      if (page.length < pageMax) return;
    }
  }

  has(account: string, channel: Channel, number: string): boolean {
    if (this.#size === 0) return false;
    return this.#numbers.get(listName(account, channel))?.has(number) ?? false;
  }

  /** Over the API: of one account, page by page. */
  list(query: Parameters<OptOutStore['list']>[0]): Promise<readonly OptOut[]> {
    return this.#store.list(query);
  }

  /** Over the API. False when there is no room: then nothing is written. */
  async add(batch: readonly OptOut[]): Promise<boolean> {
    if (this.#size + batch.length > this.#sizeMax) return false;
    await this.#store.put(batch);
    for (const optOut of batch) this.note(optOut);
    return true;
  }

  /** Over the API. Says of each whether it was there. */
  async remove(batch: readonly OptOutKey[]): Promise<readonly boolean[]> {
    const removed = await this.#store.remove(batch);
    for (const key of batch) this.forget(key);
    return removed;
  }

  /** One that the store has just committed. Beyond the limit it is counted and not honoured. */
  note({ account, channel, number }: OptOutKey): void {
    const name = listName(account, channel);
    const numbers = this.#numbers.get(name) ?? new Set();
    if (numbers.has(number)) return;
    if (this.#size >= this.#sizeMax) {
      this.#excess++;
      return;
    }
    this.#numbers.set(name, numbers.add(number));
    this.#size++;
  }

  /** One that the store has just removed. */
  forget({ account, channel, number }: OptOutKey): void {
    const name = listName(account, channel);
    const numbers = this.#numbers.get(name);
    if (numbers?.delete(number) !== true) return;
    this.#size--;
    if (numbers.size === 0) this.#numbers.delete(name);
  }
}

function listName(account: string, channel: Channel): string {
  return `${channel}\n${account}`;
}
