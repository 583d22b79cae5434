import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SortedList } from './sorted-list.ts';

const change = fc.record({ isAdded: fc.boolean(), value: fc.nat({ max: 40 }) });

test('a sorted list holds what was added and not removed, in order', () => {
  fc.assert(
    fc.property(fc.array(change), fc.nat({ max: 40 }), (changes, after) => {
      const list = new SortedList<number>((left, right) => left - right);
      const model = new Set<number>();
      for (const { isAdded, value } of changes) {
        if (!isAdded) assert.equal(list.remove(value), model.delete(value));
        else if (!model.has(value)) {
          list.add(value);
          model.add(value);
        }
      }
      const sorted = [...model].toSorted((left, right) => left - right);
      assert.equal(list.size, sorted.length);
      assert.deepEqual([...list.from(null)], sorted);
      assert.deepEqual(
        [...list.from(after)],
        sorted.filter((value) => value > after),
      );
    }),
  );
});
