import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../lib/clock.ts';
import { sampleMessage, start } from '../conformance/sample.ts';
import type { Cell } from './cells.ts';
import { Gatherer } from './gatherer.ts';
import { done, failed, operations } from './operations.ts';

/** A gatherer in front of a writer that only notes what it gets. */
class Rig {
  readonly batches: (readonly Cell[])[] = [];
  idleCount = 0;
  readonly gatherer: Gatherer;
  #soon: (() => void)[] = [];
  readonly #later: (() => void)[] = [];

  constructor() {
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      after: (_, run) => {
        this.#later.push(run);
        return { cancel: () => void this.#later.splice(this.#later.indexOf(run), 1) };
      },
      every: () => assert.fail('no timers'),
      soon: (run) => this.#soon.push(run),
    };
    this.gatherer = new Gatherer(clock, { send: (batch) => this.batches.push(batch) }, () => {
      this.idleCount++;
    });
  }

  /** The tick ends. */
  tick(): void {
    for (const run of this.#soon.splice(0)) run();
  }

  /** The tick ends, and a moment passes. */
  wait(): void {
    this.tick();
    for (const run of this.#later.splice(0)) run();
  }

  /** T1 with so many messages. */
  accept(count: number): Promise<unknown> {
    const messages = Array.from({ length: count }, (_, index) => sampleMessage(index));
    const request = { account: 'demo', messages, now: start, wallet: 'none' } as const;
    return this.gatherer.ask(operations.accept, request);
  }

  /** T4 with so many reports. */
  tell(count: number): Promise<void> {
    const told = { queue: 'q', sequence: 1, messageId: 'm', status: 2, httpStatus: 200 };
    return this.gatherer.ask(operations.told, { batch: Array(count).fill(told), now: start });
  }

  /** How many messages and how many told reports the newest batch holds. */
  newest(): { messages: number; told: number } {
    const batch = this.batches.at(-1) ?? [];
    return {
      messages: batch.filter((cell) => cell === 'status:demo').length,
      told: batch.filter((cell) => cell === 'm').length,
    };
  }

  answer(...cells: Cell[]): void {
    this.answerTogether(1, ...cells);
  }

  /** One answer to so many batches. */
  answerTogether(batches: number, ...cells: Cell[]): void {
    this.gatherer.answer({ batches, cells });
  }
}

test('what is asked in one tick goes out in one batch', () => {
  const rig = new Rig();
  void rig.tell(1);
  void rig.accept(2);
  void rig.tell(3);
  assert.equal(rig.batches.length, 0);
  assert.equal(rig.gatherer.backlog, 6);
  rig.tick();
  assert.equal(rig.batches.length, 1);
  assert.deepEqual(rig.newest(), { messages: 2, told: 4 });
});

test('what is urgent goes at once while the writer is idle', () => {
  const rig = new Rig();
  void rig.accept(1);
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 1, told: 0 });
});

test('behind a batch at the writer the next gathers for a moment; one answer may be for both', async () => {
  const rig = new Rig();
  const asked = [rig.accept(1)];
  rig.tick();
  for (const count of [2, 3]) {
    asked.push(rig.accept(count));
    rig.tick();
  }
  assert.equal(rig.batches.length, 1);
  rig.wait();
  assert.deepEqual(rig.newest(), { messages: 5, told: 0 });
  rig.answerTogether(2, done, 1, 0, done, 2, 0, done, 3, 0);
  await Promise.all(asked);
  assert.equal(rig.gatherer.backlog, 0);
});

test('when the writer has answered, what is urgent waits no longer', async () => {
  const rig = new Rig();
  const first = rig.accept(1);
  rig.tick();
  void rig.accept(2);
  rig.tick();
  rig.answer(done, 1, 0);
  await first;
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 2, told: 0 });
  rig.wait();
  assert.equal(rig.batches.length, 2);
});

test('what nobody waits for gathers for a moment, also when the writer is idle', () => {
  const rig = new Rig();
  for (const count of [1, 2]) {
    void rig.tell(count);
    rig.tick();
  }
  assert.equal(rig.batches.length, 0);
  rig.wait();
  assert.deepEqual(rig.newest(), { messages: 0, told: 3 });
});

