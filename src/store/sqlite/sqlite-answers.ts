import type { DatabaseSync } from 'node:sqlite';
import type { Once } from '../contract.ts';
import type { AnswerRows, StoredAnswer } from '../once.ts';
import { readAnswer } from './answer-codec.ts';
import { CellReader } from './cells.ts';
import { Query } from './query.ts';

/** The kept answers in SQLite. One instance, on the thread that writes. */
export class SqliteAnswers implements AnswerRows {
  readonly #find: Query;
  readonly #count: Query;
  readonly #insert: Query;
  readonly #delete: Query;
  readonly #oldest: Query;
  /** Answers of each account that has been asked for. */
  readonly #counts = new Map<string, number>();

  constructor(database: DatabaseSync) {
    const query = (sql: string): Query => new Query(database, sql);
    this.#find = query(
      `SELECT fingerprint, expires_at, status, headers, body FROM answer
       WHERE account = ? AND key = ?`,
    );
    this.#count = query('SELECT count(*) FROM answer WHERE account = ?');
    this.#insert = query('INSERT INTO answer VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
    this.#delete = query('DELETE FROM answer WHERE account = ? AND key = ?');
    // All live equally long, so the oldest expire first.
    this.#oldest = query('SELECT expires_at, account, key FROM answer ORDER BY number LIMIT ?');
  }

  /** After a rollback: what was counted may not be there. */
  recall(): void {
    this.#counts.clear();
  }

  findAnswer(account: string, key: string): StoredAnswer | undefined {
    const row = this.#find.get(account, key);
    if (row === undefined) return undefined;
    return { fingerprint: row.text(), expiresAt: row.number(), answer: readAnswer(row) };
  }

  countAnswers(account: string): number {
    const known = this.#counts.get(account);
    if (known !== undefined) return known;
    const count = this.#count.get(account)?.number() ?? 0;
    this.#counts.set(account, count);
    return count;
  }

  putAnswer({ account, key, fingerprint, expiresAt, answer }: Once): void {
    this.#remove(account, key);
    const count = this.countAnswers(account);
    const { status, headers, body } = answer;
    this.#insert.write(account, key, fingerprint, expiresAt, status, JSON.stringify(headers), body);
    this.#counts.set(account, count + 1);
  }

  dropAnswers(now: number, limit: number): number {
    let dropped = 0;
    for (const row of this.#oldest.all(limit)) {
      const cells = new CellReader(row);
      if (cells.number() > now) continue;
      this.#remove(cells.text(), cells.text());
      dropped++;
    }
    return dropped;
  }

  #remove(account: string, key: string): void {
    const count = this.countAnswers(account);
    this.#counts.set(account, count - this.#delete.run(account, key));
  }
}
