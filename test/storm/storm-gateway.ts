import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { hashPassword } from '../../src/lib/password.ts';
import { type ServerProcess, startGateway } from '../rig/gateway-process.ts';

export const token = '0d1f5c5e-7a0b-4f0a-9f2f-4b1a5d0c6e21';
const password = 'secret';

/** What the customer binds with. */
export const smppSystemId = 'storm';
export const smppPassword = 'umbrella';

/** As cheap as can be: every incarnation has it checked. */
const smppHash = hashPassword(smppPassword, 2);

const binds = 4;
const windowPerBind = 10;
/** Submits that may be unanswered at the same time. */
export const openWindows = binds * windowPerBind;

/** Where the gateway under test finds everything, the same for all its incarnations. */
export interface GatewayPlace {
  /** Holds the configuration, the log and the cache; the data directory is in it. */
  readonly dir: string;
  readonly dataDir: string;
  readonly httpPort: number;
  readonly smppPort: number;
  readonly logFd: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Writes the configuration: one account with a webhook and binds, one operator. Returns its path. */
export function writeConfig(dir: string, smscPort: number, callbackPort: number): string {
  const path = join(dir, 'chappe.yaml');
  const config = {
    webhooks: { plainHttp: true, allowedNetworks: ['127.0.0.0/8'] },
    accounts: [
      {
        id: 'storm',
        token: { env: 'CHAPPE_STORM_TOKEN' },
        channels: ['SMS'],
        smpp: {
          systemId: smppSystemId,
          passwordHash: { env: 'CHAPPE_STORM_HASH' },
          ratePerSecond: 100_000,
          window: 20,
        },
        statusWebhook: { url: `http://127.0.0.1:${callbackPort}/status` },
      },
    ],
    connections: [
      {
        name: 'operator',
        channel: 'SMS',
        settings: {
          hosts: [`127.0.0.1:${smscPort}`],
          tls: false,
          systemId: 'storm',
          password: { env: 'CHAPPE_STORM_PASSWORD' },
          binds,
          window: windowPerBind,
          // Short enough that lost responses are noticed within a cycle.
          responseTimeoutMs: 2_000,
          reconnectFirstMs: 20,
          reconnectLongestMs: 200,
        },
      },
    ],
    routes: [{ channel: 'SMS', connection: 'operator' }],
  };
  writeFileSync(path, stringify(config));
  return path;
}

/**
 * Starts an incarnation of the gateway.
 *
 * @param aheadMs how far its clock is ahead of the true time.
 */
export function startIncarnation(
  place: GatewayPlace,
  config: string,
  aheadMs: number,
  crashAt: string | null,
): ServerProcess {
  return startGateway({
    httpPort: place.httpPort,
    smppPort: place.smppPort,
    dataDir: place.dataDir,
    config,
    logFd: place.logFd,
    nodeArgs: ['--import', fileURLToPath(new URL('clock-ahead.ts', import.meta.url))],
    environment: {
      CHAPPE_STORM_TOKEN: token,
      CHAPPE_STORM_PASSWORD: password,
      CHAPPE_STORM_HASH: smppHash,
      STORM_CLOCK_AHEAD_MS: String(aheadMs),
      // Halves what a start costs.
      NODE_COMPILE_CACHE: join(place.dir, 'compiled'),
      ...(crashAt === null ? {} : { CHAPPE_CRASH_AT: crashAt }),
      ...place.environment,
    },
  });
}

const pollMs = 10;

/** Resolves with true when the gateway takes messages, with false when it ended before. */
export async function isReady(httpPort: number, server: ServerProcess): Promise<boolean> {
  let hasEnded = false;
  void server.exited.then(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    if (answer?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return false;
}
