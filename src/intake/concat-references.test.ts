import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createConcatReferences } from './concat-references.ts';

const now = Date.UTC(2026, 2, 2, 12);

test('references of one destination count up in 16 bits', () => {
  const references = createConcatReferences();
  const first = references.next('31612345678', now);
  for (let count = 1; count <= 0x1_0000; count++) {
    const next = references.next('31612345678', now);
    assert.equal(next, (first + count) & 0xffff);
  }
});

test('destinations do not disturb each other', () => {
  const references = createConcatReferences();
  const first = references.next('a', now);
  references.next('b', now + 60_000);
  assert.equal(references.next('a', now + 120_000), (first + 1) & 0xffff);
});

test('a restart a second later begins elsewhere', () => {
  const before = createConcatReferences().next('a', now);
  const after = createConcatReferences().next('a', now + 1_000);
  assert.notEqual(before, after);
});

test('only so many destinations are remembered, the youngest', () => {
  const references = createConcatReferences(2);
  const first = references.next('a', now);
  references.next('b', now);
  assert.equal(references.next('a', now + 9_000), first + 1, 'a is remembered and young again');
  references.next('c', now);
  assert.equal(references.next('a', now + 9_000), first + 2, 'b went, not a');
  assert.equal(references.next('b', now + 9_000), first + 9, 'b begins anew');
});

test('whatever the order, the last references of a remembered destination differ', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 200 }), (destinations) => {
      const references = createConcatReferences(3);
      const seen = new Set<string>();
      for (const destination of destinations) {
        const key = `${destination}:${references.next(destination, now)}`;
        assert.ok(!seen.has(key));
        seen.add(key);
      }
    }),
  );
});
