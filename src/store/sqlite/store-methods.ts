import type { MessageHistory, Store } from '../contract.ts';
import { type ConversionReading, createConversionMethods } from './conversion-methods.ts';
import type { Gatherer } from './gatherer.ts';
import type { HistoryQuestion } from './history-reader.ts';
import { createInboundMethods, type InboundReading } from './inbound-methods.ts';
import { operations } from './operations.ts';

/** The contract's methods, each as an operation that is asked of the writer or a question to the history. */
export function createStore(
  gatherer: Gatherer,
  ask: (question: HistoryQuestion) => Promise<readonly MessageHistory[]>,
  reading: InboundReading,
  conversions: ConversionReading,
): Omit<Store, 'close'> {
  return {
    ...createInboundMethods(gatherer, reading),
    conversions: createConversionMethods(gatherer, conversions),
    intake: {
      accept: (request) => gatherer.ask(operations.accept, request),
      acceptOnce: (request, once) => gatherer.ask(operations.acceptOnce, { request, once }),
      openWallet: (account, messagesLeft) =>
        gatherer.ask(operations.openWallet, { account, messagesLeft }),
      messagesLeft: (account) => gatherer.ask(operations.messagesLeft, account),
    },
    answers: {
      find: (key, now) => gatherer.ask(operations.findAnswer, { key, now }),
      prune: (now, limit) => gatherer.ask(operations.pruneAnswers, { now, limit }),
    },
    dispatch: {
      readReady: (query) => gatherer.ask(operations.readReady, query),
      intend: (batch, now) => gatherer.ask(operations.intend, { batch, now }),
      withdraw: (batch, now) => gatherer.ask(operations.withdraw, { batch, now }),
      submitted: (batch, lease, now) => gatherer.ask(operations.submitted, { batch, lease, now }),
      cancel: (ids, now) => gatherer.ask(operations.cancel, { ids, now }),
      move: (batch, lease, now) => gatherer.ask(operations.move, { batch, lease, now }),
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
        const [found] = await ask({ id });
        return found ?? null;
      },
      find: (query) => ask({ find: query }),
      counts: () => gatherer.ask(operations.counts, null),
    },
    retention: {
      prune: (before, limit) => gatherer.ask(operations.prune, { before, limit }),
    },
  };
}
