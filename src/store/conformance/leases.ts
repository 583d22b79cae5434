import assert from 'node:assert/strict';
import type { Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { start } from './sample.ts';

const ttlMs = 10_000;

/** Leases: one holder at a time, and an epoch that only rises. */
export function testLeases(open: OpenStore): void {
  testWith(open, 'a free resource is taken, a held one is not', async (store) => {
    assert.deepEqual(await take(store, 'a', start), ['op/0#1', 'op/1#1']);
    assert.deepEqual(await take(store, 'b', start + ttlMs - 1), []);
    const [lease] = await store.leases.acquire(['x'], 'b', ttlMs, start);
    assert.deepEqual(lease, { resource: 'x', holder: 'b', epoch: 1, expiresAt: start + ttlMs });
  });

  testWith(open, 'renewing keeps the epoch, also after it ran out unseen', async (store) => {
    await take(store, 'a', start);
    assert.deepEqual(await take(store, 'a', start + 3000), ['op/0#1', 'op/1#1']);
    assert.deepEqual(await take(store, 'b', start + ttlMs), []);
    assert.deepEqual(await take(store, 'a', start + 5 * ttlMs), ['op/0#1', 'op/1#1']);
  });

  testWith(open, 'an expired resource changes hands with a higher epoch', async (store) => {
    await take(store, 'a', start);
    assert.deepEqual(await take(store, 'b', start + ttlMs), ['op/0#2', 'op/1#2']);
    assert.deepEqual(await take(store, 'a', start + ttlMs), []);
  });

  testWith(open, 'a released resource is free at once, its epoch goes on', async (store) => {
    await take(store, 'a', start);
    await store.leases.release(['op/0', 'unknown'], 'a');
    await store.leases.release(['op/1'], 'b');
    assert.deepEqual(await take(store, 'b', start), ['op/0#2']);
    await store.leases.release(['op/0'], 'b');
    assert.deepEqual(await take(store, 'b', start), ['op/0#3']);
  });
}

async function take(store: Store, holder: string, now: number): Promise<string[]> {
  const leases = await store.leases.acquire(['op/0', 'op/1'], holder, ttlMs, now);
  return leases.map(({ resource, epoch }) => `${resource}#${epoch}`);
}
