import type { DatabaseSync } from 'node:sqlite';
import type { DispatchStore, OutboxStore } from '../contract.ts';
import type { Cell } from './cells.ts';
import { contentColumns, envelopeColumns, liveColumns } from './message-codec.ts';
import { Query } from './query.ts';

export type ReadyQuery = Parameters<DispatchStore['readReady']>[0];
export type OutboxQuery = Parameters<OutboxStore['read']>[0];

/** The queues as their owners read them, on the writer's connection and so in order with its commits. */
export class QueueReader {
  readonly #ready: Query;
  readonly #number: Query;
  readonly #reports: Query;
  readonly #nextQueue: Query;

  constructor(database: DatabaseSync) {
    const columns = [
      ...envelopeColumns.map((column) => `message.${column}`),
      ...contentColumns.map((column) => `body.${column}`),
      ...liveColumns.map((column) => `state.${column}`),
    ].join(', ');
    // The index goes by due time and number; a lane is filtered, because one owner mostly has them all.
    this.#ready = new Query(
      database,
      `SELECT ${columns}, ready_due FROM state INDEXED BY state_ready
       CROSS JOIN message USING (n) LEFT JOIN body USING (n)
       WHERE connection = ? AND ready_due IS NOT NULL AND (ready_due, state.n) > (?, ?)
         AND ready_due <= ? AND lane BETWEEN ? AND ?
       ORDER BY ready_due, state.n LIMIT ?`,
    );
    this.#number = new Query(database, 'SELECT n FROM message WHERE id = ?');
    this.#reports = new Query(
      database,
      `SELECT queue, sequence, attempts, due, message.id, account, status, error, created_at,
         plan ->> ('$[' || step || '][0]'), sender, recipient, reference, groupings, ifnull(report.operator, message.operator), 0
       FROM report INDEXED BY report_outbox CROSS JOIN message USING (n)
       WHERE queue = ? AND due IS NOT NULL AND (due, sequence) > (?, ?) AND due <= ?
       ORDER BY due, sequence LIMIT ?`,
    );
    this.#nextQueue = new Query(
      database,
      'SELECT min(queue) FROM report WHERE due IS NOT NULL AND queue > ?',
    );
  }

  /** Rows as `readReadyStep` takes them. */
  readReady({ connection, lanes, after, now, limit }: ReadyQuery): readonly (readonly unknown[])[] {
    const afterDue = after?.due ?? -1;
    // An id that is no longer there lets its whole millisecond be read again.
    const afterNumber = after === null ? 0 : (this.#number.get(after.id)?.number() ?? 0);
    const { first, last } = lanes;
    return this.#ready.all(connection, afterDue, afterNumber, now, first, last, limit);
  }

  /** Rows as `readReport` takes them. */
  readReports({ queue, after, now, limit }: OutboxQuery): readonly (readonly unknown[])[] {
    return this.#reports.all(queue, after?.due ?? -1, after?.sequence ?? 0, now, limit);
  }

  listQueues(): string[] {
    const queues: string[] = [];
    let queue = this.#nextQueue.get('')?.textOrNull() ?? null;
    while (queue !== null) {
      queues.push(queue);
      queue = this.#nextQueue.get(queue)?.textOrNull() ?? null;
    }
    return queues;
  }
}

/** Copies rows out as cells, their number first. */
export function writeRows(out: Cell[], rows: readonly (readonly unknown[])[]): void {
  out.push(rows.length);
  for (const row of rows) {
    for (const cell of row) {
      if (cell !== null && typeof cell !== 'string' && typeof cell !== 'number') {
        throw new TypeError(`a column holds a ${typeof cell}`);
      }
      out.push(cell);
    }
  }
}
