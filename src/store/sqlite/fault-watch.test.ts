import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../rehearsal/virtual-clock.ts';
import { StoreFault } from '../fault.ts';
import { FaultWatch, probeFirstMs, probeLongestMs } from './fault-watch.ts';

const full = new StoreFault('full', 'database or disk is full');

function createRig() {
  const clock = createVirtualClock({ startAt: 0, turn: () => Promise.resolve() });
  const disk = { isFull: true };
  const told: string[] = [];
  const probedAt: number[] = [];
  const watch: FaultWatch = new FaultWatch(
    clock,
    async () => {
      probedAt.push(clock.monotonic());
      if (disk.isFull) throw full;
    },
    (fault) => told.push(fault?.kind ?? 'writes'),
  );
  return { clock, disk, told, probedAt, watch };
}

test('from a fault on it is tried until a write goes through, and both are told once', async () => {
  const { clock, disk, told, probedAt, watch } = createRig();
  assert.equal(watch.fault, null);
  watch.note(full);
  watch.note(full);
  await clock.advance(3 * probeFirstMs);
  assert.equal(watch.fault, full);
  assert.deepEqual(told, ['full']);
  disk.isFull = false;
  await clock.advance(probeFirstMs);
  assert.equal(watch.fault, null);
  assert.deepEqual(told, ['full', 'writes']);
  await clock.advance(60_000);
  assert.deepEqual(
    probedAt,
    [1, 2, 3, 4].map((time) => time * probeFirstMs),
  );
});

test('a fault that comes back at once is told less and less often', async () => {
  const { clock, disk, told, watch } = createRig();
  disk.isFull = false;
  for (let second = 0; second < 60; second++) {
    watch.note(full);
    await clock.advance(1_000);
  }
  const faults = told.filter((kind) => kind === 'full').length;
  assert.ok(faults < 14, `${faults} times in a minute`);
  // After a calm time the next one is news again.
  await clock.advance(2 * probeLongestMs);
  watch.note(full);
  await clock.advance(probeFirstMs);
  assert.equal(watch.fault, null);
});

test('a store that is closed is not tried any more', async () => {
  const { clock, probedAt, watch } = createRig();
  watch.note(full);
  watch.stop();
  await clock.advance(60_000);
  assert.deepEqual(probedAt, []);
  assert.equal(clock.pending, 0);
});
