import { join } from 'node:path';
import { accountFromFile } from './accounts.ts';
import { type AppSettings, createApp, type World } from './app.ts';
import { listTlsFigures } from './app-limit-figures.ts';
import { keepDemoToken } from './cli/demo-token.ts';
import { urlOf } from './cli/url.ts';
import { type Config, ConfigError, type PortSettings } from './config.ts';
import { inboundFromFile } from './config-inbound.ts';
import { createAddressLimits, keepCertificates, openSmppPorts } from './gateway-ports.ts';
import { defaultHttpLimits, type HttpLimits } from './http/limits.ts';
import { type HttpListener, listenHttp } from './http/listener.ts';
import { MediaStore } from './inbound/media-store.ts';
import { loopbackNetworks } from './lib/addresses.ts';
import { calmFailures } from './lib/calm-log.ts';
import { systemClock } from './lib/clock.ts';
import { createGuardedHttp, type GuardedHttp } from './lib/guarded-http.ts';
import { createJsonLog, createPlainLog, describeError, type Log } from './lib/log.ts';
import { nodeNet } from './lib/node-net.ts';
import { createProviderHttp } from './lib/provider-http.ts';
import { createSystemRandom } from './lib/random.ts';
import type { TlsKeeper } from './lib/tls-keeper.ts';
import type { Stage, StageSettings } from './stage.ts';
import type { Store } from './store/contract.ts';
import type { StoreFault } from './store/fault.ts';
import { createMemoryStore } from './store/memory/memory-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { version } from './version.ts';
import { keepApprovals } from './webhooks/approval-file.ts';

/** A running gateway in the real world. */
export interface Gateway {
  readonly httpPort: number;
  readonly smppPort: number;
  /** The demo account's token; null outside a rehearsal. */
  readonly demoToken: string | null;
  /** Looks at the certificates now; null when there are none. */
  readonly reloadCertificates: (() => Promise<void>) | null;
  stop(graceMs: number): Promise<void>;
}

/** With so many operations waiting for the disk, new messages are refused with 503. */
const backlogMax = 20_000;
/** One process alone writes to an embedded store, so it always gets its leases back. */
const embeddedHolder = 'embedded';
/** Requests under way get so much of the time to stop; whoever sends slowly must not use up all of it. */
const requestsGraceMs = 3_000;
const retentionPeriodMs = 60_000;
const retentionLimit = 500;
const dayMs = 24 * 60 * 60 * 1000;
/** Provider ids are kept as long as a receipt may come: the validity cap and seven days (DESIGN §4.5). */
const correlationDays = 10;

/**
 * Starts the gateway; `print` gets lines for a person. Rejects when a port or the store cannot be had. `onLost` is
 * called when the store has ended by itself: the process is worth nothing any more, and a new one finds all there.
 */
