import { parseArgs } from 'node:util';
import { type Config, ConfigError, type environmentSettings, loadConfig } from '../config.ts';
import { startGateway } from '../gateway.ts';
import { systemClock } from '../lib/clock.ts';
import { describeError } from '../lib/log.ts';
import { makeDirectory } from '../lib/make-directory.ts';
import { type FaultKind, StoreFault } from '../store/fault.ts';
import { bannerOf } from './banner.ts';
import { runCommand } from './command.ts';

/** What each setting of the environment is, in a line; those that only tests use are left out. */
const settings: Readonly<Partial<Record<(typeof environmentSettings)[number], string>>> = {
  CHAPPE_HTTP_HOST: 'the address to listen on (127.0.0.1)',
  CHAPPE_HTTP_PORT: 'its port; 0 takes any free one (8080)',
  CHAPPE_SMPP_HOST: "the address for customers' SMPP binds (127.0.0.1)",
  CHAPPE_SMPP_PORT: 'its port; 0 takes any free one (2775)',
  CHAPPE_DATA_DIR: 'where everything is kept; made if absent (./data)',
  CHAPPE_STORE: '"sqlite:", "sqlite:PATH", or "memory:", which forgets at the end (sqlite:)',
  CHAPPE_CONFIG: 'the YAML file with accounts, connections and routes (none)',
  CHAPPE_DEMO_TOKEN: 'the product token of the rehearsal (made at the first start)',
  CHAPPE_DEMO_WEBHOOK: 'where the reports of the rehearsal go (its own page)',
  CHAPPE_LOG_LEVEL: 'silent, error, warn, info or debug (info)',
  CHAPPE_CELL: 'the number of this gateway among several, 0 to 4095 (0)',
};

const usage = `Usage: chappe serve

Starts the gateway. Without a configuration it starts the rehearsal stage: a simulated operator,
virtual handsets and a demo account, everything on this machine.

SIGTERM or Ctrl-C finishes what is under way and exits with 0; a second one exits at once.

Settings come from the environment over the file that CHAPPE_CONFIG names over the defaults:

${Object.entries(settings)
  .map(([name, what]) => `  ${name.padEnd(20)} ${what}`)
  .join('\n')}

All of them, and the file, are explained in docs/reference/settings.md.
`;

/** How long a stopping gateway waits for outstanding answers. */
const graceMs = 10_000;

/** `chappe serve`: resolves once the gateway runs; the process then lives until it is told to stop. */
export function serve(args: string[]): Promise<number | undefined> {
  return runCommand(usage, () => readOptions(args), start);
}

function readOptions(args: string[]) {
  return parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } }).values;
}

async function start(): Promise<number | undefined> {
  let config: Config | null = null;
  try {
    const print = (line: string) => process.stdout.write(`${line}\n`);
    config = loadConfig(process.env);
    makeDirectory(config.dataDir, 0o700);
    const starting = startGateway(config, print, () => process.exit(1));
    // Who is told to stop while it starts, finishes that and stops: what has begun is ended in order.
    stopOnSignal(async () => (await starting).stop(graceMs));
    const gateway = await starting;
    if (gateway.demoToken !== null) print(bannerOf(config, gateway, gateway.demoToken));
    // Without certificates a terminal that closes ends the program, as ever.
    const { reloadCertificates } = gateway;
    if (reloadCertificates !== null) process.on('SIGHUP', () => void reloadCertificates());
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(
        `The gateway did not start:\n${error.faults.map((one) => `  ${one}\n`).join('')}`,
      );
      return 2;
    }
    process.stderr.write(`The gateway did not start: ${describeStart(error, config)}\n`);
    return 1;
  }
}

/** npm hands on a Ctrl-C that the terminal has given us already: within so long it is the same one. */
const echoMs = 250;

function stopOnSignal(stop: () => Promise<void>): void {
  let stoppingSince: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = systemClock.monotonic();
    if (stoppingSince !== null) {
      if (signal === 'SIGINT' && now - stoppingSince < echoMs) return;
      process.exit(1);
    }
    stoppingSince = now;
    process.stderr.write('Stopping: finishing what is under way. Ctrl-C again stops at once.\n');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`The gateway did not stop cleanly: ${describeError(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** What a person can do about a store that cannot be opened. */
const storeAdvice: Readonly<Record<FaultKind, string>> = {
  full: 'Make room on that disk; what was accepted is still there.',
  'read-only':
    'This user must be allowed to write the file and its directory, and the disk must not be mounted read-only.',
  unreachable:
    'Its directory must exist, and this user must be allowed to make files there: see CHAPPE_DATA_DIR and CHAPPE_STORE.',
  damaged:
    'Is chappe.db in CHAPPE_DATA_DIR, or what CHAPPE_STORE names, a store of Chappe? docs/operating/running.md says how to restore a backup.',
  locked: 'Another program has it open: stop that one.',
  disk: 'The disk cannot read, write or lock it as a store needs. It must be a local disk that is in order, not a network file system.',
  memory: 'There is too little memory.',
};

/** What a person can do about the usual reasons. */
function describeStart(error: unknown, config: Config | null): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason = describeError(error);
  if (error instanceof StoreFault) {
    return `the store cannot be opened: ${reason}. ${storeAdvice[error.kind]}`;
  }
  switch (code) {
    case 'EADDRINUSE':
      return `${reason}. Another program listens there: stop it, or set ${nameTakenPort(error, config)} to another port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${reason}. CHAPPE_HTTP_HOST and CHAPPE_SMPP_HOST must be addresses of this machine, or 0.0.0.0 for all of them.`;
    case 'EACCES':
      return `${reason}. This user may not use that port or folder: set CHAPPE_HTTP_PORT, CHAPPE_SMPP_PORT or CHAPPE_DATA_DIR.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${reason}. CHAPPE_DATA_DIR must be a folder.`;
    case 'ENOENT':
    case 'EPERM':
    case 'EROFS':
    case 'ENOSPC':
      return `${reason}. CHAPPE_DATA_DIR must be a folder on a disk with room, where this user may make files.`;
    default:
      return reason;
  }
}

/** The setting of the port that could not be had. */
function nameTakenPort(error: unknown, config: Config | null): string {
  const taken = error instanceof Error && 'port' in error ? error.port : undefined;
  if (taken === config?.http.port) return 'CHAPPE_HTTP_PORT';
  if (taken === config?.smpp.port) return 'CHAPPE_SMPP_PORT';
  return taken === config?.http.tls?.port ? '`http.tls.port`' : '`smpp.tls.port`';
}
