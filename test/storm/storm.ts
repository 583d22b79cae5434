import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unrecordedPartsMax } from '../../src/dispatch/dispatcher.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { checkLedger, type VerdictCounts } from './checker.ts';
import { writeLedger } from './ledger.ts';
import { type CyclePlan, planCycles } from './plan.ts';
import { PowerCut } from './power-cut.ts';
import { runRound } from './round.ts';
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

/** Runs a storm. Rejects when the gateway cannot be driven at all; its folder is kept then, too. */
export async function runStorm(options: StormOptions): Promise<StormResult> {
  const { cycles, messages, seed, say } = options;
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const plans = planCycles(cycles, createSeededRandom(seed));
  const perRound = Math.floor(messagesPerRound / messages);
  const size = Math.min(Math.max(perRound, 1), cyclesPerRoundMax);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'chappe-storm-')));
  say(`seed ${seed}, everything in ${dir}`);

  const violations: Violation[] = [];
  const crashes: Crash[] = [];
  let counts: VerdictCounts | null = null;
  for (let first = 0; first < cycles; first += size) {
    const roundDir = join(dir, `round-${1 + first / size}`);
    mkdirSync(roundDir);
    let cycle = first;
    const round = await runRound(plans.slice(first, first + size), {
      dir: roundDir,
      messages,
      environment: { CHAPPE_STORE: options.store, CHAPPE_SYNCHRONOUS: options.synchronous },
      random: createSeededRandom(seed + first),
      power:
        options.kind === 'kill'
          ? null
          : (at, dataDir) => new PowerCut(at, dataDir, createSeededRandom(seed + first)),
      onCycle(finished) {
        const plan = plans[cycle];
        cycle += 1;
        const what = [
          `cycle ${cycle} of ${cycles}`,
          `${seconds().toFixed(1)} s`,
          `${finished.acknowledged} acknowledged`,
          `${finished.open} open`,
          `died ${finished.deaths.join(', ')}${describeSurvival(options.kind, plan)}`,
        ];
        say(what.join(' | '));
      },
    });
    const verdict = checkLedger(round.ledger, duplicatesMax);
    for (const [at, death] of round.deaths.entries()) {
      const [duplicates = 0, repeatedReports = 0] = [
        verdict.duplicates[at],
        verdict.repeatedReports[at],
      ];
      crashes.push({ death, duplicates, repeatedReports });
    }
    counts = addCounts(counts, verdict.counts);
    const broken = [...round.violations, ...verdict.violations];
    violations.push(...broken);
    if (broken.length === 0) {
      rmSync(roundDir, { recursive: true });
      continue;
    }
    writeLedger(roundDir, round.ledger);
    const lines = broken.map(({ rule, index, sentence }) => `${rule} ${index} ${sentence}\n`);
    writeFileSync(join(roundDir, 'violations.txt'), lines.join(''));
  }
  if (counts === null) throw new RangeError('a storm has at least one cycle');
  if (violations.length === 0) rmSync(dir, { recursive: true });
  return {
    violations,
    crashes,
    counts,
    seconds: seconds(),
    keptIn: violations.length === 0 ? null : dir,
  };
}

function describeSurvival(kind: StormOptions['kind'], plan: CyclePlan | undefined): string {
  return kind === 'kill' || plan === undefined ? '' : `; unsynced: ${plan.survival}`;
}

function addCounts(sum: VerdictCounts | null, more: VerdictCounts): VerdictCounts {
  if (sum === null) return more;
  const names = Object.keys(more) as (keyof VerdictCounts)[];
  const next = { ...sum };
  for (const name of names) next[name] += more[name];
  return next;
}