export async function startGateway(
  config: Config,
  print: (line: string) => void,
  onLost: () => void,
): Promise<Gateway> {
  const log = createLog(config, print);
  const certificates = await keepCertificates(config, log);
  const addresses = createAddressLimits(config, log);
  // When a later step fails, what was opened is closed again, or the process would never end.
  await using opened = new AsyncDisposableStack();
  const { store, backlog, fault } = await openStore(config, log, onLost);
  let closeStore = () => store.close();
  opened.defer(() => closeStore());
  // The listener comes up first, not ready yet: the port is known, and health can be asked for.
  let findRoute: Parameters<typeof listenHttp>[0]['findRoute'] = () => undefined;
  const listener = await listenHttp({
    ...portsOf(config.http, certificates.http),
    limits: limitsOf(config),
    addresses,
    trustedProxies: config.file.http.trustedProxies,
    findRoute: (path) => findRoute(path),
    onFailure: (path, error) =>
      log.error('A request failed.', { path, reason: describeError(error) }),
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  opened.defer(() => listener.close(0));
  const demoToken = config.isRehearsal ? (config.demoToken ?? keepDemoToken(config.dataDir)) : null;
  const stage =
    demoToken === null
      ? null
      : await loadStage({
          clock: systemClock,
          demoToken,
          demoWebhook: config.demoWebhook,
          httpPort: listener.port,
          ownNames: ownNamesOf(config),
          print,
        });
  opened.defer(async () => stage?.stop());
  const http = createHttp(config);
  refuseWebhooks(config, http);
  const media = createMediaStore(config, listener.port);
  const app = createApp(createWorld(config, store, http, log), {
    ...settingsOf(config, stage, backlog, listener, media),
    storeFault: fault,
    bodyBytesMax: limitsOf(config).bodyBytesMax,
    accountRates: config.file.limits.perAccount,
    addresses,
    figures: listTlsFigures(certificates.all, listener),
  });
  // Before the listener: in a rehearsal the app calls it, and would report that nobody answers.
  opened.defer(() => app.stop(0));
  closeStore = async () => {};
  findRoute = app.findRoute;
  await app.start();
  const smpp = await openSmppPorts(config.smpp, certificates.smpp, addresses, app.acceptSmpp);
  opened.defer(() => smpp.close());
  opened.move();
  const url = urlOf(config.http.host, listener.port);
  if (demoToken === null) {
    log.info('The gateway listens.', {
      version,
      url: listener.tlsPort === listener.port ? url.replace('http:', 'https:') : url,
      smpp: `${config.smpp.host}:${smpp.port ?? smpp.tlsPort}`,
      httpsPort: listener.tlsPort,
      smppTlsPort: smpp.tlsPort,
    });
  }
  if (
    config.file.connections.length > 0 &&
    config.file.routes.length === 0 &&
    !config.isRehearsal
  ) {
    log.warn(
      'The configuration has no routes, so every message is unroutable: add one under `routes`.',
    );
  }
  const retention = systemClock.every(
    retentionPeriodMs,
    () => void prune(config, store, media, log),
  );
  return {
    httpPort: listener.port,
    smppPort: smpp.port ?? smpp.tlsPort ?? 0,
    demoToken,
    reloadCertificates:
      certificates.all.length === 0
        ? null
        : async () => {
            await Promise.all(certificates.all.map((one) => one.reload()));
          },
    async stop(graceMs) {
      retention.cancel();
      for (const one of certificates.all) one.stop();
      const endsAt = systemClock.monotonic() + graceMs;
      await listener.close(Math.min(graceMs, requestsGraceMs));
      await app.stop(Math.max(endsAt - systemClock.monotonic(), 0));
      await smpp.close();
      await stage?.stop();
    },
  };
}

/** In production the simulators are not even loaded. */
async function loadStage(settings: StageSettings): Promise<Stage> {
  const { raiseStage } = await import('./stage.ts');
  return raiseStage(settings);
}

/** What people may call this gateway besides its addresses. */
function ownNamesOf({ http, file }: Config): string[] {
  const { publicUrl } = file.http;
  return publicUrl === undefined ? [http.host] : [http.host, new URL(publicUrl).hostname];
}

function createLog(config: Config, print: (line: string) => void): Log {
  // On the stage the events themselves are shown; of the log only what needs attention.
  const log = config.isRehearsal
    ? createPlainLog(config.logLevel === 'info' ? 'warn' : config.logLevel, print)
    : createJsonLog(config.logLevel);
  return calmFailures(log, systemClock);
}

interface OpenedStore {
  readonly store: Store;
  readonly backlog: () => number;
  readonly fault: () => StoreFault | null;
}

async function openStore(config: Config, log: Log, onLost: () => void): Promise<OpenedStore> {
  if (config.synchronous !== 'FULL') {
    log.warn('CHAPPE_SYNCHRONOUS is not FULL: a power cut loses acknowledged messages.');
  }
  if (config.store.kind === 'memory') {
    return { store: createMemoryStore(), backlog: () => 0, fault: () => null };
  }
  const store = await openSqliteStore({
    file: config.store.file,
    clock: systemClock,
    synchronous: config.synchronous,
    onFault(fault) {
      if (fault === null) log.warn('The store writes again: messages are accepted.');
      else tellFault(log, fault);
    },
    onLost(error) {
      log.error('The store has ended by itself, and the gateway with it.', {
        reason: describeError(error),
      });
      onLost();
    },
  });
  return { store, backlog: () => store.backlog(), fault: () => store.fault() };
}

function tellFault(log: Log, { kind, message }: StoreFault): void {
  log.error('The store cannot write: no message is accepted or sent until it can.', {
    kind,
    reason: message,
  });
}

/** The way out to webhooks. On the stage they may be on this machine. */
function createHttp(config: Config): GuardedHttp {
  const { allowedNetworks, plainHttp } = config.file.webhooks;
  return createGuardedHttp({
    allowedNetworks: config.isRehearsal
      ? [...loopbackNetworks, ...allowedNetworks]
      : allowedNetworks,
    plainHttp: plainHttp || config.isRehearsal,
    clock: systemClock,
  });
}

/** A webhook that could never be called is a fault of the configuration, not of the first report. */
function refuseWebhooks(config: Config, http: GuardedHttp): void {
  const faults = config.file.accounts.flatMap((account) =>
    [account.statusWebhook, account.inboundWebhook, account.eventsWebhook].flatMap((webhook) => {
      const checked = webhook === undefined ? null : http.check(webhook.url);
      return checked === null || checked.ok
        ? []
        : [`A webhook of account "${account.id}" cannot be used: ${checked.reason}`];
    }),
  );
  if (faults.length > 0) throw new ConfigError(faults);
}

function createWorld(config: Config, store: Store, http: GuardedHttp, log: Log): World {
  return {
    clock: systemClock,
    random: createSystemRandom(),
    net: nodeNet,
    http,
    provider: createProviderHttp({ clock: systemClock }),
    store,
    approvals: keepApprovals(join(config.dataDir, 'approved-webhooks.json')),
    log,
  };
}

function settingsOf(
  config: Config,
  stage: Stage | null,
  backlog: () => number,
  listener: HttpListener,
  media: MediaStore,
): AppSettings {
  const { accounts, connections, groups, routes, health } = config.file;
  return {
    cell: config.cell,
    holder: embeddedHolder,
    accounts: [...accounts.map(accountFromFile), ...(stage === null ? [] : [stage.account])],
    wallets: accounts.flatMap(({ id, wallet }) =>
      wallet === undefined ? [] : [{ account: id, messages: wallet.messages }],
    ),
    connections: [...connections, ...(stage?.connections ?? [])],
    groups,
    routes: [...routes, ...(stage?.routes ?? [])],
    inbound: {
      accounts: [...accounts.map(inboundFromFile), ...(stage === null ? [] : [stage.inbound])],
      connectionAccounts: new Map([
        ...connections.flatMap(({ name, account }): [string, string][] =>
          account === undefined ? [] : [[name, account]],
        ),
        ...(stage?.connections ?? []).map(({ name }): [string, string] => [
          name,
          stage?.inbound.id ?? '',
        ]),
      ]),
      media,
    },
    health,
    smppLimits: {
      connectionsMax: config.file.smpp.connectionsMax,
      connectionsPerAddressMax: config.file.smpp.connectionsPerAddressMax,
    },
    extraRoutes: stage?.extraRoutes ?? [],
    extraOpenApi: stage?.extraOpenApi ?? [],
    backlog,
    backlogMax,
    http: { counters: listener.counters, openConnections: () => listener.openConnections() },
    ...(stage === null
      ? {}
      : {
          onReports: (reports) => stage.onReports(reports),
          onInbound: (rows) => stage.onInbound(rows),
        }),
  };
}

/** Received files, in the data directory. */
function createMediaStore(config: Config, port: number): MediaStore {
  return new MediaStore({
    directory: join(config.dataDir, 'media'),
    publicUrl: (config.file.http.publicUrl ?? urlOf(config.http.host, port)).replace(/\/+$/, ''),
    random: createSystemRandom(),
  });
}

function portsOf({ host, port, tls }: PortSettings, certificate: TlsKeeper | null) {
  if (tls === null || certificate === null) return { host, port };
  return {
    host,
    port: tls.only ? null : port,
    tls: { port: tls.port, credentials: certificate.tls },
  };
}

function limitsOf(config: Config): HttpLimits {
  const given = Object.entries(config.file.http.limits).filter(([, value]) => value !== undefined);
  return { ...defaultHttpLimits, ...Object.fromEntries(given) };
}

async function prune(config: Config, store: Store, media: MediaStore, log: Log): Promise<void> {
  const now = systemClock.now();
  const { bodyDays, messageDays, mediaDays } = config.file.retention;
  const before = {
    content: now - bodyDays * dayMs,
    correlation: now - correlationDays * dayMs,
    history: now - messageDays * dayMs,
  };
  try {
    await repeat(() => store.retention.prune(before, retentionLimit));
    await repeat(() => store.answers.prune(now, retentionLimit));
    await repeat(() => store.conversions.prune(before.history, retentionLimit));
    await media.prune(now - mediaDays * dayMs, retentionLimit);
  } catch (error) {
    log.error('Old messages could not be deleted; it will be tried again.', {
      reason: describeError(error),
    });
  }
}

/** Deletes in steps until nothing is left to delete; others get their turn between them. */
async function repeat(prune: () => Promise<number>): Promise<void> {
  while ((await prune()) > 0) {
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
}
