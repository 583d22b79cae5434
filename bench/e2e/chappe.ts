import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findFreePort, startGateway, waitForPort } from '../../test/rig/gateway-process.ts';
import { createJsonTemplate } from '../../test/rig/request-template.ts';
import { type Gateway, type GatewayPlan, readTail } from './gateway.ts';

/** Starts Chappe as in production, with its default store on the disk of `plan.dir`. */
export async function startChappe(plan: GatewayPlan): Promise<Gateway> {
  const [httpPort, smppPort] = [await findFreePort(), await findFreePort()];
  const config = join(plan.dir, 'chappe.yaml');
  writeFileSync(config, stringify(describeConfig(plan)));
  const log = join(plan.dir, 'chappe.log');
  const server = startGateway({
    httpPort,
    smppPort,
    dataDir: join(plan.dir, 'data'),
    config,
    environment: { CHAPPE_BENCH_TOKEN: TOKEN, CHAPPE_BENCH_PASSWORD: 'secret' },
    nodeArgs: plan.profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${plan.profileDir}`],
    logFd: openSync(log, 'a'),
  });
  await waitForPort(httpPort, server).catch(async (cause: unknown) => {
    await server.kill();
    throw new Error(`Chappe did not start:\n${readTail(log)}`, { cause });
  });
  return {
    pids: [server.pid],
    httpPort,
    template: (perRequest) =>
      createJsonTemplate({ host: `127.0.0.1:${httpPort}`, token: TOKEN, perRequest }),
    readLog: () => readTail(log),
    stop: () => server.stop(),
  };
}

const TOKEN = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';

/** One account, one operator, one route: the configuration of the measured gateway. */
function describeConfig(plan: GatewayPlan) {
  const statusWebhook = {
    url: `http://127.0.0.1:${plan.callbackPort}/status`,
    format: 'json',
    statuses: ['rejected', 'delivered', 'failed'],
  };
  return {
    webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
    accounts: [
      {
        id: 'bench',
        token: { env: 'CHAPPE_BENCH_TOKEN' },
        channels: ['SMS'],
        ...(plan.receipts ? { statusWebhook } : {}),
      },
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
