import assert from 'node:assert/strict';
import { orderTriesMax } from '../inbound-contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { dayMs, hourMs, idOf, start } from './sample.ts';
import { arrival, partArrival, readTexts, roomy, sampleInbound } from './sample-inbound.ts';

const few = { groups: 10, keys: 10 };

/** T5 and T6: from the operator to the account's queues, and out of them. */
export function testInbound(open: OpenStore): void {
  testWith(open, 'a message goes to all of its queues as it came', async (store) => {
    const message = sampleInbound(1, {
      text: 'Ça va? 😀 \ud83d',
      fromName: 'Ann',
      udh: '06050415811581',
      isBinary: true,
      operator: '20408',
      media: { uri: 'https://gw.example/fileproxy/files/1', contentType: 'image/png', title: 'x' },
      custom: '{"a":1}',
      context: 'order1',
      answers: idOf(77),
      reference: 'order1',
      groupings: ['a', null, 'c'],
    });
    const queues = ['inbound:demo', 'smpp:demo'];
    const done = await store.inbound.record([arrival(1, { message, queues })], roomy, start);
    assert.deepEqual(done.results, ['queued']);
    assert.deepEqual(
      done.queued.map((row) => [row.queue, row.attempts, row.due, row.isFollowing]),
      [
        ['inbound:demo', 0, start, false],
        ['smpp:demo', 0, start, false],
      ],
    );
    assert.deepEqual(await store.inbound.queue.queues(), queues);
    for (const queue of queues) {
      const [row] = await store.inbound.queue.read({ queue, after: null, now: start, limit: 9 });
      assert.deepEqual(row?.message, message);
    }
  });

  testWith(open, 'what comes again within its time is passed over', async (store) => {
    const again = arrival(2, { repeatKey: 'key1' });
    const { results } = await store.inbound.record([arrival(1), again], roomy, start);
    assert.deepEqual(results, ['queued', 'repeated']);
    const before = await store.inbound.record([again], roomy, start + hourMs - 1);
    assert.deepEqual(before.results, ['repeated']);
    const after = await store.inbound.record([again], roomy, start + hourMs);
    assert.deepEqual(after.results, ['queued']);
    assert.deepEqual(await readTexts(store, start + hourMs), ['1: Text 1', '2: Text 2']);
  });

  testWith(open, 'a key whose time is over is forgotten, others are not', async (store) => {
    const batch = [arrival(1), arrival(2, { repeatUntil: start + dayMs })];
    await store.inbound.record(batch, roomy, start);
    await store.inbound.sweep(start + hourMs, 0, few);
    const again = [1, 2].map((index) => arrival(index + 10, { repeatKey: `key${index}` }));
    const { results } = await store.inbound.record(again, roomy, start + hourMs);
    assert.deepEqual(results, ['queued', 'repeated']);
  });

  testWith(open, 'what is nobody’s is kept and in no queue', async (store) => {
    const message = sampleInbound(1, { account: '' });
    const done = await store.inbound.record([arrival(1, { message, queues: [] })], roomy, start);
    assert.deepEqual([done.results, done.unassigned], [['unassigned'], 1]);
    assert.deepEqual(await store.inbound.queue.queues(), []);
    const [found] = await store.inbound.find({ account: '', limit: 5 });
    assert.deepEqual(found, { message, waiting: [] });
  });

  testWith(open, 'the last part makes a message of its group, in any order', async (store) => {
    const parts = [3, 1, 2].map((sequence) => partArrival(sequence, sequence, 3));
    const first = await store.inbound.record(parts.slice(0, 2), roomy, start);
    assert.deepEqual([first.results, first.queued], [['waiting', 'waiting'], []]);
    const last = await store.inbound.record(parts.slice(2), roomy, start + 5);
    assert.deepEqual([last.results, last.incomplete], [['queued'], 0]);
    assert.deepEqual(await readTexts(store, start + 5), ['1: 1/3 2/3 3/3 ']);
    // The group is gone: the same reference begins a new message.
    const next = await store.inbound.record([partArrival(9, 1, 3)], roomy, start + 6);
    assert.deepEqual(next.results, ['waiting']);
  });

  testWith(open, 'a repeated part adds nothing, before and after the last', async (store) => {
    const [one, two] = [partArrival(1, 1, 2), partArrival(2, 2, 2)];
    const batch = [one, one, two, two];
    const { results } = await store.inbound.record(batch, roomy, start);
    assert.deepEqual(results, ['waiting', 'repeated', 'queued', 'repeated']);
    assert.deepEqual(await readTexts(store), ['1: 1/2 2/2 ']);
  });

  testWith(open, 'parts of others do not mix', async (store) => {
    const others = [
      partArrival(2, 2, 2, { from: '31600000000' }),
      partArrival(3, 2, 2, { to: '4000' }),
      partArrival(4, 2, 2, { connection: 'other' }),
      partArrival(5, 2, 2, { channel: 'RCS' }),
      partArrival(6, 2, 3),
      { ...partArrival(7, 2, 2), concat: { reference: 8, total: 2, sequence: 2 } },
    ];
    const { results } = await store.inbound.record([partArrival(1, 1, 2), ...others], roomy, start);
    assert.deepEqual(new Set(results), new Set(['waiting']));
    await store.inbound.record([partArrival(8, 2, 2)], roomy, start);
    assert.deepEqual(await readTexts(store), ['1: 1/2 2/2 ']);
  });

  testWith(open, 'another text in the same place begins a new message', async (store) => {
    await store.inbound.record([partArrival(1, 1, 2)], roomy, start);
    const other = partArrival(2, 1, 2, { text: 'New ' });
    const done = await store.inbound.record([other, partArrival(3, 2, 2)], roomy, start);
    assert.deepEqual([done.results, done.incomplete], [['waiting', 'queued'], 1]);
    assert.deepEqual(await readTexts(store), ['1: 1/2 ', '2: New 2/2 ']);
  });

  testWith(open, 'what never completes is delivered as what came', async (store) => {
    await store.inbound.record([partArrival(1, 3, 3), partArrival(2, 1, 3)], roomy, start);
    const none = await store.inbound.sweep(start + hourMs, start, few);
    assert.deepEqual([none.queued, none.incomplete], [[], 0]);
    const { queued, incomplete } = await store.inbound.sweep(start + hourMs, start + 1, few);
    assert.equal(incomplete, 1);
    assert.deepEqual(
      queued.map(({ message }) => [message.id, message.text, message.custom]),
      [[idOf(2), '1/3 3/3 ', '{"incomplete":{"parts":[1,3],"total":3}}']],
    );
    assert.deepEqual((await store.inbound.sweep(start + dayMs, start + dayMs, few)).queued, []);
  });

  testWith(open, 'the oldest group of a connection makes room for a new one', async (store) => {
    const bounds = { groupsMax: 2 };
    const partOf = (index: number, connection = 'op') =>
      partArrival(index, 1, 2, { from: `3161234${index}`, connection });
    for (const [index, now] of [1, 2].entries()) {
      await store.inbound.record([partOf(index)], bounds, start + now);
    }
    const elsewhere = await store.inbound.record([partOf(8, 'other')], bounds, start + 3);
    assert.equal(elsewhere.incomplete, 0);
    // A further part of an open group needs no room.
    const third = partArrival(5, 2, 3, { from: '31612341' });
    assert.equal((await store.inbound.record([third], bounds, start + 4)).incomplete, 1);
    assert.deepEqual(await readTexts(store, start + 4), ['0: 1/2 ']);
  });

  testWith(open, 'messages that were taken are gone', async (store) => {
    const queues = ['inbound:demo', 'smpp:demo'];
    const { queued } = await store.inbound.record([arrival(1, { queues })], roomy, start);
    const [first] = queued;
    assert.ok(first !== undefined);
    await store.inbound.queue.told([{ queue: 'smpp:demo', sequence: first.sequence }], start);
    assert.deepEqual(await readTexts(store), ['1: Text 1']);
    await store.inbound.queue.told([first], start);
    await store.inbound.queue.told([first], start);
    assert.deepEqual(await readTexts(store), []);
    assert.deepEqual(await store.inbound.queue.queues(), ['smpp:demo']);
    const [found] = await store.inbound.find({ account: 'demo', limit: 5 });
    assert.deepEqual(found?.waiting, [{ queue: 'smpp:demo', attempts: 0 }]);
  });

  testWith(open, 'queues are read in order, from a cursor, when they are due', async (store) => {
    const { queued } = await store.inbound.record([1, 2, 3].map(sampleOwn), roomy, start);
    const [first, second] = queued;
    assert.ok(first !== undefined && second !== undefined);
    const query = { queue: 'inbound:demo', now: start, limit: 1 };
    const read = async (after: typeof first | null, limit = 1, now = start) => {
      const rows = await store.inbound.queue.read({ ...query, after, limit, now });
      return rows.map(({ sequence }) => sequence);
    };
    assert.deepEqual(await read(null), [first.sequence]);
    assert.deepEqual(await read(first), [second.sequence]);
    assert.deepEqual((await read(first, 9)).length, 2);
    assert.deepEqual(await read(null, 9, start - 1), []);
  });

  testWith(open, 'a failed delivery holds later ones of its handset back', async (store) => {
    const batch = [arrival(1), sampleOwn(2), arrival(3)];
    const { queued } = await store.inbound.record(batch, roomy, start);
    const [first] = queued;
    assert.ok(first !== undefined);
    const { queue, sequence } = first;
    const due = start + 300;
    await store.inbound.queue.postpone([{ queue, sequence, due }]);
    assert.deepEqual(await readTexts(store), ['2: Text 2']);
    const later = await store.inbound.record([arrival(4)], roomy, start + 1);
    assert.deepEqual(
      later.queued.map((row) => [row.due, row.isFollowing]),
      [[due, true]],
    );
    const all = ['2: Text 2', '1: Text 1', '3: Text 3', '4: Text 4'];
    assert.deepEqual(await readTexts(store, due), all);
    const rows = await store.inbound.queue.read({ queue, after: null, now: due, limit: 9 });
    assert.deepEqual(
      rows.map(({ attempts }) => attempts),
      [0, 1, 0, 0],
    );
  });

  testWith(open, 'after some failures nobody waits for a message any more', async (store) => {
    const { queued } = await store.inbound.record([arrival(1), arrival(2)], roomy, start);
    const [first] = queued;
    assert.ok(first !== undefined);
    const { queue, sequence } = first;
    for (let failure = 1; failure <= orderTriesMax; failure++) {
      const due = start + failure * 300;
      await store.inbound.queue.postpone([{ queue, sequence, due }]);
      assert.deepEqual(await readTexts(store, due - 1), []);
    }
    const now = start + orderTriesMax * 300;
    await store.inbound.queue.postpone([{ queue, sequence, due: now + 300 }]);
    assert.deepEqual(await readTexts(store, now), ['2: Text 2']);
    const { queued: next } = await store.inbound.record([arrival(3)], roomy, now);
    assert.deepEqual(
      next.map((row) => [row.due, row.isFollowing]),
      [[now, true]],
      'it follows the second, not the first',
    );
  });

  testWith(open, 'a message that was taken meanwhile is not brought back', async (store) => {
    const { queued } = await store.inbound.record([arrival(1)], roomy, start);
    await store.inbound.queue.told(queued, start);
    await store.inbound.queue.postpone(queued.map((row) => ({ ...row, due: start })));
    assert.deepEqual(await readTexts(store), []);
  });

  testWith(open, 'people see the newest first, page by page', async (store) => {
    const batch = [1, 2, 3].map((index) => arrival(index));
    const foreign = arrival(4, { message: sampleInbound(4, { account: 'other' }), queues: [] });
    const other = arrival(5, { message: sampleInbound(5, { from: '31600000000' }) });
    await store.inbound.record([...batch, foreign, other], roomy, start);
    const find = async (query: { from?: string; before?: string; limit: number }) => {
      const found = await store.inbound.find({ account: 'demo', ...query });
      return found.map(({ message }) => message.id);
    };
    assert.deepEqual(await find({ limit: 2 }), [idOf(5), idOf(3)]);
    assert.deepEqual(await find({ limit: 2, before: idOf(3) }), [idOf(2), idOf(1)]);
    assert.deepEqual(await find({ limit: 2, before: idOf(1) }), []);
    assert.deepEqual(await find({ limit: 9, from: '31600000000' }), [idOf(5)]);
  });

  testWith(
    open,
    'retention removes what was said, then all, and nothing that waits',
    async (store) => {
      const media = { uri: 'x', contentType: 'y', title: 'z' };
      const message = sampleInbound(1, { media, custom: '{}', fromName: 'Ann', udh: '00' });
      const { queued } = await store.inbound.record(
        [arrival(1, { message }), arrival(2)],
        roomy,
        start,
      );
      await store.inbound.queue.told(queued.slice(0, 1), start);
      const before = { content: start + 1, correlation: 0, history: 0 };
      assert.equal(await store.retention.prune(before, 10), 1);
      assert.equal(await store.retention.prune(before, 10), 0);
      const [second, first] = await store.inbound.find({ account: 'demo', limit: 5 });
      assert.equal(second?.message.text, 'Text 2');
      const bare = { text: '', media: null, custom: null, fromName: null, udh: null };
      assert.deepEqual(first?.message, { ...message, ...bare });
      assert.equal(await store.retention.prune({ ...before, history: start + 1 }, 10), 1);
      await store.inbound.queue.told(queued.slice(1), start);
      while ((await store.retention.prune({ ...before, history: start + 1 }, 10)) > 0) {
        // Until nothing is left.
      }
      assert.deepEqual(await store.inbound.find({ account: 'demo', limit: 5 }), []);
    },
  );
}

/** A message of a handset of its own. */
function sampleOwn(index: number) {
  return arrival(index, { message: sampleInbound(index, { from: `3161234${index}` }) });
}
