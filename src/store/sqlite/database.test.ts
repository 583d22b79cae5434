import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { lockFile, openReader, openWriter } from './database.ts';
import { migrations } from './schema.ts';

const directory = await mkdtemp(join(tmpdir(), 'chappe-database-'));
after(() => rm(directory, { recursive: true }));

const settings = { file: join(directory, 'a.db'), synchronous: 'FULL', pagesMax: null } as const;

function ask(database: DatabaseSync, sql: string): unknown {
  return Object.values(database.prepare(sql).get() ?? {})[0];
}

test('the writer waits for the disk, keeps a log of writes and maps no memory', () => {
  const database = openWriter(settings);
  assert.equal(ask(database, 'PRAGMA journal_mode'), 'wal');
  assert.equal(ask(database, 'PRAGMA synchronous'), 2);
  assert.equal(ask(database, 'PRAGMA mmap_size') ?? 0, 0);
  assert.equal(ask(database, 'PRAGMA user_version'), migrations.length);
  database.close();
});

test('only the test of power cuts asks for less', () => {
  const database = openWriter({ ...settings, synchronous: 'NORMAL' });
  assert.equal(ask(database, 'PRAGMA synchronous'), 1);
  database.close();
});

test('a file that is up to date is opened as it is', () => {
  openWriter(settings).close();
  const database = openWriter(settings);
  database.exec("INSERT INTO wallet VALUES ('a', 1)");
  database.close();
  const again = openWriter(settings);
  assert.equal(ask(again, 'SELECT messages_left FROM wallet'), 1);
  again.close();
});

test('a reader sees what is committed and cannot write', () => {
  const writer = openWriter({ ...settings, file: join(directory, 'b.db') });
  const reader = openReader(join(directory, 'b.db'));
  writer.exec("INSERT INTO wallet VALUES ('a', 1)");
  assert.equal(ask(reader, 'SELECT messages_left FROM wallet'), 1);
  assert.throws(() => reader.exec('DELETE FROM wallet'), /readonly/);
  reader.close();
  writer.close();
});

test('files are for their owner alone, unless somebody chose another mode', async () => {
  const file = join(directory, 'private.db');
  const modeOf = async (name: string) => (await stat(join(directory, name))).mode & 0o777;
  const umask = process.umask(0o022);
  try {
    const lock = lockFile(file);
    const writer = openWriter({ ...settings, file });
    const names = (await readdir(directory)).filter((name) => name.startsWith('private.db'));
    assert.ok(names.includes('private.db-wal') && names.includes('private.db-lock'));
    for (const name of names) assert.equal(await modeOf(name), 0o600, name);
    writer.close();
    lock.close();
    await chmod(file, 0o640);
    openWriter({ ...settings, file }).close();
    assert.equal(await modeOf('private.db'), 0o640);
  } finally {
    process.umask(umask);
  }
});

test('a lock is held until it is closed', () => {
  const file = join(directory, 'c.db');
  const lock = lockFile(file);
  assert.throws(() => lockFile(file), /in use/);
  lock.close();
  lockFile(file).close();
});
