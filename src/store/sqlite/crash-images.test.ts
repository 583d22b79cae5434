import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import {
  accept,
  accepted,
  dayMs,
  hourMs,
  idOf,
  receipt,
  sampleMessage,
  sampleStep,
  start,
} from '../conformance/sample.ts';
import { arrival, partArrival, roomy } from '../conformance/sample-inbound.ts';
import type { Store } from '../contract.ts';
import type { CrashPoint } from './crash-point.ts';
import { openWriter } from './database.ts';
import { createInlineStore } from './inline-store.ts';
import { operations } from './operations.ts';

// Every write of the store, and what a process that dies at it leaves behind: the files as they are at that instant, which
// is what the system still has after SIGKILL. That real processes and real SIGKILLs find the same is shown by
// sqlite-store.test.ts and the storm, for the writes that customers and operators wait for.

/** What only reads. */
const reads = [
  'counts',
  'findAnswer',
  'inboundQueues',
  'listOptOuts',
  'messagesLeft',
  'queues',
  'readInbound',
  'readOutbox',
  'readReady',
] as const;
/** What the store asks of itself; nobody is promised anything. */
const housekeeping = ['indexRun', 'probe'] as const;

type Write = Exclude<
  keyof typeof operations,
  (typeof reads)[number] | (typeof housekeeping)[number]
>;

const moved = start + 3 * hourMs;
const lateMs = 40 * dayMs;
const twoSteps = [sampleStep({ timeoutMs: hourMs }), sampleStep({ connection: 'next' })];
const optOut = (number: string) =>
  ({ account: 'demo', channel: 'SMS', number, at: start, cause: 'api' }) as const;
const converted = (reference: string) => {
  const reported = { account: 'demo', reference, msisdn: null, notifiedAt: null };
  return {
    reported: { ...reported, convertedAt: start },
    messageId: reference === 'old' ? idOf(4) : idOf(9),
    now: start,
    once: null,
  };
};
const acceptOnce = (store: Store, index: number, key: string, expiresAt: number) => {
  const request = { account: 'demo', messages: [sampleMessage(index)], now: start } as const;
  const answer = { status: 200, headers: {}, body: 'ok' };
  const once = { account: 'demo', key, fingerprint: 'f', answer, expiresAt, keysMax: 100 };
  return store.intake.acceptOnce({ ...request, wallet: 'none' }, once);
};

/** A store in which each of the writes has something to do. */
async function fill(store: Store): Promise<void> {
  await accept(
    store,
    [1, 2, 5, 6, 8, 9].map((index) => sampleMessage(index)),
  );
  await accept(
    store,
    [3, 7].map((index) => sampleMessage(index, { plan: twoSteps })),
  );
  await accept(store, [sampleMessage(4, { wants: 0 })]);
  await acceptOnce(store, 10, 'old', start + 1);
  await store.dispatch.submitted(
    [2, 4, 9].map((index) => accepted(index, `id${index}`)),
    null,
    start,
  );
  await store.receipts.record([receipt('id4'), receipt('id9'), receipt('early')], start);
  await store.dispatch.intend([{ id: idOf(5), step: 0 }], start);
  await store.leases.acquire(['left'], 'a', 1000, start);
  await store.conversions.record(converted('old'));
  await store.optOuts.put([optOut('311')]);
  await store.inbound.record([arrival(20), arrival(21), partArrival(22, 1, 2)], roomy, start);
}

