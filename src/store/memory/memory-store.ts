import { hasEnded } from '../../core/lifecycle.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type {
  HistoryStore,
  MessageHistory,
  OutboxReport,
  Retention,
  Store,
  StoreCounts,
} from '../contract.ts';
import { recordConversion } from '../conversions.ts';
import { listEvents } from '../history.ts';
import { acquireLeases, releaseLeases } from '../leases.ts';
import { acceptOnce, findKey } from '../once.ts';
import { noContent } from '../rows.ts';
import * as transactions from '../transactions.ts';
import { createInboundMethods, pruneInbound } from './memory-inbound-store.ts';
import { type MemoryMessage, MemoryRows } from './memory-rows.ts';

export interface MemoryStoreOptions {
  /**
   * Gets every transaction instead of having it applied and answered at once: a simulation delays
   * it, drops it, or lets its outcome stay unknown.
   */
  readonly commit?: (transaction: PendingTransaction) => void;
}

/**
 * A transaction that waits. Never applied: the process died before the commit. Applied and not answered:
 * it died between commit and answer. Applied and rejected: the outcome is unknown to the caller.
 */
export interface PendingTransaction {
  /** The contract's method. */
  readonly kind: string;
  apply(): void;
  /** Settles the caller's promise with what `apply` found. */
  answer(): void;
  reject(error: Error): void;
}

