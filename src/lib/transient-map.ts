/** Deletions after which the entries move to a new table. */
const renewAfter = 256;

/**
 * A map whose entries come and go within moments, thousands of them a second: what waits for an answer.
 *
 * It keeps its entries in the order in which they were set, as `Map` does, but moves them to a new `Map` now and then. V8
 * lays the table of a `Map` that lives long among the old objects, and each table that it leaves behind full of entries
 * keeps them from being collected with the young ones until the next full collection: every entry of a busy map
 * would grow old. With that, the gateway made three times as many full collections.
 */
export class TransientMap<Key, Value> {
  #entries = new Map<Key, Value>();
  #deleted = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    if (!this.#entries.delete(key)) return false;
    // Not before most entries are others, so that each is moved about once.
    if (++this.#deleted >= renewAfter && this.#deleted >= this.#entries.size) {
      this.#deleted = 0;
      this.#entries = new Map(this.#entries);
    }
    return true;
  }

  /** Takes everything out, in order. */
  drain(): Value[] {
    const values = [...this.#entries.values()];
    this.#entries = new Map();
    this.#deleted = 0;
    return values;
  }

  /** In order. What is deleted meanwhile may still come. */
  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#entries[Symbol.iterator]();
  }
}
