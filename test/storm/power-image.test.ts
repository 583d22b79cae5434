import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../../src/lib/random.ts';
import { cutPower, type DiskEvent, readDiskLog, type Survival, survivals } from './power-image.ts';

const before = new Map([['db', Buffer.from('old')]]);
const opened: DiskEvent = { kind: 'opened', handle: 1, name: 'db' };
const synced: DiskEvent = { kind: 'synced', handle: 1 };

function write(text: string, offset = 0, handle = 1): DiskEvent {
  return { kind: 'written', handle, offset, bytes: Buffer.from(text) };
}

function cut(events: DiskEvent[], survival: Survival = 'synced', seed = 1): Record<string, string> {
  const files = cutPower(before, events, survival, createSeededRandom(seed));
  return Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.toString()]));
}

/** Everything that can be left, over many seeds. */
function cutOften(events: DiskEvent[], survival: Survival): Set<string> {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  return new Set(seeds.map((seed) => JSON.stringify(cut(events, survival, seed))));
}

const createdInDir: DiskEvent[] = [
  { kind: 'created', handle: 2, name: 'wal' },
  write('new', 0, 2),
  { kind: 'synced', handle: 2 },
];
const dirSynced: DiskEvent[] = [
  { kind: 'opened', handle: 9, name: '' },
  { kind: 'synced', handle: 9 },
];

const cases: Record<string, [DiskEvent[], Record<string, string>]> = {
  'nothing happened': [[], { db: 'old' }],
  'a write that was synced is there': [[opened, write('new'), synced], { db: 'new' }],
  'a write that was not is gone': [[opened, write('new')], { db: 'old' }],
  'a write after the sync is gone': [[opened, write('n'), synced, write('x')], { db: 'nld' }],
  'another handle of the same file syncs it too': [
    [opened, { ...opened, handle: 2 }, write('new'), { ...synced, handle: 2 }],
    { db: 'new' },
  ],
  'the sync of another file does not': [
    [opened, { kind: 'created', handle: 2, name: 'wal' }, write('new'), { ...synced, handle: 2 }],
    { db: 'old' },
  ],
  'a write beyond the end leaves zeros': [[opened, write('x', 4), synced], { db: 'old\0x' }],
  'a truncation counts when it is synced': [
    [opened, { kind: 'truncated', handle: 1, length: 1 }, synced],
    { db: 'o' },
  ],
  'what was truncated away does not come back': [
    [
      opened,
      { kind: 'truncated', handle: 1, length: 1 },
      { kind: 'truncated', handle: 1, length: 3 },
      synced,
    ],
    { db: 'o\0\0' },
  ],
  'a new file is gone as long as its directory was not synced': [createdInDir, { db: 'old' }],
  'a new file is there when both were synced': [
    [...createdInDir, ...dirSynced],
    { db: 'old', wal: 'new' },
  ],
  'a removed file comes back': [[{ kind: 'unlinked', name: 'db' }], { db: 'old' }],
  'unless the directory was synced': [[{ kind: 'unlinked', name: 'db' }, ...dirSynced], {}],
  'a file that was made again under its name is another one': [
    [
      { kind: 'unlinked', name: 'db' },
      { kind: 'created', handle: 2, name: 'db' },
      write('new', 0, 2),
      { kind: 'synced', handle: 2 },
    ],
    { db: 'old' },
  ],
  'a renamed file takes the place of another with the directory': [
    [...createdInDir, { kind: 'renamed', from: 'wal', to: 'db' }, ...dirSynced],
    { db: 'new' },
  ],
  'the shared memory of SQLite is never there': [
    [
      { kind: 'created', handle: 2, name: 'db-shm' },
      write('new', 0, 2),
      { kind: 'synced', handle: 2 },
      ...dirSynced,
    ],
    { db: 'old' },
  ],
};

for (const [name, [events, expected]] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(cut(events), expected));
}

test('whatever survives, what was synced does', () => {
  for (const survival of survivals) {
    const left = cutOften([opened, write('new'), synced, write('!', 3)], survival);
    for (const files of left) assert.match(files, /"db":"new/);
  }
});

const three = [opened, write('1', 0), write('2', 1), write('3', 2)];

test('prefix: writes survive in order', () => {
  assert.deepEqual(
    [...cutOften(three, 'prefix')].toSorted(),
    ['123', '12d', '1ld', 'old'].map((db) => JSON.stringify({ db })),
  );
});

test('scattered: each write survives or does not', () => {
  assert.equal(cutOften(three, 'scattered').size, 8);
});

test('torn: the last write that survives may end at a sector', () => {
  const page = 'x'.repeat(1500);
  const lengths = [...cutOften([opened, write(page)], 'torn')].map((files) => files.length);
  const none = JSON.stringify({ db: 'old' }).length;
  const expected = [0, 512, 1024, 1500].map((bytes) => none + Math.max(0, bytes - 3));
  assert.deepEqual(
    lengths.toSorted((left, right) => left - right),
    expected,
  );
});

test('the log is read, without the record that the kill cut short', () => {
  const record = (kind: number, handle: number, offset: number, text: string) => {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(kind, 0);
    header.writeUInt32LE(handle, 4);
    header.writeBigUInt64LE(BigInt(offset), 8);
    header.writeBigUInt64LE(BigInt(text.length), 16);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const log = Buffer.concat([
    record(1, 1, 0, 'db'),
    record(2, 2, 0, 'wal'),
    record(3, 2, 4096, 'page'),
    record(4, 2, 512, ''),
    record(5, 2, 0, ''),
    record(6, 0, 0, 'a/b'),
    record(7, 0, 0, 'b'),
    record(3, 2, 8192, 'torn').subarray(0, 26),
  ]);
  assert.deepEqual(readDiskLog(log), [
    { kind: 'opened', handle: 1, name: 'db' },
    { kind: 'created', handle: 2, name: 'wal' },
    { kind: 'written', handle: 2, offset: 4096, bytes: Buffer.from('page') },
    { kind: 'truncated', handle: 2, length: 512 },
    { kind: 'synced', handle: 2 },
    { kind: 'renamed', from: 'a', to: 'b' },
    { kind: 'unlinked', name: 'b' },
  ]);
  assert.throws(() => readDiskLog(record(8, 0, 0, '')), /kind 8/);
});
