import { parentPort, workerData } from 'node:worker_threads';
import type { Cell } from './cells.ts';
import { readCrashPoint } from './crash-point.ts';
import { lockFile, openWriter, type WriterSettings } from './database.ts';
import { BatchWriter } from './writer.ts';

/** An answer to a batch; before the first one, whether the file could be opened. */
export type WriterMessage = readonly Cell[] | { ready: true } | { failure: string };

/**
 * The thread that owns the file. Each message is a batch of operations and is answered by one message;
 * `null` closes the database and ends the thread.
 */
if (parentPort === null) throw new Error('the writer runs in a thread of its own');
const port = parentPort;
const settings: WriterSettings = workerData;
try {
  serve();
} catch (error) {
  port.postMessage({ failure: error instanceof Error ? error.message : String(error) });
}

function serve(): void {
  const crash = readCrashPoint(process.env.CHAPPE_CRASH_AT, () =>
    process.kill(process.pid, 'SIGKILL'),
  );
  const lock = lockFile(settings.file);
  const database = openWriter(settings);
  const writer = new BatchWriter(database, crash);
  port.on('message', (batch: unknown[] | null) => {
    if (batch !== null) {
      port.postMessage(writer.run(batch));
      return;
    }
    database.close();
    lock.close();
    port.close();
  });
  port.postMessage({ ready: true });
}
