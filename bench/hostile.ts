import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Load } from '../test/rig/load.ts';
import { Smsc } from '../test/rig/smsc.ts';
import { startChappe } from './e2e/chappe.ts';
import type { Gateway } from './e2e/gateway.ts';
import { medianOf } from './e2e/goals.ts';
import { type Attack, attacks } from './hostile/attacks.ts';
import { parseOptions } from './options.ts';

const usage = `Usage: npm run bench -- hostile [options]

Good messages at a fixed rate, alone and beside each kind of attack in turn. Strangers may make the
99th percentile of the good ones' answers at most twice as long.

Options:
  --attacks <a,b>    only these (default: all)
  --rate <number>    good messages a second (default: 500)
  --seconds <number> of each measurement (default: 3)
  --rounds <number>  measurements of each, medians are printed (default: 3)
  --help             show this help

Attacks:
${attacks.map(({ name, about }) => `  ${name.padEnd(9)}${about}`).join('\n')}
`;

/** How much longer the 99th percentile may be beside strangers. */
const RATIO_MAX = 2;
const CONNECTIONS = 8;
const WARM_UP_MESSAGES = 5_000;

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Settings {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Numbers of messages go on, so that no two measurements have the same. */
let nextIndex = 0;
const started = new Set<ChildProcess>();

async function main(): Promise<void> {
  const { values } = parseOptions({
    options: {
      attacks: { type: 'string' },
      rate: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const wanted = values.attacks?.split(',');
  const chosen = attacks.filter(({ name }) => wanted?.includes(name) ?? true);
  const settings = {
    ratePerSecond: Number(values.rate),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
  };
  const dir = mkdtempSync(join(tmpdir(), 'chappe-bench-hostile-'));
  const smsc = new Smsc();
  let gateway: Gateway | null = null;
  const stopOnSignal = () => {
    for (const child of started) child.kill();
    void gateway?.stop().finally(() => process.exit(130));
  };
  process.once('SIGINT', stopOnSignal).once('SIGTERM', stopOnSignal);
  try {
    gateway = await startChappe({
      dir,
      smscPort: await smsc.listen(0),
      callbackPort: 0,
      window: 200,
      binds: 1,
      receipts: false,
      profileDir: null,
    });
    await measure(gateway, WARM_UP_MESSAGES, null);
    await compare(gateway, chosen, settings);
  } finally {
    for (const child of started) child.kill();
    await gateway?.stop();
    await smsc.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Measures alone and beside each attack, alternating, and prints the medians. */
async function compare(
  gateway: Gateway,
  chosen: readonly Attack[],
  settings: Settings,
): Promise<void> {
  const { ratePerSecond, seconds, rounds } = settings;
  process.stdout.write(`${ratePerSecond} messages a second; milliseconds until the answer\n\n`);
  process.stdout.write('           alone             beside\n');
  process.stdout.write('attack       p50     p99       p50     p99   p99 ratio\n');
  for (const attack of chosen) {
    const alone: Latency[] = [];
    const beside: Latency[] = [];
    for (let round = 0; round < rounds; round++) {
      alone.push(await measure(gateway, ratePerSecond * seconds, ratePerSecond));
      const attacker = await startAttacker(attack.name, gateway.httpPort);
      beside.push(await measure(gateway, ratePerSecond * seconds, ratePerSecond));
      await endAttacker(attacker);
    }
    process.stdout.write(
      `${formatRow(attack.name, medianLatency(alone), medianLatency(beside))}\n`,
    );
  }
}

async function measure(
  gateway: Gateway,
  messages: number,
  ratePerSecond: number | null,
): Promise<Latency> {
  const load = new Load({
    host: '127.0.0.1',
    port: gateway.httpPort,
    template: gateway.template(1),
    connections: CONNECTIONS,
    messages,
    firstIndex: nextIndex,
    ratePerSecond,
  });
  nextIndex += messages;
  await load.run();
  if (load.counts.accepted !== messages) {
    throw new Error(`of ${messages} good messages ${load.counts.accepted} were accepted`);
  }
  return { p50Ms: load.latency.quantileMs(0.5), p99Ms: load.latency.quantileMs(0.99) };
}

async function startAttacker(name: string, port: number): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('hostile/attacker.ts', import.meta.url));
  const child = spawn(process.execPath, [script, name, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.add(child);
  await once(child.stdout, 'data');
  return child;
}

async function endAttacker(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  started.delete(child);
}

function medianLatency(all: readonly Latency[]): Latency {
  return {
    p50Ms: medianOf(all.map(({ p50Ms }) => p50Ms)) ?? 0,
    p99Ms: medianOf(all.map(({ p99Ms }) => p99Ms)) ?? 0,
  };
}

function formatRow(name: string, alone: Latency, beside: Latency): string {
  const figure = (ms: number, width: number) => ms.toFixed(1).padStart(width);
  const ratio = beside.p99Ms / alone.p99Ms;
  return [
    name.padEnd(8),
    figure(alone.p50Ms, 8),
    figure(alone.p99Ms, 8),
    figure(beside.p50Ms, 10),
    figure(beside.p99Ms, 8),
    `${ratio.toFixed(2)}x`.padStart(10),
    ratio <= RATIO_MAX ? '' : `  more than ${RATIO_MAX}x`,
  ]
    .join('')
    .trimEnd();
}

await main();
