import assert from 'node:assert/strict';
import { laneOf } from '../../core/lane.ts';
import { receiptGraceMs } from '../../core/lifecycle.ts';
import { retryDelayMs } from '../../core/retry.ts';
import type { Lease } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import {
  accept,
  accepted,
  allLanes,
  dayMs,
  hourMs,
  idOf,
  indexOf,
  readLanes,
  readOutbox,
  receipt,
  sampleMessage,
  sampleStep,
  start,
} from './sample.ts';

const later = { kind: 'later', error: 28, attemptsMax: null } as const;
const refused = { kind: 'refused', error: 23 } as const;
const withFallback = [
  sampleStep({ channel: 'RCS', connection: 'rbm', timeoutMs: 60_000 }),
  sampleStep(),
];

/** The lanes, T1b, T2 and the sweep of due times. */
export function testDispatch(open: OpenStore): void {
  testWith(open, 'a lane is read in the order of due time, then id', async (store) => {
    await accept(store, [sampleMessage(3), sampleMessage(5)], { now: start + 20 });
    await accept(store, [sampleMessage(7)], { now: start + 10 });
    await accept(store, [sampleMessage(8, { plan: [sampleStep({ connection: 'other' })] })]);
    assert.deepEqual(await readLanes(store, start + 9), []);
    assert.deepEqual(await readLanes(store, start + 10), ['7.0']);
    assert.deepEqual(await readLanes(store, start + 20), ['7.0', '3.0', '5.0']);
    assert.deepEqual(await readLanes(store, start + 20, 'other'), ['8.0']);
    assert.deepEqual(await readLanes(store, start + 20, 'none'), []);
  });

  testWith(open, 'a cursor goes on where the last reading ended', async (store) => {
    for (const [index, now] of [0, 0, 5, 5, 5, 9].entries()) {
      await accept(store, [sampleMessage(index)], { now: start + now });
    }
    const query = { connection: 'op', lanes: allLanes, now: start + 10, limit: 2 };
    let after = null;
    const seen: number[] = [];
    for (let round = 0; round < 4; round++) {
      const steps = await store.dispatch.readReady({ ...query, after });
      seen.push(...steps.map(({ message }) => indexOf(message.id)));
      const last = steps.at(-1);
      if (last !== undefined) after = { due: last.due, id: last.message.id };
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
    const between = { due: start + 3, id: idOf(99) };
    const rest = await store.dispatch.readReady({ ...query, after: between, limit: 9 });
    assert.deepEqual(
      rest.map(({ message }) => indexOf(message.id)),
      [2, 3, 4, 5],
    );
  });

  testWith(open, 'ranges of lanes cut a queue into disjoint parts', async (store) => {
    const messages = Array.from({ length: 200 }, (_, index) => sampleMessage(index));
    await accept(store, messages);
    const seen = new Set<string>();
    for (const lanes of [
      { first: 0, last: 15 },
      { first: 16, last: 16 },
      { first: 17, last: 63 },
    ]) {
      const steps = await store.dispatch.readReady({
        connection: 'op',
        lanes,
        after: null,
        now: start,
        limit: 1000,
      });
      for (const { message } of steps) {
        assert.ok(laneOf(message.msisdn) >= lanes.first && laneOf(message.msisdn) <= lanes.last);
        assert.ok(!seen.has(message.id));
        seen.add(message.id);
      }
    }
    assert.equal(seen.size, 200);
  });

  testWith(open, 'a part that was taken leaves the lane and is told', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2, { wants: 0b11110 })]);
    const batch = [accepted(1, 'a'), accepted(2, 'b')];
    const { reports, queued, unqueued } = await store.dispatch.submitted(batch, null, start + 50);
    assert.deepEqual(
      reports.map(({ report }) => [indexOf(report.messageId), report.status, report.createdAt]),
      [[1, 0, start + 50]],
    );
    assert.deepEqual([queued, unqueued], [[], []]);
    assert.deepEqual(await readLanes(store, start + dayMs), []);
    const history = await store.history.message(idOf(1));
    assert.equal(history?.live.progress, 'e');
    assert.equal(history.live.due, start + dayMs + receiptGraceMs);
    assert.deepEqual(history.events, [
      {
        at: start + 50,
        kind: 'submitted',
        step: 0,
        part: 0,
        state: 'accepted',
        error: 0,
        detail: 'a',
      },
      {
        at: start + 50,
        kind: 'report',
        step: 0,
        part: 0,
        state: '0',
        error: 0,
        detail: '',
      },
    ]);
  });

  testWith(open, 'a step stays in its lane until its last part was taken', async (store) => {
    await accept(store, [sampleMessage(1, { plan: [sampleStep({ parts: 3 })] })]);
    await store.dispatch.submitted(
      [accepted(1, 'a', { part: 0 }), accepted(1, 'c', { part: 2 })],
      null,
      start,
    );
    const [step] = await store.dispatch.readReady({
      connection: 'op',
      lanes: allLanes,
      after: null,
      now: start,
      limit: 1,
    });
    assert.equal(step?.live.progress, 'e.e');
    assert.deepEqual(await readOutbox(store, start), []);
    await store.dispatch.submitted([accepted(1, 'b', { part: 1 })], null, start);
    assert.deepEqual(await readLanes(store, start), []);
    assert.deepEqual(await readOutbox(store, start), ['1:0']);
  });

  testWith(open, 'one batch may speak of a message again after many others', async (store) => {
    const indexes = Array.from({ length: 50 }, (_, index) => index);
    const plan = [sampleStep({ parts: 2 })];
    await accept(
      store,
      indexes.map((index) => sampleMessage(index, { plan })),
    );
    const batch = [0, 1].flatMap((part) =>
      indexes.map((index) => accepted(index, `id${index}.${part}`, { part })),
    );
    const { reports } = await store.dispatch.submitted(batch, null, start);
    assert.equal(reports.length, 50);
    const receipts = [0, 1].flatMap((part) =>
      indexes.map((index) => receipt(`id${index}.${part}`)),
    );
    const recorded = await store.receipts.record(receipts, start);
    assert.equal(recorded.reports.length, 50);
    assert.deepEqual(await readLanes(store, start), []);
    assert.equal((await store.history.counts()).live, 0);
  });

  testWith(open, 'the last step waits after a temporary refusal and comes back', async (store) => {
    const message = sampleMessage(1);
    await accept(store, [message]);
    const due = start + retryDelayMs(1, message.id);
    const { queued, reports } = await store.dispatch.submitted(
      [accepted(1, '', { outcome: later })],
      null,
      start,
    );
    assert.equal(queued.length, 1);
    assert.deepEqual(queued[0]?.message, message);
    assert.equal(queued[0]?.due, due);
    assert.equal(queued[0]?.live.attempts, 1);
    assert.deepEqual(reports, []);
    assert.deepEqual(await readLanes(store, due - 1), []);
    assert.deepEqual(await readLanes(store, due), ['1.0']);
    assert.equal((await store.history.counts()).ready, 1);
    // A second refusal is an event of its own.
    await store.dispatch.submitted([accepted(1, '', { outcome: later })], null, due);
    const history = await store.history.message(idOf(1));
    assert.deepEqual(
      history?.events.map(({ kind, state, error, detail }) => [kind, state, error, detail]),
      [
        ['submitted', 'later', 28, '1'],
        ['submitted', 'later', 28, '2'],
      ],
    );
  });

  testWith(open, 'a step with another behind it gives way to it', async (store) => {
    await accept(store, [sampleMessage(1, { plan: withFallback })]);
    const { queued } = await store.dispatch.submitted(
      [accepted(1, '', { connection: 'rbm', outcome: later })],
      null,
      start + 5,
    );
    assert.deepEqual(
      queued.map(({ message, step, due }) => [indexOf(message.id), step, due]),
      [[1, 1, start + 5]],
    );
    assert.deepEqual(await readLanes(store, start + dayMs, 'rbm'), []);
    assert.deepEqual(await readLanes(store, start + 5, 'op'), ['1.1']);
  });

  testWith(open, 'a step that waits can be moved, and waits there in its order', async (store) => {
    const plan = [sampleStep(), sampleStep({ channel: 'RCS', connection: 'rbm' })];
    await accept(store, [sampleMessage(1, { plan }), sampleMessage(2), sampleMessage(3)]);
    await accept(store, [
      sampleMessage(4, { acceptedAt: start, plan: [sampleStep({ connection: 'spare' })] }),
    ]);
    const moves = [1, 3, 9].map((index) => ({ id: idOf(index), step: 0, from: 'op', to: 'spare' }));
    const done = await store.dispatch.move(moves, null, start + 5);
    assert.deepEqual(done.moved, [true, true, false]);
    assert.deepEqual(
      done.queued.map(({ message, step, due }) => [
        indexOf(message.id),
        step,
        due,
        message.plan.map(({ connection }) => connection),
        message.content.text,
      ]),
      [
        [1, 0, start, ['spare', 'rbm'], 'Text 1'],
        [3, 0, start, ['spare'], 'Text 3'],
      ],
    );
    assert.deepEqual([done.reports, done.unqueued], [[], []]);
    assert.deepEqual(await readLanes(store, start + 5), ['2.0']);
    assert.deepEqual(await readLanes(store, start + 5, 'spare'), ['1.0', '3.0', '4.0']);
    await store.dispatch.submitted([accepted(3, 'a', { connection: 'spare' })], null, start + 6);
    assert.deepEqual(await readLanes(store, start + 6, 'spare'), ['1.0', '4.0']);
    const shown = await store.history.message(idOf(3));
    assert.equal(shown?.message.plan[0]?.connection, 'spare');
  });

  testWith(open, 'a retry keeps its time when it is moved', async (store) => {
    await accept(store, [sampleMessage(1)]);
    const { queued } = await store.dispatch.submitted(
      [accepted(1, '', { outcome: later })],
      null,
      start,
    );
    const due = queued[0]?.due ?? 0;
    const moves = [{ id: idOf(1), step: 0, from: 'op', to: 'spare' }];
    const done = await store.dispatch.move(moves, null, start + 1);
    assert.deepEqual(done.moved, [true]);
    assert.deepEqual(await readLanes(store, due - 1, 'spare'), []);
    assert.deepEqual(await readLanes(store, due, 'spare'), ['1.0']);
    assert.deepEqual(await readLanes(store, due), []);
  });

  testWith(open, 'what was sent, or may have been, is not moved', async (store) => {
    const two = [sampleStep({ parts: 2 })];
    const plan = [sampleStep(), sampleStep({ channel: 'RCS', connection: 'rbm' })];
    await accept(store, [
      sampleMessage(1),
      sampleMessage(2, { plan: two }),
      sampleMessage(3),
      sampleMessage(4, { plan }),
      sampleMessage(5),
    ]);
    await store.dispatch.submitted([accepted(1, 'a'), accepted(2, 'b')], null, start);
    await store.dispatch.intend([{ id: idOf(3), step: 0 }], start);
    const moves = [
      ...[1, 2, 3].map((index) => ({ id: idOf(index), step: 0, from: 'op', to: 'spare' })),
      // Not its turn; and it waits for another connection than that.
      { id: idOf(4), step: 1, from: 'rbm', to: 'spare' },
      { id: idOf(5), step: 0, from: 'rbm', to: 'spare' },
    ];
    const done = await store.dispatch.move(moves, null, start + 1);
    assert.deepEqual(done.moved, [false, false, false, false, false]);
    assert.deepEqual(await readLanes(store, start + dayMs, 'spare'), []);
    assert.deepEqual(await readLanes(store, start + 1), ['2.0', '4.0', '5.0']);
  });

  testWith(open, 'only the owner of the lanes moves what waits in them', async (store) => {
    await accept(store, [sampleMessage(1)]);
    const [old] = await store.leases.acquire(['op/lanes'], 'a', 1_000, start);
    await store.leases.acquire(['op/lanes'], 'b', 1_000, start + 2_000);
    const moves = [{ id: idOf(1), step: 0, from: 'op', to: 'spare' }];
    const done = await store.dispatch.move(moves, old ?? null, start + 2_001);
    assert.deepEqual(done.moved, [false]);
    assert.deepEqual(await readLanes(store, start + 2_001), ['1.0']);
  });

  testWith(open, 'what has not gone out can be cancelled, and ends', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    const done = await store.dispatch.cancel([idOf(1), idOf(9)], start + 5);
    assert.deepEqual(done.cancelled, [true, false]);
    assert.deepEqual(done.unqueued, [{ id: idOf(1), step: 0 }]);
    assert.deepEqual(
      done.reports.map(({ report }) => [report.status, report.error]),
      [[3, 5]],
    );
    assert.deepEqual(await readLanes(store, start + 5), ['2.0']);
    assert.deepEqual(await readOutbox(store, start + 5), ['1:3']);
    const again = await store.dispatch.cancel([idOf(1)], start + 6);
    assert.deepEqual(again.cancelled, [false], 'it has ended');
    assert.deepEqual(again.reports, []);
  });

  testWith(open, 'what has gone out in part can not be cancelled', async (store) => {
    await accept(store, [sampleMessage(1, { plan: [sampleStep({ parts: 2 })] })]);
    await store.dispatch.submitted([accepted(1, 'a')], null, start);
    const sent = await store.dispatch.cancel([idOf(1)], start + 1);
    assert.deepEqual(sent.cancelled, [false]);
    await accept(store, [sampleMessage(2)]);
    await store.dispatch.intend([{ id: idOf(2), step: 0 }], start);
    const intended = await store.dispatch.cancel([idOf(2)], start + 1);
    assert.deepEqual(intended.cancelled, [false]);
  });

  testWith(open, 'what is refused for ever ends; its unsent parts are withdrawn', async (store) => {
    await accept(store, [sampleMessage(1, { plan: [sampleStep({ parts: 2 })] })]);
    const { reports, unqueued } = await store.dispatch.submitted(
      [accepted(1, '', { outcome: refused })],
      null,
      start,
    );
    assert.deepEqual(
      reports.map(({ report }) => [report.status, report.error]),
      [[1, 23]],
    );
    assert.deepEqual(unqueued, [{ id: idOf(1), step: 0 }]);
    assert.deepEqual(await readLanes(store, start + dayMs), []);
    assert.equal((await store.history.counts()).live, 0);
  });

  testWith(open, 'a part without an answer is not sent again', async (store) => {
    await accept(store, [sampleMessage(1)]);
    const outcome = { kind: 'unknown' } as const;
    await store.dispatch.submitted([accepted(1, '', { outcome })], null, start);
    assert.deepEqual(await readLanes(store, start + dayMs), []);
    assert.deepEqual(await readOutbox(store, start), []);
    assert.equal((await store.history.message(idOf(1)))?.live.progress, '?');
  });

  testWith(open, 'an intent takes the step out of its lane before it is sent', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    await store.dispatch.intend([{ id: idOf(1), step: 0 }], start);
    assert.deepEqual(await readLanes(store, start), ['2.0']);
    await store.dispatch.submitted([accepted(1, 'a')], null, start);
    assert.deepEqual(await readOutbox(store, start), ['1:0']);
  });

  testWith(open, 'an intent that is taken back puts the step where it was', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    await store.dispatch.intend([{ id: idOf(1), step: 0 }], start);
    await store.dispatch.withdraw([{ id: idOf(1), step: 0, part: 0 }], start + 5);
    assert.deepEqual(await readLanes(store, start + 5), ['1.0', '2.0']);
    assert.equal((await store.history.message(idOf(1)))?.live.progress, '.');
  });

  testWith(open, 'an intent of what was sent is not taken back', async (store) => {
    await accept(store, [sampleMessage(1)]);
    await store.dispatch.intend([{ id: idOf(1), step: 0 }], start);
    await store.dispatch.submitted([accepted(1, 'a')], null, start);
    await store.dispatch.withdraw([{ id: idOf(1), step: 0, part: 0 }], start);
    assert.deepEqual(await readLanes(store, start), []);
  });

  testWith(open, 'nothing is said about messages that are not there', async (store) => {
    const { reports } = await store.dispatch.submitted([accepted(7, 'a')], null, start);
    await store.dispatch.intend([{ id: idOf(7), step: 0 }], start);
    assert.deepEqual(reports, []);
    assert.equal((await store.history.counts()).messages, 0);
  });

  testWith(open, 'under a lost lease facts count and decisions do not', async (store) => {
    const [lost] = await store.leases.acquire(['op/0'], 'node-a', 1000, start);
    const [held] = await store.leases.acquire(['op/0'], 'node-b', 1000, start + 1000);
    assert.ok(lost !== undefined && held !== undefined);
    const messages = [1, 2, 3, 4].map((index) => sampleMessage(index));
    await accept(store, messages);
    const batch = [
      accepted(1, 'a'),
      accepted(2, '', { outcome: later }),
      accepted(3, '', { outcome: refused }),
      accepted(4, '', { outcome: { kind: 'unknown' } }),
    ];
    await store.dispatch.submitted(batch, lost, start);
    assert.deepEqual(await readLanes(store, start), ['2.0', '3.0']);
    assert.deepEqual(await readOutbox(store, start), ['1:0']);
    await store.dispatch.submitted(batch, held, start);
    assert.deepEqual(await readLanes(store, start), []);
    assert.deepEqual(await readOutbox(store, start), ['1:0', '3:1']);
  });

  testWith(open, 'a lease that ran out counts until somebody else takes it', async (store) => {
    const [lease] = await store.leases.acquire(['op/0'], 'node-a', 1000, start);
    assert.ok(lease !== undefined);
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    const refuse = (index: number, under: Lease) =>
      store.dispatch.submitted([accepted(index, '', { outcome: refused })], under, start + hourMs);
    await refuse(1, lease);
    assert.deepEqual(await readLanes(store, start), ['2.0']);
    await store.leases.release(['op/0'], 'node-a');
    await refuse(2, lease);
    assert.deepEqual(await readLanes(store, start), ['2.0']);
  });

  testWith(open, 'the sweep ends what has expired, and says why', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2), sampleMessage(3)]);
    await store.dispatch.submitted([accepted(2, 'b')], null, start);
    const early = await store.dispatch.sweep(start + dayMs - 1, 10);
    assert.deepEqual([early.looked, early.reports, early.unqueued], [0, [], []]);
    const first = await store.dispatch.sweep(start + dayMs, 1);
    assert.equal(first.looked, 1);
    const second = await store.dispatch.sweep(start + dayMs, 10);
    const ended = [...first.reports, ...second.reports].map(({ report }) => [
      indexOf(report.messageId),
      report.status,
      report.error,
    ]);
    assert.deepEqual(ended, [
      [1, 3, 8],
      [3, 3, 8],
    ]);
    assert.deepEqual(
      [...first.unqueued, ...second.unqueued].map(({ id }) => indexOf(id)),
      [1, 3],
    );
    assert.deepEqual(await readLanes(store, start + dayMs), []);
    const last = await store.dispatch.sweep(start + dayMs + receiptGraceMs, 10);
    assert.deepEqual(
      last.reports.map(({ report }) => [indexOf(report.messageId), report.status]),
      [[2, 3]],
    );
    assert.equal((await store.dispatch.sweep(start + 9 * dayMs, 10)).looked, 0);
  });

  testWith(open, 'the sweep takes the longest overdue first', async (store) => {
    await accept(store, [
      sampleMessage(1, { expiresAt: start + 3 * hourMs }),
      sampleMessage(2, { expiresAt: start + hourMs }),
      sampleMessage(3, { expiresAt: start + 2 * hourMs }),
    ]);
    const ended: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { unqueued } = await store.dispatch.sweep(start + dayMs, 1);
      ended.push(...unqueued.map(({ id }) => indexOf(id)));
    }
    assert.deepEqual(ended, [2, 3, 1]);
  });

  testWith(open, 'a step whose wait begins anew is looked at when that is over', async (store) => {
    await accept(store, [sampleMessage(1, { plan: withFallback })]);
    await store.dispatch.submitted(
      [accepted(1, '', { connection: 'rbm', outcome: refused })],
      null,
      start + 5,
    );
    // The last step has no wait of its own: the validity is next, and a sweep in between finds nothing.
    assert.equal((await store.dispatch.sweep(start + dayMs - 1, 10)).looked, 0);
    assert.equal((await store.dispatch.sweep(start + dayMs, 10)).looked, 1);
  });

  testWith(
    open,
    'a step with a shorter wait than the one before is looked at in time',
    async (store) => {
      const plan = [
        sampleStep({ timeoutMs: hourMs }),
        sampleStep({ timeoutMs: 1000 }),
        sampleStep({ connection: 'last' }),
      ];
      await accept(store, [sampleMessage(1, { plan })]);
      await store.dispatch.submitted([accepted(1, '', { outcome: refused })], null, start);
      assert.equal((await store.dispatch.sweep(start + 1000, 10)).queued.length, 1);
      assert.deepEqual(await readLanes(store, start + 1000, 'last'), ['1.2']);
    },
  );

  testWith(open, 'the sweep begins the next step when the wait is over', async (store) => {
    await accept(store, [sampleMessage(1, { plan: withFallback })]);
    await store.dispatch.submitted([accepted(1, 'a', { connection: 'rbm' })], null, start + 30_000);
    assert.deepEqual((await store.dispatch.sweep(start + 89_999, 10)).queued, []);
    const { queued } = await store.dispatch.sweep(start + 90_000, 10);
    assert.deepEqual(
      queued.map(({ message, step, due }) => [indexOf(message.id), step, due]),
      [[1, 1, start + 90_000]],
    );
    assert.deepEqual(await readLanes(store, start + 90_000, 'op'), ['1.1']);
  });
}
