import assert from 'node:assert/strict';
import type { Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import {
  accept,
  accepted,
  dayMs,
  idOf,
  indexOf,
  readOutbox,
  receipt,
  sampleMessage,
  start,
} from './sample.ts';

/** Reading for people, and forgetting. */
export function testHistory(open: OpenStore): void {
  testWith(open, 'messages are found by account, reference and number', async (store) => {
    await accept(store, [
      sampleMessage(1, { reference: 'r' }),
      sampleMessage(2, { account: 'other', reference: 'r' }),
      sampleMessage(3, { msisdn: '316' }),
      sampleMessage(4, { msisdn: '316', reference: 'r' }),
    ]);
    const find = async (query: Omit<Parameters<Store['history']['find']>[0], 'limit'>, limit = 9) =>
      (await store.history.find({ ...query, limit })).map(({ message }) => indexOf(message.id));
    assert.deepEqual(await find({}), [4, 3, 2, 1]);
    assert.deepEqual(await find({}, 2), [4, 3]);
    assert.deepEqual(await find({ account: 'demo' }), [4, 3, 1]);
    assert.deepEqual(await find({ reference: 'r' }), [4, 2, 1]);
    assert.deepEqual(await find({ reference: 'r', account: 'other' }), [2]);
    assert.deepEqual(await find({ msisdn: '316' }), [4, 3]);
    assert.deepEqual(await find({ msisdn: '316', reference: 'r' }), [4]);
    assert.deepEqual(await find({ msisdn: '317' }), []);
    assert.deepEqual(await find({ reference: '' }), []);
    assert.equal(await store.history.message(idOf(9)), null);
    assert.equal(await store.history.message('not an id'), null);
  });

  testWith(open, 'finding goes far back', async (store) => {
    const requests: Promise<unknown>[] = [];
    for (let first = 0; first < 10_000; first += 500) {
      const messages = Array.from({ length: 500 }, (_, offset) => {
        const index = first + offset;
        return sampleMessage(index, {
          account: index % 100 === 7 ? 'rare' : 'demo',
          reference: `r${index % 5000}`,
        });
      });
      requests.push(accept(store, messages));
    }
    await Promise.all(requests);
    const find = async (query: Parameters<Store['history']['find']>[0]) =>
      (await store.history.find(query)).map(({ message }) => indexOf(message.id));
    assert.deepEqual(await find({ reference: 'r3', limit: 10 }), [5003, 3]);
    assert.deepEqual(await find({ msisdn: '31612340', limit: 10 }), [0]);
    const rare = await find({ account: 'rare', limit: 1000 });
    assert.equal(rare.length, 100);
    assert.deepEqual(rare.slice(0, 2), [9907, 9807]);
  });

  testWith(open, 'retention removes contents first, then messages', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2), sampleMessage(3, { wants: 0 })]);
    await accept(store, [sampleMessage(4, { acceptedAt: start + 5, wants: 0 })]);
    const batch = [1, 2, 3, 4].map((index) => accepted(index, `id${index}`));
    await store.dispatch.submitted(batch, null, start);
    await store.receipts.record(
      [1, 3, 4].map((index) => receipt(`id${index}`)),
      start,
    );
    // 1 has reports to tell, 2 is under way; 3 and 4 are over, 4 began later.
    const before = { content: start + 5, correlation: 0, history: 0 };
    assert.equal(await prune(store, before), 1);
    assert.equal(await contentOf(store, 3), '');
    assert.equal(await contentOf(store, 4), 'Text 4');
    assert.equal(await contentOf(store, 2), 'Text 2');

    assert.equal(await prune(store, { content: 0, correlation: 0, history: start + 5 }), 1);
    assert.equal(await store.history.message(idOf(3)), null);
    assert.notEqual(await store.history.message(idOf(1)), null);
    assert.deepEqual(
      (await store.receipts.record([receipt('id3', { state: 'read' })], start)).results,
      [{ kind: 'parked' }],
    );

    for (const row of await store.outbox.read({
      queue: 'status:demo',
      after: null,
      now: start,
      limit: 9,
    })) {
      const { queue, sequence, report } = row;
      const { messageId, status } = report;
      await store.outbox.told([{ queue, sequence, messageId, status, httpStatus: 200 }], start);
    }
    assert.equal(await prune(store, { content: 0, correlation: 0, history: start + 6 }), 2);
    assert.equal((await store.history.counts()).messages, 1);
    assert.equal(await store.history.message(idOf(1)), null);
    assert.deepEqual(await readOutbox(store, start + dayMs), []);
    assert.equal((await store.history.find({ account: 'demo', limit: 9 })).length, 1);
  });

  testWith(open, 'retention goes in steps of the limit', async (store) => {
    const messages = Array.from({ length: 25 }, (_, index) => sampleMessage(index, { wants: 0 }));
    await accept(store, messages);
    await store.dispatch.sweep(start + dayMs, 100);
    const before = { content: 0, correlation: 0, history: start + 1 };
    const counts: number[] = [];
    for (let step = 0; step < 4; step++) counts.push(await store.retention.prune(before, 10));
    assert.deepEqual(counts, [10, 10, 5, 0]);
    assert.equal((await store.history.counts()).messages, 0);
  });

  testWith(
    open,
    'what is left of a forgotten message never speaks for a new one',
    async (store) => {
      await accept(store, [sampleMessage(1, { wants: 0 })]);
      await store.dispatch.submitted([accepted(1, 'a')], null, start);
      await store.receipts.record([receipt('a')], start);
      assert.ok((await prune(store, { content: 0, correlation: 0, history: start + 1 })) > 0);
      await accept(store, [sampleMessage(2)]);
      const late = await store.receipts.record([receipt('a', { state: 'read' })], start);
      assert.deepEqual(late.results, [{ kind: 'parked' }]);
      assert.equal((await store.history.message(idOf(2)))?.live.progress, '.');
    },
  );

  testWith(open, 'retention forgets provider ids after their time', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    await store.dispatch.submitted([accepted(1, 'old')], null, start);
    await store.dispatch.submitted([accepted(2, 'new')], null, start + 3 * dayMs);
    assert.equal(await prune(store, { content: 0, correlation: start + 2 * dayMs, history: 0 }), 1);
    const { results } = await store.receipts.record([receipt('old'), receipt('new')], start);
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['parked', 'applied'],
    );
  });
}

/** Prunes until nothing is left to prune, and says how much went. */
async function prune(
  store: Store,
  before: Parameters<Store['retention']['prune']>[0],
): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await store.retention.prune(before, 100);
    if (count === 0) return total;
    total += count;
  }
}

async function contentOf(store: Store, index: number): Promise<string | undefined> {
  return (await store.history.message(idOf(index)))?.message.content.text;
}
