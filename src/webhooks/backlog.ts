import { Deque } from '../lib/deque.ts';
import type { OutboxReport } from '../store/contract.ts';

/** Reports of one queue that are held in memory; the rest waits in the store. */
export const heldMax = 2_000;
/** Reports that are read from the store at a time. */
export const pageMax = 500;

/** What a backlog looks at in a row. */
export interface QueueRow {
  readonly due: number;
  readonly sequence: number;
  readonly isFollowing?: boolean;
}

/** A report in memory, from when it was read or offered until its T4 is on disk. */
export interface Held<Row = OutboxReport> {
  readonly row: Row;
  /** Monotonic milliseconds of the call that is under way. */
  startedAt: number;
  /** The next report of the same message: it waits until this one is told. */
  next: Held<Row> | null;
}

interface Cursor {
  readonly due: number;
  readonly sequence: number;
}

/** How many reports all queues hold together. */
export interface Budget {
  held: number;
  readonly heldMax: number;
}

/**
 * The head of one outbox queue. Everything at or before the cursor is held here, told, or due later. A report
 * that comes by `offer` is taken only while nothing that is due waits unread in the store, and no earlier
 * report of its message does. At most one report of a message is handed out. (Incoming messages wait in the
 * same way; each is the only one with its key.)
 */
export class Backlog<Row extends QueueRow = OutboxReport> {
  readonly #budget: Budget;
  /** The first held report of each message, handed out or not; the others hang behind it. */
  readonly #heads = new Map<string, Held<Row>>();
  readonly #ready = new Deque<Held<Row>>();
  readonly #keyOf: (row: Row) => string;
  #size = 0;
  #cursor: Cursor | null = null;
  #isCaughtUp: boolean;
  #reading: Reading<Row> | null = null;

  /**
   * @param isCaughtUp whether the store is known to hold nothing of this queue.
   * @param keyOf the message of a row: rows with the same one go out one after the other.
   */
  constructor(budget: Budget, isCaughtUp: boolean, keyOf: (row: Row) => string) {
    this.#budget = budget;
    this.#isCaughtUp = isCaughtUp;
    this.#keyOf = keyOf;
  }

  /** Reports held, handed out or not. */
  get size(): number {
    return this.#size;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Whether reports that are due may wait unread in the store. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  get isReading(): boolean {
    return this.#reading !== null;
  }

  /** Whether a page would find room. */
  get hasRoom(): boolean {
    return this.size + pageMax <= heldMax && this.#budget.held + pageMax <= this.#budget.heldMax;
  }

