import assert from 'node:assert/strict';
import type { OutboxReport, Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { accept, accepted, idOf, readOutbox, receipt, sampleMessage, start } from './sample.ts';

/** T4. */
export function testOutbox(open: OpenStore): void {
  testWith(open, 'queues are known by their reports', async (store) => {
    assert.deepEqual(await store.outbox.queues(), []);
    await accept(store, [
      sampleMessage(1),
      sampleMessage(2, { reportTo: 'smpp:x' }),
      sampleMessage(3, { reportTo: null }),
    ]);
    const batch = [accepted(1, 'a'), accepted(2, 'b'), accepted(3, 'c')];
    await store.dispatch.submitted(batch, null, start);
    assert.deepEqual(await store.outbox.queues(), ['smpp:x', 'status:demo']);
    assert.deepEqual(await readOutbox(store, start, 'smpp:x'), ['2:0']);
    assert.deepEqual(await readOutbox(store, start, 'none'), []);
  });

  testWith(open, 'reports are read in order, from a cursor, when they are due', async (store) => {
    const all = await fill(store, [1, 2, 3]);
    assert.deepEqual(await readOutbox(store, start - 1), []);
    assert.deepEqual(
      all.map(({ sequence }) => sequence),
      all.map(({ sequence }) => sequence).toSorted((left, right) => left - right),
    );
    const [first, second] = all;
    assert.ok(first !== undefined && second !== undefined);
    const query = { queue: 'status:demo', now: start, limit: 1 };
    assert.deepEqual(await store.outbox.read({ ...query, after: null }), [first]);
    assert.deepEqual(await store.outbox.read({ ...query, after: first }), [second]);
    assert.deepEqual(await store.outbox.read({ ...query, after: first, limit: 9 }), all.slice(1));
  });

  testWith(open, 'a report that was told is gone, and history says how it ended', async (store) => {
    const [first] = await fill(store, [1, 2]);
    assert.ok(first !== undefined);
    const { queue, sequence } = first;
    const told = { queue, sequence, messageId: idOf(1), status: 0, httpStatus: 204 };
    await store.outbox.told([told], start + 70);
    await store.outbox.told([{ ...told, httpStatus: 500 }], start + 80);
    assert.deepEqual(await readOutbox(store, start), ['2:0']);
    const history = await store.history.message(idOf(1));
    assert.deepEqual(
      history?.events.filter(({ kind }) => kind === 'told'),
      [
        {
          at: start + 70,
          kind: 'told',
          step: 0,
          part: 0,
          state: '0',
          error: 0,
          detail: '204',
        },
      ],
    );
    assert.equal((await store.history.counts()).outbox, 1);
    await store.outbox.told([{ ...told, messageId: idOf(77) }], start);
  });

  testWith(open, 'a failed delivery holds all reports of its message back', async (store) => {
    const [first] = await fill(store, [1, 2]);
    assert.ok(first !== undefined);
    await store.receipts.record([receipt('id2'), receipt('id1')], start);
    const { queue, sequence } = first;
    await store.outbox.postpone([{ queue, sequence, messageId: idOf(1), due: start + 500 }]);
    assert.deepEqual(await readOutbox(store, start), ['2:0', '2:2']);
    const query = { queue, after: null, now: start + 500, limit: 9 };
    assert.deepEqual(
      (await store.outbox.read(query)).map(({ report, attempts, due }) => [
        report.messageId,
        report.status,
        attempts,
        due - start,
      ]),
      [
        [idOf(2), 0, 0, 0],
        [idOf(2), 2, 0, 0],
        [idOf(1), 0, 1, 500],
        [idOf(1), 2, 0, 500],
      ],
    );
    await store.outbox.postpone([{ queue, sequence, messageId: idOf(77), due: start }]);
  });

  testWith(
    open,
    'a report waits with an earlier one of its message that was postponed',
    async (store) => {
      const [first] = await fill(store, [1, 2]);
      assert.ok(first !== undefined);
      const { queue, sequence } = first;
      const due = start + 60_000;
      await store.outbox.postpone([{ queue, sequence, messageId: idOf(1), due }]);
      const { reports } = await store.receipts.record([receipt('id1'), receipt('id2')], start + 5);
      assert.deepEqual(
        reports.map((row) => [row.report.messageId, row.due]),
        [
          [idOf(1), due],
          [idOf(2), start + 5],
        ],
      );
      assert.deepEqual(await readOutbox(store, due - 1), ['2:0', '2:2']);
      assert.deepEqual(await readOutbox(store, due), ['2:0', '2:2', '1:0', '1:2']);
      const told = { queue, sequence, messageId: idOf(1), status: 0, httpStatus: 200 };
      await store.outbox.told([told], start);
      const later = await store.receipts.record([receipt('id1', { state: 'read' })], due + 9);
      assert.deepEqual(
        later.reports.map((row) => row.due),
        [due + 9],
      );
    },
  );

  testWith(open, 'a report that is told meanwhile is not brought back', async (store) => {
    const [first] = await fill(store, [1]);
    assert.ok(first !== undefined);
    const { queue, sequence } = first;
    const told = { queue, sequence, messageId: idOf(1), status: 0, httpStatus: 200 };
    await store.outbox.told([told], start);
    await store.outbox.postpone([{ queue, sequence, messageId: idOf(1), due: start }]);
    assert.deepEqual(await readOutbox(store, start), []);
    assert.deepEqual(await store.outbox.queues(), []);
  });
}

/** Messages that the operator took as "id<index>": each has its first report in the outbox. */
async function fill(store: Store, indexes: readonly number[]): Promise<readonly OutboxReport[]> {
  await accept(
    store,
    indexes.map((index) => sampleMessage(index)),
  );
  const batch = indexes.map((index) => accepted(index, `id${index}`));
  const { reports } = await store.dispatch.submitted(batch, null, start);
  return reports;
}
