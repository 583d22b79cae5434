import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import type { ConversionCounts } from '../conversion-contract.ts';
import type { StoreFault } from '../fault.ts';
import type { Cell } from './cells.ts';
import type { Synchronous, WriterSettings } from './database.ts';
import { toError } from './failure.ts';
import { FaultWatch } from './fault-watch.ts';
import { Gatherer } from './gatherer.ts';
import { HistoryClient } from './history-client.ts';
import { operations } from './operations.ts';
import { runLength } from './search-runs.ts';
import { createStore } from './store-methods.ts';
import { startThread, type Thread } from './thread.ts';
import type { WriterMessage } from './writer-thread.ts';

export interface SqliteStoreOptions {
  /** The database file; `-wal`, `-shm` and `-lock` files come beside it. Its directory must exist. */
  readonly file: string;
  readonly clock: Clock;
  /** Anything but FULL loses acknowledged messages in a power cut; for the test that shows it. */
  readonly synchronous?: Synchronous;
  /** The file does not grow beyond this many pages of 4 KiB. */
  readonly pagesMax?: number;
  /** Told when the store can no longer write, and with null when it can again. */
  readonly onFault?: (fault: StoreFault | null) => void;
  /** Told when the thread that writes has ended by itself: nothing can be written or promised any more. */
  readonly onLost?: (error: Error) => void;
}

export interface SqliteStore extends Store {
  /** Rows that have been asked for and are not on the disk yet: the measure for refusing more. */
  backlog(): number;
  /** Why the store cannot write right now; null while it can. */
  fault(): StoreFault | null;
}

/**
 * The embedded store: one file, one thread that writes it, one that reads it for people. Rejects with a sentence when the
 * file is in use by another process or was written by a newer version, and with a `StoreFault` when it cannot be opened.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const {
    file,
    clock,
    synchronous = 'FULL',
    pagesMax = null,
    onFault = () => {},
    onLost = () => {},
  } = options;
  const settings: WriterSettings = { file, synchronous, pagesMax };
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  const writer: Thread = startThread<WriterMessage>('./writer-thread.ts', settings, {
    onMessage(message) {
      if ('cells' in message) gatherer.answer(message);
      else if ('failure' in message) opened.reject(toError(message.failure));
      else opened.resolve();
    },
    onFailure(error) {
      opened.reject(error);
      // Its end follows what it threw.
      if (gatherer.fail(error) && isOpen) onLost(error);
    },
  });
  const port = { send: (batch: readonly Cell[]) => writer.send(batch) };
  // The search index is made when nothing else is to do; at the start there may be runs to catch up with.
  let unindexed = runLength;
  const faults = new FaultWatch(clock, () => gatherer.ask(operations.probe, null), onFault);
  const gatherer = new Gatherer(
    clock,
    port,
    () => {
      if (unindexed >= runLength) index();
    },
    (fault) => faults.note(fault),
  );

  function index(): void {
    unindexed = 0;
    gatherer.ask(operations.indexRun, null).then(
      (hasMore) => {
        if (!hasMore) return;
        unindexed += runLength;
        if (gatherer.backlog === 0) index();
      },
      () => {
        // A full disk, or the end: it is tried again after the next messages.
      },
    );
  }
  await opened.promise;
  isOpen = true;

  const history = new HistoryClient(file);
  const store = createStore(
    gatherer,
    (question) => history.ask(question),
    {
      answered: (batch) => history.ask({ answered: batch }),
      lastHeard: (query) => history.ask({ lastHeard: query }),
      find: (query) => history.ask({ inbound: query }),
    },
    {
      find: (query) => history.ask({ conversions: query }),
      async counts(query) {
        const [counts] = await history.ask<ConversionCounts>({ conversionCounts: query });
        if (counts === undefined) throw new Error('the store counted nothing');
        return counts;
      },
    },
  );
  return {
    ...store,
    backlog: () => gatherer.backlog,
    fault: () => faults.fault,
    intake: {
      ...store.intake,
      accept(request) {
        unindexed += request.messages.length;
        return store.intake.accept(request);
      },
      acceptOnce(request, once) {
        unindexed += request.messages.length;
        return store.intake.acceptOnce(request, once);
      },
    },
    async close() {
      faults.stop();
      await gatherer.finish();
      await history.close();
      await writer.close();
    },
  };
}
