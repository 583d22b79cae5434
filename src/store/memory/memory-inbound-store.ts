import { type InboundMessage, isAnswerTo } from '../../core/inbound.ts';
import type { Retention } from '../contract.ts';
import type {
  AnsweredMessage,
  AnsweredQuery,
  InboundHistory,
  InboundStore,
  LastHeard,
  OptOutStore,
  QueuedInbound,
} from '../inbound-contract.ts';
import * as transactions from '../inbound-transactions.ts';
import { type MemoryInbound, nameOf } from './memory-inbound.ts';
import type { MemoryRows } from './memory-rows.ts';

export type Transact = <Result>(kind: string, run: () => Result) => Promise<Result>;

/** The contract's methods for incoming messages and opt-outs, each as a transaction over the rows. */
export function createInboundMethods(
  rows: MemoryRows,
  transact: Transact,
): { inbound: InboundStore; optOuts: OptOutStore } {
  const { inbound } = rows;
  return {
    inbound: {
      queue: {
        queues: () => transact('inboundQueues', () => listQueues(inbound)),
        read: (query) => transact('readInbound', () => readQueue(inbound, query)),
        told: (batch) => transact('toldInbound', () => transactions.toldInbound(inbound, batch)),
        postpone: (batch) =>
          transact('postponeInbound', () => transactions.postponeInbound(inbound, batch)),
      },
      record: (batch, bounds, now) =>
        transact('recordInbound', () => transactions.recordInbound(inbound, batch, bounds, now)),
      sweep: (now, openedBefore, limits) =>
        transact('sweepInbound', () =>
          transactions.sweepInbound(inbound, now, openedBefore, limits),
        ),
      answered: async (batch) => batch.map((query) => findAnswered(rows, query)),
      lastHeard: async (query) => findLastHeard(inbound, query),
      find: async (query) => findInbound(inbound, query),
    },
    optOuts: {
      list: async ({ account, after, limit }) =>
        [...inbound.optOuts.values()]
          .filter((one) => account === null || one.account === account)
          .filter((one) => after === null || nameOf(one) > nameOf(after))
          .toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
          .slice(0, limit),
      put: (batch) => transact('putOptOuts', () => transactions.putOptOuts(inbound, batch)),
      remove: (batch) =>
        transact('removeOptOuts', () => transactions.removeOptOuts(inbound, batch)),
    },
  };
}

function listQueues(inbound: MemoryInbound): string[] {
  return [...new Set([...inbound.queued.values()].map(({ queue }) => queue))].toSorted();
}

function readQueue(
  inbound: MemoryInbound,
  { queue, after, now, limit }: Parameters<InboundStore['queue']['read']>[0],
): QueuedInbound[] {
  return [...inbound.queued.values()]
    .filter((row) => row.queue === queue && row.due <= now)
    .toSorted((left, right) => left.due - right.due || left.sequence - right.sequence)
    .filter(({ due, sequence }) => {
      return after === null || due > after.due || (due === after.due && sequence > after.sequence);
    })
    .slice(0, limit)
    .map((row) => ({ ...row, isFollowing: false }));
}

function findAnswered(rows: MemoryRows, query: AnsweredQuery): AnsweredMessage | null {
  const { connection, context, accounts } = query;
  const isAllowed = (account: string): boolean => accounts === null || accounts.includes(account);
  const named = context === null ? undefined : rows.findPart(connection, context);
  const life = named === undefined ? undefined : rows.findLife(named.id);
  if (life !== undefined && isAllowed(life.envelope.account)) {
    const { id, account, reference, groupings } = life.envelope;
    return { id, account, reference, groupings, isContext: true };
  }
  for (const { envelope } of [...rows.messages.values()].reverse()) {
    if (envelope.acceptedAt < query.since) break;
    if (!isAllowed(envelope.account) || !isAnswerTo(query, envelope)) continue;
    const { id, account, reference, groupings } = envelope;
    return { id, account, reference, groupings, isContext: false };
  }
  return null;
}

function findLastHeard(
  inbound: MemoryInbound,
  { connections, since, limit }: Parameters<InboundStore['lastHeard']>[0],
): LastHeard[] {
  const latest = new Map<string, LastHeard>();
  for (const { connection, from, receivedAt: at } of inbound.messages.values()) {
    if (at < since || !connections.includes(connection)) continue;
    const key = JSON.stringify([connection, from]);
    if ((latest.get(key)?.at ?? since) <= at) latest.set(key, { connection, from, at });
  }
  const latestFirst = [...latest.values()].toSorted((left, right) => right.at - left.at);
  return connections
    .flatMap((name) => latestFirst.filter(({ connection }) => connection === name).slice(0, limit))
    .toSorted((left, right) => left.at - right.at);
}

function findInbound(
  inbound: MemoryInbound,
  { account, from, before, limit }: Parameters<InboundStore['find']>[0],
): InboundHistory[] {
  const waitingOf = (message: InboundMessage) =>
    [...inbound.queued.values()]
      .filter((row) => row.message.id === message.id)
      .map(({ queue, attempts }) => ({ queue, attempts }));
  return [...inbound.messages.values()]
    .filter((message) => message.account === account)
    .filter((message) => from === undefined || message.from === from)
    .filter((message) => before === undefined || message.id < before)
    .toSorted((left, right) => (left.id < right.id ? 1 : -1))
    .slice(0, limit)
    .map((message) => ({ message, waiting: waitingOf(message) }));
}

/** Retention: what was said, and then all of it, but nothing that still waits. */
export function pruneInbound(inbound: MemoryInbound, before: Retention, limit: number): number {
  const waiting = new Set([...inbound.queued.values()].map(({ message }) => message.id));
  const over = [...inbound.messages.values()].filter(({ id }) => !waiting.has(id));
  const full = over
    .filter(({ id, receivedAt }) => receivedAt < before.content && inbound.hasContent(id))
    .slice(0, limit);
  for (const { id } of full) inbound.dropContent(id);
  const old = over.filter(({ receivedAt }) => receivedAt < before.history).slice(0, limit);
  for (const { id } of old) inbound.deleteMessage(id);
  return full.length + old.length;
}
