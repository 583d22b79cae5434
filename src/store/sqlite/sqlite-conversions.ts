import type { DatabaseSync } from 'node:sqlite';
import type { ConvertedMessage, ReportedConversion } from '../conversion-contract.ts';
import type { ConversionRows } from '../conversions.ts';
import { tallyHourMs } from '../rows.ts';
import { Query } from './query.ts';

/** The conversions in SQLite, as they are written. One instance, on the thread that writes. */
export class SqliteConversions implements ConversionRows {
  readonly #reported: Query;
  readonly #converted: Query;
  readonly #insert: Query;
  readonly #deleteOld: Query;
  readonly #deleteTallies: Query;
  readonly #deleteGroupingTallies: Query;

  constructor(database: DatabaseSync) {
    const query = (sql: string): Query => new Query(database, sql);
    this.#reported = query(
      `SELECT 1 FROM conversion
       WHERE account = ? AND reference = ? AND msisdn = ? AND converted_at = ?`,
    );
    this.#converted = query('SELECT 1 FROM conversion WHERE message_id = ?');
    this.#insert = query(
      'INSERT INTO conversion VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    // The sequence rises with the time of receipt, so the oldest are the first.
    this.#deleteOld = query(
      `DELETE FROM conversion WHERE received_at < ?1 AND sequence IN (
         SELECT sequence FROM conversion ORDER BY sequence LIMIT ?2)`,
    );
    this.#deleteTallies = query(
      `DELETE FROM tally WHERE (hour, account, connection, operator) IN (
         SELECT hour, account, connection, operator FROM tally WHERE hour < ? LIMIT ?)`,
    );
    this.#deleteGroupingTallies = query(
      `DELETE FROM grouping_tally WHERE (hour, account, groupings) IN (
         SELECT hour, account, groupings FROM grouping_tally WHERE hour < ? LIMIT ?)`,
    );
  }

  hasConversion({ account, reference, msisdn, convertedAt }: ReportedConversion): boolean {
    return this.#reported.get(account, reference ?? '', msisdn ?? '', convertedAt) !== undefined;
  }

  hasConverted(messageId: string): boolean {
    return this.#converted.get(messageId) !== undefined;
  }

  insertConversion(
    reported: ReportedConversion,
    message: ConvertedMessage | null,
    receivedAt: number,
  ): void {
    const { account, reference, msisdn, convertedAt, notifiedAt } = reported;
    this.#insert.write(
      account,
      reference ?? '',
      msisdn ?? '',
      convertedAt,
      notifiedAt,
      receivedAt,
      message?.acceptedAt ?? receivedAt,
      message?.id ?? null,
      message?.connection ?? '',
      message?.operator ?? '',
      ...(message?.groupings ?? [null, null, null]),
    );
  }

  prune(before: number, limit: number): number {
    const old = this.#deleteOld.run(before, limit);
    const first = Math.floor(before / tallyHourMs);
    return (
      old + this.#deleteTallies.run(first, limit) + this.#deleteGroupingTallies.run(first, limit)
    );
  }
}
