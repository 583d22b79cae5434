import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../contract.ts';
import type { Cell } from './cells.ts';
import type { Synchronous, WriterSettings } from './database.ts';
import { Gatherer } from './gatherer.ts';
import { HistoryClient } from './history-client.ts';
import { operations } from './operations.ts';
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
}

export interface SqliteStore extends Store {
  /** Rows that have been asked for and are not on the disk yet: the measure for refusing more. */
  backlog(): number;
}

/**
 * The embedded store: one file, one thread that writes it, one that reads it for people. Rejects with a sentence when the
 * file cannot be opened, is in use by another process, or was written by a newer version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, clock, synchronous = 'FULL', pagesMax = null } = options;
  const settings: WriterSettings = { file, synchronous, pagesMax };
  const opened = Promise.withResolvers<void>();
  const writer: Thread = startThread<WriterMessage>('./writer-thread.ts', settings, {
    onMessage(message) {
      if (Array.isArray(message)) gatherer.answer(message);
      else if ('failure' in message) opened.reject(new Error(message.failure));
      else opened.resolve();
    },
    onFailure(error) {
      opened.reject(error);
      gatherer.fail(error);
    },
  });
  const port = { send: (batch: readonly Cell[]) => writer.send(batch) };
  // The search index is made when nothing else is to do; at the start there may be runs to catch up with.
  let mayIndex = true;
  const gatherer = new Gatherer(clock, port, () => {
    if (mayIndex) void index();
  });
  await opened.promise;

  async function index(): Promise<void> {
    mayIndex = false;
    mayIndex = await gatherer.ask(operations.indexRun, null);
  }

  const history = new HistoryClient(file);
  return {
    backlog: () => gatherer.backlog,
    intake: {
      accept(request) {
        mayIndex = true;
        return gatherer.ask(operations.accept, request);
      },
      openWallet: (account, messagesLeft) =>
        gatherer.ask(operations.openWallet, { account, messagesLeft }),
      messagesLeft: (account) => gatherer.ask(operations.messagesLeft, account),
    },
    dispatch: {
      readReady: (query) => gatherer.ask(operations.readReady, query),
      intend: (batch, now) => gatherer.ask(operations.intend, { batch, now }),
      submitted: (batch, lease, now) => gatherer.ask(operations.submitted, { batch, lease, now }),
      sweep: (now, limit) => gatherer.ask(operations.sweep, { now, limit }),
    },
    receipts: {
      record: (batch, now) => gatherer.ask(operations.record, { batch, now }),
      sweepParked: (now, limit, dropBefore) =>
        gatherer.ask(operations.sweepParked, { now, limit, dropBefore }),
    },
    outbox: {
      queues: () => gatherer.ask(operations.queues, null),
      read: (query) => gatherer.ask(operations.readOutbox, query),
      told: (batch, now) => gatherer.ask(operations.told, { batch, now }),
      postpone: (batch) => gatherer.ask(operations.postpone, batch),
    },
    leases: {
      acquire: (resources, holder, ttlMs, now) =>
        gatherer.ask(operations.acquire, { resources, holder, ttlMs, now }),
      release: (resources, holder) => gatherer.ask(operations.release, { resources, holder }),
    },
    history: {
      async message(id) {
        const [found] = await history.ask({ id });
        return found ?? null;
      },
      find: (query) => history.ask({ find: query }),
      counts: () => gatherer.ask(operations.counts, null),
    },
    retention: {
      prune: (before, limit) => gatherer.ask(operations.prune, { before, limit }),
    },
    async close() {
      await gatherer.finish();
      await history.close();
      await writer.close();
    },
  };
}
