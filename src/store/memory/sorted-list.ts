/** Items in order, found by binary search. Two items never compare as equal. */
export class SortedList<Item> {
  readonly #compare: (left: Item, right: Item) => number;
  readonly #items: Item[] = [];

  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    this.#items.splice(this.#indexAfter(item), 0, item);
  }

  /** Removes the item that compares as equal; false when there is none. */
  remove(item: Item): boolean {
    const index = this.#indexAfter(item) - 1;
    const found = this.#items[index];
    if (found === undefined || this.#compare(found, item) !== 0) return false;
    this.#items.splice(index, 1);
    return true;
  }

  /** The items behind `after`, which need not be in the list; all of them for null. */
  *from(after: Item | null): IterableIterator<Item> {
    const start = after === null ? 0 : this.#indexAfter(after);
    for (let index = start; index < this.#items.length; index++) {
      const item = this.#items[index];
      if (item !== undefined) yield item;
    }
  }

  #indexAfter(item: Item): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#items[middle];
      if (other !== undefined && this.#compare(other, item) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
