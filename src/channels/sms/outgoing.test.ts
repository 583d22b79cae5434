import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listWaitingParts } from '../waiting-parts.ts';
import { type Job, type Outgoing, Pending } from './outgoing.ts';
import { sketchStep } from './test-steps.ts';

const content = {
  source: { ton: 5, npi: 0, text: 'x' },
  dataCoding: 0,
  payloads: [],
  form: 'plain',
  senderUdh: null,
} as const;

function outgoing(order: number, job = createJob()): Outgoing {
  return { job, part: 0, order, sentAt: 0, withValidity: false };
}

function createJob(): Job {
  return { ready: sketchStep(), content, parts: 1, unsent: 1 };
}

test('the waiting parts are those with a dot', () => {
  assert.deepEqual(listWaitingParts(sketchStep({ parts: 4, progress: '.e?.' })), [0, 3]);
  assert.deepEqual(listWaitingParts(sketchStep({ progress: 'd' })), []);
  assert.deepEqual(listWaitingParts({ ...sketchStep({ progress: 'e/..' }), step: 1 }), [0, 1]);
});

test('what comes back, in whatever order, goes out in the order of its taking', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { maxLength: 40 }), fc.nat(40), (orders, sentCount) => {
      const pending = new Pending();
      const all = orders.toSorted((a, b) => a - b).map((order) => outgoing(order));
      for (const one of all) pending.add(one);
      const sent: Outgoing[] = [];
      for (let count = 0; count < sentCount; count++) {
        const next = pending.next();
        if (next === undefined) break;
        next.job.unsent--;
        sent.push(next);
      }
      for (const one of sent.toSorted(
        (a, b) => orders.indexOf(a.order) - orders.indexOf(b.order),
      )) {
        pending.putBack(one);
      }
      assert.equal(pending.size, all.length);
      assert.deepEqual(
        pending.drain().map((one) => one.order),
        all.map((one) => one.order),
      );
      assert.equal(pending.size, 0);
      for (const one of all) assert.equal(one.job.unsent, 1);
    }),
  );
});

test('the rest of one step can be taken out', () => {
  const pending = new Pending();
  const job = createJob();
  for (const one of [outgoing(1), outgoing(2, job), outgoing(3), outgoing(4, job)])
    pending.add(one);
  assert.deepEqual(
    pending.takeJob(job).map((one) => one.order),
    [2, 4],
  );
  assert.deepEqual(
    pending.drain().map((one) => one.order),
    [1, 3],
  );
});
