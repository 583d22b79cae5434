import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Once, Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { dayMs, idOf, readLanes, sampleMessage, start } from './sample.ts';

/** Requests that may come again. */
export function testOnce(open: OpenStore): void {
  testWith(open, 'a request that comes again finds its answer and does nothing', async (store) => {
    const once = sampleOnce({ answer: { ...answer, body: 'Grüße "\n\u0000' } });
    assert.equal(await store.answers.find(once, start), null);
    const first = await acceptOnce(store, 1, once);
    const message = sampleMessage(1);
    assert.deepEqual(first, { kind: 'accepted', queued: [message], reports: [] });
    const repeated = { kind: 'repeated', answer: once.answer };
    assert.deepEqual(await store.answers.find(once, start), repeated);
    const other = { ...once, answer: { ...answer, body: 'other' } };
    assert.deepEqual(await acceptOnce(store, 2, other), repeated);
    assert.equal(await store.history.message(idOf(2)), null);
    assert.deepEqual(await readLanes(store, start), ['1.0']);
  });

  testWith(open, 'a key stands for one request of one account', async (store) => {
    const once = sampleOnce();
    await acceptOnce(store, 1, once);
    const reused = { kind: 'key-reused' };
    assert.deepEqual(await store.answers.find({ ...once, fingerprint: 'g' }, start), reused);
    assert.deepEqual(await acceptOnce(store, 2, sampleOnce({ fingerprint: 'g' })), reused);
    assert.equal(await store.answers.find({ ...once, account: 'other' }, start), null);
    assert.equal(await store.answers.find({ ...once, key: 'other' }, start), null);
    const elsewhere = sampleOnce({ account: 'other', fingerprint: 'g' });
    assert.equal((await acceptOnce(store, 3, elsewhere)).kind, 'accepted');
    assert.equal((await acceptOnce(store, 4, sampleOnce({ key: 'other' }))).kind, 'accepted');
    assert.deepEqual(await readLanes(store, start), ['1.0', '3.0', '4.0']);
  });

  testWith(open, 'of twins at the same time one is accepted', async (store) => {
    const twins = [1, 2, 3, 4].map((index) => acceptOnce(store, index, sampleOnce()));
    const kinds = (await Promise.all(twins)).map(({ kind }) => kind);
    assert.deepEqual(kinds.toSorted(), ['accepted', 'repeated', 'repeated', 'repeated']);
    assert.equal((await store.history.counts()).messages, 1);
  });

  testWith(open, 'a key is free again when its answer has expired', async (store) => {
    const once = sampleOnce();
    await acceptOnce(store, 1, once);
    assert.equal((await store.answers.find(once, start + dayMs - 1))?.kind, 'repeated');
    assert.equal(await store.answers.find(once, start + dayMs), null);
    const later = sampleOnce({ fingerprint: 'g', expiresAt: start + 2 * dayMs });
    assert.equal((await acceptOnce(store, 2, later, { now: start + dayMs })).kind, 'accepted');
    assert.equal((await store.answers.find(later, start + dayMs))?.kind, 'repeated');
  });

  testWith(open, 'what is refused leaves the key free', async (store) => {
    await store.intake.openWallet('demo', 1);
    const once = sampleOnce();
    await acceptOnce(store, 1, sampleOnce({ key: 'first' }), { wallet: 'trial' });
    const refused = await acceptOnce(store, 2, once, { wallet: 'trial' });
    assert.deepEqual(refused, { kind: 'insufficient-balance' });
    assert.equal(await store.answers.find(once, start), null);
    // A bug beside it takes neither the neighbour's answer nor leaves one of its own.
    const [broken, good] = await Promise.allSettled([
      acceptOnce(store, 1, sampleOnce({ key: 'broken' })),
      acceptOnce(store, 3, once),
    ]);
    assert.deepEqual([broken.status, good.status], ['rejected', 'fulfilled']);
    assert.equal(await store.answers.find(sampleOnce({ key: 'broken' }), start), null);
    assert.equal((await store.answers.find(once, start))?.kind, 'repeated');
  });

  testWith(open, 'a repeated request is not paid again', async (store) => {
    await store.intake.openWallet('demo', 2);
    await acceptOnce(store, 1, sampleOnce(), { wallet: 'prepaid' });
    await acceptOnce(store, 2, sampleOnce(), { wallet: 'prepaid' });
    assert.equal(await store.intake.messagesLeft('demo'), 1);
  });

  testWith(open, 'an account has so many keys at a time and no more', async (store) => {
    for (const index of [1, 2]) {
      const once = sampleOnce({ key: `k${index}`, keysMax: 2 });
      assert.equal((await acceptOnce(store, index, once)).kind, 'accepted');
    }
    const third = sampleOnce({ key: 'k3', keysMax: 2 });
    assert.deepEqual(await acceptOnce(store, 3, third), { kind: 'keys-too-many' });
    const known = await acceptOnce(store, 3, sampleOnce({ key: 'k2', keysMax: 2 }));
    assert.equal(known.kind, 'repeated');
    const elsewhere = sampleOnce({ account: 'other', keysMax: 2 });
    assert.equal((await acceptOnce(store, 4, elsewhere)).kind, 'accepted');
    assert.equal(await store.answers.prune(start + dayMs, 10), 3);
    const expiresAt = start + 2 * dayMs;
    const now = start + dayMs;
    assert.equal((await acceptOnce(store, 3, { ...third, expiresAt }, { now })).kind, 'accepted');
  });

  testWith(open, 'expired answers go in steps, the others stay', async (store) => {
    for (let index = 0; index < 5; index++) {
      const expiresAt = start + (index < 3 ? dayMs : 2 * dayMs);
      await acceptOnce(store, index, sampleOnce({ key: `k${index}`, expiresAt }));
    }
    const counts: number[] = [];
    for (let step = 0; step < 3; step++) counts.push(await store.answers.prune(start + dayMs, 2));
    assert.deepEqual(counts, [2, 1, 0]);
    assert.equal((await store.answers.find(sampleOnce({ key: 'k4' }), start))?.kind, 'repeated');
    assert.equal(await store.answers.find(sampleOnce({ key: 'k0' }), start), null);
  });

  test('an answer is there when the store is opened again', async (context) => {
    const { store, reopen } = await open();
    await acceptOnce(store, 1, sampleOnce({ keysMax: 1 }));
    if (reopen === undefined) {
      await store.close();
      context.skip('this store cannot be opened again');
      return;
    }
    const again = await reopen();
    try {
      assert.deepEqual(await again.answers.find(sampleOnce(), start), { kind: 'repeated', answer });
      const next = await acceptOnce(again, 2, sampleOnce({ key: 'next', keysMax: 1 }));
      assert.deepEqual(next, { kind: 'keys-too-many' });
    } finally {
      await again.close();
    }
  });
}

const answer = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'Done.' };

function sampleOnce(fields: Partial<Once> = {}): Once {
  const request = { account: 'demo', key: 'k', fingerprint: 'f' };
  return { ...request, answer, expiresAt: start + dayMs, keysMax: 100, ...fields };
}

function acceptOnce(
  store: Store,
  index: number,
  once: Once,
  fields: Partial<Parameters<Store['intake']['acceptOnce']>[0]> = {},
): ReturnType<Store['intake']['acceptOnce']> {
  const { account } = once;
  const messages = [sampleMessage(index, { account })];
  const request = { account, messages, now: start, wallet: 'none', ...fields } as const;
  return store.intake.acceptOnce(request, once);
}
