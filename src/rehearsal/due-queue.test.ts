import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDueQueue } from './due-queue.ts';

test('items leave by due time, equal ones in the order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
      const queue = createDueQueue<{ due: number; order: number }>();
      const items = dues.map((due, order) => ({ due, order }));
      for (const item of items) queue.push(item.due, item);
      const left: object[] = [];
      for (let item = queue.take(20); item !== null; item = queue.take(20)) left.push(item);
      assert.deepEqual(
        left,
        items.toSorted((a, b) => a.due - b.due || a.order - b.order),
      );
    }),
  );
});

test('an item is not handed out before it is due', () => {
  const queue = createDueQueue<{ name: string }>();
  queue.push(10, { name: 'ten' });
  queue.push(5, { name: 'five' });
  assert.equal(queue.nextDue(), 5);
  assert.equal(queue.take(4), null);
  assert.deepEqual(queue.take(5), { name: 'five' });
  assert.equal(queue.take(9), null);
  assert.equal(queue.size, 1);
  queue.clear();
  assert.equal(queue.nextDue(), null);
});

test('mixed pushes and takes keep the order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: null })), (steps) => {
      const queue = createDueQueue<{ due: number }>();
      const model: { due: number }[] = [];
      for (const step of steps) {
        if (step === null) {
          const expected = model.shift() ?? null;
          assert.equal(queue.take(9), expected);
        } else {
          const item = { due: step };
          queue.push(step, item);
          model.push(item);
          model.sort((a, b) => a.due - b.due);
        }
      }
      assert.equal(queue.size, model.length);
    }),
  );
});
