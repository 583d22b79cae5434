import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { hashPassword } from '../../src/lib/password.ts';
import { findFreePort, startGateway, waitForPort } from '../../test/rig/gateway-process.ts';
import { createJsonTemplate } from '../../test/rig/request-template.ts';
import { type Gateway, type GatewayPlan, readTail } from './gateway.ts';

export interface ChappePlan extends GatewayPlan {
  /** Accounts that may bind over SMPP, each with `sessionsMax` sessions; the first one is also the sender of the load. */
  readonly customers?: number;
}

export interface Chappe extends Gateway {
  readonly smppPort: number;
}

/** Sessions that each of its customers may have over SMPP. */
export const sessionsMax = 100;

/** The system_id of a customer; all have the same password. */
export function systemIdOf(customer: number): string {
  return `bench${customer}`;
}

export const smppPassword = 'secret';

/** Starts Chappe as in production, with its default store on the disk of `plan.dir`. */
export async function startChappe(plan: ChappePlan): Promise<Chappe> {
  const [httpPort, smppPort] = [await findFreePort(), await findFreePort()];
  const config = join(plan.dir, 'chappe.yaml');
  writeFileSync(config, stringify(describeConfig(plan)));
  const log = join(plan.dir, 'chappe.log');
  const server = startGateway({
    httpPort,
    smppPort,
    dataDir: join(plan.dir, 'data'),
    config,
    environment: {
      CHAPPE_BENCH_TOKEN: TOKEN,
      CHAPPE_BENCH_PASSWORD: 'secret',
      ...describeSecrets(plan.customers ?? 0),
    },
    nodeArgs: plan.profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${plan.profileDir}`],
    logFd: openSync(log, 'a'),
  });
  const listening = [httpPort, smppPort].map((port) => waitForPort(port, server));
  await Promise.all(listening).catch(async (cause: unknown) => {
    await server.kill();
    throw new Error(`Chappe did not start:\n${readTail(log)}`, { cause });
  });
  return {
    pids: [server.pid],
    httpPort,
    smppPort,
    template: (perRequest) =>
      createJsonTemplate({ host: `127.0.0.1:${httpPort}`, token: TOKEN, perRequest }),
    readLog: () => readTail(log),
    stop: () => server.stop(),
  };
}

/** What is measured are sessions, not their passwords. */
const HASH_COST = 2;

const TOKEN = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';

/** One account, one operator, one route: the configuration of the measured gateway. */
function describeConfig(plan: ChappePlan) {
  const statusWebhook = {
    url: `http://127.0.0.1:${plan.callbackPort}/status`,
    format: 'json',
    statuses: ['rejected', 'delivered', 'failed'],
  };
  const customers = Array.from({ length: plan.customers ?? 0 }, (_, at) => describeAccess(at));
  const [first, ...others] = customers;
  return {
    smpp: { connectionsPerAddressMax: 10_000 },
    webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
    accounts: [
      {
        id: 'bench',
        token: { env: 'CHAPPE_BENCH_TOKEN' },
        channels: ['SMS'],
        ...(plan.receipts && plan.callbackPort !== 0 ? { statusWebhook } : {}),
        ...(first === undefined ? {} : { smpp: first }),
      },
      ...others.map((smpp, at) => ({ id: smpp.systemId, token: { env: tokenName(at + 1) }, smpp })),
    ],
    connections: [
      {
        name: 'sink',
        channel: 'SMS',
        settings: {
          hosts: [`127.0.0.1:${plan.smscPort}`],
          tls: false,
          systemId: 'chappe',
          password: { env: 'CHAPPE_BENCH_PASSWORD' },
          window: plan.window,
          binds: plan.binds,
          ...(plan.receipts ? {} : { receipts: 'none', registeredDelivery: 0 }),
        },
      },
    ],
    routes: [{ channel: 'SMS', connection: 'sink' }],
  };
}

function describeAccess(customer: number) {
  return {
    systemId: systemIdOf(customer),
    passwordHash: { env: 'CHAPPE_BENCH_HASH' },
    sessionsMax,
    window: 1_000,
    ratePerSecond: 100_000,
  };
}

/** Every account has a token, but only the first one's is ever used. */
function tokenName(customer: number): string {
  return `CHAPPE_BENCH_TOKEN_${customer}`;
}

function describeSecrets(customers: number): Record<string, string> {
  if (customers === 0) return {};
  const tokens = Array.from({ length: customers - 1 }, (_, at) => [
    tokenName(at + 1),
    `5a3c1e0e-8f1a-4b62-9f6d-${String(at).padStart(12, '0')}`,
  ]);
  const hash = hashPassword(smppPassword, HASH_COST);
  return { ...Object.fromEntries(tokens), CHAPPE_BENCH_HASH: hash };
}
