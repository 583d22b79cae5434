import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unrecordedPartsMax } from '../../src/dispatch/dispatcher.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { checkLedger, countNames, noCounts, type Verdict, type VerdictCounts } from './checker.ts';
import { type StormLedger, writeLedger } from './ledger.ts';
import { planCycles } from './plan.ts';
import type { Survival } from './power-image.ts';
import { type FinishedCycle, runRound } from './round.ts';
import type { Violation } from './rules.ts';
import { openWindows } from './storm-gateway.ts';

/** So many messages are judged at once; a longer storm has several rounds, each with a new store. */
const messagesPerRound = 100_000;
const cyclesPerRoundMax = 40;

/** How many parts a crash may repeat: those without a response, and those whose response is not on disk (DESIGN §4.8). */
export const duplicatesMax = openWindows + unrecordedPartsMax;

export interface StormOptions {
  readonly kind: 'kill' | 'power';
  readonly cycles: number;
  /** Messages acknowledged in each cycle, at least. */
  readonly messages: number;
  readonly seed: number;
  /** Value of CHAPPE_STORE. */
  readonly store: string;
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Takes a line of progress. */
  readonly say: (line: string) => void;
}

export interface StormResult {
  readonly violations: readonly Violation[];
  readonly crashes: readonly Crash[];
  readonly counts: VerdictCounts;
  readonly seconds: number;
  /** Where the ledgers, the log and the data of rounds with violations are. */
  readonly keptIn: string | null;
}

export interface Crash {
  /** What the gateway died of. */
  readonly death: string;
  /** Parts and reports that came a second time because of it. */
  readonly duplicates: number;
  readonly repeatedReports: number;
}

/** Runs a storm, round by round, until its end or until the gateway cannot be driven any more. */
export async function runStorm(options: StormOptions): Promise<StormResult> {
  const { cycles, seed } = options;
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const plans = planCycles(cycles, createSeededRandom(seed));
  const perRound = Math.floor(messagesPerRound / options.messages);
  const size = Math.min(Math.max(perRound, 1), cyclesPerRoundMax);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'chappe-storm-')));
  options.say(`seed ${seed}, everything in ${dir}`);

  const violations: Violation[] = [];
  const crashes: Crash[] = [];
  const counts = noCounts();
  let isComplete = true;
  for (let first = 0; first < cycles && isComplete; first += size) {
    const roundDir = join(dir, `round-${1 + first / size}`);
    mkdirSync(roundDir);
    let cycle = first;
    const round = await runRound(plans.slice(first, first + size), {
      ...options,
      dir: roundDir,
      environment: { CHAPPE_STORE: options.store, CHAPPE_SYNCHRONOUS: options.synchronous },
      random: createSeededRandom(seed + first),
      power: options.kind === 'power',
      onCycle(finished) {
        cycle += 1;
        const survival = options.kind === 'power' ? plans[cycle - 1]?.survival : undefined;
        const place = `cycle ${cycle} of ${cycles}, ${seconds().toFixed(1)} s`;
        options.say(`${place}: ${describeCycle(finished, survival)}`);
      },
    });
    isComplete = round.isComplete;
    const verdict = checkLedger(round.ledger, duplicatesMax);
    crashes.push(...listCrashes(round.deaths, verdict));
    for (const name of countNames) counts[name] += verdict.counts[name];
    const broken = [...round.violations, ...(isComplete ? verdict.violations : [])];
    violations.push(...broken);
    if (broken.length === 0) rmSync(roundDir, { recursive: true });
    else keepRound(roundDir, round.ledger, broken);
  }
  const isGood = violations.length === 0;
  if (isGood) rmSync(dir, { recursive: true });
  return { violations, crashes, counts, seconds: seconds(), keptIn: isGood ? null : dir };
}

function describeCycle(cycle: FinishedCycle, survival: Survival | undefined): string {
  const { acknowledged, open, deaths } = cycle;
  const disk = survival === undefined ? '' : `; unsynced writes: ${survival}`;
  return `${acknowledged} acknowledged, ${open} open, died ${deaths.join(', ')}${disk}`;
}

function listCrashes(deaths: readonly string[], verdict: Verdict): Crash[] {
  return deaths.map((death, at) => ({
    death,
    duplicates: verdict.duplicates[at] ?? 0,
    repeatedReports: verdict.repeatedReports[at] ?? 0,
  }));
}

function keepRound(dir: string, ledger: StormLedger, broken: readonly Violation[]): void {
  writeLedger(dir, ledger);
  const lines = broken.map(({ rule, index, sentence }) => `${rule} ${index} ${sentence}\n`);
  writeFileSync(join(dir, 'violations.txt'), lines.join(''));
}
