import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { Batches } from './batches.ts';

function open() {
  const clock = createVirtualClock({ startAt: 0 });
  const writes: { batch: readonly number[]; end: (error?: Error) => void }[] = [];
  const written: number[] = [];
  const failures: unknown[] = [];
  const batches = new Batches<number>({
    clock,
    write: (batch) =>
      new Promise((resolve, reject) => {
        writes.push({ batch, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
    written: (item) => written.push(item),
    onFailure: (error) => failures.push(error),
  });
  return { clock, writes, written, failures, batches };
}

describe('batches', () => {
  it('hold what comes in one tick, and then what comes during a write', async () => {
    const { clock, writes, written, batches } = open();
    batches.add(1);
    batches.add(2);
    assert.equal(writes.length, 0);
    await clock.advance(0);
    for (const item of [3, 4, 5]) batches.add(item);
    await clock.advance(0);
    assert.deepEqual(
      writes.map(({ batch }) => batch),
      [[1, 2]],
    );
    assert.deepEqual(written, []);
    writes[0]?.end();
    await clock.advance(0);
    assert.deepEqual(written, [1, 2]);
    assert.deepEqual(writes[1]?.batch, [3, 4, 5]);
  });

  it('that fail are kept, first in line, until it is tried again', async () => {
    const { clock, writes, written, failures, batches } = open();
    batches.add(1);
    await clock.advance(0);
    batches.add(2);
    writes[0]?.end(new Error('disk'));
    await clock.advance(0);
    batches.add(3);
    await clock.advance(0);
    assert.equal(writes.length, 1);
    assert.equal(failures.length, 1);
    batches.retry();
    assert.deepEqual(writes[1]?.batch, [1, 2, 3]);
    writes[1]?.end();
    await clock.advance(0);
    assert.deepEqual(written, [1, 2, 3]);
  });

  it('are written to the last when it finishes, or left when the store fails', async () => {
    const { clock, writes, written, batches } = open();
    batches.add(1);
    await clock.advance(0);
    batches.add(2);
    const finished = batches.finish();
    writes[0]?.end();
    await clock.advance(0);
    assert.deepEqual(writes[1]?.batch, [2]);
    writes[1]?.end();
    await finished;
    assert.deepEqual(written, [1, 2]);
    batches.add(3);
    const failing = batches.finish();
    writes[2]?.end(new Error('disk'));
    await failing;
    assert.deepEqual(written, [1, 2]);
  });
});
