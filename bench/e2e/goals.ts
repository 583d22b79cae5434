import type { GatewayName } from './gateway.ts';
import type { RoundResult } from './round.ts';
import type { ScenarioName } from './scenarios.ts';

/** The rows of the goals: what must be reached, what we aim at, and how it is read from the rounds. */
interface Goal {
  readonly what: string;
  readonly must: number;
  readonly goal: number | null;
  readonly better: 'higher' | 'lower';
  readonly unit: 'x' | 'ms' | 'MB';
  /** null when a scenario it needs was not run. */
  readonly measure: (rounds: Rounds) => number | null;
}

/** A row with what was measured. */
export interface GoalResult {
  readonly what: string;
  readonly must: string;
  readonly goal: string;
  readonly measured: string;
  readonly verdict: 'goal' | 'must' | 'missed' | 'not measured';
}

export function judge(results: readonly RoundResult[]): GoalResult[] {
  const rounds = new Rounds(results);
  return goals.map((goal) => {
    const measured = goal.measure(rounds);
    const show = (value: number | null) =>
      value === null ? '' : `${value.toFixed(value < 10 ? 2 : 0)}${UNIT_TEXT[goal.unit]}`;
    const reaches = (bound: number | null) =>
      measured !== null &&
      bound !== null &&
      (goal.better === 'higher' ? measured >= bound : measured <= bound);
    return {
      what: goal.what,
      must: show(goal.must),
      goal: show(goal.goal),
      measured: show(measured),
      verdict:
        measured === null
          ? 'not measured'
          : reaches(goal.goal)
            ? 'goal'
            : reaches(goal.must)
              ? 'must'
              : 'missed',
    };
  });
}

export type Figure = 'accepted' | 'submitted' | 'reported' | 'cpu' | 'p99Ms' | 'peakMb';

/** The rounds of a run, to be asked for medians and for ratios to Kannel. */
export class Rounds {
  readonly #results: readonly RoundResult[];

  constructor(results: readonly RoundResult[]) {
    this.#results = results;
  }

  /** The median over the rounds; null when there was none. */
  median(gateway: GatewayName, scenario: ScenarioName | 'smpp', figure: Figure): number | null {
    const values = this.of(gateway, scenario).flatMap((round) => round[figure] ?? []);
    return medianOf(values);
  }

  /** Chappe's median in units of Kannel's. */
  ratio(scenario: ScenarioName, figure: Figure): number | null {
    const ours = this.median('chappe', scenario, figure);
    const theirs = this.median('kannel', scenario, figure);
    return ours === null || theirs === null ? null : ours / theirs;
  }

  of(gateway: GatewayName, scenario: ScenarioName | 'smpp'): RoundResult[] {
    return this.#results.filter(
      (round) => round.gateway === gateway && round.scenario === scenario,
    );
  }
}

export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

const UNIT_TEXT = { x: 'x', ms: ' ms', MB: ' MB' } as const;

const goals: readonly Goal[] = [
  {
    what: 'accepted/s, one per request, no receipts',
    must: 1.2,
    goal: 1.6,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('plain', 'accepted'),
  },
  {
    what: 'accepted/s, one per request, with receipts',
    must: 1.2,
    goal: 1.6,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('singles', 'accepted'),
  },
  {
    what: 'whole chain, one per request',
    must: 1.8,
    goal: 2.3,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('singles', 'reported'),
  },
  {
    what: '100 per request: accepted',
    must: 5,
    goal: 8,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('batch100', 'accepted'),
  },
  {
    what: '100 per request: submitted',
    must: 4,
    goal: 7,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('batch100', 'submitted'),
  },
  {
    what: '100 per request: whole chain',
    must: 3,
    goal: 5,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => rounds.ratio('batch100', 'reported'),
  },
  {
    what: 'CPU per message without receipts',
    must: 0.6,
    goal: 0.4,
    better: 'lower',
    unit: 'x',
    measure: (rounds) => rounds.ratio('plain', 'cpu'),
  },
  {
    what: 'CPU per message with receipts',
    must: 0.4,
    goal: 0.25,
    better: 'lower',
    unit: 'x',
    measure: (rounds) => rounds.ratio('singles', 'cpu'),
  },
  {
    what: 'acceptance p99 at 2,000/s with receipts',
    must: 10,
    goal: 4,
    better: 'lower',
    unit: 'ms',
    measure: (rounds) => rounds.median('chappe', 'rate2000', 'p99Ms'),
  },
  {
    what: 'memory at these loads',
    must: 250,
    goal: 150,
    better: 'lower',
    unit: 'MB',
    measure: (rounds) => {
      const loads = ['plain', 'singles', 'batch100', 'rate2000'] as const;
      const peaks = loads.flatMap((name) => rounds.median('chappe', name, 'peakMb') ?? []);
      return peaks.length === 0 ? null : Math.max(...peaks);
    },
  },
  {
    what: 'whole chain at 100 ms operator latency',
    must: 0.9,
    goal: null,
    better: 'higher',
    unit: 'x',
    measure: (rounds) => {
      const far = rounds.median('chappe', 'latency100', 'reported');
      const near = rounds.median('chappe', 'latency0', 'reported');
      return far === null || near === null ? null : far / near;
    },
  },
  {
    what: '1,000,000 messages: CPU per message, last fifth to second fifth',
    must: 1.1,
    goal: 1,
    better: 'lower',
    unit: 'x',
    measure: (rounds) => growth(rounds, (slice) => slice.cpu),
  },
  {
    what: '1,000,000 messages: memory, last fifth to second fifth',
    must: 1.1,
    goal: 1,
    better: 'lower',
    unit: 'x',
    measure: (rounds) => growth(rounds, (slice) => slice.residentMb),
  },
];

/** The first fifth fills caches and pools, so growth is counted from the second one. */
function growth(
  rounds: Rounds,
  figure: (slice: RoundResult['slices'][number]) => number,
): number | null {
  const slices = rounds.of('chappe', 'long')[0]?.slices ?? [];
  const [third, fourth] = [slices[2], slices[3]];
  const [last, beforeLast] = [slices.at(-1), slices.at(-2)];
  if (!third || !fourth || !last || !beforeLast) return null;
  return (figure(last) + figure(beforeLast)) / (figure(third) + figure(fourth));
}
