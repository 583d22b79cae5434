import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TransientMap } from './transient-map.ts';

const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), key: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const), key: fc.constant(0) }) },
);

test('it is a Map to whoever uses it', () => {
  fc.assert(
    fc.property(fc.array(action, { size: 'max', maxLength: 3_000 }), (actions) => {
      const ours = new TransientMap<number, number>();
      const theirs = new Map<number, number>();
      for (const [value, { kind, key }] of actions.entries()) {
        if (kind === 'set') {
          ours.set(key, value);
          theirs.set(key, value);
        } else if (kind === 'delete') {
          assert.equal(ours.delete(key), theirs.delete(key));
        } else {
          assert.deepEqual(ours.drain(), [...theirs.values()]);
          theirs.clear();
        }
        assert.equal(ours.get(key), theirs.get(key));
        assert.equal(ours.has(key), theirs.has(key));
        assert.equal(ours.size, theirs.size);
      }
      assert.deepEqual([...ours], [...theirs]);
    }),
  );
});

test('what is deleted while it is walked through stays deleted', () => {
  const map = new TransientMap<number, number>();
  for (let key = 0; key < 1_000; key++) map.set(key, key);
  const walked: number[] = [];
  for (const [key] of map) {
    walked.push(key);
    if (key !== 500) map.delete(key);
  }
  assert.equal(walked.length, 1_000);
  assert.deepEqual([...map], [[500, 500]]);
});
