import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type SmscThread, startSmscThread } from '../../../src/channels/sms/simulator/thread.ts';
import type { GraphChange } from '../../../src/channels/whatsapp/simulator/settings.ts';
import { findFreePort, startGateway, waitForPort } from '../gateway-process.ts';
import { type CallbackRelay, openCallbackRelay } from './callback-relay.ts';
import { openStatusSink, type StatusSink } from './status-sink.ts';

/** A gateway with WhatsApp and an operator behind it, both with the same phones, and its customer's endpoint. */
export interface FallbackStage {
  readonly url: string;
  readonly token: string;
  readonly simulators: SmscThread;
  readonly relay: CallbackRelay;
  readonly sink: StatusSink;
  /** Takes WhatsApp's connections away, or gives them back. */
  setDown(isDown: boolean): Promise<void>;
  /** Lets the gateway finish what it has begun. */
  stopGateway(): Promise<void>;
  close(): Promise<void>;
}

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
const whatsapp = { token: 'rehearse', appSecret: 'rehearse', verifyToken: 'rehearse' };
const phoneNumberId = '1000';
const secret = { env: 'CHAPPE_FALLBACK_SECRET' };

const readyMs = 30_000;
const pollMs = 20;

/**
 * `dir` is an empty directory for the gateway's data. The simulated providers take no time of their own; `graph` says
 * what else is true of WhatsApp's.
 */
export async function raiseFallbackStage(
  dir: string,
  graph: GraphChange = {},
): Promise<FallbackStage> {
  const [httpPort, smppPort] = [await findFreePort(), await findFreePort()];
  const [relay, sink] = [await openCallbackRelay(httpPort), await openStatusSink()];
  const simulators = await startSmscThread({
    settings: { accounts: { chappe: { password: whatsapp.token } } },
  });
  const graphPort = await simulators.join(
    'WhatsApp',
    new URL('../../../src/channels/whatsapp/simulator/neighbour.ts', import.meta.url),
    {
      numbers: {
        [phoneNumberId]: {
          ...whatsapp,
          displayNumber: '31850000001',
          callbackUrl: `http://127.0.0.1:${relay.port}/callbacks/meta`,
        },
      },
      rate: 1_000,
      sentAfterMs: 0,
      deliveredAfterMs: 0,
      ...graph,
    },
  );
  const config = join(dir, 'chappe.yaml');
  writeFileSync(config, stringify(describeConfig(sink.url, simulators.port, graphPort)));
  const gateway = startGateway({
    httpPort,
    smppPort,
    dataDir: join(dir, 'data'),
    config,
    environment: { CHAPPE_FALLBACK_TOKEN: token, [secret.env]: whatsapp.token },
    logFd: openSync(join(dir, 'chappe.log'), 'a'),
  });
  const stage: FallbackStage = {
    url: `http://127.0.0.1:${httpPort}`,
    token,
    simulators,
    relay,
    sink,
    setDown: (isDown) => simulators.setNeighbour('WhatsApp', { isDown }),
    stopGateway: () => gateway.stop(),
    async close() {
      await gateway.stop();
      await simulators.stop();
      await relay.close();
      sink.close();
    },
  };
  const ready = waitForPort(httpPort, gateway).then(() => untilReady(stage.url));
  await ready.catch(async (error: unknown) => {
    await stage.close();
    throw error;
  });
  return stage;
}

/** Resolves when the gateway takes messages, which is a little after it listens. */
async function untilReady(url: string): Promise<void> {
  const endsAt = performance.now() + readyMs;
  while (performance.now() < endsAt) {
    const { status } = await fetch(`${url}/readyz`);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`the gateway was not ready in ${readyMs} ms`);
}

function describeConfig(statusUrl: string, smscPort: number, graphPort: number) {
  return {
    // WhatsApp is tried again soon after it is back, or a short run would not see that.
    health: { openMs: 1_000, openLongestMs: 1_000 },
    webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
    accounts: [
      {
        id: 'shop',
        token: { env: 'CHAPPE_FALLBACK_TOKEN' },
        channels: ['WhatsApp', 'SMS'],
        statusWebhook: { url: statusUrl },
      },
    ],
    connections: [
      {
        name: 'operator',
        channel: 'SMS',
        settings: {
          hosts: [`127.0.0.1:${smscPort}`],
          tls: false,
          systemId: 'chappe',
          password: secret,
          window: 100,
        },
      },
      {
        name: 'meta',
        channel: 'WhatsApp',
        settings: {
          phoneNumberId,
          token: secret,
          appSecret: secret,
          verifyToken: secret,
          baseUrl: `http://127.0.0.1:${graphPort}`,
          rate: 1_000,
          window: 100,
          // What is cut off when WhatsApp goes down is sent again after this time, unless a status tells.
          doubtMs: 1_000,
        },
      },
    ],
    routes: [
      { channel: 'SMS', connection: 'operator' },
      { channel: 'WhatsApp', connection: 'meta' },
    ],
  };
}
