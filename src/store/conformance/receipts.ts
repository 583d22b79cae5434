import assert from 'node:assert/strict';
import { receiptGraceMs } from '../../core/lifecycle.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type { Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
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

/** T3 and the parked receipts. */
export function testReceipts(open: OpenStore): void {
  testWith(open, 'a receipt finds its part and is told with all that is known', async (store) => {
    const message = sampleMessage(1, {
      reference: 'r',
      groupings: ['g', null, null],
      wants: 0b100,
    });
    await sendAs(store, 'a', message);
    const fact = receipt('a', { operator: '20408' });
    const { reports, results } = await store.receipts.record([fact], start + 3000);
    assert.deepEqual(results, [{ kind: 'applied', id: idOf(1), keyIndex: 0 }]);
    assert.deepEqual(reports, [
      {
        queue: 'status:demo',
        report: {
          messageId: idOf(1),
          account: 'demo',
          status: 2,
          error: 0,
          createdAt: start + 3000,
          channel: 'SMS',
          from: message.from,
          to: message.to,
          reference: 'r',
          groupings: ['g', null, null],
          operator: '20408',
        },
        attempts: 0,
        due: start + 3000,
        sequence: reports[0]?.sequence,
        isFollowing: false,
      },
    ]);
    const read = { queue: 'status:demo', after: null, now: start + 3000, limit: 10 };
    assert.deepEqual(await store.outbox.read(read), reports);
    const history = await store.history.message(idOf(1));
    assert.deepEqual(
      history?.events.map(({ at, kind, state }) => [at - start, kind, state]),
      [
        [0, 'submitted', 'accepted'],
        [2000, 'receipt', 'delivered'],
        [3000, 'report', '2'],
      ],
    );
    assert.equal(history.live.due, null);
    assert.equal((await store.history.counts()).live, 0);
  });

  testWith(open, 'a receipt that was recorded before is a duplicate', async (store) => {
    await sendAs(store, 'a');
    const kinds = await record(store, receipt('a'), receipt('a', { at: start + 9 }));
    assert.deepEqual(kinds, ['applied', 'duplicate']);
    assert.deepEqual(await record(store, receipt('a')), ['duplicate']);
    // Another state of the same part is news, also when it changes nothing.
    assert.deepEqual(await record(store, receipt('a', { state: 'enroute' })), ['applied']);
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0', '1:2']);
  });

  testWith(open, 'one report for all parts, when the last has arrived', async (store) => {
    await sendAs(store, 'a', sampleMessage(1, { plan: [sampleStep({ parts: 2 })] }), ['a', 'b']);
    await record(store, receipt('a'));
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0']);
    await record(store, receipt('b'));
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0', '1:2']);
  });

  testWith(open, '"read" after "delivered", or instead of it, is told after it', async (store) => {
    await sendAs(store, 'a', sampleMessage(1));
    await sendAs(store, 'b', sampleMessage(2));
    await record(store, receipt('a'));
    await record(store, receipt('a', { state: 'read' }), receipt('b', { state: 'read' }));
    await record(store, receipt('b'));
    const outbox = await readOutbox(store, start + dayMs);
    assert.deepEqual(outbox.toSorted(), ['1:0', '1:2', '1:4', '2:0', '2:2', '2:4']);
    assert.ok(outbox.indexOf('2:2') < outbox.indexOf('2:4'));
  });

  testWith(open, 'a receipt before its id is parked and applied with it', async (store) => {
    await accept(store, [sampleMessage(1)]);
    assert.deepEqual(await record(store, receipt('a')), ['parked']);
    assert.deepEqual(await record(store, receipt('a')), ['parked']);
    assert.equal((await store.history.counts()).parked, 1);
    const { reports } = await store.dispatch.submitted([accepted(1, 'a')], null, start + 5000);
    assert.deepEqual(
      reports.map(({ report }) => report.status),
      [0, 2],
    );
    assert.equal((await store.history.counts()).parked, 0);
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0', '1:2']);
    assert.deepEqual(await record(store, receipt('a')), ['duplicate']);
  });

  testWith(open, 'all parked receipts of a part are applied, oldest first', async (store) => {
    await accept(store, [sampleMessage(1)]);
    await record(store, receipt('a'), receipt('a', { state: 'read' }), receipt('b'));
    const { reports } = await store.dispatch.submitted([accepted(1, 'a')], null, start);
    assert.deepEqual(
      reports.map(({ report }) => report.status),
      [0, 2, 4],
    );
    assert.equal((await store.history.counts()).parked, 1);
  });

  testWith(open, 'ids are looked up in their order; the first match counts', async (store) => {
    await sendAs(store, '7b', sampleMessage(1));
    await sendAs(store, '123', sampleMessage(2));
    const fact = receipt('', { providerIds: ['x', '123', '7b'], exact: 3 });
    const { results } = await store.receipts.record([fact], start);
    assert.deepEqual(results, [{ kind: 'applied', id: idOf(2), keyIndex: 1 }]);
  });

  testWith(open, 'a converted id counts only for the same handset', async (store) => {
    await sendAs(store, '123', sampleMessage(1, { msisdn: '31600000001' }));
    const fact = receipt('', { providerIds: ['7b', '123'], exact: 1 });
    const other = await record(
      store,
      fact,
      { ...fact, destination: '31600000002', state: 'expired' },
      { ...fact, destination: '31600000001', state: 'read' },
    );
    assert.deepEqual(other, ['parked', 'parked', 'applied']);
  });

  testWith(open, 'a parked receipt waits for its own handset too', async (store) => {
    const fact = receipt('', { providerIds: ['7b', '123'], exact: 1, destination: '31600000001' });
    await record(store, fact);
    await sendAs(store, '123', sampleMessage(1, { msisdn: '31600000009' }));
    assert.equal((await store.history.counts()).parked, 1);
    await sendAs(store, '123', sampleMessage(2, { msisdn: '31600000001' }));
    assert.equal((await store.history.counts()).parked, 0);
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0', '2:0', '2:2']);
  });

  testWith(open, 'an id belongs to one connection', async (store) => {
    await sendAs(store, 'a');
    assert.deepEqual(await record(store, receipt('a', { connection: 'other' })), ['parked']);
    assert.deepEqual(await record(store, receipt('a')), ['applied']);
  });

  testWith(open, 'an id that comes back belongs to the newest part', async (store) => {
    await sendAs(store, 'a', sampleMessage(1));
    await sendAs(store, 'a', sampleMessage(2));
    const { results } = await store.receipts.record([receipt('a')], start);
    assert.deepEqual(results, [{ kind: 'applied', id: idOf(2), keyIndex: 0 }]);
  });

  testWith(open, 'a part that was sent twice is known by both ids', async (store) => {
    await sendAs(store, 'a');
    await store.dispatch.submitted([accepted(1, 'b')], null, start);
    assert.deepEqual(await record(store, receipt('b'), receipt('a')), ['applied', 'duplicate']);
  });

  testWith(open, 'a delivery after our own end is told; a failure is not', async (store) => {
    await sendAs(store, 'a', sampleMessage(1));
    await sendAs(store, 'b', sampleMessage(2));
    await store.dispatch.sweep(start + dayMs + receiptGraceMs, 10);
    await record(store, receipt('a'), receipt('b', { state: 'failed', error: 5 }));
    await record(store, receipt('b', { state: 'delivered' }));
    const outbox = await readOutbox(store, start + 9 * dayMs);
    assert.deepEqual(outbox.toSorted(), ['1:0', '1:2', '1:3', '2:0', '2:3']);
  });

  testWith(open, 'a failed receipt brings the next step; a rejected end is told', async (store) => {
    const plan = [sampleStep({ connection: 'op', timeoutMs: 60_000 }), sampleStep()];
    await sendAs(store, 'a', sampleMessage(1, { plan }));
    const failed = receipt('a', { state: 'rejected', error: 27 });
    const { queued } = await store.receipts.record([failed], start + 7);
    assert.deepEqual(
      queued.map(({ step, due }) => [step, due]),
      [[1, start + 7]],
    );
    await store.dispatch.submitted([accepted(1, 'b', { step: 1 })], null, start + 8);
    await record(store, receipt('b', { state: 'rejected', error: 29 }));
    const read = { queue: 'status:demo', after: null, now: start + dayMs, limit: 10 };
    assert.deepEqual(
      (await store.outbox.read(read)).map(({ report }) => [report.status, report.error]),
      [
        [0, 0],
        [1, 29],
      ],
    );
  });

  testWith(open, 'a late delivery takes the queued fallback out of its lane', async (store) => {
    const plan = [sampleStep({ timeoutMs: 60_000 }), sampleStep({ connection: 'next' })];
    await sendAs(store, 'a', sampleMessage(1, { plan }));
    await store.dispatch.sweep(start + 60_000, 10);
    assert.deepEqual(await readLanes(store, start + 60_000, 'next'), ['1.1']);
    const { unqueued } = await store.receipts.record([receipt('a')], start + 60_001);
    assert.deepEqual(unqueued, [{ id: idOf(1), step: 1 }]);
    assert.deepEqual(await readLanes(store, start + dayMs, 'next'), []);
    assert.deepEqual(await readOutbox(store, start + dayMs), ['1:0', '1:2']);
  });

  testWith(open, 'a step queued and withdrawn in one batch is not handed out', async (store) => {
    const plan = [sampleStep({ parts: 2, timeoutMs: 60_000 }), sampleStep({ connection: 'next' })];
    await sendAs(store, 'a', sampleMessage(1, { plan }), ['a', 'b']);
    await store.dispatch.sweep(start + 60_000, 10);
    const { queued } = await store.receipts.record([receipt('a'), receipt('b')], start + 60_001);
    assert.deepEqual(queued, []);
    assert.deepEqual(await readLanes(store, start + dayMs, 'next'), []);
  });

  testWith(open, 'parked receipts are looked at in turn and dropped when old', async (store) => {
    await record(store, receipt('a'));
    await store.receipts.record([receipt('b'), receipt('c')], start + 5000);
    const sweep = (now: number, limit: number, dropBefore: number) =>
      store.receipts.sweepParked(now, limit, dropBefore);
    const none = await sweep(start, 10, 0);
    assert.deepEqual([none.looked, none.dropped], [0, 0]);
    assert.equal((await sweep(start + 6000, 2, 0)).looked, 2);
    assert.equal((await sweep(start + 6000, 2, 0)).looked, 1);
    assert.equal((await sweep(start + 6000, 2, 0)).looked, 0);
    assert.equal((await sweep(start + 7000, 9, 0)).looked, 3);
    const old = await sweep(start + 7000, 9, start + 5000);
    assert.deepEqual([old.looked, old.dropped, old.reports], [0, 1, []]);
    assert.equal((await store.history.counts()).parked, 2);
  });
}

/** Accepts a message and submits its parts under these ids. */
async function sendAs(
  store: Store,
  providerId: string,
  message = sampleMessage(1),
  providerIds: readonly string[] = [providerId],
): Promise<void> {
  await accept(store, [message]);
  const batch = providerIds.map((name, part) => ({ ...accepted(0, name), id: message.id, part }));
  await store.dispatch.submitted(batch, null, start);
}

async function record(store: Store, ...facts: ReceiptFact[]): Promise<string[]> {
  const { results } = await store.receipts.record(facts, start + 3000);
  return results.map(({ kind }) => kind);
}
