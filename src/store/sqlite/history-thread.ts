import { parentPort, workerData } from 'node:worker_threads';
import type { ConversionQuery, CountsQuery } from '../conversion-contract.ts';
import type { AnsweredQuery, InboundStore } from '../inbound-contract.ts';
import { ConversionReader } from './conversion-reader.ts';
import { openReader } from './database.ts';
import { type HistoryQuestion, HistoryReader } from './history-reader.ts';
import { InboundReader } from './inbound-reader.ts';

/** What can be asked: messages, which message others answer, who wrote when, incoming messages, and conversions. */
export type ReaderQuestion =
  | HistoryQuestion
  | { answered: readonly AnsweredQuery[] }
  | { lastHeard: Parameters<InboundStore['lastHeard']>[0] }
  | { inbound: Parameters<InboundStore['find']>[0] }
  | { conversions: ConversionQuery }
  | { conversionCounts: CountsQuery };

/**
 * Comes in the order of the questions: what was found, whose type belongs to the question, or a sentence that says
 * why it could not look.
 */
export type HistoryAnswer = { found: readonly never[] } | { failure: string };

/** The thread on which people read, so that no search holds up the event loop or the writer. */
if (parentPort === null) throw new Error('the history runs in a thread of its own');
const port = parentPort;
const file: string = workerData;
const database = openReader(file);
const reader = new HistoryReader(database);
const inbound = new InboundReader(database);
const conversions = new ConversionReader(database);
port.on('message', (question: ReaderQuestion | null) => {
  if (question === null) {
    database.close();
    port.close();
    return;
  }
  port.postMessage(answer(question));
});

function answer(question: ReaderQuestion): { found: readonly unknown[] } | { failure: string } {
  try {
    if ('answered' in question) return { found: inbound.answered(question.answered) };
    if ('lastHeard' in question) return { found: inbound.lastHeard(question.lastHeard) };
    if ('inbound' in question) return { found: inbound.find(question.inbound) };
    if ('conversions' in question) return { found: conversions.find(question.conversions) };
    if ('conversionCounts' in question) {
      return { found: [conversions.counts(question.conversionCounts)] };
    }
    return { found: reader.answer(question) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
