import assert from 'node:assert/strict';

/** How many times as large the large input of `assertLinear` is. */
export const growth = 8;

/** How many times dearer than expected is still as expected; what grows with the square is so `growth` times. */
const margin = 3;
/** What costs no more than this is cheap, however it grows. Some kernels count in steps of ten milliseconds. */
const cheapUs = 50_000;
const triesMax = 4;

/**
 * Asserts that `large`, whose input is `growth` times that of `small`, costs about as much as that many of `small`.
 * Counts the processor time of this thread alone, and is content when it is so in one of several tries, so that it is
 * of no consequence what else the machine does.
 */
export function assertLinear(small: () => unknown, large: () => unknown): Promise<void> {
  return assertCost(small, growth, large);
}

/** Asserts that `large` costs about as much as `small`, however much larger its input is. */
export function assertAlike(small: () => unknown, large: () => unknown): Promise<void> {
  return assertCost(small, 1, large);
}

async function assertCost(
  small: () => unknown,
  times: number,
  large: () => unknown,
): Promise<void> {
  // What is compiled or loaded by the first is not charged to either.
  await small();
  let [smallUs, largeUs] = [0, Number.POSITIVE_INFINITY];
  for (let tries = 0; tries < triesMax; tries++) {
    smallUs = Math.max(smallUs, await measureUs(small, times));
    largeUs = Math.min(largeUs, await measureUs(large, 1));
    if (largeUs <= cheapUs || largeUs <= smallUs * margin) return;
  }
  assert.fail(`the large one costs ${largeUs} µs, ${times} of the small one ${smallUs}`);
}

async function measureUs(run: () => unknown, times: number): Promise<number> {
  const start = process.threadCpuUsage();
  for (let done = 0; done < times; done++) await run();
  const { user, system } = process.threadCpuUsage(start);
  return user + system;
}