/**
 * The store without a disk, for simulation and tests. Runs each transaction to its end at the call,
 * so that the same calls in the same order always give the same answers. Closing it does nothing:
 * it stands for the disk and can serve the next process of a simulation.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const rows = new MemoryRows();
  const commit = options.commit ?? commitAtOnce;

  function transact<Result>(kind: string, run: () => Result): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let outcome: { value: Result } | { error: unknown } | undefined;
    commit({
      kind,
      apply() {
        try {
          outcome = { value: rows.run(run) };
        } catch (error) {
          outcome = { error };
        }
      },
      answer() {
        if (outcome === undefined)
          throw new Error('a transaction is applied before it is answered');
        if ('value' in outcome) resolve(outcome.value);
        else reject(outcome.error);
      },
      reject,
    });
    return promise;
  }

  return {
    ...createInboundMethods(rows, transact),
    intake: {
      accept: (request) => transact('accept', () => transactions.accept(rows, request)),
      acceptOnce: (request, once) =>
        transact('acceptOnce', () => acceptOnce(rows, rows.answers, request, once)),
      openWallet: (account, messagesLeft) =>
        transact('openWallet', () => transactions.openWallet(rows, account, messagesLeft)),
      messagesLeft: (account) => transact('messagesLeft', () => rows.findWallet(account) ?? null),
    },
    answers: {
      find: (key, now) => transact('findAnswer', () => findKey(rows.answers, key, now)),
      prune: (now, limit) => transact('pruneAnswers', () => rows.answers.dropAnswers(now, limit)),
    },
    dispatch: {
      readReady: (query) => transact('readReady', () => readReady(rows, query)),
      intend: (batch, now) => transact('intend', () => transactions.intend(rows, batch, now)),
      withdraw: (batch, now) => transact('withdraw', () => transactions.withdraw(rows, batch, now)),
      submitted: (batch, lease, now) =>
        transact('submitted', () => transactions.submitted(rows, batch, lease, now)),
      cancel: (ids, now) => transact('cancel', () => transactions.cancel(rows, ids, now)),
      move: (batch, lease, now) =>
        transact('move', () => transactions.move(rows, batch, lease, now)),
      sweep: (now, limit) => transact('sweep', () => transactions.sweep(rows, now, limit)),
    },
    receipts: {
      record: (batch, now) => transact('record', () => transactions.record(rows, batch, now)),
      sweepParked: (now, limit, dropBefore) =>
        transact('sweepParked', () => transactions.sweepParked(rows, now, limit, dropBefore)),
    },
    outbox: {
      queues: () => transact('queues', () => listQueues(rows)),
      read: (query) => transact('read', () => readOutbox(rows, query)),
      told: (batch, now) => transact('told', () => transactions.told(rows, batch, now)),
      postpone: (batch) => transact('postpone', () => transactions.postpone(rows, batch)),
    },
    conversions: {
      record: (request) =>
        transact('conversion', () =>
          recordConversion(rows, rows.conversions, rows.answers, request),
        ),
      find: async (query) => rows.conversions.find(query),
      counts: async (query) => rows.conversions.counts(query),
      prune: (before, limit) =>
        transact('pruneConversions', () => rows.conversions.prune(before, limit)),
    },
    leases: {
      acquire: (resources, holder, ttlMs, now) =>
        transact('acquire', () => acquireLeases(rows, resources, holder, ttlMs, now)),
      release: (resources, holder) =>
        transact('release', () => releaseLeases(rows, resources, holder)),
    },
    history: createHistory(rows),
    retention: {
      prune: (before, limit) => transact('prune', () => prune(rows, before, limit)),
    },
    close: () => Promise.resolve(),
  };
}

function commitAtOnce(transaction: PendingTransaction): void {
  transaction.apply();
  transaction.answer();
}

function readReady(
  rows: MemoryRows,
  query: Parameters<Store['dispatch']['readReady']>[0],
): ReadyStep[] {
  const steps: ReadyStep[] = [];
  for (const { due, id } of rows.ready.get(query.connection)?.from(query.after) ?? []) {
    if (due > query.now || steps.length === query.limit) break;
    const row = rows.findLife(id);
    if (row === undefined || row.queued === null) continue;
    if (row.queued.lane < query.lanes.first || row.queued.lane > query.lanes.last) continue;
    steps.push({ message: messageOf(row), step: row.queued.step, live: row.live, due });
  }
  return steps;
}

function listQueues(rows: MemoryRows): string[] {
  const queues = [...rows.outbox].filter(([, list]) => list.size > 0).map(([queue]) => queue);
  return queues.toSorted();
}

function readOutbox(
  rows: MemoryRows,
  query: Parameters<Store['outbox']['read']>[0],
): OutboxReport[] {
  const reports: OutboxReport[] = [];
  const after = query.after === null ? null : { ...query.after, id: '' };
  for (const { due, sequence, id } of rows.outbox.get(query.queue)?.from(after) ?? []) {
    if (due > query.now || reports.length === query.limit) break;
    for (const found of rows.findLife(id)?.reports.values() ?? []) {
      const { queue, report, attempts } = found;
      if (found.sequence !== sequence) continue;
      reports.push({ queue, report, attempts, due, sequence, isFollowing: false });
    }
  }
  return reports;
}

function prune(rows: MemoryRows, before: Retention, limit: number): number {
  const isOver = (row: MemoryMessage): boolean =>
    hasEnded(row.live) && [...row.reports.values()].every(({ told }) => told !== null);
  const over = [...rows.messages.values()].filter(isOver);
  const old = over.filter(({ envelope }) => envelope.acceptedAt < before.history).slice(0, limit);
  for (const { envelope } of old) rows.deleteMessage(envelope.id);
  const bare = over
    .filter(({ content }) => content !== null)
    .filter(
      ({ envelope }) => rows.messages.has(envelope.id) && envelope.acceptedAt < before.content,
    )
    .slice(0, limit);
  for (const { envelope } of bare) rows.deleteContent(envelope.id);
  const parts = [...rows.parts].filter(([, { at }]) => at < before.correlation).slice(0, limit);
  for (const [key] of parts) rows.deletePart(key);
  return old.length + bare.length + parts.length + pruneInbound(rows.inbound, before, limit);
}

function createHistory(rows: MemoryRows): HistoryStore {
  return {
    async message(id) {
      const row = rows.findLife(id);
      return row === undefined ? null : historyOf(row);
    },
    async find({ account, reference, msisdn, limit }) {
      const found: MessageHistory[] = [];
      for (const row of [...rows.messages.values()].reverse()) {
        if (found.length === limit) break;
        const { envelope } = row;
        if (account !== undefined && envelope.account !== account) continue;
        if (reference !== undefined && envelope.reference !== reference) continue;
        if (msisdn !== undefined && envelope.msisdn !== msisdn) continue;
        found.push(historyOf(row));
      }
      return found;
    },
    async counts(): Promise<StoreCounts> {
      const sizes = (lists: Map<string, { size: number }>): number =>
        [...lists.values()].reduce((sum, { size }) => sum + size, 0);
      return {
        messages: rows.messages.size,
        ready: sizes(rows.ready),
        live: rows.live.size,
        outbox: sizes(rows.outbox),
        parked: rows.parked.size,
      };
    },
  };
}

function historyOf(row: MemoryMessage): MessageHistory {
  return {
    message: messageOf(row),
    live: row.live,
    events: listEvents([...row.events.values()], [...row.reports.values()]),
  };
}

function messageOf(row: MemoryMessage): ReadyStep['message'] {
  return { ...row.envelope, content: row.content ?? noContent };
}
