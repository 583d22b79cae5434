import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Groupings } from '../../core/message.ts';
import type { Store } from '../contract.ts';
import type {
  ConversionRequest,
  CountsQuery,
  GroupingCounts,
  ReportedConversion,
  RouteCounts,
} from '../conversion-contract.ts';
import { groupingsCountedMax } from '../rows.ts';
import { type OpenStore, testWith } from './open-store.ts';
import {
  accept,
  accepted,
  dayMs,
  hourMs,
  idOf,
  receipt,
  sampleMessage,
  sampleStep,
  start,
} from './sample.ts';

/** Conversions, and what became of messages by connection and operator. */
export function testConversions(open: OpenStore): void {
  testWith(open, 'a conversion is kept with its message', async (store) => {
    const groupings = ['orders', null, 'ü\n'] as const;
    await accept(store, [sampleMessage(1, { reference: 'r', groupings, operator: '20408' })]);
    await deliver(store, 1);
    const notifiedAt = start + 9;
    assert.equal(await record(store, 1, { reference: 'r', msisdn: '316', notifiedAt }), 'recorded');
    const message = {
      id: idOf(1),
      acceptedAt: start,
      connection: 'op',
      operator: '20408',
      groupings,
    };
    const [found, ...others] = await store.conversions.find({ account: 'demo', limit: 9 });
    assert.deepEqual(others, []);
    assert.deepEqual(found, {
      ...reportedAs({ reference: 'r', msisdn: '316', notifiedAt }),
      sequence: found?.sequence,
      receivedAt: start + 60_000,
      message,
    });
  });

  testWith(open, 'a conversion that fits no message is kept and counted too', async (store) => {
    assert.equal(await record(store, null, { msisdn: '316' }), 'recorded');
    assert.equal(await record(store, 7, { reference: 'gone' }), 'recorded');
    const found = await store.conversions.find({ account: 'demo', limit: 9 });
    assert.deepEqual(
      found.map(({ reference, msisdn, message }) => [reference, msisdn, message]),
      [
        ['gone', null, null],
        [null, '316', null],
      ],
    );
    const { unmatched, routes } = await store.conversions.counts(all);
    assert.deepEqual([unmatched, routes], [2, []]);
  });

  testWith(open, 'a message converts once, and a report counts once', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    assert.equal(await record(store, 1, { reference: 'r' }), 'recorded');
    assert.equal(await record(store, 1, { reference: 'r' }), 'known');
    assert.equal(await record(store, 1, { reference: 'r', convertedAt: start + 5 }), 'known');
    // The same report, which a newer message fits by now.
    assert.equal(await record(store, 2, { reference: 'r' }), 'known');
    assert.equal(await record(store, 2, { reference: 'r', convertedAt: start + 5 }), 'recorded');
    assert.equal(await record(store, null, { msisdn: '316' }), 'recorded');
    assert.equal(await record(store, null, { msisdn: '316' }), 'known');
    assert.equal(await record(store, null, { msisdn: '316', account: 'other' }), 'recorded');
    assert.equal((await store.conversions.find({ account: 'demo', limit: 9 })).length, 3);
    const { routes, unmatched } = await store.conversions.counts({ ...all, account: 'demo' });
    assert.deepEqual(routes, [counts({ sent: 0, converted: 2 })]);
    assert.equal(unmatched, 1);
  });

  testWith(open, 'of twins at the same time one is recorded', async (store) => {
    await accept(store, [sampleMessage(1)]);
    const twins = [1, 2, 3].map(() => record(store, 1, { reference: 'r' }));
    assert.deepEqual((await Promise.all(twins)).toSorted(), ['known', 'known', 'recorded']);
  });

  testWith(open, 'a conversion with a key keeps its answer', async (store) => {
    const answer = { status: 200, headers: {}, body: '' };
    const key = { account: 'demo', key: 'k', fingerprint: 'f' };
    const once = { ...key, answer, expiresAt: start + dayMs, keysMax: 9 };
    const request = requestOf(null, { reference: 'r' });
    assert.deepEqual(await store.conversions.record({ ...request, once }), { kind: 'recorded' });
    const repeated = { kind: 'repeated', answer };
    assert.deepEqual(await store.conversions.record({ ...request, once }), repeated);
    assert.deepEqual(await store.answers.find(key, start), repeated);
    const other = { ...once, fingerprint: 'g' };
    const reused = await store.conversions.record({ ...request, once: other });
    assert.deepEqual(reused, { kind: 'key-reused' });
    assert.equal((await store.conversions.find({ account: 'demo', limit: 9 })).length, 1);
  });

  testWith(
    open,
    'conversions are found by reference, number, message and cursor',
    async (store) => {
      await accept(store, [sampleMessage(1)]);
      await record(store, 1, { reference: 'a', msisdn: '31' });
      await record(store, null, { reference: 'b', msisdn: '31' });
      await record(store, null, { reference: 'a' });
      await record(store, null, { reference: 'a', account: 'other' });
      type Query = Partial<Parameters<Store['conversions']['find']>[0]>;
      const find = async (query: Query) =>
        (await store.conversions.find({ account: 'demo', limit: 9, ...query })).map(
          ({ reference, msisdn }) => `${reference} ${msisdn}`,
        );
      assert.deepEqual(await find({}), ['a null', 'b 31', 'a 31']);
      assert.deepEqual(await find({ limit: 2 }), ['a null', 'b 31']);
      assert.deepEqual(await find({ reference: 'a' }), ['a null', 'a 31']);
      assert.deepEqual(await find({ msisdn: '31' }), ['b 31', 'a 31']);
      assert.deepEqual(await find({ msisdn: '31', reference: 'b' }), ['b 31']);
      assert.deepEqual(await find({ messageId: idOf(1) }), ['a 31']);
      assert.deepEqual(await find({ reference: '' }), []);
      assert.deepEqual(await find({ account: 'nobody' }), []);
      const [newest] = await store.conversions.find({ account: 'demo', limit: 1 });
      assert.ok(newest !== undefined);
      assert.deepEqual(await find({ before: newest.sequence }), ['b 31', 'a 31']);
    },
  );

  testWith(open, 'sent, delivered and converted are counted by route', async (store) => {
    const fallback = [
      sampleStep({ channel: 'RCS', connection: 'rbm', timeoutMs: 60_000 }),
      sampleStep(),
    ];
    await accept(store, [
      sampleMessage(1, { operator: '20408' }),
      sampleMessage(2, { operator: '20408' }),
      sampleMessage(3, { plan: [sampleStep({ parts: 2 })] }),
      sampleMessage(4, { plan: fallback }),
      sampleMessage(5),
    ]);
    await deliver(store, 1);
    await store.dispatch.submitted([accepted(2, 'id2')], null, start);
    // Both parts were taken, one has reached the handset.
    const parts = [0, 1].map((part) => accepted(3, `id3.${part}`, { part }));
    await store.dispatch.submitted(parts, null, start);
    await store.receipts.record([receipt('id3.0')], start);
    // Refused by the first channel's operator after it was sent, delivered by the second.
    await store.dispatch.submitted([accepted(4, 'id4', { connection: 'rbm' })], null, start);
    const failed = receipt('id4', { connection: 'rbm', state: 'failed', error: 5 });
    await store.receipts.record([failed], start);
    await store.dispatch.submitted([accepted(4, 'id4b', { step: 1 })], null, start);
    await store.receipts.record([receipt('id4b')], start);
    // What is said twice, or of what was never sent, counts for nothing.
    await store.receipts.record([receipt('id4b'), receipt('id4b', { state: 'read' })], start);
    await store.dispatch.submitted(
      [accepted(5, '', { outcome: { kind: 'refused', error: 5 } })],
      null,
      start,
    );
    await record(store, 1, { reference: 'one' });
    await record(store, 4, { reference: 'four' });
    const { routes } = await store.conversions.counts(all);
    assert.deepEqual(routes, [
      counts({ sent: 2, delivered: 1, converted: 1 }),
      counts({ operator: '20408', sent: 2, delivered: 1, converted: 1 }),
      counts({ connection: 'rbm', sent: 1 }),
    ]);
  });

  testWith(open, 'counts are of the hours in which messages were accepted', async (store) => {
    const first = Math.floor(start / hourMs) * hourMs;
    await accept(store, [
      sampleMessage(1, { acceptedAt: first }),
      sampleMessage(2, { acceptedAt: first + hourMs }),
      sampleMessage(3, { acceptedAt: first + 2 * hourMs, account: 'other' }),
    ]);
    for (const index of [1, 2, 3]) await deliver(store, index);
    const count = async (query: Partial<CountsQuery>) => {
      const { routes } = await store.conversions.counts({ ...all, ...query });
      return routes[0]?.delivered ?? 0;
    };
    assert.equal(await count({ from: first, until: first + hourMs }), 1);
    assert.equal(await count({ from: first + 1, until: first + hourMs }), 0);
    assert.equal(await count({ from: first, until: first + hourMs + 1 }), 2);
    assert.equal(await count({ from: first + hourMs, until: first + 3 * hourMs }), 2);
    assert.equal(await count({ from: first, until: first }), 0);
    assert.equal(await count({ account: 'demo' }), 2);
    assert.equal(await count({ account: 'nobody' }), 0);
  });

  testWith(open, 'conversions are counted by groupings, the most first', async (store) => {
    const groupings = [
      ['b', null, null],
      ['a', null, null],
      ['b', null, null],
      [null, 'c', null],
    ] as const;
    await accept(
      store,
      groupings.map((three, index) => sampleMessage(index, { groupings: three })),
    );
    for (const index of groupings.keys()) await record(store, index, { reference: `r${index}` });
    const found = await store.conversions.counts(all);
    assert.deepEqual(found.groupings, [
      groupingCounts(['b', null, null], { converted: 2 }),
      groupingCounts(['a', null, null], { converted: 1 }),
      groupingCounts([null, 'c', null], { converted: 1 }),
    ]);
    const { groupings: two } = await store.conversions.counts({ ...all, groupingsMax: 2 });
    assert.equal(two.length, 2);
    const elsewhere = await store.conversions.counts({ ...all, account: 'other' });
    assert.deepEqual(elsewhere.groupings, []);
  });

  testWith(open, 'by groupings a message counts once, as its reports say', async (store) => {
    const a = ['a', null, null] as const;
    const b = ['b', 'ü\n', null] as const;
    const fallback = [
      sampleStep({ channel: 'RCS', connection: 'rbm', timeoutMs: 60_000 }),
      sampleStep(),
    ];
    await accept(store, [
      sampleMessage(1, { groupings: a, plan: fallback }),
      sampleMessage(2, { groupings: b }),
      sampleMessage(3, { groupings: b, plan: [sampleStep({ parts: 2 })] }),
      sampleMessage(4),
      sampleMessage(5, { groupings: a }),
      sampleMessage(6, { groupings: b, account: 'other' }),
    ]);
    // It goes out over both connections, and is one message.
    await store.dispatch.submitted([accepted(1, 'id1', { connection: 'rbm' })], null, start);
    const failed = receipt('id1', { connection: 'rbm', state: 'failed', error: 5 });
    await store.receipts.record([failed], start);
    await store.dispatch.submitted([accepted(1, 'id1b', { step: 1 })], null, start);
    await store.receipts.record([receipt('id1b'), receipt('id1b', { state: 'read' })], start);
    await deliver(store, 2);
    // One of two parts: the operator has not all of it.
    await store.dispatch.submitted([accepted(3, 'id3')], null, start);
    await deliver(store, 4);
    const refused = accepted(5, '', { outcome: { kind: 'refused', error: 5 } });
    await store.dispatch.submitted([refused], null, start);
    await store.dispatch.submitted([accepted(6, 'id6')], null, start);
    await record(store, 1, { reference: 'one' });
    const ofDemo = await store.conversions.counts({ ...all, account: 'demo' });
    assert.deepEqual(ofDemo.groupings, [
      groupingCounts(a, { sent: 1, delivered: 1, converted: 1 }),
      groupingCounts(b, { sent: 1, delivered: 1 }),
      groupingCounts([null, null, null], { sent: 1, delivered: 1 }),
    ]);
    const { groupings } = await store.conversions.counts(all);
    assert.deepEqual(groupings[1], groupingCounts(b, { sent: 2, delivered: 1 }));
  });

  testWith(open, 'groupings beyond a thousand an hour are counted together', async (store) => {
    const count = groupingsCountedMax + 2;
    const indexes = Array.from({ length: count }, (_, index) => index);
    const message = (index: number) =>
      sampleMessage(index, { groupings: [`g${index}`, null, null] });
    await accept(store, indexes.map(message));
    const send = (index: number) => accepted(index, `id${index}`);
    const most = indexes.slice(0, groupingsCountedMax);
    await store.dispatch.submitted(most.map(send), null, start);
    await store.dispatch.submitted(indexes.slice(groupingsCountedMax).map(send), null, start);
    // One that is known is still counted apart.
    await store.receipts.record([receipt('id7'), receipt(`id${count - 1}`)], start);
    // Another hour and another account have their own thousand.
    await accept(store, [
      sampleMessage(count, { groupings: ['later', null, null], acceptedAt: start + hourMs }),
      sampleMessage(count + 1, { groupings: ['other', null, null], account: 'other' }),
    ]);
    await store.dispatch.submitted([send(count), send(count + 1)], null, start);
    const { groupings } = await store.conversions.counts({ ...all, groupingsMax: 9 * count });
    assert.equal(groupings.length, groupingsCountedMax + 3);
    assert.deepEqual(groupings[0], groupingCounts(null, { sent: 2, delivered: 1 }));
    const find = (name: string) => groupings.find((one) => one.groupings?.[0] === name);
    assert.equal(find(`g${groupingsCountedMax}`), undefined);
    assert.equal(find('g7')?.delivered, 1);
    assert.deepEqual([find('later')?.sent, find('other')?.sent], [1, 1]);
  });

  testWith(open, 'a transaction that fails counts nothing', async (store) => {
    await accept(store, [sampleMessage(1)]);
    const [sent, broken] = await Promise.allSettled([
      store.dispatch.submitted([accepted(1, 'a')], null, start),
      accept(store, [sampleMessage(1)]),
    ]);
    assert.deepEqual([sent.status, broken.status], ['fulfilled', 'rejected']);
    const { routes, groupings } = await store.conversions.counts(all);
    assert.deepEqual(routes, [counts({ sent: 1 })]);
    assert.deepEqual(groupings, [groupingCounts([null, null, null], { sent: 1 })]);
  });

  testWith(open, 'old conversions and old counts go in steps', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2, { acceptedAt: start + 3 * hourMs })]);
    for (const index of [1, 2]) await deliver(store, index);
    for (let index = 0; index < 3; index++) {
      await record(store, null, { reference: `r${index}`, now: start });
    }
    await record(store, null, { reference: 'new', now: start + dayMs });
    const left: number[] = [];
    for (let step = 0; step < 3; step++) {
      left.push(await store.conversions.prune(start + 2 * hourMs, 2));
    }
    assert.deepEqual(left, [4, 1, 0]);
    const found = await store.conversions.find({ account: 'demo', limit: 9 });
    assert.deepEqual(
      found.map(({ reference }) => reference),
      ['new'],
    );
    const { routes, groupings } = await store.conversions.counts(all);
    assert.deepEqual(routes, [counts({ sent: 1, delivered: 1 })]);
    assert.deepEqual(groupings, [groupingCounts([null, null, null], { sent: 1, delivered: 1 })]);
  });

  test('conversions and counts are there when the store is opened again', async (context) => {
    const { store, reopen } = await open();
    await accept(store, [sampleMessage(1)]);
    await deliver(store, 1);
    await record(store, 1, { reference: 'r' });
    if (reopen === undefined) {
      await store.close();
      context.skip('this store cannot be opened again');
      return;
    }
    const again = await reopen();
    try {
      assert.equal(await record(again, 1, { reference: 's' }), 'known');
      const { routes, groupings } = await again.conversions.counts(all);
      const one = { sent: 1, delivered: 1, converted: 1 };
      assert.deepEqual(routes, [counts(one)]);
      assert.deepEqual(groupings, [groupingCounts([null, null, null], one)]);
    } finally {
      await again.close();
    }
  });
}

