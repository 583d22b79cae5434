import { type AccountEntry, createAccounts, listLogins } from './accounts.ts';
import type { DoorRequest, DoorResponse } from './api/door.ts';
import type { OpenApiFragment } from './api/openapi/parts.ts';
import { problem } from './api/problem.ts';
import { type CallbackCounts, countNoCallbacks } from './app-callbacks.ts';
import { listDeliveryFigures } from './app-delivery-figures.ts';
import { listRoutes } from './app-doors.ts';
import { listFigures, type MessageCounts } from './app-figures.ts';
import { createInboundSide, type InboundSettings } from './app-inbound.ts';
import { listInboundFigures } from './app-inbound-figures.ts';
import { listRateFigures } from './app-limit-figures.ts';
import { recallHandsets } from './app-recall.ts';
import type { ConfigureConnection, ConfiguredConnection } from './channels/channel.ts';
import { createSmsChannel } from './channels/sms/channel.ts';
import { createWhatsappChannel } from './channels/whatsapp/channel.ts';
import { ConfigError } from './config.ts';
import type { ConfigFile } from './config-file.ts';
import type { AccountRates } from './core/account.ts';
import type { Channel } from './core/channel-names.ts';
import type { Content } from './core/message.ts';
import { ConnectionWatch } from './dispatch/connection-watch.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { createOtherFinder } from './dispatch/other-connection.ts';
import { Rehoming } from './dispatch/rehoming.ts';
import type { HttpCounters } from './http/listener.ts';
import { createRouteFinder, type Route } from './http/router.ts';
import { AccountLimits } from './intake/account-limits.ts';
import { createIntake, type IntakeParts } from './intake/intake.ts';
import type { AddressLimits } from './lib/address-limits.ts';
import type { Clock } from './lib/clock.ts';
import type { HttpClient } from './lib/http-client.ts';
import { describeError, type Log } from './lib/log.ts';
import { createMessageIds } from './lib/message-id.ts';
import type { Net, Wire, WireHandler } from './lib/net.ts';
import type { ProviderHttp } from './lib/provider-http.ts';
import type { Random } from './lib/random.ts';
import { createMetrics, type Figure } from './metrics.ts';
import { type BreakerCause, type BreakerState, defaultBreaker } from './routing/breaker.ts';
import { createRouter } from './routing/router.ts';
import { createDeliveries } from './smpp-server/deliveries.ts';
import { createSmppServer, type ServerLimits } from './smpp-server/smpp-server.ts';
import type { OutboxReport, QueuedInbound, Store } from './store/contract.ts';
import type { StoreFault } from './store/fault.ts';
import { createReportSender } from './webhooks/sender.ts';
import type { WebhookApprovals } from './webhooks/test-call.ts';

/** The outside world, as the program sees it: real in production, virtual in the simulation. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly http: HttpClient;
  /** The way out to providers that speak HTTP. */
  readonly provider: ProviderHttp;
  readonly store: Store;
  readonly approvals: WebhookApprovals;
  readonly log: Log;
}

export interface AppSettings {
  readonly cell: number;
  /** The name under which this process holds leases. */
  readonly holder: string;
  readonly accounts: readonly AccountEntry[];
  readonly wallets: readonly { account: string; messages: number }[];
  readonly connections: ConfigFile['connections'];
  readonly groups?: ConfigFile['groups'];
  readonly routes: ConfigFile['routes'];
  /** Whose incoming messages are, and where they go; absent: they are kept, and nobody gets them. */
  readonly inbound?: InboundSettings;
  /** When a connection is passed over; absent: the defaults. */
  readonly health?: ConfigFile['health'];
  /** Further routes of the listener, such as the rehearsal's. */
  readonly extraRoutes: readonly Route[];
  /** Their descriptions. */
  readonly extraOpenApi?: readonly OpenApiFragment[];
  /** What customers' SMPP connections may be beyond or below the defaults. */
  readonly smppLimits?: ServerLimits;
  /** Operations that wait for the store right now. */
  backlog(): number;
  /** Why the store cannot write right now; null, or absent, while it can. */
  storeFault?(): StoreFault | null;
  /** With so many waiting, new messages are refused; receipts and reports go on. */
  readonly backlogMax: number;
  /** What the listener has counted; absent where there is none. */
  readonly http?: { readonly counters: Readonly<HttpCounters>; openConnections(): number };
  /** Octets of the largest body that the listener passes on; absent: the doors' own limit. */
  readonly bodyBytesMax?: number;
  /** How fast accounts may ask that have no rates of their own; absent: as they like. */
  readonly accountRates?: AccountRates;
  /** What the listeners count by address; absent where there are none. */
  readonly addresses?: AddressLimits;
  /** Further figures, of what stands around the gateway. */
  readonly figures?: readonly Figure[];
  /** Told of every batch of reports that was put into the outbox; the rehearsal shows them. */
  onReports?(reports: readonly OutboxReport[]): void;
  /** Told of every batch of incoming messages that was put into the queues; the rehearsal shows them. */
  onInbound?(rows: readonly QueuedInbound[]): void;
}

