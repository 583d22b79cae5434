import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { createSeededRandom } from '../../src/lib/random.ts';
import { PowerCut, whyNoPowerCut } from './power-cut.ts';
import { type Survival, survivals } from './power-image.ts';
import { runStorm, type StormResult } from './storm.ts';
import { describeStorm } from './storm-report.ts';

const skip = whyNoPowerCut() ?? false;
const isCi = process.env['CI'] !== undefined;
const messages = 2_000;

/** Writes rows and says of each that it is committed, until it is killed or has written so many; then it waits to be killed. */
const writer = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[1]);
database.exec('PRAGMA journal_mode = ' + process.argv[2]);
database.exec('PRAGMA synchronous = ' + process.argv[3]);
database.exec('CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, filling TEXT)');
const insert = database.prepare('INSERT INTO row (filling) VALUES (?)');
for (let rows = 0; rows < Number(process.argv[4]); rows++) {
  const { lastInsertRowid } = insert.run('x'.repeat(2000));
  require('node:fs').writeSync(1, lastInsertRowid + '\\n');
}
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

const rowsMin = 30;

interface Kill {
  readonly mode: string;
  readonly synchronous: string;
  readonly survival: Survival;
  /** `Infinity`: it is killed at work. */
  readonly rowsMax: number;
}

/** Kills a writer after it has committed some rows; returns those that it told of and those that are left. */
async function killWriter(t: TestContext, { mode, synchronous, survival, rowsMax }: Kill) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'chappe-power-')));
  t.after(() => rmSync(dir, { recursive: true }));
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir);
  const power = new PowerCut(dir, dataDir, createSeededRandom(1));
  const file = join(dataDir, 'test.db');
  const child = spawn(process.execPath, ['-e', writer, file, mode, synchronous, `${rowsMax}`], {
    env: { ...process.env, ...power.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  const exited = once(child, 'exit');
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.split('\n').length > rowsMin) child.kill('SIGKILL');
  }
  await exited;
  power.cut(survival);
  return { told: told.split('\n').length - 1, left: countRows(file) };
}

function countRows(file: string): number {
  if (!existsSync(file)) return 0;
  const database = new DatabaseSync(file);
  const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'row'").get();
  const rows =
    has === undefined ? 0 : Number(database.prepare('SELECT count(*) AS n FROM row').get()?.['n']);
  assert.deepEqual(
    { ...database.prepare('PRAGMA integrity_check').get() },
    { integrity_check: 'ok' },
  );
  database.close();
  return rows;
}

for (const [mode, synchronous] of [
  ['WAL', 'FULL'],
  ['DELETE', 'EXTRA'],
] as const) {
  for (const survival of survivals) {
    test(`${mode}, ${synchronous}, ${survival}: SQLite keeps each row`, { skip }, async (t) => {
      const { told, left } = await killWriter(t, {
        mode,
        synchronous,
        survival,
        rowsMax: Infinity,
      });
      assert.ok(told >= rowsMin);
      assert.ok(left >= told, `${left} of ${told} rows are left`);
    });
  }
}

// DELETE commits by removing the journal, and only EXTRA syncs the directory afterwards. The next
// transaction syncs it too, with its new journal: so this writer stands still when it is killed.
for (const [mode, synchronous] of [
  ['WAL', 'NORMAL'],
  ['DELETE', 'FULL'],
] as const) {
  test(`${mode}, ${synchronous}: SQLite loses rows, and the library shows it`, {
    skip,
  }, async (t) => {
    const { told, left } = await killWriter(t, {
      mode,
      synchronous,
      survival: 'synced',
      rowsMax: rowsMin,
    });
    assert.ok(left < told, `${left} of ${told} rows are left`);
  });
}

function storm(t: TestContext, cycles: number, synchronous: 'FULL' | 'NORMAL') {
  const seed = 1 + (Date.now() % 1_000_000);
  const options = { kind: 'power', cycles, messages, seed, synchronous } as const;
  const say = (line: string) =>
    process.stderr.write(`storm power, synchronous ${synchronous}: ${line}\n`);
  return runStorm({ ...options, store: 'sqlite:', say }).then((result: StormResult) => {
    const report = describeStorm({ ...options, verbose: false }, result);
    if (result.violations.length === 0) t.diagnostic(report);
    return { result, report };
  });
}

const cycles = isCi ? 10 : 2;

test(`${cycles} power cuts: nothing acknowledged is lost`, { skip }, async (t) => {
  const { result, report } = await storm(t, cycles, 'FULL');
  assert.equal(result.violations.length, 0, report);
  assert.ok(result.counts.acknowledged >= cycles * messages);
});

/** A cut right after a checkpoint, which syncs, loses nothing; so many in a row do not happen. */
const normalCutsMax = 8;

test('power cuts with synchronous = NORMAL lose messages, and the storm notices', {
  skip,
}, async (t) => {
  const reports: string[] = [];
  for (let cut = 0; cut < normalCutsMax; cut++) {
    const { result, report } = await storm(t, 1, 'NORMAL');
    reports.push(report);
    const rules = new Set(result.violations.map((one) => one.rule));
    if (!rules.has('lost') && !rules.has('no-end')) continue;
    assert.ok(result.keptIn !== null && existsSync(join(result.keptIn, 'round-1/violations.txt')));
    rmSync(result.keptIn, { recursive: true });
    return;
  }
  assert.fail(reports.join('\n'));
});
