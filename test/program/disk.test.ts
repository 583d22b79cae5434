import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { findMessage, send, sendAccepted, textTo } from './customer.ts';
import { closeOperators, production, startOperator } from './operator.ts';
import { cleanUp, createPlace, type Program, run, startProgram } from './program.ts';
import { until } from './until.ts';

const mounts: string[] = [];

afterEach(async () => {
  for (const filler of mounts.map(fillerOf)) rmSync(filler, { force: true });
  await cleanUpMounted();
  await closeOperators();
});

/** The disk goes when nobody uses it any more, and before the place where it is. */
async function cleanUpMounted(): Promise<void> {
  for (const mount of mounts.splice(0)) spawnSync('umount', ['--lazy', mount]);
  await cleanUp();
}

/** A disk of 8 MiB; null where this user may not mount one. */
function mountDisk(): string | null {
  const place = createPlace();
  const options = ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place];
  if (spawnSync('mount', options).status !== 0) return null;
  mounts.push(place);
  return place;
}

const fillerOf = (disk: string): string => join(disk, 'filler');

/** Writes until the system says that there is no room. */
function fill(disk: string): void {
  const file = openSync(fillerOf(disk), 'a');
  try {
    for (const size of [65_536, 4_096, 1]) fillBy(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function fillBy(file: number, block: Buffer): void {
  try {
    while (writeSync(file, block) === block.length);
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC');
  }
}

async function readReasons({ url }: Program): Promise<string> {
  const { reasons } = (await (await fetch(`${url}/readyz`)).json()) as { reasons: string[] };
  return reasons.join();
}

/** Sends one after the other until the disk takes no more; the references of those that were accepted. */
async function sendUntilFull(program: Program): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const reference = `r${taken.length}`;
    const answer = await send(program, [textTo('0031612345678', 'x'.repeat(900), { reference })]);
    if (answer.status !== 200) {
      assert.deepEqual([answer.status, answer.errorCode], [503, 500]);
      return taken;
    }
    taken.push(reference);
  }
}

describe('a disk that is full', () => {
  test('refuses messages and says so, sends nothing twice, and goes on when there is room', async (t) => {
    const disk = mountDisk();
    if (disk === null) return t.skip('this user may not mount a disk');
    const { smsc, port } = await startOperator({ receiptDelayMs: 200, receiptRetryMs: 50 });
    const program = await startProgram({ ...production(port), dataDir: disk });
    await smsc.when(() => smsc.bound === 1);
    fill(disk);
    const taken = await sendUntilFull(program);
    assert.equal(await readReasons(program), 'The store cannot write: database or disk is full.');
    assert.match(program.stdout, /"kind":"full","reason":"database or disk is full"/);
    // Refused at the door, without asking the disk again.
    assert.equal((await send(program, [textTo('0031612345678', 'Hoi')])).status, 503);

    rmSync(fillerOf(disk));
    await until('it writes again', async () => (await readReasons(program)) === '');
    assert.match(program.stdout, /The store writes again/);
    await sendAccepted(program, [textTo('0031612345678', 'Hoi', { reference: 'last' })]);
    for (const reference of [...taken, 'last']) {
      await until(`${reference} is delivered`, async () => {
        return (await findMessage(program, reference))?.state === 'delivered';
      });
    }
    assert.equal(smsc.seen.repeated, 0);
    assert.equal(await program.stop(), 0);
    const failures = program.stdout.match(/database or disk is full/g) ?? [];
    assert.ok(failures.length < 50, `${failures.length} lines`);
  });

  test('lets the gateway stop in order', async (t) => {
    const disk = mountDisk();
    if (disk === null) return t.skip('this user may not mount a disk');
    const { smsc, port } = await startOperator({});
    const program = await startProgram({ ...production(port), dataDir: disk });
    await smsc.when(() => smsc.bound === 1);
    fill(disk);
    await sendUntilFull(program);
    assert.equal(await program.stop(), 0);
    await smsc.when(() => smsc.bound === 0);
    assert.doesNotMatch(program.stderr, /did not stop cleanly/);
  });

  test('is named when the gateway cannot start on it: 1', async (t) => {
    const disk = mountDisk();
    if (disk === null) return t.skip('this user may not mount a disk');
    fill(disk);
    const settings = { CHAPPE_HTTP_PORT: '0', CHAPPE_SMPP_PORT: '0', CHAPPE_DATA_DIR: disk };
    const { code, stderr } = await run(['serve'], settings);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^The gateway did not start: the store cannot be opened: .* is full\. Make/,
    );
  });
});

test('a data directory in a file system that takes none: 1, at once', async (t) => {
  if (!existsSync('/proc/self')) return t.skip('there is no /proc');
  const { code, stderr } = await run(['serve'], { CHAPPE_DATA_DIR: '/proc/chappe' });
  assert.equal(code, 1);
  assert.match(stderr, /^The gateway did not start: ENOENT: .*CHAPPE_DATA_DIR must be a folder/);
});
