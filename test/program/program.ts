import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { until, waitMs } from './until.ts';

/** How a process ended: its exit code, or the name of the signal. */
export type Ending = number | string;

/** A command of the program that runs, as a process of its own. */
export interface Running {
  readonly pid: number;
  /** What it printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Ending>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when its standard output holds a match; rejects with all of it when it ends without. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A gateway that listens. */
export interface Program extends Running {
  readonly port: number;
  readonly url: string;
  /** Where its data is. */
  readonly dataDir: string;
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<Ending>;
}

export interface ProgramOptions {
  /** Its data directory; a new one when absent. */
  dataDir?: string;
  /** The configuration file, as data; none when absent. */
  config?: object;
  /** Further variables. */
  environment?: Record<string, string>;
  /** Options for node itself. */
  nodeArgs?: readonly string[];
}

/** The token of the account that most tests use; configurations name it as `tokenSecret`. */
export const token = '7f2d9c1e-4b6a-4d0e-9a53-0c8e1f6b2a74';
export const tokenSecret = { env: 'CHAPPE_TEST_TOKEN' };

/** Compiled code of the program, so that the next start is twice as quick; where caches are put. */
const codeCache = fileURLToPath(new URL('../../node_modules/.cache/chappe-test', import.meta.url));
const entry = fileURLToPath(new URL('../../bin/chappe.mjs', import.meta.url));
const places: string[] = [];
const children = new Set<Running>();

/** A directory that `cleanUp` removes. */
export function createPlace(): string {
  const place = mkdtempSync(join(tmpdir(), 'chappe-test-'));
  places.push(place);
  return place;
}

/** Starts `chappe` with these arguments; its environment has no other setting of Chappe. */
export function startCommand(
  args: readonly string[],
  environment: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHAPPE_'));
  const child = spawn(process.execPath, [...nodeArgs, entry, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      NODE_COMPILE_CACHE: codeCache,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let hasEnded = false;
  // "close" comes after both outputs have been read to their end.
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      hasEnded = true;
      children.delete(running);
      resolve(code ?? signal ?? 'unknown');
    });
  });
  const running: Running = {
    pid: child.pid ?? -1,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    ended,
    signal: (name) => child.kill(name),
    prints: (pattern) =>
      until(`the program prints ${pattern}`, () => {
        const found = pattern.exec(stdout);
        if (found !== null) return found;
        if (hasEnded) throw new Error(`the program has ended:\n${stdout}\n${stderr}`);
        return null;
      }),
  };
  children.add(running);
  return running;
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: Ending; stdout: string; stderr: string }> {
  const running = startCommand(args, environment);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** Starts `chappe serve` on a free port and resolves when it is ready for traffic. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const { dataDir = createPlace(), config, environment = {}, nodeArgs = [] } = options;
  const settings: Record<string, string> = {
    CHAPPE_HTTP_PORT: '0',
    CHAPPE_SMPP_PORT: '0',
    CHAPPE_DATA_DIR: dataDir,
    ...environment,
  };
  if (config !== undefined) {
    settings['CHAPPE_CONFIG'] = writeConfig(config);
    // A variable that nothing refers to is refused.
    if (JSON.stringify(config).includes(tokenSecret.env)) settings[tokenSecret.env] = token;
  }
  const running = startCommand(['serve'], settings, nodeArgs);
  const [, port = ''] = await running.prints(/http:\/\/127\.0\.0\.1:(\d+)/);
  return {
    ...running,
    get stdout() {
      return running.stdout;
    },
    get stderr() {
      return running.stderr;
    },
    port: Number(port),
    url: `http://127.0.0.1:${port}`,
    dataDir,
    stop() {
      running.signal('SIGTERM');
      return running.ended;
    },
  };
}

/** Writes a configuration file; its path. */
export function writeConfig(config: object): string {
  const path = join(createPlace(), 'chappe.yaml');
  writeFileSync(path, stringify(config));
  return path;
}

/** Ends what the tests started and removes what they wrote. For `afterEach` or `after`. */
export async function cleanUp(): Promise<void> {
  const endings = [...children].map((child) => {
    child.signal('SIGTERM');
    const timer = setTimeout(() => child.signal('SIGKILL'), waitMs);
    return child.ended.finally(() => clearTimeout(timer));
  });
  await Promise.all(endings);
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
}