/** Everything there is. */
const all: CountsQuery = { account: null, from: 0, until: start + 9 * dayMs, groupingsMax: 10 };

function counts(fields: Partial<RouteCounts>): RouteCounts {
  return { connection: 'op', operator: null, sent: 0, delivered: 0, converted: 0, ...fields };
}

function groupingCounts(
  groupings: Groupings | null,
  fields: Partial<GroupingCounts>,
): GroupingCounts {
  return { groupings, sent: 0, delivered: 0, converted: 0, ...fields };
}

function reportedAs(fields: Partial<ReportedConversion>): ReportedConversion {
  const absent = { reference: null, msisdn: null, notifiedAt: null };
  return { account: 'demo', ...absent, convertedAt: start, ...fields };
}

function requestOf(
  index: number | null,
  fields: Partial<ReportedConversion> & { now?: number },
): ConversionRequest {
  const { now = start + 60_000, ...reported } = fields;
  const messageId = index === null ? null : idOf(index);
  return { reported: reportedAs(reported), messageId, now, once: null };
}

async function record(
  store: Store,
  index: number | null,
  fields: Partial<ReportedConversion> & { now?: number },
): Promise<string> {
  return (await store.conversions.record(requestOf(index, fields))).kind;
}

async function deliver(store: Store, index: number): Promise<void> {
  await store.dispatch.submitted([accepted(index, `id${index}`)], null, start);
  await store.receipts.record([receipt(`id${index}`)], start);
}