test('it goes at once with what is urgent, and then not again', () => {
  const rig = new Rig();
  void rig.tell(1);
  rig.tick();
  void rig.accept(1);
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 1, told: 1 });
  rig.wait();
  assert.equal(rig.batches.length, 1);
});

test('so many rows go at once, though nobody waits for them', () => {
  const rig = new Rig();
  void rig.tell(127);
  rig.tick();
  assert.equal(rig.batches.length, 0);
  void rig.tell(1);
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 0, told: 128 });
});

test('when as much as a commit takes is at the writer the rest gathers', () => {
  const rig = new Rig();
  for (const count of [1023, 1, 5, 7]) {
    void rig.accept(count);
    rig.wait();
  }
  assert.equal(rig.batches.length, 2);
  assert.deepEqual(rig.newest(), { messages: 1, told: 0 });
  assert.equal(rig.gatherer.backlog, 1036);
  rig.answer(done, 1023, 0);
  rig.wait();
  assert.deepEqual(rig.newest(), { messages: 12, told: 0 });
});

test('intake gets half of a commit while others wait, and all of it when they do not', () => {
  const rig = new Rig();
  void rig.accept(1024);
  rig.tick();
  for (let request = 0; request < 20; request++) void rig.accept(100);
  void rig.tell(50);
  rig.answer(done, 1024, 0);
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 900, told: 50 });

  const busy = new Rig();
  void busy.accept(1024);
  busy.tick();
  for (let request = 0; request < 20; request++) {
    void busy.accept(100);
    void busy.tell(100);
  }
  busy.answer(done, 1024, 0);
  busy.tick();
  assert.deepEqual(busy.newest(), { messages: 500, told: 500 });
});

test('a request larger than a commit still goes out, alone of its kind', () => {
  const rig = new Rig();
  void rig.accept(5000);
  void rig.accept(1);
  rig.tick();
  assert.deepEqual(rig.newest(), { messages: 5000, told: 0 });
});

test('each caller gets its own outcome', async () => {
  const rig = new Rig();
  const [first, second, third] = [rig.tell(1), rig.tell(1), rig.tell(1)];
  rig.wait();
  rig.answer(done, failed, 1, 'no such table', done);
  await first;
  await assert.rejects(second, /no such table/);
  await third;
});

test('when the writer is gone everything that waits is rejected, and whatever comes', async () => {
  const rig = new Rig();
  const atWriter = rig.tell(1);
  rig.wait();
  const waiting = rig.tell(2);
  rig.gatherer.fail(new Error('the thread has stopped'));
  const outcomes = await Promise.allSettled([atWriter, waiting, rig.tell(3)]);
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  await assert.rejects(rig.tell(4), /has stopped/);
  assert.equal(rig.gatherer.backlog, 0);
});

test('an answer that makes no sense fails everything rather than mixing answers up', async () => {
  const rig = new Rig();
  const asked: Promise<unknown>[] = [rig.tell(1), rig.tell(1), rig.accept(1)];
  rig.tick();
  asked.push(rig.tell(1));
  const outcomes = Promise.allSettled(asked);
  rig.answer(done, 'nonsense');
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'rejected'],
  );
  await assert.rejects(rig.tell(1), /nonsense/);
});

test('finishing lets through what was asked and refuses what comes', async () => {
  const rig = new Rig();
  const asked = rig.tell(1);
  const finished = rig.gatherer.finish();
  await assert.rejects(rig.tell(1), /is closed/);
  rig.tick();
  rig.answer(done);
  await asked;
  await finished;
  await rig.gatherer.finish();
});

test('it says when there is nothing left to do', () => {
  const rig = new Rig();
  void rig.tell(1);
  rig.wait();
  void rig.tell(1);
  rig.answer(done);
  assert.equal(rig.idleCount, 0);
  rig.wait();
  rig.answer(done);
  assert.equal(rig.idleCount, 1);
});