  /** A report that was just put into the outbox and is due. Not taken: it is read back later. */
  offer(row: Row): void {
    if (this.#reading !== null) this.#reading.offered.push(row);
    else if (this.#mayTake(row)) this.#add(row);
    else this.#leaveInStore(row);
  }

  /** A report whose earlier one is in the store and not held here would overtake it. */
  #mayTake(row: Row): boolean {
    if (!this.#isCaughtUp || this.#isFull()) return false;
    return row.isFollowing !== true || this.#heads.has(this.#keyOf(row));
  }

  /** The next report to deliver; its message has no other one out. */
  peek(): Held<Row> | undefined {
    return this.#ready.peek();
  }

  /** Hands the next report out. */
  next(): Held<Row> | undefined {
    return this.#ready.popFront();
  }

  /** Its T4 is on disk: the next report of the message may go. */
  told(held: Held<Row>): void {
    this.#reading?.told.add(held.row.sequence);
    this.#count(-1);
    const key = this.#keyOf(held.row);
    if (held.next === null) {
      this.#heads.delete(key);
    } else {
      this.#heads.set(key, held.next);
      this.#ready.pushBack(held.next);
    }
  }

  /** The store has put all reports of its message off. */
  postponed(held: Held<Row>): void {
    this.#reading?.postponed.add(this.#keyOf(held.row));
    this.#forget(held);
  }

  /** Forgets all that is not under way; it is in the store. */
  drop(): void {
    for (const held of this.#ready.drain()) this.#forget(held);
    for (const head of this.#heads.values()) {
      this.#count(-chainLength(head.next));
      head.next = null;
    }
    this.readAgain();
  }

  /** Distrusts the cursor: everything is read from the start, and what is held already is passed over. */
  readAgain(): void {
    this.#cursor = null;
    this.#isCaughtUp = false;
    this.#reading = null;
  }

  /** Begins a read; the page goes into `endRead` together with what this returns. */
  beginRead(): Reading<Row> {
    const after = this.#cursor;
    this.#reading = { after, told: new Set(), postponed: new Set(), offered: [] };
    return this.#reading;
  }

  /** Takes a page in, unless everything was dropped in the meantime. */
  endRead(reading: Reading<Row>, page: readonly Row[]): void {
    if (this.#reading !== reading) return;
    this.#reading = null;
    for (const row of page) {
      // The page may be older than what has become of its rows since it was asked for.
      const isStale = reading.told.has(row.sequence) || reading.postponed.has(this.#keyOf(row));
      if (!isStale) this.#add(row);
    }
    const last = page.at(-1);
    if (last !== undefined) this.#cursor = { due: last.due, sequence: last.sequence };
    this.#isCaughtUp = page.length < pageMax;
    for (const row of reading.offered) {
      if (!reading.postponed.has(this.#keyOf(row))) this.offer(row);
    }
  }

  /** A read that failed leaves everything as it was, to be read again. */
  failRead(reading: Reading<Row>): void {
    if (this.#reading !== reading) return;
    this.#reading = null;
    this.#isCaughtUp = false;
    for (const row of reading.offered) this.#leaveInStore(row);
  }

  #add(row: Row): void {
    const key = this.#keyOf(row);
    const head = this.#heads.get(key);
    if (head !== undefined && isInChain(head, row.sequence)) return;
    const held: Held<Row> = { row, startedAt: 0, next: null };
    this.#count(1);
    if (head === undefined) {
      this.#heads.set(key, held);
      this.#ready.pushBack(held);
    } else {
      insertBehind(head, held);
    }
  }

  #isFull(): boolean {
    return this.size >= heldMax || this.#budget.held >= this.#budget.heldMax;
  }

  #leaveInStore(row: Row): void {
    this.#isCaughtUp = false;
    const cursor = this.#cursor;
    if (cursor === null || row.due > cursor.due) return;
    if (row.due === cursor.due && row.sequence > cursor.sequence) return;
    this.#cursor = { due: row.due, sequence: row.sequence - 1 };
  }

  #forget(head: Held<Row>): void {
    this.#heads.delete(this.#keyOf(head.row));
    this.#count(-chainLength(head));
  }

  #count(change: number): void {
    this.#size += change;
    this.#budget.held += change;
  }
}

/** A read that is under way, and what happens meanwhile. */
export interface Reading<Row = OutboxReport> {
  readonly after: Cursor | null;
  readonly told: Set<number>;
  /** By key. */
  readonly postponed: Set<string>;
  readonly offered: Row[];
}

/** Into the chain behind the head, by sequence. */
function insertBehind<Row extends QueueRow>(head: Held<Row>, held: Held<Row>): void {
  let before = head;
  while (before.next !== null && before.next.row.sequence < held.row.sequence) before = before.next;
  held.next = before.next;
  before.next = held;
}

function isInChain<Row extends QueueRow>(head: Held<Row>, sequence: number): boolean {
  for (let each: Held<Row> | null = head; each !== null; each = each.next) {
    if (each.row.sequence === sequence) return true;
  }
  return false;
}

function chainLength<Row>(head: Held<Row> | null): number {
  let length = 0;
  for (let each = head; each !== null; each = each.next) length++;
  return length;
}
