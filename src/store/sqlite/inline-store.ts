import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import { ConversionReader } from './conversion-reader.ts';
import type { CrashPoint } from './crash-point.ts';
import { Gatherer } from './gatherer.ts';
import { HistoryReader } from './history-reader.ts';
import { InboundReader } from './inbound-reader.ts';
import { createStore } from './store-methods.ts';
import { BatchWriter } from './writer.ts';

/**
 * The SQLite store without its threads, on a database that is open: everything else is the same. For tests and tools
 * that open a store often, and with a small cache for tests that want everything read back; it stops the event loop while it writes.
 */
export function createInlineStore(
  database: DatabaseSync,
  clock: Clock,
  cachedMessagesMax?: number,
  crash: CrashPoint | null = null,
): Store {
  const writer = new BatchWriter(database, crash, cachedMessagesMax);
  const reader = new HistoryReader(database);
  const inbound = new InboundReader(database);
  const conversions = new ConversionReader(database);
  const port = {
    send(batch: readonly unknown[]): void {
      const cells = writer.run(batch);
      clock.soon(() => gatherer.answer({ batches: 1, cells }));
    },
  };
  const gatherer = new Gatherer(clock, port, () => {});
  return {
    ...createStore(
      gatherer,
      async (question) => reader.answer(question),
      {
        answered: async (batch) => inbound.answered(batch),
        lastHeard: async (query) => inbound.lastHeard(query),
        find: async (query) => inbound.find(query),
      },
      {
        find: async (query) => conversions.find(query),
        counts: async (query) => conversions.counts(query),
      },
    ),
    async close() {
      await gatherer.finish();
      database.close();
    },
  };
}
