import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, idOf, readLanes, sampleMessage, start } from '../conformance/sample.ts';
import { testStore } from '../conformance.ts';
import { createMemoryStore, type PendingTransaction } from './memory-store.ts';

testStore('memory store', async () => {
  const store = createMemoryStore();
  return { store, reopen: async () => store };
});

/** A store whose transactions wait in a list. */
function createHeldStore() {
  const held: PendingTransaction[] = [];
  const store = createMemoryStore({ commit: (transaction) => held.push(transaction) });
  const next = (): PendingTransaction => held.shift() ?? assert.fail('nothing is waiting');
  return { store, next };
}

test('a transaction is answered within microtasks', async () => {
  const store = createMemoryStore();
  let isAnswered = false;
  void accept(store, [sampleMessage(1)]).then(() => {
    isAnswered = true;
  });
  for (let turn = 0; turn < 5 && !isAnswered; turn++) await Promise.resolve();
  assert.ok(isAnswered);
});

test('a held transaction has happened when it is applied, and is known when it is answered', async () => {
  const { store, next } = createHeldStore();
  const accepting = accept(store, [sampleMessage(1)]);
  assert.equal(await store.history.message(idOf(1)), null);
  const transaction = next();
  assert.equal(transaction.kind, 'accept');
  transaction.apply();
  assert.notEqual(await store.history.message(idOf(1)), null);
  transaction.answer();
  assert.equal((await accepting).kind, 'accepted');
});

test('a transaction that is never applied has not happened', async () => {
  const { store, next } = createHeldStore();
  const accepting = accept(store, [sampleMessage(1)]);
  next().reject(new Error('the process died'));
  await assert.rejects(accepting, /died/);
  const reading = readLanes(store, start);
  const read = next();
  read.apply();
  read.answer();
  assert.deepEqual(await reading, []);
});

test('a transaction can have happened although its caller was told that it failed', async () => {
  const { store, next } = createHeldStore();
  const accepting = accept(store, [sampleMessage(1)]);
  const transaction = next();
  transaction.apply();
  transaction.reject(new Error('no answer'));
  await assert.rejects(accepting, /no answer/);
  assert.equal((await store.history.counts()).messages, 1);
});

test('a transaction cannot be answered before it is applied', () => {
  const { store, next } = createHeldStore();
  void store.outbox.queues();
  assert.throws(() => next().answer(), /applied before/);
});
