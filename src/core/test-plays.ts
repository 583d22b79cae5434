import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  advance,
  begin,
  type Effect,
  type Fact,
  hasEnded,
  type Live,
  type Plan,
  type ReceiptState,
  rank,
  receiptGraceMs,
} from './lifecycle.ts';
import type { Step } from './message.ts';
import { retryDelayMs } from './retry.ts';
import { allStatuses } from './status.ts';

export const start = 1_780_000_000_000;
export const dayMs = 24 * 60 * 60 * 1000;
export const waitMs = 60_000;

/** One part after the other, each with a step behind it but the last. */
export function planOf(...parts: number[]): Plan {
  const plan = parts.map(
    (count, index): Step => ({
      channel: 'SMS',
      connection: `op${index}`,
      parts: count,
      timeoutMs: index < parts.length - 1 ? waitMs : null,
      concatReference: 0,
    }),
  );
  return {
    id: '019d0000000070008000000000000000',
    acceptedAt: start,
    expiresAt: start + dayMs,
    plan,
    wants: allStatuses,
  };
}

export const accepted = { kind: 'accepted', providerId: 'x' } as const;
export const unknown = { kind: 'unknown' } as const;
export const refused = { kind: 'refused', error: 23 } as const;
export const later = { kind: 'later', error: 28, attemptsMax: null } as const;
export const submit = (outcome: typeof accepted | typeof unknown | typeof refused | typeof later) =>
  submitPart(0, 0, outcome);
export const submitPart = (
  step: number,
  index: number,
  outcome: Extract<Fact, { kind: 'submitted' }>['outcome'],
): Fact => ({ kind: 'submitted', step, part: index, outcome });
export const receipt = (state: ReceiptState, step = 0, index = 0): Fact => ({
  kind: 'receipt',
  step,
  part: index,
  state,
  error: state === 'failed' || state === 'rejected' || state === 'expired' ? 5 : 0,
});
export const withdrawn = (index: number): Fact => ({ kind: 'withdrawn', step: 0, part: index });
export const cancelled: Fact = { kind: 'cancelled' };
export const intended = (step = 0): Fact => ({ kind: 'intended', step });
/** The due time has come; `at` is the time after `start`. */
export const due = (at: number): Fact & { at: number } => ({ kind: 'due', at });

type Timed = Fact & { at?: number };

/** Plays facts and shows the effects of each as words. */
export function play(plan: Plan, facts: readonly Timed[]): { live: Live; effects: string[][] } {
  let live = begin(plan);
  const effects: string[][] = [];
  for (const fact of facts) {
    const next = advance(plan, live, fact, start + (fact.at ?? 0));
    live = next.live;
    effects.push(next.effects.map(describeEffect));
  }
  return { live, effects };
}

export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'report':
      return `report ${effect.status}${effect.error === 0 ? '' : ` error ${effect.error}`}`;
    case 'queue':
      return `queue ${effect.step} at ${effect.due - start}`;
    case 'unqueue':
      return `unqueue ${effect.step}`;
    case 'deliveredAgain':
      return `again ${effect.step}`;
    case 'revoke':
      return `revoke ${effect.step}`;
  }
}

export const firstRetryMs = retryDelayMs(1, planOf(1).id);
export const secondRetryMs = retryDelayMs(2, planOf(1).id);
export const over = dayMs + receiptGraceMs;

export interface Story {
  readonly title: string;
  readonly plan: Plan;
  readonly facts: readonly Timed[];
  /** The effects of each fact. */
  readonly effects: readonly (readonly string[])[];
  readonly progress: string;
  readonly rank: keyof typeof rank;
}

/** A test for each story. */
export function testStories(stories: readonly Story[]): void {
  for (const { title, plan, facts, effects, progress, rank: reached } of stories) {
    test(title, () => {
      const played = play(plan, facts);
      assert.deepEqual(played.effects, effects);
      assert.equal(played.live.progress, progress);
      assert.equal(played.live.rank, rank[reached]);
      assert.equal(played.live.due === null, hasEnded(played.live));
    });
  }
}
