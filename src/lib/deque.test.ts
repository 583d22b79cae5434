import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deque } from './deque.ts';

test('a deque behaves like an array with push, unshift and shift', () => {
  const operation = fc.oneof(
    fc.record({
      kind: fc.constant('pushBack' as const),
      items: fc.array(fc.nat(), { maxLength: 700 }),
    }),
    fc.record({
      kind: fc.constant('pushFront' as const),
      items: fc.array(fc.nat(), { maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('popFront' as const), times: fc.nat({ max: 900 }) }),
    fc.record({ kind: fc.constant('drain' as const) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const deque = new Deque<number>();
      let model: number[] = [];
      for (const one of operations) {
        switch (one.kind) {
          case 'pushBack':
            for (const item of one.items) deque.pushBack(item);
            model.push(...one.items);
            break;
          case 'pushFront':
            deque.pushFront(one.items);
            model = [...one.items, ...model];
            break;
          case 'popFront':
            for (let time = 0; time < one.times; time++) {
              assert.equal(deque.popFront(), model.shift());
            }
            break;
          case 'drain':
            assert.deepEqual(deque.drain(), model);
            model = [];
            break;
        }
        assert.equal(deque.size, model.length);
        assert.equal(deque.peek(), model[0]);
      }
    }),
  );
});
