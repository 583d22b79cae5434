import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import { testDurability } from '../conformance/durability.ts';
import { accept, accepted, idOf, indexOf, sampleMessage, start } from '../conformance/sample.ts';
import type { SubmittedPart } from '../contract.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

// The conformance suite runs on the same code without threads (inline-store.test.ts); here is what
// threads, files and processes add.

const directory = await mkdtemp(join(tmpdir(), 'chappe-store-'));
after(() => rm(directory, { recursive: true }));

let files = 0;
const newFile = (): string => join(directory, `${files++}.db`);
const openFile = (file: string): Promise<SqliteStore> =>
  openSqliteStore({ file, clock: systemClock });

/** A test with an open store, closed at its end whatever happens. */
function testOpen(
  title: string,
  run: (store: SqliteStore, file: string) => Promise<void>,
  pagesMax?: number,
): void {
  test(title, async () => {
    const file = newFile();
    const limit = pagesMax === undefined ? {} : { pagesMax };
    const store = await openSqliteStore({ file, clock: systemClock, ...limit });
    try {
      await run(store, file);
    } finally {
      await store.close();
    }
  });
}

describe('SQLite store: durability', () => {
  testDurability(async () => {
    const file = newFile();
    const store = await openFile(file);
    return {
      store,
      async reopen() {
        await store.close();
        return openFile(file);
      },
    };
  });
});

testOpen('a file is open once: a second time is refused', async (_, file) => {
  await assert.rejects(openFile(file), /in use by another process/);
});

test('a file that was closed can be opened again', async () => {
  const file = newFile();
  for (let time = 0; time < 2; time++) await (await openFile(file)).close();
});

