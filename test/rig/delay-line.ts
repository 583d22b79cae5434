import { Deque } from '../../src/lib/deque.ts';

/**
 * Things that become due a fixed time after they were put in: with one delay for all, the order in
 * is the order out, so no heap and no timer per thing is needed.
 */
export class DelayLine<T> {
  readonly #line = new Deque<{ item: T; dueAt: number }>();

  get size(): number {
    return this.#line.size;
  }

  push(item: T, dueAt: number): void {
    this.#line.pushBack({ item, dueAt });
  }

  /** Takes the oldest thing if it is due, else undefined. */
  take(now: number): T | undefined {
    const head = this.#line.peek();
    if (head === undefined || head.dueAt > now) return undefined;
    this.#line.popFront();
    return head.item;
  }
}
