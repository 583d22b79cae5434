import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recallHandsets } from './app-recall.ts';
import type { Connection, Recall } from './channels/contract.ts';
import { systemClock } from './lib/clock.ts';
import { hourMs, start } from './store/conformance/sample.ts';
import { arrival, roomy, sampleInbound } from './store/conformance/sample-inbound.ts';
import { createMemoryStore } from './store/memory/memory-store.ts';

type Listener = Pick<Connection, 'name' | 'recall'> & { readonly heard: string[] };

function createListener(name: string, withinMs: number, handsetsMax = 10): Listener {
  const heard: string[] = [];
  const take: Recall['take'] = (batch) => {
    for (const { from, at } of batch) heard.push(`${from} ${start - at}`);
  };
  return { name, recall: { withinMs, handsetsMax, take }, heard };
}

async function createStore() {
  const store = createMemoryStore();
  const messages = [
    { connection: 'a', from: '31600000001', receivedAt: start - 2 * hourMs },
    { connection: 'a', from: '31600000002', receivedAt: start - hourMs },
    { connection: 'b', from: '31600000001', receivedAt: start - 3 * hourMs },
    { connection: 'sms', from: '31600000001', receivedAt: start },
  ];
  const batch = messages.map((fields, index) =>
    arrival(index, { message: sampleInbound(index, fields) }),
  );
  await store.inbound.record(batch, roomy, systemClock.now());
  return store;
}

test('each connection that asks is told of its own handsets, the earliest first', async () => {
  const store = await createStore();
  const [a, b] = [createListener('a', 3 * hourMs), createListener('b', 3 * hourMs)];
  await recallHandsets(store.inbound, [a, { name: 'sms' }, b], start);
  assert.deepEqual(a.heard, [`31600000001 ${2 * hourMs}`, `31600000002 ${hourMs}`]);
  assert.deepEqual(b.heard, [`31600000001 ${3 * hourMs}`]);
});

test('what is too old, or beyond the limit, is not told', async () => {
  const store = await createStore();
  const old = createListener('a', 2 * hourMs - 1);
  await recallHandsets(store.inbound, [old], start);
  assert.deepEqual(old.heard, [`31600000002 ${hourMs}`]);
  const one = createListener('a', 3 * hourMs, 1);
  await recallHandsets(store.inbound, [one], start);
  assert.deepEqual(one.heard, [`31600000002 ${hourMs}`]);
});

test('a connection without earlier messages is told so', async () => {
  let calls = 0;
  const recall = { withinMs: hourMs, handsetsMax: 1, take: () => void calls++ };
  await recallHandsets((await createStore()).inbound, [{ name: 'x', recall }], start);
  assert.equal(calls, 1);
});

test('the store is not asked when no connection asks', async () => {
  const broken = { lastHeard: () => Promise.reject(new Error('the store is away')) };
  await recallHandsets(broken, [{ name: 'sms' }], start);
  const asking = createListener('a', hourMs);
  await assert.rejects(recallHandsets(broken, [asking], start), /away/);
});
