import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAlike, assertLinear, growth } from './test-cost.ts';

let sink = 0;

function work(steps: number): void {
  for (let step = 0; step < steps; step++) sink = (Math.imul(sink, 31) + step) | 0;
}

test('what grows with its input is linear', async () => {
  await assertLinear(
    () => work(5_000_000),
    () => work(5_000_000 * growth),
  );
});

test('what grows with the square of its input is not', async () => {
  await assert.rejects(
    assertLinear(
      () => work(1_200 ** 2),
      () => work((1_200 * growth) ** 2),
    ),
    /the large one costs/,
  );
});

test('what costs the same is alike, and what grows with its input is not', async () => {
  const small = () => work(10_000_000);
  await assertAlike(small, () => work(12_000_000));
  await assert.rejects(
    assertAlike(small, () => work(10_000_000 * growth)),
    /the large one costs/,
  );
});

test('what costs next to nothing may grow as it likes', async () => {
  await assertLinear(
    () => work(1),
    () => work(1_000),
  );
});
