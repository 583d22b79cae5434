import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { divert, letPass, refuse } from '../store/memory/test-commits.ts';
import { idsOf, raise, startAt } from './test-stage.ts';

describe('messages that are taken back', () => {
  test('what waits is never handed over, and its end is reported', async () => {
    const { accept, connection, clock, dispatcher, reports, store } = await raise();
    connection.window = 0;
    const [first, second] = await accept(2);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(await dispatcher.cancel([first]), [true]);
    connection.window = 10;
    connection.wake();
    await clock.advance(1_000);
    assert.deepEqual(idsOf(connection.taken), [second.id]);
    assert.deepEqual(
      reports.map(({ report }) => [report.messageId, report.status]),
      [[first.id, 3]],
    );
    connection.acceptAll();
    await clock.advance(1);
    assert.equal((await store.history.counts()).ready, 0);
  });

  test('what was handed over is not taken back', async () => {
    const { accept, connection, clock, dispatcher, reports } = await raise();
    const [message] = await accept(1);
    assert.ok(message !== undefined);
    assert.deepEqual(await dispatcher.cancel([message]), [false]);
    connection.acceptAll();
    assert.deepEqual(await dispatcher.cancel([message]), [false], 'its answer is being written');
    await clock.advance(1);
    assert.deepEqual(await dispatcher.cancel([message]), [false]);
    assert.deepEqual(
      reports.map(({ report }) => report.status),
      [0],
    );
  });

  test('while it is being written nothing of it is handed over', async () => {
    const held: PendingTransaction[] = [];
    let isHolding = false;
    const clock = createVirtualClock({ startAt });
    const store = createMemoryStore({
      commit: divert('cancel', (transaction) => {
        if (isHolding) held.push(transaction);
        else letPass(transaction);
      }),
    });
    const { accept, connection, dispatcher } = await raise({ store, clock });
    connection.window = 0;
    const [message, other] = await accept(2);
    assert.ok(message !== undefined && other !== undefined);
    isHolding = true;
    const answered = dispatcher.cancel([message]);
    connection.window = 10;
    connection.wake();
    await clock.advance(1_000);
    assert.deepEqual(idsOf(connection.taken), [other.id]);
    const [pending] = held;
    assert.ok(pending !== undefined);
    pending.apply();
    pending.answer();
    assert.deepEqual(await answered, [true]);
    await clock.advance(1_000);
    assert.equal(connection.taken.length, 1);
  });

  test('when it cannot be written the message goes its way', async () => {
    const clock = createVirtualClock({ startAt });
    const store = createMemoryStore({
      commit: refuse('cancel'),
    });
    const { accept, connection, dispatcher } = await raise({ store, clock });
    connection.window = 0;
    const [message] = await accept(1);
    assert.ok(message !== undefined);
    await assert.rejects(dispatcher.cancel([message]), /no disk/);
    connection.window = 10;
    connection.wake();
    await clock.advance(1_000);
    assert.deepEqual(idsOf(connection.taken), [message.id]);
  });

  test('what is not in memory is taken back in the store', async () => {
    const first = await raise();
    first.connection.window = 0;
    const [message] = await first.accept(1);
    assert.ok(message !== undefined);
    const cancelled = first.dispatcher.cancel([{ id: message.id, plan: [] }]);
    assert.deepEqual(await cancelled, [true]);
    const second = await raise({ store: first.store, clock: first.clock });
    await second.clock.advance(300);
    assert.deepEqual(second.connection.taken, []);
  });
});
