import { parentPort, workerData } from 'node:worker_threads';
import type { MessageHistory } from '../contract.ts';
import { openReader } from './database.ts';
import { type HistoryQuestion, HistoryReader } from './history-reader.ts';

/** Comes in the order of the questions: what was found, or a sentence that says why it could not look. */
export type HistoryAnswer = { found: readonly MessageHistory[] } | { failure: string };

/** The thread on which people read, so that no search holds up the event loop or the writer. */
if (parentPort === null) throw new Error('the history runs in a thread of its own');
const port = parentPort;
const file: string = workerData;
const database = openReader(file);
const reader = new HistoryReader(database);
port.on('message', (question: HistoryQuestion | null) => {
  if (question === null) {
    database.close();
    port.close();
    return;
  }
  port.postMessage(answer(question));
});

function answer(question: HistoryQuestion): HistoryAnswer {
  try {
    return { found: reader.answer(question) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
