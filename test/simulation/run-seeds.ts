import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SimulationResult } from './simulate.ts';

/** Runs seeds on all cores; `onResult` gets each as it ends, in no particular order. */
export async function runSeeds(
  seeds: readonly number[],
  onResult: (result: SimulationResult) => void,
): Promise<void> {
  const shares = Array.from(
    { length: Math.min(availableParallelism(), seeds.length) },
    () => [] as number[],
  );
  for (const [index, seed] of seeds.entries()) shares[index % shares.length]?.push(seed);
  await Promise.all(shares.map((share) => runShare(share, onResult)));
}

function runShare(seeds: readonly number[], onResult: (result: SimulationResult) => void) {
  return new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: seeds });
    worker.on('message', onResult);
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
