import type { DatabaseSync } from 'node:sqlite';
import type { MessageId } from '../../core/message.ts';
import type { HistoryStore, MessageEvent, MessageHistory } from '../contract.ts';
import { listEvents, type ReportRecord } from '../history.ts';
import { CellReader } from './cells.ts';
import {
  contentColumns,
  envelopeColumns,
  liveColumns,
  readLive,
  readMessage,
} from './message-codec.ts';
import { Query } from './query.ts';
import { accountKey, firstOf, msisdnKey, referenceKey } from './search-runs.ts';
import { isReceiptState, readError, readStatus } from './words.ts';

type FindQuery = Parameters<HistoryStore['find']>[0];

/** One message, or the newest that match. */
export type HistoryQuestion = { id: MessageId } | { find: FindQuery };

/** Reads messages for people, on a connection that cannot write. */
export class HistoryReader {
  readonly #byId: Query;
  readonly #byNumber: Query;
  readonly #events: Query;
  readonly #reports: Query;
  readonly #matching: Query;
  readonly #firstRun: Query;
  readonly #lastRun: Query;
  readonly #inRun: Query;

  constructor(database: DatabaseSync) {
    const query = (sql: string): Query => new Query(database, sql);
    const columns = [
      ...envelopeColumns.map((column) => `message.${column}`),
      ...contentColumns.map((column) => `body.${column}`),
      ...liveColumns.map((column) => `state.${column}`),
    ].join(', ');
    const rows = `SELECT n, ${columns}
      FROM message CROSS JOIN state USING (n) LEFT JOIN body USING (n)`;
    this.#byId = query(`${rows} WHERE message.id = ?`);
    this.#byNumber = query(`${rows} WHERE n = ?`);
    this.#events = query('SELECT at, step, part, state, error, detail FROM event WHERE n = ?');
    this.#reports = query(
      'SELECT status, error, created_at, step, told_at, http_status FROM report WHERE n = ?',
    );
    this.#matching = query(
      `SELECT n FROM message WHERE n BETWEEN ?1 AND ?2
         AND (?3 IS NULL OR account = ?3) AND (?4 IS NULL OR msisdn = ?4)
         AND (?5 IS NULL OR reference = ?5)
       ORDER BY n DESC LIMIT ?6`,
    );
    // Asked for together they would be looked for in every row.
    this.#firstRun = query('SELECT min(run) FROM search');
    this.#lastRun = query('SELECT max(run) FROM search');
    this.#inRun = query('SELECT n FROM search WHERE run = ? AND key = ? ORDER BY n DESC');
  }

  answer(question: HistoryQuestion): MessageHistory[] {
    if ('find' in question) return this.#find(question.find);
    const row = this.#byId.get(question.id);
    return row === undefined ? [] : [this.#history(row)];
  }

  #find(query: FindQuery): MessageHistory[] {
    const found: MessageHistory[] = [];
    for (const n of this.#findNumbers(query)) {
      if (found.length >= query.limit) break;
      const row = this.#byNumber.get(n);
      if (row !== undefined) found.push(this.#history(row));
    }
    return found;
  }

  /** Numbers of matching messages, newest first: those without a run in place, then run by run. */
  *#findNumbers(query: FindQuery): IterableIterator<number> {
    const firstRun = this.#firstRun.get()?.numberOrNull() ?? 0;
    const lastRun = this.#lastRun.get()?.numberOrNull() ?? -1;
    yield* this.#match(query, firstOf(lastRun + 1), Number.MAX_SAFE_INTEGER);
    const key = keyOf(query);
    if (key === null) {
      yield* this.#match(query, 0, firstOf(lastRun + 1) - 1);
      return;
    }
    for (let run = lastRun; run >= firstRun; run--) {
      for (const row of this.#inRun.all(run, key)) {
        const n = new CellReader(row).number();
        if (n === 0) yield* this.#match(query, firstOf(run), firstOf(run + 1) - 1);
        else yield* this.#match(query, n, n);
      }
    }
  }

  *#match(query: FindQuery, first: number, last: number): IterableIterator<number> {
    const { account = null, msisdn = null, reference = null, limit } = query;
    for (const row of this.#matching.all(first, last, account, msisdn, reference, limit)) {
      yield new CellReader(row).number();
    }
  }

  #history(row: CellReader): MessageHistory {
    const n = row.number();
    const message = readMessage(row);
    const live = readLive(row);
    const events = this.#events.all(n).map((cells) => readEvent(new CellReader(cells)));
    const reports = this.#reports.all(n).map((cells) => readRecord(new CellReader(cells)));
    return { message, live, events: listEvents(events, reports) };
  }
}

/** The key that narrows a search most; null when everything matches. */
function keyOf({ account, msisdn, reference }: FindQuery): string | null {
  if (reference !== undefined) return referenceKey(reference);
  if (msisdn !== undefined) return msisdnKey(msisdn);
  return account === undefined ? null : accountKey(account);
}

function readEvent(cells: CellReader): MessageEvent {
  const at = cells.number();
  const step = cells.number();
  const part = cells.number();
  const state = cells.text();
  const kind = isReceiptState(state) ? 'receipt' : 'submitted';
  return { at, kind, step, part, state, error: cells.number(), detail: cells.text() };
}

function readRecord(cells: CellReader): ReportRecord {
  const status = readStatus(cells.number());
  const error = readError(cells.number());
  const createdAt = cells.number();
  const step = cells.number();
  const toldAt = cells.numberOrNull();
  const httpStatus = cells.numberOrNull() ?? 0;
  const told = toldAt === null ? null : { at: toldAt, httpStatus };
  return { report: { status, error, createdAt }, step, told };
}
