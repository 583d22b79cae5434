import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../lib/clock.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock, eventsPerInstantMax } from './virtual-clock.ts';

const startAt = Date.UTC(2026, 10, 22);

test('timers run by due time, then in the order they were set, at the time they asked for', async () => {
  const clock = createVirtualClock({ startAt });
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.now() - startAt}`);
  clock.after(20, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(21, note('d'));
  clock.soon(note('soon'));
  await clock.advance(20);
  assert.deepEqual(ran, ['soon@0', 'a@10', 'b@10', 'c@20']);
  assert.equal(clock.monotonic(), 20);
  assert.equal(clock.pending, 1);
});

test('promises settle between two timers of the same instant', async () => {
  const clock = createVirtualClock({ startAt });
  const ran: string[] = [];
  clock.after(5, () => {
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => ran.push('promise'));
    ran.push('first');
  });
  clock.after(5, () => ran.push('second'));
  await clock.advance(5);
  assert.deepEqual(ran, ['first', 'promise', 'second']);
});

test('a cancelled timer does not run, and cancelling again does nothing', async () => {
  const clock = createVirtualClock({ startAt });
  let ran = 0;
  const timer = clock.after(5, () => ran++);
  timer.cancel();
  timer.cancel();
  await clock.advance(10);
  assert.equal(ran, 0);
  assert.equal(clock.pending, 0);
});

test('a repeating timer repeats until it cancels itself', async () => {
  const clock = createVirtualClock({ startAt });
  const at: number[] = [];
  const timer = clock.every(10, () => {
    at.push(clock.monotonic());
    if (at.length === 3) timer.cancel();
  });
  await clock.advance(100);
  assert.deepEqual(at, [10, 20, 30]);
});

test('code that awaits a sleep goes on at the right time', async () => {
  const clock = createVirtualClock({ startAt });
  const at: number[] = [];
  const story = (async () => {
    for (const ms of [1000, 500, 0]) {
      await sleep(clock, ms);
      at.push(clock.monotonic());
    }
  })();
  await clock.advance(2000);
  await story;
  assert.deepEqual(at, [1000, 1500, 1501]);
});

test('runUntil stops at the event that makes the condition true', async () => {
  const clock = createVirtualClock({ startAt });
  let count = 0;
  clock.every(10, () => count++);
  assert.equal(await clock.runUntil(() => count === 3, 1000), true);
  assert.equal(clock.monotonic(), 30);
  assert.equal(await clock.runUntil(() => count === 100, 50), false);
  assert.equal(clock.monotonic(), 80);
});

test('the wall clock can be corrected while measured time goes on', async () => {
  const clock = createVirtualClock({ startAt });
  clock.shiftWall(-3_600_000);
  await clock.advance(10);
  assert.equal(clock.now(), startAt - 3_600_000 + 10);
  assert.equal(clock.monotonic(), 10);
});

test('a callback that throws stops the clock with its error', async () => {
  const clock = createVirtualClock({ startAt });
  clock.after(1, () => {
    throw new Error('broken');
  });
  await assert.rejects(clock.advance(5), /broken/);
  await clock.advance(5);
});

test('the clock refuses to be moved twice at once', async () => {
  const clock = createVirtualClock({ startAt });
  const first = clock.advance(5);
  await assert.rejects(clock.advance(5), /moving already/);
  await first;
});

test('a loop that never lets time pass is reported', async () => {
  const clock = createVirtualClock({ startAt, turn: () => Promise.resolve() });
  let ran = 0;
  const loop = (): void => {
    ran++;
    clock.soon(loop);
  };
  clock.soon(loop);
  await assert.rejects(clock.advance(1), /stood still/);
  assert.equal(ran, eventsPerInstantMax);
});

test('the same seed gives the same trace', async () => {
  const traceOf = async (seed: number): Promise<string[]> => {
    const clock = createVirtualClock({ startAt });
    const random = createSeededRandom(seed);
    const trace: string[] = [];
    const worker = async (name: string): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        await sleep(clock, random.fraction() * 10);
        trace.push(`${name} ${clock.monotonic()}`);
      }
    };
    const workers = Promise.all(['a', 'b', 'c'].map(worker));
    await clock.advance(1000);
    await workers;
    return trace;
  };
  assert.deepEqual(await traceOf(1), await traceOf(1));
  assert.notDeepEqual(await traceOf(1), await traceOf(2));
});
