import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { compareMemory, grownBytesMax, measureMemory } from './memory.ts';

/** What a test holds, until it lets it go. */
const held: Buffer[] = [];

function letGo(): void {
  held.length = 0;
}

afterEach(letGo);

function hold(): void {
  for (let count = 0; count < 4_000; count++) held.push(Buffer.alloc(grownBytesMax / 2_000, 1));
}

const mebibyte = 1024 * 1024;

test('what is let go of is not counted any more, at once', () => {
  measureMemory();
  const before = measureMemory();
  for (let round = 0; round < 10; round++) {
    hold();
    letGo();
    const grown = measureMemory() - before;
    assert.ok(grown < mebibyte, `${grown} bytes in round ${round}`);
  }
});

test('what is held is counted', () => {
  const before = measureMemory();
  hold();
  assert.ok(compareMemory([before, measureMemory()]) > grownBytesMax);
});

test('the first and the last are compared, whatever was between', () => {
  assert.equal(compareMemory([5, 100, 7]), 2);
  assert.equal(compareMemory([5]), 0);
  assert.equal(compareMemory([]), 0);
});
