import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulate.ts';

const seeds = workerData as readonly number[];
for (const seed of seeds) {
  try {
    parentPort?.postMessage(await simulate({ seed }));
  } catch (error) {
    // A seed that throws has failed as well; the others go on.
    const broken = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    parentPort?.postMessage({
      seed,
      trace: '',
      messages: 0,
      acknowledged: 0,
      written: 0,
      answered: 0,
      crashes: 0,
      broken,
      events: [],
    });
  }
}