/** The gateway without its listener: what it answers is a function, what it needs is its world. */
export interface App {
  /** Takes the lanes, connects, and sends what was left over from before. */
  start(): Promise<void>;
  /** The route of a path, for the listener. */
  findRoute(path: string): Route | undefined;
  /** Answers one request, as the listener would. */
  handle(request: DoorRequest): Promise<DoorResponse>;
  /** Takes a customer's SMPP connection, whoever listens for it. */
  acceptSmpp(wire: Wire): WireHandler;
  /** Why no traffic should come yet, as sentences; empty when ready. */
  readiness(): readonly string[];
  /** Refuses new messages, finishes what is under way for at most `graceMs`, and closes the store. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Builds the gateway: the only file that knows every part.
 * @throws {ConfigError} when a connection's settings are wrong.
 */
export function createApp(world: World, settings: AppSettings): App {
  const { clock, random, store, log } = world;
  const accounts = createAccounts(settings.accounts);
  const ids = createMessageIds(clock, random, settings.cell);
  let state: 'starting' | 'running' | 'stopping' = 'starting';

  const onStoreFailure = (what: string, error: unknown) => {
    log.error(`The store failed to ${what}.`, {
      reason: describeError(error),
    });
  };
  const onFailure = (error: unknown) => {
    log.error('A request failed.', { reason: describeError(error) });
  };
  const sender = createReportSender({
    store: store.outbox,
    accounts,
    http: world.http,
    approvals: world.approvals,
    clock,
    random,
    log,
  });
  const deliveries = createDeliveries({
    outbox: store.outbox,
    inbound: store.inbound.queue,
    accounts,
    clock,
    log,
  });
  const counts: MessageCounts = { accepted: 0, reports: 0 };
  function onReports(reports: readonly OutboxReport[]): void {
    counts.reports += reports.length;
    sender.offer(reports);
    deliveries.offer(reports);
    settings.onReports?.(reports);
  }
  function onInboundQueued(rows: readonly QueuedInbound[]): void {
    deliveries.offerInbound(rows);
    settings.onInbound?.(rows);
  }
  const dispatcher = new Dispatcher({
    store,
    clock,
    holder: settings.holder,
    onReports,
    onInbound: (batch) => inbound.take(batch),
    onStoreFailure,
  });
  const inbound = createInboundSide(
    { store, accounts, http: world.http, ids, clock, log, onQueued: onInboundQueued },
    settings.inbound ?? { accounts: [], connectionAccounts: new Map() },
  );
  const watch = new ConnectionWatch({
    settings: settings.health ?? defaultBreaker,
    clock,
    onChange: (connection, judgement, cause) => logJudgement(log, connection, judgement, cause),
  });
  // A new channel is one line here.
  const channels: Partial<Record<Channel, ConfigureConnection>> = {
    SMS: createSmsChannel(world),
    WhatsApp: createWhatsappChannel({ clock, provider: world.provider, media: inbound.media, log }),
  };
  const connections = configureConnections(settings.connections, channels);
  const callbackCounts: CallbackCounts = new Map();
  for (const [name, configured] of connections) {
    const ports = dispatcher.portsFor(name, configured.neverResends);
    const connection = configured.connect(watch.listen(name, ports));
    dispatcher.add(connection);
    if (connection.callback !== undefined) callbackCounts.set(name, countNoCallbacks());
  }

  const router = createRouter(settings.routes, settings.connections, {
    groups: settings.groups ?? [],
    gateOf: (connection) => watch.gate(connection),
  });
  const countPdus = (name: string, content: Content) =>
    connections.get(name)?.countParts(content) ?? null;
  const rehoming = new Rehoming({
    dispatcher,
    clock,
    listOut: () => [...connections.keys()].filter((name) => watch.state(name) === 'open'),
    find: createOtherFinder({ router, clock, countPdus }),
    onStoreFailure,
  });
  const storeFault = () => settings.storeFault?.() ?? null;
  const isBusy = () =>
    state !== 'running' || settings.backlog() >= settings.backlogMax || storeFault() !== null;
  const accountLimits = new AccountLimits(settings.accountRates ?? {}, clock, log);
  const intakeParts: IntakeParts = {
    store: store.intake,
    clock,
    ids,
    router,
    hasOptedOut: (account, channel, number) => inbound.optOuts.has(account, channel, number),
    countPdus,
    takesSender: (name, from) => connections.get(name)?.takesSender(from) ?? true,
    validate: (name, content) => connections.get(name)?.validate(content) ?? null,
    admit(account, messages) {
      if (isBusy()) return 'busy';
      return accountLimits.admitMessages(account, messages) ? 'ok' : 'too-fast';
    },
    waitMs: (account) => accountLimits.messagesWaitMs(account),
    onAccepted({ queued, reports }) {
      counts.accepted += queued.length;
      dispatcher.accepted(queued);
      if (reports.length > 0) onReports(reports);
    },
    onStoreFailure,
  };
  const intake = createIntake(intakeParts);

  const smpp = createSmppServer({
    logins: listLogins(settings.accounts),
    intake,
    history: store.history,
    ids,
    clock,
    log,
    deliveries,
    cancel: (messages) => dispatcher.cancel(messages),
    onFailure,
    limits: settings.smppLimits ?? {},
  });

  function readiness(): readonly string[] {
    if (state === 'starting') return ['The gateway is starting.'];
    if (state === 'stopping') return ['The gateway is shutting down.'];
    const reasons: string[] = [];
    if (settings.backlog() >= settings.backlogMax) reasons.push('The store does not keep up.');
    const fault = storeFault();
    if (fault !== null) reasons.push(`The store cannot write: ${fault.message}.`);
    return reasons;
  }

  const connectionsOut = () =>
    dispatcher
      .connections()
      .filter(({ connection }) => !['up', 'throttled'].includes(connection.health().state))
      .map(({ connection }) => connection.name);

  const findConnection = (name: string) =>
    dispatcher.connections().find(({ connection }) => connection.name === name)?.connection;

  const metrics = createMetrics([
    ...listInboundFigures(inbound),
    ...listDeliveryFigures(deliveries),
    ...listRateFigures(accountLimits, settings.addresses),
    ...(settings.figures ?? []),
    ...listFigures({
      callbackCounts,
      dispatcher,
      watch,
      sender,
      smpp,
      counts,
      backlog: settings.backlog,
      http: settings.http,
    }),
  ]);
  const findRoute = createRouteFinder([
    ...listRoutes({
      accounts,
      entries: settings.accounts,
      store,
      intake,
      intakeParts,
      accountLimits,
      inbound,
      metrics,
      callbackCounts,
      ids,
      clock,
      bodyBytesMax: settings.bodyBytesMax,
      extraOpenApi: settings.extraOpenApi ?? [],
      findConnection,
      isBusy,
      readiness,
      connectionsOut,
      onFailure,
    }),
    ...settings.extraRoutes,
  ]);

  return {
    findRoute,
    readiness,
    acceptSmpp: smpp.accept,
    async handle(request) {
      const route = findRoute(request.path);
      return route === undefined
        ? problem(404, 'Not Found', 'There is nothing at this path.')
        : route.door(request);
    },
    async start() {
      for (const { account, messages } of settings.wallets) {
        await store.intake.openWallet(account, messages);
      }
      await inbound.start();
      const running = () => dispatcher.connections().map(({ connection }) => connection);
      await recallHandsets(store.inbound, running(), clock.now());
      await dispatcher.start();
      watch.start(running);
      rehoming.start();
      await sender.start();
      await deliveries.start();
      smpp.start();
      state = 'running';
    },
    async stop(graceMs) {
      state = 'stopping';
      rehoming.stop();
      watch.stop();
      const endsAt = clock.monotonic() + graceMs;
      const leftMs = () => Math.max(endsAt - clock.monotonic(), 0);
      await Promise.all([deliveries.stop(graceMs), smpp.stop(graceMs)]);
      await dispatcher.stop(leftMs());
      await Promise.all([sender.stop(leftMs()), inbound.stop(leftMs())]);
      await world.http.close();
      await world.provider.close();
      await store.close();
    },
  };
}

function logJudgement(
  log: Log,
  connection: string,
  judgement: BreakerState,
  cause: BreakerCause,
): void {
  if (judgement === 'closed') log.info('A connection gets messages as usual.', { connection });
  else if (judgement === 'trial') log.info('A connection gets a few messages.', { connection });
  else log.warn('A connection gets no new messages if others can.', { connection, cause });
}

/** All connections by name; their channel alone knows what is right. */
function configureConnections(
  entries: ConfigFile['connections'],
  channels: Partial<Record<Channel, ConfigureConnection>>,
): Map<string, ConfiguredConnection> {
  const faults: string[] = [];
  const connections = new Map<string, ConfiguredConnection>();
  for (const { name, channel, settings } of entries) {
    const configured = channels[channel]?.(name, settings);
    if (configured === undefined) {
      const known = Object.keys(channels).join(' and ');
      faults.push(`Connection "${name}" is for ${channel}; this version delivers over ${known}.`);
    } else if ('faults' in configured) {
      faults.push(...configured.faults.map((fault) => `Connection "${name}": ${fault}`));
    } else {
      connections.set(name, configured);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return connections;
}
