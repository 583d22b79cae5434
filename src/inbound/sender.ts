import type { HttpRequest } from '../lib/http-client.ts';
import { type InboundQueue, orderTriesMax, type QueuedInbound } from '../store/inbound-contract.ts';
import { Courier, type CourierWorld } from '../webhooks/courier.ts';
import type { Owners } from './owners.ts';
import { buildEventRequest, buildInboundRequest } from './request.ts';
import { inboundGiveUpMs, nextEventTry, nextInboundTry } from './schedule.ts';

export interface InboundSenderWorld extends CourierWorld {
  readonly queue: InboundQueue;
  readonly owners: Owners;
}

/** Delivers incoming messages to accounts' webhooks, those of one handset in order (contract §9.5). */
export function createInboundSender(world: InboundSenderWorld): Courier<QueuedInbound> {
  return createCourier(world, {
    queuePrefix: 'inbound:',
    words: 'incoming messages',
    build(account, row, now) {
      const webhook = world.owners.account(account)?.webhook ?? null;
      return webhook === null ? null : () => buildInboundRequest(webhook, row, now);
    },
    nextTry: ({ message }, failure) =>
      nextInboundTry({ receivedAt: message.receivedAt, ...failure }),
  });
}

/** Delivers events to accounts' events webhooks (contract §9.7). */
export function createEventSender(world: InboundSenderWorld): Courier<QueuedInbound> {
  return createCourier(world, {
    queuePrefix: 'event:',
    words: 'events',
    build(account, row, now) {
      const webhook = world.owners.account(account)?.events ?? null;
      return webhook === null ? null : () => buildEventRequest(webhook, row, now);
    },
    nextTry: ({ attempts }, { now }) => nextEventTry(attempts + 1, now),
  });
}

function createCourier(
  world: InboundSenderWorld,
  kind: {
    queuePrefix: string;
    words: string;
    build(account: string, row: QueuedInbound, now: number): (() => HttpRequest) | null;
    nextTry(row: QueuedInbound, failure: { now: number; retryAfterMs: number }): number | null;
  },
): Courier<QueuedInbound> {
  const { queue } = world;
  const { queuePrefix, words, build, nextTry } = kind;
  return new Courier(
    {
      queuePrefix,
      words,
      orderTriesMax,
      store: {
        queues: () => queue.queues(),
        read: (query) => queue.read(query),
        told: (batch, now) =>
          queue.told(
            batch.map(({ row }) => ({ queue: row.queue, sequence: row.sequence })),
            now,
          ),
        postpone: (batch) =>
          queue.postpone(
            batch.map(({ row, due }) => ({ queue: row.queue, sequence: row.sequence, due })),
          ),
      },
      keyOf: ({ message }) => message.from,
      prepare(account, row, now) {
        if (now >= row.message.receivedAt + inboundGiveUpMs) return 'over';
        return build(account, row, now) ?? 'homeless';
      },
      nextTry,
    },
    world,
  );
}
