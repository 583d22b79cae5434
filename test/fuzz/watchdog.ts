import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/*
 * An execution that never returns cannot be timed by the thread that runs it. A thread beside it
 * looks on through shared memory and, when nothing moves, tells what hangs and ends the process.
 */

const inputBytesMax = 1024 * 1024;
const hangMs = 10_000;
const lookMs = 1000;

interface Shared {
  /** [number of the execution, length of the input] */
  progress: Int32Array;
  input: Uint8Array;
}

export interface Watchdog {
  /** An execution begins. */
  note(execution: number, input: Buffer): void;
  stop(): Promise<void>;
}

export function startWatchdog(repeat: string): Watchdog {
  const shared: Shared = {
    progress: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(inputBytesMax)),
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: { shared, repeat } });
  worker.unref();
  return {
    note(execution, input) {
      const length = Math.min(input.length, inputBytesMax);
      shared.input.set(length < input.length ? input.subarray(0, length) : input);
      shared.progress[1] = length;
      shared.progress[0] = execution;
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function watch({ progress, input }: Shared, repeat: string): void {
  let seen = -1;
  let stillMs = 0;
  setInterval(() => {
    const [execution = 0, length = 0] = progress;
    stillMs = execution === seen ? stillMs + lookMs : 0;
    seen = execution;
    if (stillMs < hangMs) return;
    const hex = Buffer.from(input.subarray(0, length)).toString('hex');
    // The main thread hangs and can print nothing for us.
    writeSync(
      1,
      `FAILED: execution ${execution} does not end\ninput ${hex}\nrepeat with ${repeat} --from ${execution} --executions 1\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }, lookMs);
}

if (!isMainThread) {
  const { shared, repeat }: { shared: Shared; repeat: string } = workerData;
  watch(shared, repeat);
}
