import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const grownBytesMax = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes that are in use once all that nobody holds is gone. */
export function measureMemory(): number {
  // What buffers held is given back behind a collection, and counted as gone only by the next one.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * How much more there is at the end than there was once an eighth had warmed up, in bytes. However short the run:
 * what code and caches take when they are first used is far below `grownBytesMax`.
 */
export function compareMemory(samples: readonly number[]): number {
  const [first = 0] = samples;
  return (samples.at(-1) ?? first) - first;
}
