import type { DatabaseSync } from 'node:sqlite';
import { CellReader } from './cells.ts';
import { Query } from './query.ts';

/** So many message numbers make a run of the search index. */
export const runLength = 1024;
/** So many messages may wait for theirs while there is other work. */
const lagMax = 64 * runLength;

/** The run in which a message is found. */
export function runOf(n: number): number {
  return Math.floor(n / runLength);
}

/** The first number of a run. */
export function firstOf(run: number): number {
  return run * runLength;
}

/**
 * The search index as it is written. References and numbers come in no order: an ordinary index would dirty a page for
 * each of them (measured: 13 microseconds a row). A run is sorted first and appended, which costs a
 * tenth; a search then asks each run, newest first.
 */
export class SearchRuns {
  readonly #columns: Query;
  readonly #insert: Query;
  readonly #last: Query;
  readonly #first: Query;
  #next: number;

  constructor(database: DatabaseSync) {
    this.#columns = new Query(
      database,
      'SELECT n, account, msisdn, reference FROM message WHERE n BETWEEN ? AND ?',
    );
    this.#insert = new Query(database, 'INSERT INTO search VALUES (?, ?, ?)');
    this.#last = new Query(database, 'SELECT max(run) FROM search');
    this.#first = new Query(database, 'SELECT min(n) FROM message');
    this.#next = this.#findNext();
  }

  /** After a rollback: the last run may be gone. */
  recall(): void {
    this.#next = this.#findNext();
  }

  /** Whether the newest messages have waited long enough for their runs. */
  isBehind(lastNumber: number): boolean {
    return lastNumber - firstOf(this.#next) > lagMax;
  }

  /** Writes the next run if all of its messages are there. */
  makeRun(lastNumber: number): boolean {
    const run = this.#next;
    if (lastNumber < firstOf(run + 1)) return false;
    const accounts = new Set<string>();
    const entries: { key: string; n: number }[] = [];
    for (const row of this.#columns.all(firstOf(run), firstOf(run + 1) - 1)) {
      const cells = new CellReader(row);
      const n = cells.number();
      accounts.add(cells.text());
      entries.push({ key: msisdnKey(cells.text()), n });
      const reference = cells.textOrNull();
      if (reference !== null) entries.push({ key: referenceKey(reference), n });
    }
    // An account is only noted once a run: its messages are then read in place.
    for (const account of accounts) entries.push({ key: accountKey(account), n: 0 });
    entries.sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)));
    for (const { key, n } of entries) this.#insert.write(run, key, n);
    this.#next = run + 1;
    return true;
  }

  #findNext(): number {
    const last = this.#last.get()?.numberOrNull() ?? null;
    return last === null ? runOf(this.#first.get()?.numberOrNull() ?? 1) : last + 1;
  }
}

export function accountKey(account: string): string {
  return `a:${account}`;
}

export function msisdnKey(msisdn: string): string {
  return `m:${msisdn}`;
}

export function referenceKey(reference: string): string {
  return `r:${reference}`;
}
