import type { Random } from '../../src/lib/random.ts';
import type { CallbackSettings } from '../rig/callbacks.ts';
import type { SmscChanges } from '../rig/smsc-settings.ts';
import { doomed } from './messages.ts';
import { type Survival, survivals } from './power-image.ts';

/** How a gateway dies. */
export type Death =
  /** At a named place between write and commit: the value of CHAPPE_CRASH_AT. */
  | { kind: 'point'; point: string }
  /** While it starts, so many milliseconds after it was spawned. */
  | { kind: 'start'; afterMs: number }
  /** While it works, once it has taken enough messages and so many milliseconds have passed. */
  | { kind: 'anywhen'; afterMs: number };

/** What happens in one cycle. */
export interface CyclePlan {
  /** How the cycle's first gateway dies; any further one dies `lastDeath`. */
  readonly firstDeath: Death;
  readonly lastDeath: Extract<Death, { kind: 'anywhen' }>;
  readonly operator: SmscChanges;
  readonly endpoint: Partial<CallbackSettings>;
  /** What is left of unsynced writes after a power cut. */
  readonly survival: Survival;
}

/** The named places in the store's writer, each with the number of operations among which one is drawn. */
export const crashPlaces = ['T1', 'T2', 'T3', 'T4'].flatMap((kind) =>
  ['before-commit', 'after-commit'].map((place) => `${kind}:${place}`),
);

/** About as many operations of each kind as 2,000 messages need. */
const operationsMax = 100;
const startMsMax = 600;
const workMsMax = 200;

/** Plans all cycles. The same seed gives the same plan; what happens then depends on the machine too. */
export function planCycles(cycles: number, random: Random): CyclePlan[] {
  const places = shuffle(crashPlaces, random);
  return Array.from({ length: cycles }, (_, cycle) => {
    const lastDeath = { kind: 'anywhen', afterMs: below(random, workMsMax) } as const;
    return {
      firstDeath: planFirstDeath(cycle, places, random) ?? lastDeath,
      lastDeath,
      operator: planOperator(random),
      endpoint: { fail: 0.01, cut: 0.003, delayMs: pick([0, 0, 2, 8], random) },
      // Shifted by one each time round, so that each meets every kind of death.
      survival: survivals[(cycle + Math.floor(cycle / 8)) % survivals.length] ?? 'synced',
    };
  });
}

/** How operator and endpoint behave while the last gateway finishes what is left: well. */
export const calmOperator: SmscChanges = {
  latencyMs: 1,
  receiptDelayMs: 1,
  faults: { receiptFirst: 0, duplicateReceipt: 0, loseResponse: 0 },
};

export const calmEndpoint: Partial<CallbackSettings> = { fail: 0, cut: 0, delayMs: 0 };

/** What holds for the whole round. */
export const operatorSettings: SmscChanges = {
  ledger: true,
  doomed,
  receiptRetryMs: 50,
  receiptWindow: 100,
};

/** Every other cycle a named place, in turn; the very first time, and again, at the start; else just so. */
function planFirstDeath(cycle: number, places: readonly string[], random: Random): Death | null {
  if (cycle % 2 === 1) {
    const place = places[((cycle - 1) / 2) % places.length] ?? '';
    return { kind: 'point', point: `${place}:${1 + below(random, operationsMax)}` };
  }
  if (cycle % 8 === 0) return { kind: 'start', afterMs: below(random, startMsMax) };
  return null;
}

function planOperator(random: Random): SmscChanges {
  return {
    latencyMs: pick([0, 1, 5, 20], random),
    receiptDelayMs: pick([0, 5, 50, 200], random),
    faults: {
      receiptFirst: 0.1,
      lateResponseMs: 20,
      duplicateReceipt: 0.1,
      loseResponse: 0.002,
    },
  };
}

function below(random: Random, limit: number): number {
  return Math.floor(random.fraction() * limit);
}

function pick<T>(list: readonly [T, ...T[]], random: Random): T {
  return list[below(random, list.length)] ?? list[0];
}

function shuffle<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, order: random.fraction() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ item }) => item);
}
