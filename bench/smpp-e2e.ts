import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChappe } from './e2e/chappe.ts';
import type { Gateway } from './e2e/gateway.ts';
import { Rounds } from './e2e/goals.ts';
import { formatMedians, formatRound, legend, roundHeader } from './e2e/print.ts';
import { type RoundResult, runRound } from './e2e/round.ts';
import { scenarios } from './e2e/scenarios.ts';
import { parseOptions, readCount, refuse } from './options.ts';
import { clearProgress, showProgress } from './progress.ts';
import {
  type BesideResult,
  besideRatioMax,
  compareBeside,
  endStrangers,
  strangerKinds,
  strangersCount,
} from './smpp-e2e/beside.ts';
import { runSmppRound, type SiteSettings, withSite } from './smpp-e2e/round.ts';

const usage = `Usage: npm run bench -- smpp-e2e [options]

Measures the gateway between a customer and an operator who both speak SMPP, receipts both ways, in alternation
with single messages over JSON. Then good traffic over SMPP at a fixed rate, alone and beside ${strangersCount}
half-open connections and ${strangersCount} idle sessions.

  --messages N   messages of a round (default 30000)
  --rounds N     rounds of each (default 3)
  --binds N      the customer's sessions (default 4)
  --window N     its unanswered submits on each (default 200)
  --rate N       messages a second beside strangers (default 500)
  --seconds N    of each measurement beside them (default 4)
  --only NAME    speed or beside (default: both)
  --dir PATH     where stores are made; must be a real disk (default: the temporary directory)
  --profile      writes processor profiles of the gateway to bench/results/profiles/smpp
  --help         this text

${legend}
`;

/** What one message over SMPP must be faster than one over JSON. */
const ratioMin = 2;

interface Options {
  readonly messages: number;
  readonly rounds: number;
  readonly binds: number;
  readonly window: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly only: string | null;
  readonly dir: string;
  readonly profile: boolean;
}

const resultsDir = fileURLToPath(new URL('results', import.meta.url));

let running: Gateway | null = null;
const onStarted = (gateway: Gateway): void => {
  running = gateway;
};

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) return 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void breakOff());
  const loads = loadavg().map((load) => load.toFixed(1));
  process.stdout.write(`${cpus().length} processors, load before: ${loads.join(' ')}\n\n`);
  const rounds = options.only === 'beside' ? [] : await measureSpeed(options);
  const beside = options.only === 'speed' ? [] : await measureBeside(options);
  mkdirSync(resultsDir, { recursive: true });
  const at = new Date().toISOString();
  const path = join(resultsDir, `smpp-e2e-${at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(path, `${JSON.stringify({ at, loads, options, rounds, beside }, null, 2)}\n`);
  process.stdout.write(`\nWritten to ${path}\n`);
  const isFast = rounds.length === 0 || (ratioOf(rounds, 'submitted') ?? 0) >= ratioMin;
  const isSound = rounds.every(({ faults }) => faults.length === 0);
  return isFast && isSound && beside.every(({ ratio }) => ratio <= besideRatioMax) ? 0 : 1;
}

async function measureSpeed(options: Options): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  process.stdout.write(`${roundHeader}\n`);
  const measures = [
    () => measureJson(options),
    () => {
      showProgress('SMPP: warming up and measuring');
      return runSmppRound(siteOf(options), options.messages);
    },
  ];
  for (let round = 0; round < options.rounds; round += 1) {
    // Every other round starts with the other one, so that a machine growing warm favours neither.
    for (const measure of round % 2 === 0 ? measures : measures.toReversed()) {
      const result = await measure();
      results.push(result);
      clearProgress();
      process.stdout.write(`${formatRound(result)}\n`);
    }
  }
  process.stdout.write(`\nMedians\n${formatMedians(results)}\n\nSMPP to JSON\n`);
  for (const figure of ['accepted', 'submitted', 'reported', 'cpu'] as const) {
    const ratio = ratioOf(results, figure)?.toFixed(2) ?? '-';
    const bound = figure === 'submitted' ? `  must be ${ratioMin}x or more` : '';
    process.stdout.write(`${figure.padEnd(10)}${ratio.padStart(6)}x${bound}\n`);
  }
  return results;
}

function measureJson({ messages, dir }: Options): Promise<RoundResult> {
  return runRound({
    gateway: 'chappe',
    start: startChappe,
    scenario: scenarios.singles,
    messages,
    connections: 32,
    window: 200,
    dir,
    profileDir: null,
    onStarted,
    onStage: (stage) => showProgress(`JSON: ${stage}`),
  });
}

async function measureBeside(options: Options): Promise<BesideResult[]> {
  process.stdout.write(`\n${options.ratePerSecond} messages a second over SMPP; p99 in ms\n`);
  process.stdout.write('strangers    alone   beside    ratio\n');
  return withSite(siteOf(options), async (site) => {
    const results: BesideResult[] = [];
    for (const kind of strangerKinds) {
      const result = await compareBeside(site, kind, options);
      results.push(result);
      const cells = [
        result.aloneMs.toFixed(1),
        result.besideMs.toFixed(1),
        result.ratio.toFixed(2),
      ];
      const missed = result.ratio > besideRatioMax ? `  more than ${besideRatioMax}x` : '';
      process.stdout.write(
        `${kind.padEnd(9)}${cells.map((cell) => cell.padStart(9)).join('')}x${missed}\n`,
      );
    }
    return results;
  });
}

function siteOf({ binds, window, dir, profile }: Options): SiteSettings {
  const profileDir = profile ? join(resultsDir, 'profiles', 'smpp') : null;
  return { binds, window, others: strangersCount / 100, dir, profileDir, onStarted };
}

function ratioOf(
  results: readonly RoundResult[],
  figure: 'accepted' | 'submitted' | 'reported' | 'cpu',
): number | null {
  const rounds = new Rounds(results);
  const [smpp, json] = [
    rounds.median('chappe', 'smpp', figure),
    rounds.median('chappe', 'singles', figure),
  ];
  return smpp === null || json === null ? null : smpp / json;
}

async function breakOff(): Promise<void> {
  process.stderr.write('\nbroken off, stopping the gateway\n');
  endStrangers();
  await running?.stop();
  process.exit(130);
}

function readOptions(): Options | null {
  const { values } = parseOptions({
    options: {
      messages: { type: 'string', default: '30000' },
      rounds: { type: 'string', default: '3' },
      binds: { type: 'string', default: '4' },
      window: { type: 'string', default: '200' },
      rate: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return null;
  }
  if (values.only !== undefined && values.only !== 'speed' && values.only !== 'beside') {
    refuse(`--only: "${values.only}" is neither speed nor beside`);
  }
  return {
    messages: readCount(values.messages, '--messages'),
    rounds: readCount(values.rounds, '--rounds'),
    binds: readCount(values.binds, '--binds'),
    window: readCount(values.window, '--window'),
    ratePerSecond: readCount(values.rate, '--rate'),
    seconds: readCount(values.seconds, '--seconds'),
    only: values.only ?? null,
    dir: resolve(values.dir),
    profile: values.profile,
  };
}

process.exitCode = await main();
