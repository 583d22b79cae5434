import assert from 'node:assert/strict';

/** How many times as large the large input of `assertLinear` is. */
export const growth = 8;

/** How many times dearer than expected is still as expected; the square would be `growth` times. */
const margin = 3;
/** What costs no more than this is cheap, however it grows. */
const cheapUs = 20_000;
const triesMax = 6;

/**
 * Asserts that `large`, whose input is `growth` times that of `small`, costs about as many times as much. Counts the
 * processor time of this thread alone and of each the least of several tries, so that it is of no consequence what
 * else the machine does.
 */
export function assertLinear(small: () => unknown, large: () => unknown): Promise<void> {
  return assertCost(small, large, growth);
}

/** Asserts that `large` costs about as much as `small`, however much larger its input is. */
export function assertAlike(small: () => unknown, large: () => unknown): Promise<void> {
  return assertCost(small, large, 1);
}

async function assertCost(
  small: () => unknown,
  large: () => unknown,
  times: number,
): Promise<void> {
  // What is compiled or loaded by the first is not charged to either.
  await small();
  let [smallUs, largeUs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let tries = 0; tries < triesMax; tries++) {
    smallUs = Math.min(smallUs, await measureUs(small));
    largeUs = Math.min(largeUs, await measureUs(large));
    if (largeUs <= cheapUs || largeUs <= smallUs * times * margin) return;
  }
  assert.fail(`the large one costs ${largeUs} µs, the small one ${smallUs}`);
}

async function measureUs(run: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(start);
  return user + system;
}
