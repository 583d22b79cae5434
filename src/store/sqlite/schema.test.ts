import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { openWriter } from './database.ts';
import { migrations } from './schema.ts';

const directory = await mkdtemp(join(tmpdir(), 'chappe-schema-'));
after(() => rm(directory, { recursive: true }));

type Row = Record<string, unknown>;

function all(database: DatabaseSync, sql: string): Row[] {
  // Rows come without a prototype, which a comparison would notice.
  return database
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));
}

/** A file as a version wrote it that knew the first `version` migrations. */
function createOldFile(file: string, version: number): DatabaseSync {
  const database = new DatabaseSync(file);
  const sql = migrations.slice(0, version).join(';');
  database.exec(`BEGIN; ${sql}; PRAGMA user_version = ${version}; COMMIT`);
  return database;
}

function listTables(database: DatabaseSync): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`;
  return all(database, sql).map(({ name }) => String(name));
}

/** One row with a value in each column, and one with as many nulls as the table allows. */
function fill(database: DatabaseSync, table: string): void {
  const columns = all(database, `PRAGMA table_info(${table})`);
  for (const number of [1, 2]) {
    const values = columns.map(({ name, type, notnull, pk }) => {
      if (number === 2 && notnull === 0 && pk === 0) return null;
      return type === 'INTEGER' ? number : `${String(name)} ${number}`;
    });
    const places = values.map(() => '?').join();
    // The one row of the counter is there already.
    database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${places})`).run(...values);
    if (table === 'counter') return;
  }
}

/** All that an old file holds, by table. */
function readAll(database: DatabaseSync): Map<string, Row[]> {
  return new Map(
    listTables(database).map((table) => [table, all(database, `SELECT * FROM ${table}`)]),
  );
}

/** Tables with their columns and indexes, however they came to be. */
function describeTables(database: DatabaseSync): Row {
  const shapes = listTables(database).map((table) => {
    const columns = all(database, `PRAGMA table_info(${table})`);
    const indexes = all(database, `PRAGMA index_list(${table})`)
      .map(({ name, unique, partial }) => ({
        name,
        unique,
        partial,
        columns: all(database, `PRAGMA index_info(${String(name)})`),
      }))
      .toSorted((a, b) => String(a.name).localeCompare(String(b.name)));
    return [table, { columns, indexes }];
  });
  return Object.fromEntries(shapes);
}

function open(file: string): DatabaseSync {
  return openWriter({ file, synchronous: 'FULL', pagesMax: null });
}

const versions = migrations.map((_, index) => index + 1);

describe('a file of each version is brought forward', () => {
  for (const version of versions) {
    test(`version ${version}: nothing is lost, and it is like a new one`, () => {
      const file = join(directory, `full-${version}.db`);
      const old = createOldFile(file, version);
      for (const table of listTables(old)) fill(old, table);
      const before = readAll(old);
      old.close();

      const database = open(file);
      assert.equal(
        Object.values(all(database, 'PRAGMA user_version')[0] ?? {})[0],
        migrations.length,
      );
      for (const [table, rows] of before) {
        const columns = Object.keys(rows[0] ?? {});
        assert.ok(columns.length > 0, `${table} has rows`);
        assert.deepEqual(all(database, `SELECT ${columns.join()} FROM ${table}`), rows, table);
      }
      assert.deepEqual(all(database, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
      const fresh = open(join(directory, `fresh-${version}.db`));
      assert.deepEqual(describeTables(database), describeTables(fresh));
      fresh.close();
      database.close();
    });
  }
});

test('a file of a newer version is left alone', () => {
  const file = join(directory, 'newer.db');
  const newer = createOldFile(file, migrations.length);
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  newer.close();
  assert.throws(() => open(file), /was written by a newer Chappe/);
});

describe('conversions from before they were counted by groupings', () => {
  const hourMs = 3_600_000;
  const hasTable = (database: DatabaseSync, table: string) => listTables(database).includes(table);

  /** Of the account, of messages accepted in that hour, unless no message fits. */
  const conversions: [
    account: string,
    hour: number,
    messageId: string | null,
    groupings: (string | null)[],
  ][] = [
    ['shop', 10, 'a', ['spring', null, 'blue']],
    ['shop', 10, 'b', ['spring', null, 'blue']],
    ['shop', 10, 'c', [null, null, null]],
    ['shop', 11, 'd', ['spring', null, 'blue']],
    ['other', 10, 'e', ['spring', null, 'blue']],
    ['shop', 10, null, ['spring', null, 'blue']],
  ];
  const counted = [
    ['other', 10, '["spring",null,"blue"]', 1],
    ['shop', 10, '["spring",null,"blue"]', 2],
    ['shop', 10, '[null,null,null]', 1],
    ['shop', 11, '["spring",null,"blue"]', 1],
  ].map(([account, hour, groupings, converted]) => ({
    account,
    hour,
    groupings,
    sent: 0,
    delivered: 0,
    converted,
  }));

  for (const version of versions) {
    const file = join(directory, `conversions-${version}.db`);
    const old = createOldFile(file, version);
    const isOld = hasTable(old, 'conversion') && !hasTable(old, 'grouping_tally');
    if (isOld) {
      for (const [index, [account, hour, messageId, groupings]] of conversions.entries()) {
        const [one = null, two = null, three = null] = groupings;
        old
          .prepare(
            `INSERT INTO conversion (account, reference, msisdn, converted_at, received_at, counted_at,
              message_id, connection, operator, grouping1, grouping2, grouping3)
              VALUES (?, ?, '', ?, 0, ?, ?, 'operator', '20404', ?, ?, ?)`,
          )
          .run(
            account,
            `order${index}`,
            index,
            hour * hourMs + 1_234_567,
            messageId,
            one,
            two,
            three,
          );
      }
    }
    old.close();

    test(`version ${version}: ${isOld ? 'each with a message is counted' : 'there is none'}`, () => {
      const database = open(file);
      const sql = `SELECT account, hour, groupings, sent, delivered, converted FROM grouping_tally ORDER BY 1, 2, 3`;
      assert.deepEqual(all(database, sql), isOld ? counted : []);
      database.close();
    });
  }

  test('some version is old enough to have them', () => {
    const isOld = versions.filter((version) => {
      const old = createOldFile(join(directory, `which-${version}.db`), version);
      const is = hasTable(old, 'conversion') && !hasTable(old, 'grouping_tally');
      old.close();
      return is;
    });
    assert.deepEqual(isOld, [4, 5]);
  });
});
