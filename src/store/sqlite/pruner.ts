import type { DatabaseSync } from 'node:sqlite';
import type { Retention } from '../contract.ts';
import { Query } from './query.ts';
import { runOf } from './search-runs.ts';
import type { SqliteInbound } from './sqlite-inbound.ts';
import type { SqliteRows } from './sqlite-rows.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Makes the function that deletes what is older than its time (contract `RetentionStore.prune`). */
export function createPruner(
  database: DatabaseSync,
  rows: SqliteRows,
  inbound: SqliteInbound,
): (before: Retention, limit: number) => number {
  const query = (sql: string): Query => new Query(database, sql);
  const candidates = (from: string): Query =>
    query(
      `SELECT n, id, accepted_at, wake IS NULL AND NOT EXISTS (
         SELECT 1 FROM report WHERE report.n = message.n AND report.due IS NOT NULL)
       FROM ${from} CROSS JOIN state USING (n) ORDER BY n`,
    );
  const oldMessages = candidates('message');
  const oldBodies = candidates('body CROSS JOIN message USING (n)');
  const deletions = ['message', 'body', 'state', 'event', 'report'].map((table) =>
    query(`DELETE FROM ${table} WHERE n = ?`),
  );
  const deleteBody = query('DELETE FROM body WHERE n = ?');
  const oldestDay = query('SELECT min(day) FROM part');
  const deleteParts = query(
    `DELETE FROM part WHERE (day, provider_id, connection) IN (
       SELECT day, provider_id, connection FROM part WHERE day = ? LIMIT ?)`,
  );
  const oldestMessage = query('SELECT min(n) FROM message');
  const oldestRun = query('SELECT min(run) FROM search');
  const deleteRun = query('DELETE FROM search WHERE run = ?');

  /** The messages that are over, oldest first; the reading ends where they become too new. */
  function findOver(query: Query, before: number, limit: number): { n: number; id: string }[] {
    const over: { n: number; id: string }[] = [];
    for (const row of query.each()) {
      const n = row.number();
      const id = row.text();
      if (over.length === limit || row.number() >= before) break;
      if (row.number() === 1) over.push({ n, id });
    }
    return over;
  }

  function pruneMessages(before: number, limit: number): number {
    const over = findOver(oldMessages, before, limit);
    for (const { n, id } of over) {
      for (const deletion of deletions) deletion.run(n);
      rows.forget(id);
    }
    const run = oldestRun.get()?.numberOrNull() ?? null;
    const first = oldestMessage.get()?.numberOrNull() ?? rows.lastNumber + 1;
    if (run !== null && run < runOf(first)) deleteRun.run(run);
    return over.length;
  }

  function pruneBodies(before: number, limit: number): number {
    const over = findOver(oldBodies, before, limit);
    for (const { n } of over) deleteBody.run(n);
    return over.length;
  }

  function pruneParts(before: number, limit: number): number {
    const day = oldestDay.get()?.numberOrNull() ?? null;
    if (day === null || (day + 1) * dayMs > before) return 0;
    const deleted = deleteParts.run(day, limit);
    if (deleted < limit) rows.forgetDay(day);
    return deleted;
  }

  return ({ history, content, correlation }, limit) => {
    rows.flush();
    return (
      pruneMessages(history, limit) +
      pruneBodies(content, limit) +
      pruneParts(correlation, limit) +
      inbound.prune(content, history, limit)
    );
  };
}
