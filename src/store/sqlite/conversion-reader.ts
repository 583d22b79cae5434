import type { DatabaseSync } from 'node:sqlite';
import type {
  Conversion,
  ConversionCounts,
  ConversionQuery,
  CountsQuery,
  GroupingCounts,
  RouteCounts,
} from '../conversion-contract.ts';
import { tallyHourMs } from '../rows.ts';
import { CellReader } from './cells.ts';
import { readGroupings } from './message-codec.ts';
import { Query } from './query.ts';

/** Reads conversions for people, on a connection that cannot write. */
export class ConversionReader {
  readonly #database: DatabaseSync;
  readonly #queries = new Map<string, Query>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(query: ConversionQuery): Conversion[] {
    const { account, reference, msisdn, messageId, before, limit } = query;
    const wanted: [condition: string, value: string | number | undefined][] = [
      ['account = ?', account],
      ['reference = ?', reference],
      ['msisdn = ?', msisdn],
      ['message_id = ?', messageId],
      ['sequence < ?', before],
    ];
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    for (const [condition, value] of wanted) {
      if (value === undefined) continue;
      conditions.push(condition);
      values.push(value);
    }
    // What is absent is an empty text, which nobody looks for.
    if (reference === '' || msisdn === '') return [];
    const sql = `SELECT sequence, account, reference, msisdn, converted_at, notified_at, received_at,
        message_id, counted_at, connection, operator, grouping1, grouping2, grouping3
      FROM conversion WHERE ${conditions.join(' AND ')} ORDER BY sequence DESC LIMIT ?`;
    return this.#all(sql, ...values, limit).map(readConversion);
  }

  counts({ account, from, until, groupingsMax }: CountsQuery): ConversionCounts {
    const first = Math.ceil(from / tallyHourMs);
    const last = Math.ceil(until / tallyHourMs) - 1;
    const routes = this.#all(
      `SELECT connection, operator, sum(sent), sum(delivered), sum(converted) FROM tally
       WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR account = ?3)
       GROUP BY connection, operator ORDER BY connection, operator`,
      first,
      last,
      account,
    );
    const groupings = this.#all(
      `SELECT groupings, sum(sent), sum(delivered), sum(converted) FROM grouping_tally
       WHERE hour BETWEEN ?1 AND ?2 AND (?3 IS NULL OR account = ?3)
       GROUP BY groupings ORDER BY 4 DESC, 2 DESC, groupings LIMIT ?4`,
      first,
      last,
      account,
      groupingsMax,
    );
    const hours = [first * tallyHourMs, (last + 1) * tallyHourMs];
    const window = account === null ? hours : [...hours, account];
    const inWindow = `counted_at >= ? AND counted_at < ?${account === null ? '' : ' AND account = ?'}`;
    const [unmatched] = this.#all(
      `SELECT count(*) FROM conversion WHERE message_id IS NULL AND ${inWindow}`,
      ...window,
    );
    return {
      routes: routes.map(readRoute),
      groupings: groupings.map(readGroupingCounts),
      unmatched: unmatched?.number() ?? 0,
    };
  }

  #all(sql: string, ...values: (string | number | null)[]): CellReader[] {
    const query = this.#queries.get(sql) ?? new Query(this.#database, sql);
    this.#queries.set(sql, query);
    return query.all(...values).map((row) => new CellReader(row));
  }
}

function readConversion(cells: CellReader): Conversion {
  const reported = {
    sequence: cells.number(),
    account: cells.text(),
    reference: cells.text() || null,
    msisdn: cells.text() || null,
    convertedAt: cells.number(),
    notifiedAt: cells.numberOrNull(),
    receivedAt: cells.number(),
  };
  const id = cells.textOrNull();
  if (id === null) return { ...reported, message: null };
  const acceptedAt = cells.number();
  const connection = cells.text();
  const operator = cells.text() || null;
  const groupings = [cells.textOrNull(), cells.textOrNull(), cells.textOrNull()] as const;
  return { ...reported, message: { id, acceptedAt, connection, operator, groupings } };
}

function readRoute(cells: CellReader): RouteCounts {
  return {
    connection: cells.text(),
    operator: cells.text() || null,
    sent: cells.number(),
    delivered: cells.number(),
    converted: cells.number(),
  };
}

function readGroupingCounts(cells: CellReader): GroupingCounts {
  const text = cells.text();
  return {
    groupings: text === '' ? null : readGroupings(text),
    sent: cells.number(),
    delivered: cells.number(),
    converted: cells.number(),
  };
}
