import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IndexSet, indexMax, indexOfText, readIndex, writeIndex } from './message-index.ts';

const indices = fc.integer({ min: 0, max: indexMax });

test('a number written into bytes is read back, from bytes and from text', () => {
  fc.assert(
    fc.property(indices, fc.integer({ min: 0, max: 5 }), (index, at) => {
      const bytes = Buffer.alloc(at + 8, 'x');
      writeIndex(bytes, at, index);
      assert.equal(readIndex(bytes, at + 8), index);
      assert.equal(indexOfText(bytes.toString('latin1')), index);
    }),
  );
});

test('what does not end in eight digits has no number', () => {
  for (const text of ['', '1234567', 'order 1234567', 'b1234567x', '12345 78']) {
    assert.equal(indexOfText(text), -1, text);
    assert.equal(readIndex(Buffer.from(text.padStart(8)), Math.max(8, text.length)), -1, text);
  }
});

test('a set of numbers counts distinct ones, repeated ones and missing ones', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 100_000 })), (numbers) => {
      const [set, known] = [new IndexSet(), new Set<number>()];
      for (const number of numbers) {
        set.add(number);
        if (number >= 0) known.add(number);
      }
      const unnumbered = numbers.filter((number) => number < 0).length;
      assert.equal(set.distinct, known.size);
      assert.equal(set.unnumbered, unnumbered);
      assert.equal(set.repeated, numbers.length - unnumbered - known.size);
      assert.ok([...known].every((number) => set.has(number)));
      assert.equal(set.has(100_001), false);
    }),
  );
});

test('a cleared set is empty', () => {
  const set = new IndexSet();
  set.add(7);
  set.add(7);
  set.clear();
  assert.deepEqual([set.distinct, set.repeated, set.has(7)], [0, 0, false]);
});
