import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { listenLocally } from '../../src/lib/test-listen.ts';

/** A program under test, as a process of its own that may be killed at any moment. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Asks it to stop and waits; after `killAfterMs` it is killed. */
  stop(killAfterMs?: number): Promise<void>;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a program; its output goes to `logFd`, or to ours. */
export function startServerProcess(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  logFd: number | 'inherit' = 'inherit',
): ServerProcess {
  const child = spawn(file, args, { env: environment, stdio: ['ignore', logFd, logFd] });
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    child.once('error', (error) => resolve(error.message));
  });
  return {
    pid: child.pid ?? -1,
    exited,
    stop: (killAfterMs = STOP_MS) => stopChild(child, exited, killAfterMs),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface GatewaySettings {
  readonly httpPort: number;
  readonly smppPort: number;
  readonly dataDir: string;
  /** Path of the YAML configuration. */
  readonly config: string;
  /** Further CHAPPE_ variables, such as CHAPPE_CRASH_AT. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options for node itself, such as --cpu-prof. */
  readonly nodeArgs?: readonly string[];
  /** Where its log goes; ours by default. */
  readonly logFd?: number;
}

/** Starts the gateway as `npm start` does, without npm between it and its signals. */
export function startGateway(settings: GatewaySettings): ServerProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHAPPE_'));
  const environment = {
    ...Object.fromEntries(inherited),
    CHAPPE_HTTP_PORT: String(settings.httpPort),
    CHAPPE_SMPP_PORT: String(settings.smppPort),
    CHAPPE_DATA_DIR: settings.dataDir,
    CHAPPE_CONFIG: settings.config,
    CHAPPE_LOG_LEVEL: 'warn',
    ...settings.environment,
  };
  const program = fileURLToPath(new URL('../../bin/chappe.mjs', import.meta.url));
  const args = [...(settings.nodeArgs ?? []), program, 'serve'];
  return startServerProcess(process.execPath, args, environment, settings.logFd);
}

/** Resolves when `port` takes connections; rejects when `server` ends first or the time is over. */
export async function waitForPort(
  port: number,
  server: ServerProcess,
  withinMs: number = START_MS,
): Promise<void> {
  const endsAt = performance.now() + withinMs;
  let ended: number | string | null = null;
  void server.exited.then((how) => {
    ended = how;
  });
  while (!(await takesConnections(port))) {
    if (ended !== null) throw new Error(`the program ended at its start: ${String(ended)}`);
    if (performance.now() > endsAt) throw new Error(`nothing listens on ${port} in ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * A port that was free a moment ago, for programs that cannot be told to choose one. Below those that systems give to
 * outgoing connections, or one of the many that tests make could take it in between.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await listenLocally(server, randomInt(PORT_MIN, PORT_MAX)).catch(() => null);
    if (port === null) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

const PORT_MIN = 20_000;
const PORT_MAX = 32_000;
const START_MS = 30_000;
const STOP_MS = 30_000;
const POLL_MS = 20;

async function stopChild(
  child: ChildProcess,
  exited: Promise<number | string>,
  killAfterMs: number,
): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  await exited;
  clearTimeout(timer);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