/** Each write, on that store. */
const writes: Readonly<Record<Write, (store: Store) => Promise<unknown>>> = {
  accept: (store) => accept(store, [sampleMessage(30), sampleMessage(31)]),
  acceptOnce: (store) => acceptOnce(store, 30, 'new', start + dayMs),
  acquire: (store) => store.leases.acquire(['op/lanes'], 'a', 1000, start),
  cancel: (store) => store.dispatch.cancel([idOf(6)], start),
  intend: (store) => store.dispatch.intend([{ id: idOf(6), step: 0 }], start),
  move: (store) =>
    store.dispatch.move([{ id: idOf(6), step: 0, from: 'op', to: 'next' }], null, start),
  openWallet: (store) => store.intake.openWallet('demo', 10),
  postpone: (store) =>
    store.outbox.postpone([{ queue: 'status:demo', sequence: 1, messageId: idOf(2), due: moved }]),
  postponeInbound: (store) =>
    store.inbound.queue.postpone([{ queue: 'inbound:demo', sequence: 1, due: moved }]),
  prune: (store) =>
    store.retention.prune({ content: start + 1, correlation: 0, history: start + 1 }, 100),
  pruneAnswers: (store) => store.answers.prune(start + 2, 100),
  pruneConversions: (store) => store.conversions.prune(start + 1, 100),
  putOptOuts: (store) => store.optOuts.put([optOut('312')]),
  record: (store) => store.receipts.record([receipt('id2'), receipt('unknown')], start),
  recordConversion: (store) => store.conversions.record(converted('new')),
  recordInbound: (store) =>
    store.inbound.record([arrival(30), partArrival(31, 2, 2)], roomy, start),
  release: (store) => store.leases.release(['left'], 'a'),
  removeOptOuts: (store) => store.optOuts.remove([optOut('311')]),
  submitted: (store) => store.dispatch.submitted([accepted(1, 'early')], null, start),
  sweep: (store) => store.dispatch.sweep(start + 2 * dayMs, 100),
  sweepInbound: (store) => store.inbound.sweep(start + dayMs, start + 1, { groups: 10, keys: 10 }),
  sweepParked: (store) => store.receipts.sweepParked(start + lateMs, 100, start + lateMs),
  told: (store) =>
    store.outbox.told(
      [{ queue: 'status:demo', sequence: 1, messageId: idOf(2), status: 0, httpStatus: 200 }],
      start,
    ),
  toldInbound: (store) => store.inbound.queue.told([{ queue: 'inbound:demo', sequence: 1 }], start),
  withdraw: (store) => store.dispatch.withdraw([{ id: idOf(5), step: 0, part: 0 }], start),
};

const place = mkdtempSync(join(tmpdir(), 'chappe-test-'));
const filled = join(place, 'filled.db');
before(async () => {
  const store = open(filled);
  await fill(store);
  await store.close();
});
after(() => rmSync(place, { recursive: true }));

function open(file: string, crash: CrashPoint | null = null): Store {
  const database = openWriter({ file, synchronous: 'FULL', pagesMax: null });
  return createInlineStore(database, systemClock, undefined, crash);
}

/** The file as a process has it that is killed now: its write-ahead log belongs to it. */
function copy(from: string, to: string): void {
  for (const end of ['', '-wal']) copyFileSync(`${from}${end}`, `${to}${end}`);
}

/** All that is in a file. */
function dump(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const content = tables.map(({ name }): [string, unknown[]] => [
    String(name),
    database.prepare(`SELECT * FROM ${String(name)}`).all(),
  ]);
  database.close();
  return Object.fromEntries(content);
}

/** What is in a file after a process has opened it and done this. */
async function dumpAfter(file: string, run: (store: Store) => Promise<unknown>) {
  const store = open(file);
  try {
    await run(store);
  } finally {
    await store.close();
  }
  return dump(file);
}

describe('a process that is killed at a write', () => {
  test('every operation is a write of the table, or reads, or is nobody’s', () => {
    const all = [...reads, ...housekeeping, ...Object.keys(writes)];
    assert.deepEqual(all.toSorted(), Object.keys(operations).toSorted());
  });

  for (const [name, write] of Object.entries(writes)) {
    test(`${name}: before its commit nothing is there, after it all, and again adds nothing`, async () => {
      const file = join(place, `${name}.db`);
      copyFileSync(filled, file);
      const images: string[] = [];
      const store = open(file, {
        count() {},
        pass(at) {
          const image = join(place, `${name}-${at}.db`);
          copy(file, image);
          images.push(image);
        },
      });
      await write(store);
      const [early, late] = images;
      assert.ok(early !== undefined && late !== undefined && images.length === 2);
      await store.close();

      const [nothing, all] = [dump(filled), dump(file)];
      assert.notDeepEqual(all, nothing);
      assert.deepEqual(dump(early), nothing);
      assert.deepEqual(dump(late), all);
      // Whoever got no answer asks again.
      assert.deepEqual(await dumpAfter(early, write), all);
      // A call that fails after the crash as well is one more attempt.
      if (name.startsWith('postpone')) return;
      const again = name === 'accept' ? refuse(write) : write;
      assert.deepEqual(await dumpAfter(late, again), all);
    });
  }
});

/** Messages without a key come again as others; their ids are never used twice. */
function refuse(write: (store: Store) => Promise<unknown>): typeof write {
  return (store) => assert.rejects(write(store), /UNIQUE constraint failed: message\.id/);
}
