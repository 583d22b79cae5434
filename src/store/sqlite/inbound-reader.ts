import type { DatabaseSync } from 'node:sqlite';
import { isAnswerTo } from '../../core/inbound.ts';
import type {
  AnsweredMessage,
  AnsweredQuery,
  InboundHistory,
  InboundStore,
  LastHeard,
} from '../inbound-contract.ts';
import { CellReader } from './cells.ts';
import { readInbound } from './inbound-codec.ts';
import { envelopeColumns, readEnvelope } from './message-codec.ts';
import { Query } from './query.ts';
import { firstOf, msisdnKey, runOf } from './search-runs.ts';

type FindQuery = Parameters<InboundStore['find']>[0];
type HeardQuery = Parameters<InboundStore['lastHeard']>[0];

/** A search looks through at most so many runs of the search index: the newest four million messages. */
export const answeredRunsMax = 4096;

/** Reads what incoming messages answer, and incoming messages for people, on a connection that cannot write. */
export class InboundReader {
  readonly #part: Query;
  readonly #daysWithParts: Query;
  readonly #envelope: Query;
  readonly #newest: Query;
  readonly #acceptedAt: Query;
  readonly #lastNumber: Query;
  readonly #lastRun: Query;
  readonly #inRun: Query;
  readonly #lastHeard: Query;
  readonly #find: Query;
  readonly #waiting: Query;

  constructor(database: DatabaseSync) {
    const query = (sql: string): Query => new Query(database, sql);
    const columns = envelopeColumns.join(', ');
    this.#part = query('SELECT n FROM part WHERE day = ? AND provider_id = ? AND connection = ?');
    this.#daysWithParts = query('SELECT max(day) FROM part WHERE day < ?');
    this.#envelope = query(`SELECT ${columns} FROM message WHERE n = ?`);
    this.#newest = query(
      `SELECT ${columns} FROM message WHERE n BETWEEN ? AND ? AND msisdn = ? ORDER BY n DESC`,
    );
    this.#acceptedAt = query('SELECT accepted_at FROM message WHERE n >= ? ORDER BY n LIMIT 1');
    this.#lastNumber = query('SELECT max(n) FROM message');
    this.#lastRun = query('SELECT max(run) FROM search');
    this.#inRun = query('SELECT n FROM search WHERE run = ? AND key = ? ORDER BY n DESC');
    this.#lastHeard = query(
      `SELECT connection, handset, at FROM (
         SELECT connection, handset, at,
           row_number() OVER (PARTITION BY connection ORDER BY at DESC, handset) AS place
         FROM (
           SELECT head ->> 'connection' AS connection, handset, max(received_at) AS at
           FROM inbound INDEXED BY inbound_received
           WHERE received_at >= ?2 AND head ->> 'connection' IN (SELECT value FROM json_each(?1))
           GROUP BY 1, 2))
       WHERE place <= ?3 ORDER BY at, connection, handset`,
    );
    this.#find = query(
      `SELECT head, content FROM inbound WHERE account = ?1 AND id < ?2
         AND (?3 IS NULL OR handset = ?3) ORDER BY id DESC LIMIT ?4`,
    );
    this.#waiting = query('SELECT queue, attempts FROM inbound_queue WHERE id = ? ORDER BY queue');
  }

  answered(batch: readonly AnsweredQuery[]): (AnsweredMessage | null)[] {
    return batch.map((query) => this.#findNamed(query) ?? this.#findNewest(query));
  }

  lastHeard({ connections, since, limit }: HeardQuery): LastHeard[] {
    return this.#lastHeard.all(JSON.stringify(connections), since, limit).map((row) => {
      const cells = new CellReader(row);
      return { connection: cells.text(), from: cells.text(), at: cells.number() };
    });
  }

  find({ account, from, before, limit }: FindQuery): InboundHistory[] {
    // Every id is smaller than a letter behind the hexadecimal digits.
    return this.#find.all(account, before ?? 'g', from ?? null, limit).map((row) => {
      const message = readInbound(new CellReader(row));
      const waiting = this.#waiting.all(message.id).map((cells) => {
        const reader = new CellReader(cells);
        return { queue: reader.text(), attempts: reader.number() };
      });
      return { message, waiting };
    });
  }

  /** The message with the provider's id that was replied to. */
  #findNamed({ connection, context, accounts }: AnsweredQuery): AnsweredMessage | null {
    if (context === null) return null;
    let day = this.#daysWithParts.get(Number.MAX_SAFE_INTEGER)?.numberOrNull() ?? null;
    while (day !== null) {
      const n = this.#part.get(day, context, connection)?.number();
      const row = n === undefined ? undefined : this.#envelope.get(n);
      if (row !== undefined) {
        const { id, account, reference, groupings } = readEnvelope(row);
        if (accounts !== null && !accounts.includes(account)) return null;
        return { id, account, reference, groupings, isContext: true };
      }
      day = this.#daysWithParts.get(day)?.numberOrNull() ?? null;
    }
    return null;
  }

  #findNewest(query: AnsweredQuery): AnsweredMessage | null {
    for (const row of this.#toHandset(query)) {
      const envelope = readEnvelope(row);
      const { id, account, reference, groupings } = envelope;
      if (envelope.acceptedAt < query.since) return null;
      if (query.accounts !== null && !query.accounts.includes(account)) continue;
      if (isAnswerTo(query, envelope)) {
        return { id, account, reference, groupings, isContext: false };
      }
    }
    return null;
  }

  /** The messages to a handset, newest first: those without a run in place, then run by run. */
  *#toHandset({ from, since }: AnsweredQuery): IterableIterator<CellReader> {
    const lastRun = this.#lastRun.get()?.numberOrNull() ?? -1;
    const lastNumber = this.#lastNumber.get()?.numberOrNull() ?? 0;
    yield* this.#newest.each(firstOf(lastRun + 1), lastNumber, from);
    const oldest = runOf(this.#firstSince(since, lastNumber));
    const firstRun = Math.max(oldest, lastRun - answeredRunsMax + 1);
    const key = msisdnKey(from);
    for (let run = lastRun; run >= firstRun; run--) {
      for (const cells of this.#inRun.all(run, key)) {
        const row = this.#envelope.get(new CellReader(cells).number());
        if (row !== undefined) yield row;
      }
    }
  }

  /** The number of the first message that was accepted since then; numbers rise with time. */
  #firstSince(since: number, lastNumber: number): number {
    let low = 0;
    let high = lastNumber + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const acceptedAt = this.#acceptedAt.get(middle)?.number() ?? Number.POSITIVE_INFINITY;
      if (acceptedAt < since) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
