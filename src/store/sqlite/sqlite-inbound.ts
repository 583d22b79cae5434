import type { DatabaseSync } from 'node:sqlite';
import type { InboundMessage } from '../../core/inbound.ts';
import type { OptOut } from '../../core/opt-out.ts';
import {
  type InboundArrival,
  type OptOutKey,
  orderTriesMax,
  type QueuedInbound,
} from '../inbound-contract.ts';
import type { Group, InboundRows } from '../inbound-rows.ts';
import { CellReader } from './cells.ts';
import { readOptOut, readQueued, writeInbound } from './inbound-codec.ts';
import { Query } from './query.ts';

/** Incoming messages and opt-outs in SQLite. One instance, on the thread that writes. */
export class SqliteInbound implements InboundRows {
  readonly #queries: ReturnType<typeof prepareQueries>;

  constructor(database: DatabaseSync) {
    this.#queries = prepareQueries(database);
  }

  insertInbound(message: InboundMessage): void {
    const { id, account, from, receivedAt } = message;
    const { head, content } = writeInbound(message);
    this.#queries.insert.write(id, account, from, receivedAt, head, content);
  }

  queueInbound(queue: string, message: InboundMessage, now: number): QueuedInbound {
    const { from, id } = message;
    const earlier = this.#queries.earlierDue.get(queue, from, orderTriesMax);
    const earlierDue = earlier?.numberOrNull() ?? null;
    const due = Math.max(now, earlierDue ?? 0);
    const sequence = this.#queries.queue.get(queue, due, id, from)?.number() ?? 0;
    return { queue, message, attempts: 0, due, sequence, isFollowing: earlierDue !== null };
  }

  tellInbound(queue: string, sequence: number): void {
    this.#queries.tell.write(sequence, queue);
  }

  postponeInbound(queue: string, sequence: number, due: number): void {
    const failed = this.#queries.fail.get(due, sequence, queue);
    if (failed === undefined || failed.number() > orderTriesMax) return;
    this.#queries.postponeLater.write(due, queue, failed.text(), sequence);
  }

  putRepeatKey(key: string, until: number, now: number): boolean {
    const known = this.#queries.findRepeat.get(key)?.number() ?? now;
    if (known > now) return false;
    this.#queries.putRepeat.write(key, until);
    return true;
  }

  dropRepeatKeys(now: number, limit: number): void {
    this.#queries.dropRepeats.write(now, limit);
  }

  findGroup(name: string): Group | undefined {
    const total = this.#queries.findGroup.get(name)?.number();
    if (total === undefined) return undefined;
    const parts = this.#queries.findParts.all(name).map((row) => {
      const cells = new CellReader(row);
      const sequence = cells.number();
      const arrival: InboundArrival = JSON.parse(cells.text());
      return { arrival, sequence };
    });
    return { name, total, parts };
  }

  addPart(name: string, arrival: InboundArrival, now: number): void {
    const { connection } = arrival.message;
    const { total = 1, sequence = 1 } = arrival.concat ?? {};
    this.#queries.putGroup.write(name, connection, now, total);
    this.#queries.putPart.write(name, sequence, JSON.stringify(arrival));
  }

  deleteGroup(name: string): void {
    this.#queries.deleteParts.write(name);
    this.#queries.deleteGroup.write(name);
  }

  countGroups(connection: string): number {
    return this.#queries.countGroups.get(connection)?.number() ?? 0;
  }

  findOldestGroup(connection: string): Group | undefined {
    const name = this.#queries.findOldest.get(connection)?.text();
    return name === undefined ? undefined : this.findGroup(name);
  }

  findOldGroups(openedBefore: number, limit: number): readonly Group[] {
    return this.#queries.findOld
      .all(openedBefore, limit)
      .map((row) => this.findGroup(new CellReader(row).text()))
      .filter((group) => group !== undefined);
  }

  putOptOut({ account, channel, number, at, cause }: OptOut): void {
    this.#queries.putOptOut.write(account, channel, number, at, cause);
  }

  removeOptOut({ account, channel, number }: OptOutKey): boolean {
    return this.#queries.removeOptOut.run(account, channel, number) > 0;
  }

  listQueues(): string[] {
    const queues: string[] = [];
    let queue = this.#queries.nextQueue.get('')?.textOrNull() ?? null;
    while (queue !== null) {
      queues.push(queue);
      queue = this.#queries.nextQueue.get(queue)?.textOrNull() ?? null;
    }
    return queues;
  }

  readQueue(query: {
    queue: string;
    after: { due: number; sequence: number } | null;
    now: number;
    limit: number;
  }): QueuedInbound[] {
    const { queue, after, now, limit } = query;
    return this.#queries.readQueue
      .all(queue, after?.due ?? -1, after?.sequence ?? 0, now, limit)
      .map((row) => readQueued(new CellReader(row)));
  }

  listOptOuts(account: string | null, after: OptOutKey | null, limit: number): OptOut[] {
    const from = [after?.account ?? '', after?.channel ?? '', after?.number ?? ''];
    const rows =
      account === null
        ? this.#queries.listOptOuts.all(...from, limit)
        : this.#queries.listOptOutsOf.all(account, ...from.slice(1), limit);
    return rows.map((row) => readOptOut(new CellReader(row)));
  }

  /** Retention: what was said, and then all of it, but nothing that still waits. */
  prune(contentBefore: number, before: number, limit: number): number {
    const emptied = this.#queries.dropContents.run(contentBefore, limit);
    return emptied + this.#queries.dropMessages.run(before, limit);
  }
}

