import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../store/contract.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import { leaseTtlMs } from './lane-lease.ts';
import { idsOf, raise } from './test-stage.ts';

const refused = { kind: 'refused', error: 5 } as const;

/** A dispatcher that can be kept from renewing its leases. */
async function raiseConnected() {
  const memory = createMemoryStore();
  let isCutOff = false;
  const store: Store = {
    ...memory,
    leases: {
      ...memory.leases,
      acquire: (...query) =>
        isCutOff ? Promise.reject(new Error('cut off')) : memory.leases.acquire(...query),
    },
  };
  const cutOff = () => {
    isCutOff = true;
  };
  return { memory, cutOff, stage: await raise({ store }) };
}

test('who has lost its lanes decides nothing any more, and its facts still count', async () => {
  const { memory, cutOff, stage } = await raiseConnected();
  const { clock, connection, reports, accept } = stage;
  const [first, second] = await accept(2);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(idsOf(connection.taken), [first.id, second.id]);

  // It is cut off until another one has taken its lanes over.
  cutOff();
  await clock.advance(2 * leaseTtlMs);
  const taken = await memory.leases.acquire(['operator/lanes'], 'other', leaseTtlMs, clock.now());
  assert.equal(taken.length, 1);
  connection.answer((step) =>
    step.message.id === first.id ? refused : { kind: 'accepted', providerId: 'late' },
  );
  await clock.advance(1_000);

  assert.deepEqual(
    reports.map(({ report }) => [report.messageId, report.status]),
    [[second.id, 0]],
  );
  assert.equal((await memory.history.message(first.id))?.live.progress, '.');
  assert.equal((await memory.history.message(second.id))?.live.progress, 'e');
});

test('who is only late to renew them decides on, as long as nobody has taken them', async () => {
  const { cutOff, stage } = await raiseConnected();
  const { clock, connection, reports, accept } = stage;
  await accept(1);
  cutOff();
  await clock.advance(2 * leaseTtlMs);
  connection.answer(() => refused);
  await clock.advance(1_000);
  assert.deepEqual(
    reports.map(({ report }) => [report.status, report.error]),
    [[1, 5]],
  );
});
