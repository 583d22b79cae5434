/** Things to do, by the time they are due; equal times leave in the order they came. */
export interface DueQueue<T extends object> {
  readonly size: number;
  /** The due time of the next item; null when there is none. */
  nextDue(): number | null;
  push(due: number, item: T): void;
  /** Takes the next item out if it is due at `now`; null when nothing is. */
  take(now: number): T | null;
  clear(): void;
}

interface Entry<T> {
  readonly due: number;
  readonly order: number;
  readonly item: T;
}

/** A binary heap, so that many thousand deliveries share one timer. */
export function createDueQueue<T extends object>(): DueQueue<T> {
  let heap: Entry<T>[] = [];
  let order = 0;

  function take(now: number): T | null {
    const first = heap[0];
    if (first === undefined || first.due > now) return null;
    const last = heap.pop();
    if (last !== undefined && last !== first) sinkFromTop(last);
    return first.item;
  }

  /** Puts `entry` where the first one was and lets it sink to its place. */
  function sinkFromTop(entry: Entry<T>): void {
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      if (left === undefined) break;
      const right = heap[2 * index + 2];
      const takeRight = right !== undefined && isBefore(right, left);
      const child = takeRight ? right : left;
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      index = 2 * index + (takeRight ? 2 : 1);
    }
    heap[index] = entry;
  }

  return {
    get size() {
      return heap.length;
    },
    nextDue: () => heap[0]?.due ?? null,
    push(due, item) {
      const entry = { due, order: order++, item };
      let index = heap.length;
      while (index > 0) {
        const above = (index - 1) >> 1;
        const parent = heap[above];
        if (parent === undefined || !isBefore(entry, parent)) break;
        heap[index] = parent;
        index = above;
      }
      heap[index] = entry;
    },
    take,
    clear() {
      heap = [];
    },
  };
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
