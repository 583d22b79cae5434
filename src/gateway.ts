import { join } from 'node:path';
import { accountFromFile } from './accounts.ts';
import { type AppSettings, createApp, type World } from './app.ts';
import { keepDemoToken } from './cli/demo-token.ts';
import type { Config } from './config.ts';
import { defaultHttpLimits, type HttpLimits } from './http/limits.ts';
import { type HttpListener, listenHttp } from './http/listener.ts';
import { loopbackNetworks } from './lib/addresses.ts';
import { systemClock } from './lib/clock.ts';
import { createGuardedHttp } from './lib/guarded-http.ts';
import { createJsonLog, createPlainLog, describeError, type Log } from './lib/log.ts';
import { nodeNet } from './lib/node-net.ts';
import { createSystemRandom } from './lib/random.ts';
import type { Stage, StageSettings } from './stage.ts';
import type { Store } from './store/contract.ts';
import { createMemoryStore } from './store/memory/memory-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { keepApprovals } from './webhooks/approval-file.ts';

/** A running gateway in the real world. */
export interface Gateway {
  readonly httpPort: number;
  /** The demo account's token; null outside a rehearsal. */
  readonly demoToken: string | null;
  stop(graceMs: number): Promise<void>;
}

/** With so many operations waiting for the disk, new messages are refused with 503. */
const backlogMax = 20_000;
/** One process alone writes to an embedded store, so it always gets its leases back. */
const embeddedHolder = 'embedded';
const retentionPeriodMs = 60_000;
const retentionLimit = 500;
const dayMs = 24 * 60 * 60 * 1000;
/** Provider ids are kept as long as a receipt may come: the validity cap and seven days (DESIGN §4.5). */
const correlationDays = 10;

/** Starts the gateway; `print` gets lines for a person. Rejects when a port or the store cannot be had. */
export async function startGateway(
  config: Config,
  print: (line: string) => void,
): Promise<Gateway> {
  const log = createLog(config, print);
  const { store, backlog } = await openStore(config, log);
  // The listener comes up first, not ready yet: the port is known, and health can be asked for.
  let findRoute: Parameters<typeof listenHttp>[0]['findRoute'] = () => undefined;
  const listener = await listenHttp({
    host: config.http.host,
    port: config.http.port,
    limits: limitsOf(config),
    findRoute: (path) => findRoute(path),
    onFailure: (path, error) =>
      log.error('A request failed.', { path, reason: describeError(error) }),
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  const demoToken = config.isRehearsal ? (config.demoToken ?? keepDemoToken(config.dataDir)) : null;
  const stage =
    demoToken === null
      ? null
      : await loadStage({
          clock: systemClock,
          demoToken,
          demoWebhook: config.demoWebhook,
          httpPort: listener.port,
          print,
        });
  const world = createWorld(config, store, log);
  const app = createApp(world, settingsOf(config, stage, backlog, listener));
  findRoute = app.findRoute;
  await app.start();
  const retention = systemClock.every(retentionPeriodMs, () => void prune(config, store, log));
  return {
    httpPort: listener.port,
    demoToken,
    async stop(graceMs) {
      retention.cancel();
      await listener.close(graceMs);
      await app.stop(graceMs);
      await stage?.stop();
    },
  };
}

/** In production the simulators are not even loaded. */
async function loadStage(settings: StageSettings): Promise<Stage> {
  const { raiseStage } = await import('./stage.ts');
  return raiseStage(settings);
}

function createLog(config: Config, print: (line: string) => void): Log {
  if (!config.isRehearsal) return createJsonLog(config.logLevel);
  // On the stage the events themselves are shown; of the log only what needs attention.
  return createPlainLog(config.logLevel === 'info' ? 'warn' : config.logLevel, print);
}

async function openStore(
  config: Config,
  log: Log,
): Promise<{ store: Store; backlog: () => number }> {
  if (config.synchronous !== 'FULL') {
    log.warn('CHAPPE_SYNCHRONOUS is not FULL: a power cut loses acknowledged messages.');
  }
  if (config.store.kind === 'memory') return { store: createMemoryStore(), backlog: () => 0 };
  const store = await openSqliteStore({
    file: config.store.file,
    clock: systemClock,
    synchronous: config.synchronous,
  });
  return { store, backlog: () => store.backlog() };
}

function createWorld(config: Config, store: Store, log: Log): World {
  const { allowedNetworks, plainHttp } = config.file.webhooks;
  return {
    clock: systemClock,
    random: createSystemRandom(),
    net: nodeNet,
    http: createGuardedHttp({
      allowedNetworks: config.isRehearsal
        ? [...loopbackNetworks, ...allowedNetworks]
        : allowedNetworks,
      plainHttp: plainHttp || config.isRehearsal,
      clock: systemClock,
    }),
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
): AppSettings {
  const { accounts, connections, routes } = config.file;
  return {
    cell: config.cell,
    holder: embeddedHolder,
    accounts: [...accounts.map(accountFromFile), ...(stage === null ? [] : [stage.account])],
    wallets: accounts.flatMap(({ id, wallet }) =>
      wallet === undefined ? [] : [{ account: id, messages: wallet.messages }],
    ),
    connections: [...connections, ...(stage === null ? [] : [stage.connection])],
    routes: [...routes, ...(stage === null ? [] : [stage.route])],
    extraRoutes: stage?.extraRoutes ?? [],
    backlog,
    backlogMax,
    http: { counters: listener.counters, openConnections: () => listener.openConnections() },
    ...(stage === null ? {} : { onReports: (reports) => stage.onReports(reports) }),
  };
}

function limitsOf(config: Config): HttpLimits {
  const given = Object.entries(config.file.http.limits).filter(([, value]) => value !== undefined);
  return { ...defaultHttpLimits, ...Object.fromEntries(given) };
}

async function prune(config: Config, store: Store, log: Log): Promise<void> {
  const now = systemClock.now();
  const { bodyDays, messageDays } = config.file.retention;
  const before = {
    content: now - bodyDays * dayMs,
    correlation: now - correlationDays * dayMs,
    history: now - messageDays * dayMs,
  };
  try {
    while ((await store.retention.prune(before, retentionLimit)) > 0) {
      await new Promise<void>((resolve) => systemClock.soon(resolve));
    }
  } catch (error) {
    log.error('Old messages could not be deleted; it will be tried again.', {
      reason: describeError(error),
    });
  }
}
