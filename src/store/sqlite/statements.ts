import type { DatabaseSync } from 'node:sqlite';
import { contentColumns, envelopeColumns, liveColumns } from './message-codec.ts';
import { Query } from './query.ts';

/** The statements of `SqliteRows`, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const query = (sql: string): Query => new Query(database, sql);
  const envelope = list(envelopeColumns, 'message');
  const live = list(liveColumns, 'state');
  return {
    begin: query('BEGIN IMMEDIATE'),
    commit: query('COMMIT'),
    rollback: query('ROLLBACK'),

    insertMessage: query(insert('message', ['n', ...envelopeColumns])),
    insertBody: query(insert('body', ['n', ...contentColumns])),
    insertState: query(
      insert('state', ['n', ...liveColumns, 'wake', 'connection', 'lane', 'ready_due']),
    ),
    findLife: query(
      `SELECT message.n, ${envelope}, ${live}, state.wake, state.ready_due
       FROM message JOIN state USING (n) WHERE message.id = ?`,
    ),
    findId: query('SELECT id FROM message WHERE n = ?'),
    findNumber: query('SELECT n FROM message WHERE id = ?'),
    readContent: query(`SELECT ${list(contentColumns, 'body')} FROM body WHERE n = ?`),
    putPlan: query('UPDATE message SET plan = ? WHERE n = ?'),
    insertEvent: query('INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?)'),
    findDue: query(
      `SELECT message.id FROM state INDEXED BY state_wake CROSS JOIN message USING (n)
       WHERE wake IS NOT NULL AND wake <= ? ORDER BY wake, n LIMIT ?`,
    ),

    putPart: query('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?)'),
    findPart: query(
      'SELECT n, step, part FROM part WHERE day = ? AND provider_id = ? AND connection = ?',
    ),
    findProviderIds: query(
      `SELECT detail FROM event WHERE n = ? AND step = ? AND part = ? AND state = 'accepted'
       ORDER BY detail`,
    ),
    readDayBefore: query('SELECT max(day) FROM part WHERE day < ?'),

    nextParkedKey: query('SELECT ifnull(max(key), 0) + 1 FROM parked_receipt'),
    park: query('INSERT OR IGNORE INTO parked_receipt VALUES (?, ?, ?, ?, ?, ?, ?)'),
    putParkedKey: query('INSERT INTO parked_key VALUES (?, ?, ?)'),
    findParked: query(
      `SELECT key, fact, parked_at FROM parked_key JOIN parked_receipt USING (key)
       WHERE parked_key.provider_id = ? AND parked_key.connection = ? ORDER BY key`,
    ),
    findParkedDue: query(
      `SELECT key, fact, parked_at FROM parked_receipt WHERE look_at <= ?
       ORDER BY look_at, key LIMIT ?`,
    ),
    findParkedOld: query('SELECT key FROM parked_receipt WHERE parked_at < ? ORDER BY key LIMIT ?'),
    readParked: query('SELECT fact FROM parked_receipt WHERE key = ?'),
    deferParked: query('UPDATE parked_receipt SET look_at = ? WHERE key = ?'),
    deleteParkedKey: query(
      'DELETE FROM parked_key WHERE provider_id = ? AND connection = ? AND key = ?',
    ),
    unpark: query('DELETE FROM parked_receipt WHERE key = ?'),

    insertReport: query('INSERT INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, NULL, NULL)'),
    readReportsDue: query('SELECT max(due) FROM report WHERE n = ?'),
    tellReport: query(
      `UPDATE report SET due = NULL, told_at = ?, http_status = ?
       WHERE n = ? AND status = ? AND due IS NOT NULL`,
    ),
    postponeReports: query(
      `UPDATE report SET attempts = attempts + (sequence = ?), due = ?
       WHERE n = ? AND queue = ? AND due IS NOT NULL`,
    ),

    findLease: query('SELECT holder, epoch, expires_at FROM lease WHERE resource = ?'),
    putLease: query('INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)'),
    findWallet: query('SELECT messages_left FROM wallet WHERE account = ?'),
    putWallet: query('INSERT OR REPLACE INTO wallet VALUES (?, ?)'),

    readCounter: query('SELECT messages, last_number, last_sequence FROM counter'),
    putCounter: query('UPDATE counter SET messages = ?, last_number = ?, last_sequence = ?'),
    readCounts: query(
      `SELECT count(*) FROM state WHERE ready_due IS NOT NULL
       UNION ALL SELECT count(*) FROM state WHERE wake IS NOT NULL
       UNION ALL SELECT count(*) FROM report WHERE due IS NOT NULL
       UNION ALL SELECT count(*) FROM parked_receipt`,
    ),
  };
}

/** What a change of state does to the message's place in a lane. */
export type LaneChange = 'kept' | 'left' | 'entered';

const laneKeys: Readonly<Record<LaneChange, number>> = { kept: 0, left: 4, entered: 8 };

/**
 * Updates of `state` that write just what has changed, because bound values and touched indexes are
 * what costs. Their values: n, rank, told, progress, due; then step, attempts, last error; connection, lane
 * due; wake, each if it is asked for.
 */
export class StateUpdates {
  readonly #database: DatabaseSync;
  readonly #queries: Query[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(lane: LaneChange, hasNewStep: boolean, hasMovedWake: boolean): Query {
    const key = laneKeys[lane] + (hasNewStep ? 1 : 0) + (hasMovedWake ? 2 : 0);
    const known = this.#queries[key];
    if (known !== undefined) return known;
    const columns = ['rank', 'told', 'progress', 'due'];
    if (hasNewStep) columns.push('step', 'attempts', 'last_error');
    if (lane === 'entered') columns.push('connection', 'ready_due');
    if (hasMovedWake) columns.push('wake');
    const assignments = columns.map((column, index) => `${column} = ?${index + 2}`);
    if (lane === 'left') assignments.push('ready_due = NULL');
    const query = new Query(
      this.#database,
      `UPDATE state SET ${assignments.join(', ')} WHERE n = ?1`,
    );
    this.#queries[key] = query;
    return query;
  }
}

function list(columns: readonly string[], table: string): string {
  return columns.map((column) => `${table}.${column}`).join(', ');
}

function insert(table: string, columns: readonly string[]): string {
  const marks = columns.map(() => '?').join(', ');
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`;
}