function prepareQueries(database: DatabaseSync) {
  const query = (sql: string): Query => new Query(database, sql);
  const optOut = 'account, channel, number, at, cause';
  const notWaiting = 'NOT EXISTS (SELECT 1 FROM inbound_queue WHERE inbound_queue.id = inbound.id)';
  return {
    insert: query('INSERT INTO inbound VALUES (?, ?, ?, ?, ?, ?)'),
    earlierDue: query(
      'SELECT max(due) FROM inbound_queue WHERE queue = ? AND handset = ? AND attempts <= ?',
    ),
    queue: query(
      `INSERT INTO inbound_queue (queue, due, attempts, id, handset) VALUES (?, ?, 0, ?, ?)
       RETURNING sequence`,
    ),
    tell: query('DELETE FROM inbound_queue WHERE sequence = ? AND queue = ?'),
    fail: query(
      `UPDATE inbound_queue SET attempts = attempts + 1, due = ? WHERE sequence = ? AND queue = ?
       RETURNING attempts, handset`,
    ),
    postponeLater: query(
      `UPDATE inbound_queue SET due = max(due, ?) WHERE queue = ? AND handset = ? AND sequence > ?`,
    ),
    nextQueue: query('SELECT min(queue) FROM inbound_queue WHERE queue > ?'),
    readQueue: query(
      `SELECT queue, sequence, attempts, due, head, content
       FROM inbound_queue INDEXED BY inbound_queue_due CROSS JOIN inbound USING (id)
       WHERE queue = ? AND (due, sequence) > (?, ?) AND due <= ? ORDER BY due, sequence LIMIT ?`,
    ),

    findRepeat: query('SELECT until FROM inbound_repeat WHERE key = ?'),
    putRepeat: query('INSERT OR REPLACE INTO inbound_repeat VALUES (?, ?)'),
    dropRepeats: query(
      `DELETE FROM inbound_repeat WHERE key IN (
         SELECT key FROM inbound_repeat WHERE until <= ? ORDER BY until LIMIT ?)`,
    ),

    findGroup: query('SELECT total FROM inbound_group WHERE name = ?'),
    findParts: query('SELECT sequence, arrival FROM inbound_part WHERE name = ? ORDER BY sequence'),
    putGroup: query('INSERT OR IGNORE INTO inbound_group VALUES (?, ?, ?, ?)'),
    putPart: query('INSERT INTO inbound_part VALUES (?, ?, ?)'),
    deleteGroup: query('DELETE FROM inbound_group WHERE name = ?'),
    deleteParts: query('DELETE FROM inbound_part WHERE name = ?'),
    countGroups: query('SELECT count(*) FROM inbound_group WHERE connection = ?'),
    findOldest: query(
      'SELECT name FROM inbound_group WHERE connection = ? ORDER BY opened_at, name LIMIT 1',
    ),
    findOld: query(
      'SELECT name FROM inbound_group WHERE opened_at < ? ORDER BY opened_at, name LIMIT ?',
    ),

    putOptOut: query('INSERT OR IGNORE INTO opt_out VALUES (?, ?, ?, ?, ?)'),
    removeOptOut: query('DELETE FROM opt_out WHERE account = ? AND channel = ? AND number = ?'),
    listOptOuts: query(
      `SELECT ${optOut} FROM opt_out WHERE (account, channel, number) > (?, ?, ?)
       ORDER BY account, channel, number LIMIT ?`,
    ),
    listOptOutsOf: query(
      `SELECT ${optOut} FROM opt_out WHERE account = ? AND (channel, number) > (?, ?)
       ORDER BY channel, number LIMIT ?`,
    ),

    dropContents: query(
      `UPDATE inbound SET content = NULL WHERE id IN (
         SELECT id FROM inbound INDEXED BY inbound_content
         WHERE content IS NOT NULL AND received_at < ? AND ${notWaiting}
         ORDER BY received_at LIMIT ?)`,
    ),
    dropMessages: query(
      `DELETE FROM inbound WHERE id IN (
         SELECT id FROM inbound INDEXED BY inbound_received
         WHERE received_at < ? AND ${notWaiting} ORDER BY received_at LIMIT ?)`,
    ),
  };
}