test('a file of a newer version is refused with advice', async () => {
  const file = newFile();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await assert.rejects(openFile(file), /newer Chappe \(schema 99, .*start that version/);
});

test('what is no database, or nowhere, is refused', async () => {
  const none = newFile();
  await writeFile(none, 'This is not a database. '.repeat(100));
  await assert.rejects(openFile(none), {
    kind: 'damaged',
    message: `${none}: file is not a database`,
  });
  const nowhere = join(directory, 'nowhere', 'x.db');
  await assert.rejects(openFile(nowhere), { kind: 'unreachable', message: /nowhere.x\.db-lock: / });
  const folder = newFile();
  await mkdir(folder);
  await assert.rejects(openFile(folder), { kind: 'unreachable', message: /^\S+\.db: / });
});

test('a lock that is none is told from one that is held', async () => {
  const file = newFile();
  await writeFile(`${file}-lock`, 'This is no lock. '.repeat(100));
  await assert.rejects(openFile(file), /-lock is no lock of Chappe; delete it/);
});

test('a file that another program locks is refused', async () => {
  const file = newFile();
  await (await openFile(file)).close();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(openFile(file), { kind: 'locked', message: `${file}: database is locked` });
  other.close();
  await (await openFile(file)).close();
});

test('a store that another program locks meanwhile writes again when that has ended', async () => {
  const file = newFile();
  const changes: (string | null)[] = [];
  const mended = Promise.withResolvers<void>();
  const store = await openSqliteStore({
    file,
    clock: systemClock,
    onFault(fault) {
      changes.push(fault?.kind ?? null);
      if (fault === null) mended.resolve();
    },
  });
  const other = new DatabaseSync(file);
  try {
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(accept(store, [sampleMessage(1)]), { kind: 'locked' });
    assert.equal(store.fault()?.message, 'database is locked');
    other.close();
    await mended.promise;
    assert.equal(store.fault(), null);
    assert.deepEqual(changes, ['locked', null]);
  } finally {
    await store.close();
  }
});

test('a store whose thread ends says so once, and answers everybody', async () => {
  const lost: string[] = [];
  const store = await openSqliteStore({
    file: newFile(),
    clock: systemClock,
    onLost: (error) => lost.push(error.message),
  });
  // No type lets this through; whatever cannot be read must not be taken for something else.
  const batch: SubmittedPart[] = JSON.parse(JSON.stringify([accepted(1, 'a')]).replace('"a"', '5'));
  const asked = [
    store.dispatch.submitted(batch, null, start),
    accept(store, [sampleMessage(1)]),
  ].map((one) => assert.rejects(one, /should be text and is number/));
  await Promise.all(asked);
  await assert.rejects(accept(store, [sampleMessage(2)]));
  await store.close();
  assert.equal(lost.length, 1);
  assert.match(lost.join(), /should be text and is number/);
});

testOpen(
  'a full disk refuses messages, and retention brings intake back',
  async (store) => {
    let index = 0;
    const acceptHundred = () =>
      accept(
        store,
        Array.from({ length: 100 }, () => sampleMessage(index++, { wants: 0 })),
      );
    await acceptHundred();
    await acceptHundred();
    await store.dispatch.sweep(start + 2 * 24 * 60 * 60 * 1000, 200);
    const fill = async () => {
      for (;;) await acceptHundred();
    };
    await assert.rejects(fill(), { kind: 'full', message: 'database or disk is full' });
    assert.equal(store.fault()?.kind, 'full');
    const { messages } = await store.history.counts();
    assert.ok(messages >= 200 && messages % 100 === 0, 'a request is taken in whole or not at all');
    const before = { content: 0, correlation: 0, history: start + 1 };
    // Twice as many go as come: what was freed is whole pages, and less than it was.
    assert.equal(await store.retention.prune(before, 200), 200);
    await acceptHundred();
    assert.equal((await store.history.counts()).messages, messages - 100);
  },
  150,
);

test('closing finishes what was asked and refuses what comes', async () => {
  const file = newFile();
  const store = await openFile(file);
  const accepting = accept(store, [sampleMessage(1)]);
  const closing = store.close();
  await assert.rejects(accept(store, [sampleMessage(2)]), /is closed/);
  assert.equal((await accepting).kind, 'accepted');
  await closing;
  const again = await openFile(file);
  assert.equal((await again.history.counts()).messages, 1);
  await again.close();
});

testOpen('the backlog is what has been asked for and is not on the disk', async (store) => {
  assert.equal(store.backlog(), 0);
  const asked = [
    accept(store, [sampleMessage(1), sampleMessage(2)]),
    accept(store, [sampleMessage(3)]),
  ];
  assert.equal(store.backlog(), 3);
  await Promise.all(asked);
  assert.equal(store.backlog(), 0);
});

testOpen('a failing question to the history does not end it', async (store) => {
  await accept(store, [sampleMessage(1)]);
  await assert.rejects(store.history.find({ limit: Number.NaN }));
  assert.equal((await store.history.find({ limit: 5 })).length, 1);
});

/** Runs crash-child.ts on a file until it dies and gives the indexes of the messages it was promised. */
async function crash(file: string, point: string) {
  const script = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file], {
    env: { ...process.env, CHAPPE_CRASH_AT: point },
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [, signal] = await once(child, 'close');
  return { promised: output.split('\n').filter(Boolean).map(Number), signal, complaint };
}

testOpen('another process is refused as long as this one has the file', async (_, file) => {
  const { complaint, promised } = await crash(file, '');
  assert.match(complaint, /in use by another process/);
  assert.deepEqual(promised, []);
});

for (const { point, promised, stored } of [
  { point: 'T1:before-commit:4', promised: [0, 1, 2], stored: 3 },
  { point: 'T1:after-commit:4', promised: [0, 1, 2], stored: 4 },
  { point: 'T2:before-commit:3', promised: [0, 1, 2], stored: 3 },
]) {
  test(`a process killed at ${point} keeps what it promised`, async () => {
    const file = newFile();
    const crashed = await crash(file, point);
    assert.equal(crashed.signal, 'SIGKILL');
    assert.deepEqual(crashed.promised, promised);
    const store = await openFile(file);
    const found = await store.history.find({ limit: 10 });
    assert.deepEqual(
      found.map(({ message }) => indexOf(message.id)),
      Array.from({ length: stored }, (_, index) => stored - 1 - index),
    );
    // The store goes on: the next message and its neighbours live.
    await accept(store, [sampleMessage(9)]);
    await store.dispatch.submitted([accepted(9, 'x')], null, start);
    assert.equal((await store.history.message(idOf(9)))?.live.progress, 'e');
    await store.close();
  });
}

test('a crash point that makes no sense is refused at the start', async () => {
  process.env.CHAPPE_CRASH_AT = 'somewhere';
  try {
    await assert.rejects(openFile(newFile()), /not a crash point/);
  } finally {
    delete process.env.CHAPPE_CRASH_AT;
  }
});
