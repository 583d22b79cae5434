import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { describeFailure, faultKindOf } from './failure.ts';
import { migrations } from './schema.ts';

/** How a commit reaches the disk. NORMAL exists to show that the power-cut test notices it. */
export type Synchronous = 'FULL' | 'NORMAL';

export interface WriterSettings {
  readonly file: string;
  readonly synchronous: Synchronous;
  /** The file does not grow beyond this many pages of 4 KiB; null leaves it to the disk. */
  readonly pagesMax: number | null;
}

/** 16 MiB: the inner pages and the recent leaves of all tables. Twice that is 12 MB more resident and no faster at its usual load. */
const pageCacheKib = 16 * 1024;
/**
 * The write-ahead log is folded back at 4 MiB, a pause of about 8 ms. Four and sixteen times that made
 * the pause longer and saved nothing, since most pages are written only while they are new.
 */
const checkpointPages = 1000;
/** Before it, two connections that write or checkpoint at once can damage a file (reliability §1.1). */
const oldestVersion = '3.51.3';

/** Opens the one connection that writes. Throws a sentence for people when it cannot be trusted. */
export function openWriter(settings: WriterSettings): DatabaseSync {
  const { file } = settings;
  makePrivate(file);
  const database = openDatabase(file, {});
  try {
    prepare(database, settings);
  } catch (error) {
    database.close();
    throw nameFile(error, file);
  }
  return database;
}

function prepare(database: DatabaseSync, { file, synchronous, pagesMax }: WriterSettings): void {
  const version = String(readPragma(database, 'SELECT sqlite_version()'));
  if (isOlder(version, oldestVersion)) {
    throw new Error(
      `SQLite ${version} can damage its files; ${oldestVersion} is the oldest we trust`,
    );
  }
  setPragma(database, 'journal_mode', 'WAL', 'wal');
  setPragma(database, 'synchronous', synchronous, synchronous === 'FULL' ? 2 : 1);
  setPragma(database, 'mmap_size', '0', 0);
  setPragma(database, 'cache_size', String(-pageCacheKib), -pageCacheKib);
  setPragma(database, 'wal_autocheckpoint', String(checkpointPages), checkpointPages);
  if (pagesMax !== null) setPragma(database, 'max_page_count', String(pagesMax), pagesMax);
  migrate(database, file);
  // A file that may only be read opens all the same.
  database.exec('BEGIN IMMEDIATE; ROLLBACK');
}

/** Opens a connection for reading only; the writer must have opened the file before. */
export function openReader(file: string): DatabaseSync {
  const database = openDatabase(file, { readOnly: true });
  setPragma(database, 'mmap_size', '0', 0);
  return database;
}

/**
 * Holds the operating system's lock on `<file>-lock` as long as the returned connection is open or the
 * process lives, so that no second process works on the same data.
 */
export function lockFile(file: string): DatabaseSync {
  makePrivate(`${file}-lock`);
  const lock = openDatabase(`${file}-lock`, {});
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const kind = faultKindOf(describeFailure(error));
    if (kind === 'locked') {
      throw new Error(
        `${file} is in use by another process; stop that one, or use another directory`,
      );
    }
    if (kind === 'damaged') {
      throw new Error(`${file}-lock is no lock of Chappe; delete it, it holds nothing`);
    }
    throw nameFile(error, `${file}-lock`);
  }
  return lock;
}

/** Brings the tables up to date. Throws when the file has had migrations that we do not know. */
export function migrate(database: DatabaseSync, file: string): void {
  const had = Number(readPragma(database, 'PRAGMA user_version'));
  if (had > migrations.length) {
    throw new Error(
      `${file} was written by a newer Chappe (schema ${had}, this one knows ${migrations.length}); ` +
        'start that version, or restore the backup made before the upgrade',
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < had) continue;
    database.exec(`BEGIN; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/**
 * Makes the file, if there is none, for the gateway's own user alone: it will hold texts and numbers. SQLite gives what it
 * puts beside a file the mode of that file. What is there keeps its mode, which somebody may have chosen.
 */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there; or it cannot be made, which SQLite says better.
  }
}

function openDatabase(file: string, options: DatabaseSyncOptions): DatabaseSync {
  try {
    return new DatabaseSync(file, { ...options, enableForeignKeyConstraints: false });
  } catch (error) {
    throw nameFile(error, file);
  }
}

/** SQLite's sentences do not say which file they mean. */
function nameFile(error: unknown, file: string): unknown {
  if (error instanceof Error && describeFailure(error).code !== 0) {
    error.message = `${file}: ${error.message}`;
  }
  return error;
}

/** Sets a pragma and reads it back: some builds ignore some of them silently. */
function setPragma(database: DatabaseSync, name: string, value: string, expected: unknown): void {
  database.exec(`PRAGMA ${name} = ${value}`);
  const found = readPragma(database, `PRAGMA ${name}`);
  // A build without memory mapping answers nothing.
  if (found === expected || (name === 'mmap_size' && found === undefined)) return;
  throw new Error(`SQLite was told ${name} = ${value} and says ${String(found)}`);
}

function readPragma(database: DatabaseSync, sql: string): unknown {
  return Object.values(database.prepare(sql).get() ?? {})[0];
}

function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  for (const [index, right] of than.split('.').map(Number).entries()) {
    if (left[index] !== right) return (left[index] ?? 0) < right;
  }
  return false;
}
