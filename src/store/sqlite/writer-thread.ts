import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { readCrashPoint } from './crash-point.ts';
import { lockFile, openWriter, type WriterSettings } from './database.ts';
import { describeFailure, type Failure } from './failure.ts';
import type { WriterAnswer } from './gatherer.ts';
import { BatchWriter } from './writer.ts';

/** An answer to batches; before the first one, whether the file could be opened. */
export type WriterMessage = WriterAnswer | { ready: true } | { failure: Failure };

/** Batches are taken together up to so many cells: some hundred messages, as one commit of a single batch takes. */
const togetherCellsMax = 16_384;

/**
 * The thread that owns the file. Each message is a batch of operations. All that have come are written in one
 * transaction and answered by one message; `null` closes the database and ends the thread.
 */
if (parentPort === null) throw new Error('the writer runs in a thread of its own');
const port = parentPort;
const settings: WriterSettings = workerData;
try {
  serve();
} catch (error) {
  port.postMessage({ failure: describeFailure(error) });
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
      const { batches, cells } = takeMore(batch);
      const answer: WriterAnswer = { batches, cells: writer.run(cells) };
      port.postMessage(answer);
      return;
    }
    database.close();
    lock.close();
    port.close();
  });
  port.postMessage({ ready: true });
}

/** A batch and those that have come behind it; `null` is never among them, as it comes when all is answered. */
function takeMore(first: unknown[]): WriterAnswer {
  let cells = first;
  let batches = 1;
  while (cells.length < togetherCellsMax) {
    const more = receiveMessageOnPort(port);
    if (more === undefined) break;
    cells = cells.concat(more.message);
    batches++;
  }
  return { batches, cells };
}
