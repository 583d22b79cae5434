import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from './open-store.ts';
import {
  accept,
  accepted,
  dayMs,
  idOf,
  readLanes,
  readOutbox,
  receipt,
  sampleMessage,
  sampleStep,
  start,
} from './sample.ts';

/** What has been promised is there when the store is opened again. */
export function testDurability(open: OpenStore): void {
  test('a store that is opened again knows everything', async (context) => {
    const { store, reopen } = await open();
    if (reopen === undefined) {
      await store.close();
      context.skip('this store cannot be opened again');
      return;
    }
    const plan = [sampleStep({ timeoutMs: 60_000 }), sampleStep({ connection: 'next' })];
    await store.intake.openWallet('demo', 10);
    await accept(store, [sampleMessage(1), sampleMessage(2), sampleMessage(3, { plan })], {
      wallet: 'trial',
    });
    await store.dispatch.submitted([accepted(2, 'b'), accepted(3, 'c')], null, start);
    await store.receipts.record([receipt('b'), receipt('early')], start);
    const [lease] = await store.leases.acquire(['op/0'], 'a', 1000, start);
    const [report] = await store.outbox.read({
      queue: 'status:demo',
      after: null,
      now: start,
      limit: 1,
    });
    assert.ok(lease !== undefined && report !== undefined);
    const { queue, sequence } = report;
    await store.outbox.postpone([{ queue, sequence, messageId: idOf(2), due: start + 9 }]);
    const before = {
      counts: await store.history.counts(),
      messages: await store.history.find({ limit: 10 }),
    };

    const again = await reopen();
    try {
      assert.deepEqual(await again.history.counts(), before.counts);
      assert.deepEqual(await again.history.find({ limit: 10 }), before.messages);
      assert.equal(await again.intake.messagesLeft('demo'), 7);
      assert.deepEqual(await readLanes(again, start), ['1.0']);
      assert.deepEqual(await again.outbox.queues(), ['status:demo']);
      assert.deepEqual(await readOutbox(again, start), ['3:0']);
      assert.deepEqual(await readOutbox(again, start + 9), ['3:0', '2:0', '2:2']);
      assert.deepEqual(await again.leases.acquire(['op/0'], 'b', 1000, start), []);
      const [next] = await again.leases.acquire(['op/0'], 'b', 1000, start + 1000);
      assert.equal(next?.epoch, 2);

      await again.dispatch.submitted([accepted(1, 'early')], null, start + 10);
      const { results, reports } = await again.receipts.record(
        [receipt('b'), receipt('c'), receipt('early')],
        start + 11,
      );
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['duplicate', 'applied', 'duplicate'],
      );
      // New reports come behind the old ones.
      assert.ok(reports.every((row) => row.sequence > sequence));
      assert.equal((await again.dispatch.sweep(start + 2 * dayMs, 10)).looked, 0);
    } finally {
      await again.close();
    }
  });

  test('a number of a forgotten message is not given to another', async (context) => {
    const { store, reopen } = await open();
    if (reopen === undefined) {
      await store.close();
      context.skip('this store cannot be opened again');
      return;
    }
    await accept(store, [sampleMessage(1, { wants: 0 })]);
    await store.dispatch.submitted([accepted(1, 'a')], null, start);
    await store.receipts.record([receipt('a')], start);
    await store.retention.prune({ content: 0, correlation: 0, history: start + 1 }, 10);
    const again = await reopen();
    try {
      assert.equal((await again.history.counts()).messages, 0);
      await accept(again, [sampleMessage(2)]);
      const { results } = await again.receipts.record([receipt('a', { state: 'read' })], start);
      assert.deepEqual(results, [{ kind: 'parked' }]);
    } finally {
      await again.close();
    }
  });

  test('nothing that many callers ask for at once is forgotten', async () => {
    const { store } = await open();
    try {
      const indexes = Array.from({ length: 300 }, (_, index) => index);
      await Promise.all(
        indexes.map(async (index) => {
          await accept(store, [sampleMessage(index)]);
          const early = index % 3 === 0;
          if (early) await store.receipts.record([receipt(`id${index}`)], start);
          await store.dispatch.submitted([accepted(index, `id${index}`)], null, start);
          if (!early) await store.receipts.record([receipt(`id${index}`)], start);
          const history = await store.history.message(idOf(index));
          assert.equal(history?.live.progress, 'd');
        }),
      );
      const outbox = await store.outbox.read({
        queue: 'status:demo',
        after: null,
        now: start,
        limit: 1000,
      });
      assert.equal(outbox.length, 600);
      await Promise.all(
        outbox.map(({ queue, sequence, report: { messageId, status } }) =>
          store.outbox.told([{ queue, sequence, messageId, status, httpStatus: 200 }], start),
        ),
      );
      assert.deepEqual(await store.history.counts(), {
        messages: 300,
        ready: 0,
        live: 0,
        outbox: 0,
        parked: 0,
      });
    } finally {
      await store.close();
    }
  });
}
