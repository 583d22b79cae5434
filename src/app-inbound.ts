import { createInboundDoor } from './api/inbound/inbound-door.ts';
import { createMediaDoor } from './api/media/media-door.ts';
import { createOptOutsDoor } from './api/opt-outs/opt-outs-door.ts';
import type { MediaKeeper } from './channels/contract.ts';
import type { Accounts } from './core/account.ts';
import type { InboundPart } from './core/inbound.ts';
import type { InboundAccount } from './core/inbound-account.ts';
import type { Route } from './http/router.ts';
import { Inbound, type InboundCounts } from './inbound/inbound.ts';
import { type MediaStore, mediaPath } from './inbound/media-store.ts';
import { OptOuts } from './inbound/opt-outs.ts';
import { createOwners } from './inbound/owners.ts';
import { createEventSender, createInboundSender } from './inbound/sender.ts';
import type { Clock } from './lib/clock.ts';
import type { HttpClient } from './lib/http-client.ts';
import type { Log } from './lib/log.ts';
import type { MessageIds } from './lib/message-id.ts';
import type { QueuedInbound, Store } from './store/contract.ts';
import type { CourierStats } from './webhooks/courier.ts';

/** What is configured of incoming messages. */
export interface InboundSettings {
  readonly accounts: readonly InboundAccount[];
  /** The account that gets what comes over a connection and is nobody's else. */
  readonly connectionAccounts: ReadonlyMap<string, string>;
  /** Where received files are kept; absent: they are not. */
  readonly media?: MediaStore;
}

export interface InboundParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly http: HttpClient;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  /** Rows that were committed just now: the SMPP sessions go on. */
  onQueued(rows: readonly QueuedInbound[]): void;
}

/** All that has to do with incoming messages, put together. */
export interface InboundSide {
  take(batch: readonly InboundPart[]): Promise<void>;
  readonly optOuts: OptOuts;
  /** Null when files are not kept. */
  readonly media: MediaKeeper | null;
  routes(route: (path: string, door: Route['door']) => Route): Route[];
  /** Opt-outs are in memory when it resolves: intake must not begin before. */
  start(): Promise<void>;
  stop(graceMs: number): Promise<void>;
  figures(): InboundFigures;
}

export interface InboundFigures {
  readonly counts: InboundCounts;
  readonly webhooks: CourierStats;
  readonly events: CourierStats;
  readonly optOuts: OptOuts;
  readonly media: { readonly files: number; readonly octets: number };
}

export function createInboundSide(
  { store, accounts, ...world }: InboundParts,
  settings: InboundSettings,
): InboundSide {
  const { clock } = world;
  const { media } = settings;
  const owners = createOwners(settings.accounts, settings.connectionAccounts);
  const optOuts = new OptOuts(store.optOuts);
  const senderWorld = { ...world, queue: store.inbound.queue, owners };
  const webhooks = createInboundSender(senderWorld);
  const events = createEventSender(senderWorld);
  const inbound = new Inbound({
    ...world,
    store: store.inbound,
    owners,
    optOuts,
    onQueued(rows) {
      webhooks.offer(rows);
      events.offer(rows);
      world.onQueued(rows);
    },
    onSpareMedia: (uri) => void media?.removeUri(uri),
  });
  return {
    take: (batch) => inbound.take(batch),
    optOuts,
    media: media === undefined ? null : { keep: (file) => media.keep(file, clock.now()) },
    routes: (route) => [
      route('/api/inbound', createInboundDoor(store.inbound, accounts)),
      route('/api/opt-outs/*', createOptOutsDoor(optOuts, accounts, clock)),
      ...(media === undefined ? [] : [route(`${mediaPath}*`, createMediaDoor(media))]),
    ],
    async start() {
      await optOuts.load();
      await media?.load();
      await webhooks.start();
      await events.start();
      inbound.start();
    },
    async stop(graceMs) {
      inbound.stop();
      await Promise.all([webhooks.stop(graceMs), events.stop(graceMs)]);
    },
    figures: () => ({
      counts: inbound.counts,
      webhooks: webhooks.stats(),
      events: events.stats(),
      optOuts,
      media: media?.size ?? { files: 0, octets: 0 },
    }),
  };
}
