import assert from 'node:assert/strict';
import type { Revocation } from '../../core/revocation.ts';
import { dropContent } from '../rows.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { accept, accepted, idOf, receipt, sampleMessage, sampleStep, start } from './sample.ts';

const waitMs = 60_000;
const plan = [
  sampleStep({ parts: 2, timeoutMs: waitMs }),
  sampleStep({ connection: 'next', channel: 'WhatsApp' }),
];
const unknown = { outcome: { kind: 'unknown' } } as const;

/** What connections are to take back because it has gone out in vain. */
export function testRevocations(open: OpenStore): void {
  testWith(
    open,
    'a step given up is asked back by its ids, with all of its message but the content',
    async (store) => {
      const message = sampleMessage(1, { plan, reference: 'r' });
      await accept(store, [message, sampleMessage(2, { plan })]);
      await store.dispatch.submitted(
        [accepted(1, 'a'), accepted(1, 'b', { part: 1 }), accepted(2, 'c')],
        null,
        start,
      );
      const { revoked } = await store.dispatch.sweep(start + waitMs, 10);
      assert.deepEqual(show(revoked), ['1.0 a b', '2.0 c']);
      assert.deepEqual(revoked[0]?.message, dropContent(message));
    },
  );

  testWith(open, 'parts that have an end, or no id, are not', async (store) => {
    await accept(store, [sampleMessage(1, { plan }), sampleMessage(2, { plan })]);
    await store.dispatch.submitted(
      [
        accepted(1, 'a'),
        accepted(1, 'b', { part: 1 }),
        accepted(2, '', unknown),
        accepted(2, '', { part: 1, ...unknown }),
      ],
      null,
      start,
    );
    await store.receipts.record([receipt('a')], start);
    const { revoked, queued } = await store.dispatch.sweep(start + waitMs, 10);
    assert.equal(queued.length, 2);
    assert.deepEqual(show(revoked), ['1.0 b']);
  });

  testWith(open, 'what turns out to be with the provider later is, then', async (store) => {
    const message = sampleMessage(1, { plan });
    await accept(store, [message]);
    await store.dispatch.submitted([accepted(1, '', unknown)], null, start);
    await store.dispatch.sweep(start + waitMs, 10);
    const late = [accepted(1, 'a'), accepted(1, 'b', { part: 1 })];
    const { revoked } = await store.dispatch.submitted(late, null, start + waitMs + 1);
    assert.deepEqual(show(revoked), ['1.0 a b']);
    assert.deepEqual(revoked[0]?.message, dropContent(message));
  });

  testWith(open, 'a receipt that waited for its id spares the question', async (store) => {
    await accept(store, [sampleMessage(1, { plan })]);
    await store.dispatch.sweep(start + waitMs, 10);
    await store.receipts.record([receipt('a', { state: 'failed' })], start + waitMs);
    const { revoked } = await store.dispatch.submitted([accepted(1, 'a')], null, start + waitMs);
    assert.deepEqual(revoked, []);
  });

  testWith(open, 'delivered by an earlier step: the later one that has gone out', async (store) => {
    await accept(store, [sampleMessage(1, { plan: plan.map((step) => ({ ...step, parts: 1 })) })]);
    await store.dispatch.submitted([accepted(1, 'a')], null, start);
    await store.dispatch.sweep(start + waitMs, 10);
    const next = accepted(1, 'n', { step: 1, connection: 'next' });
    const sent = await store.dispatch.submitted([next], null, start + waitMs);
    assert.deepEqual(sent.revoked, []);
    const { revoked } = await store.receipts.record([receipt('a')], start + waitMs + 1);
    assert.deepEqual(show(revoked), ['1.1 n']);
    const again = await store.receipts.record([receipt('a')], start + waitMs + 2);
    assert.deepEqual(again.revoked, []);
  });
}

function show(revoked: readonly Revocation[]): string[] {
  return revoked.map(({ message, step, providerIds }) => {
    const index = [1, 2].find((one) => idOf(one) === message.id);
    return `${index}.${step} ${providerIds.join(' ')}`;
  });
}
