import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Advance,
  advance,
  begin,
  beginRefused,
  type Effect,
  type Fact,
  hasEnded,
  type Live,
  type Plan,
  part,
  partsOf,
  type ReceiptState,
  rank,
  receiptGraceMs,
} from './lifecycle.ts';
import type { Step } from './message.ts';
import { retryDelayMs } from './retry.ts';
import { allStatuses, statusBit } from './status.ts';

const start = 1_780_000_000_000;
const dayMs = 24 * 60 * 60 * 1000;
const waitMs = 60_000;

/** One part after the other, each with a step behind it but the last. */
function planOf(...parts: number[]): Plan {
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

const accepted = { kind: 'accepted', providerId: 'x' } as const;
const unknown = { kind: 'unknown' } as const;
const refused = { kind: 'refused', error: 23 } as const;
const later = { kind: 'later', error: 28, attemptsMax: null } as const;
const submit = (outcome: typeof accepted | typeof unknown | typeof refused | typeof later) =>
  submitPart(0, 0, outcome);
const submitPart = (
  step: number,
  index: number,
  outcome: Extract<Fact, { kind: 'submitted' }>['outcome'],
): Fact => ({ kind: 'submitted', step, part: index, outcome });
const receipt = (state: ReceiptState, step = 0, index = 0): Fact => ({
  kind: 'receipt',
  step,
  part: index,
  state,
  error: state === 'failed' || state === 'rejected' || state === 'expired' ? 5 : 0,
});
const withdrawn = (index: number): Fact => ({ kind: 'withdrawn', step: 0, part: index });
const cancelled: Fact = { kind: 'cancelled' };
const intended = (step = 0): Fact => ({ kind: 'intended', step });
/** The due time has come; `at` is the time after `start`. */
const due = (at: number): Fact & { at: number } => ({ kind: 'due', at });

type Timed = Fact & { at?: number };

/** Plays facts and shows the effects of each as words. */
function play(plan: Plan, facts: readonly Timed[]): { live: Live; effects: string[][] } {
  let live = begin(plan);
  const effects: string[][] = [];
  for (const fact of facts) {
    const next = advance(plan, live, fact, start + (fact.at ?? 0));
    live = next.live;
    effects.push(next.effects.map(describeEffect));
  }
  return { live, effects };
}

function describeEffect(effect: Effect): string {
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

const firstRetryMs = retryDelayMs(1, planOf(1).id);
const secondRetryMs = retryDelayMs(2, planOf(1).id);
const over = dayMs + receiptGraceMs;

interface Story {
  readonly title: string;
  readonly plan: Plan;
  readonly facts: readonly Timed[];
  /** The effects of each fact. */
  readonly effects: readonly (readonly string[])[];
  readonly progress: string;
  readonly rank: keyof typeof rank;
}

const stories: readonly Story[] = [
  {
    title: 'sent and delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('delivered')],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'report 2'],
    ],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'read implies delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('read'), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 2', 'report 4'], []],
    progress: 'r',
    rank: 'read',
  },
  {
    title: 'read after delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('delivered'), receipt('read')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 2'], ['report 4']],
    progress: 'r',
    rank: 'read',
  },
  {
    title: 'an intermediate receipt changes nothing',
    plan: planOf(1),
    facts: [submit(accepted), receipt('enroute')],
    effects: [['unqueue 0', 'report 0'], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'a receipt before the submit answer: "accepted" is not told any more',
    plan: planOf(1),
    facts: [receipt('delivered'), submit(accepted)],
    effects: [['unqueue 0', 'report 2'], []],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'delivered when all parts are',
    plan: planOf(2),
    facts: [
      submitPart(0, 0, accepted),
      submitPart(0, 1, accepted),
      receipt('delivered', 0, 1),
      receipt('delivered', 0, 0),
    ],
    effects: [[], ['unqueue 0', 'report 0'], [], ['unqueue 0', 'report 2']],
    progress: 'dd',
    rank: 'end',
  },
  {
    title: 'read when all parts are',
    plan: planOf(2),
    facts: [receipt('read', 0, 0), receipt('delivered', 0, 1), receipt('read', 0, 1)],
    effects: [[], ['unqueue 0', 'report 2'], ['report 4']],
    progress: 'rr',
    rank: 'read',
  },
  {
    title: 'failed as soon as one part is',
    plan: planOf(2),
    facts: [
      submitPart(0, 0, accepted),
      submitPart(0, 1, accepted),
      receipt('failed', 0, 0),
      receipt('delivered', 0, 1),
    ],
    effects: [[], ['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 5'], []],
    progress: 'fd',
    rank: 'end',
  },
  {
    title: 'a rejected receipt is told as 1, an expired one as 3',
    plan: planOf(1),
    facts: [receipt('rejected'), receipt('expired')],
    effects: [['unqueue 0', 'report 1 error 5'], []],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'of two ends of the operator the first counts',
    plan: planOf(1),
    facts: [submit(accepted), receipt('failed'), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 5'], []],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'refused for ever',
    plan: planOf(1),
    facts: [submit(refused)],
    effects: [['unqueue 0', 'report 1 error 23']],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'refused with a step behind: nothing is told, the next one begins',
    plan: planOf(1, 1),
    facts: [submit(refused), submitPart(1, 0, accepted)],
    effects: [
      ['unqueue 0', 'queue 1 at 0'],
      ['unqueue 1', 'report 0'],
    ],
    progress: 'f/e',
    rank: 'enroute',
  },
  {
    title: 'refused after the validity: no next step',
    plan: planOf(1, 1),
    facts: [{ ...submit(refused), at: dayMs }],
    effects: [['unqueue 0', 'report 1 error 23']],
    progress: 'f/.',
    rank: 'end',
  },
  {
    title: 'the last step tries again, and again',
    plan: planOf(1),
    facts: [submit(later), { ...submit(later), at: 1000 }],
    effects: [[`queue 0 at ${firstRetryMs}`], [`queue 0 at ${1000 + secondRetryMs}`]],
    progress: '.',
    rank: 'accepted',
  },
  {
    title: 'parts that are refused together count once',
    plan: planOf(3),
    facts: [
      submitPart(0, 0, later),
      submitPart(0, 1, later),
      submitPart(0, 2, later),
      submitPart(0, 0, accepted),
      submitPart(0, 1, later),
    ],
    effects: [
      [`queue 0 at ${firstRetryMs}`],
      [`queue 0 at ${firstRetryMs}`],
      [`queue 0 at ${firstRetryMs}`],
      [],
      [`queue 0 at ${secondRetryMs}`],
    ],
    progress: 'e..',
    rank: 'accepted',
  },
  {
    title: 'a step with another behind it does not try again',
    plan: planOf(1, 1),
    facts: [submit(later)],
    effects: [['unqueue 0', 'queue 1 at 0']],
    progress: './.',
    rank: 'accepted',
  },
  {
    title: 'as many refusals as the error allows end the last step',
    plan: planOf(1),
    facts: [
      submitPart(0, 0, { ...later, attemptsMax: 2 }),
      submitPart(0, 0, { ...later, attemptsMax: 2 }),
    ],
    effects: [[`queue 0 at ${firstRetryMs}`], ['unqueue 0', 'report 1 error 28']],
    progress: '.',
    rank: 'end',
  },
  {
    title: 'a retry beyond the validity is left to the sweep',
    plan: planOf(1),
    facts: [{ ...submit(later), at: dayMs - firstRetryMs }, due(dayMs)],
    effects: [['unqueue 0'], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'a retry within the validity is queued',
    plan: planOf(1),
    facts: [{ ...submit(later), at: dayMs - firstRetryMs - 1 }],
    effects: [[`queue 0 at ${dayMs - 1}`]],
    progress: '.',
    rank: 'accepted',
  },
  {
    title: 'a part in doubt that is refused expires with the validity, not an hour later',
    plan: planOf(1),
    facts: [submit(unknown), { ...submit(later), at: 5 }, due(dayMs)],
    effects: [['unqueue 0'], [`queue 0 at ${5 + firstRetryMs}`], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'want of credit to the end is told as 21',
    plan: planOf(1),
    facts: [submitPart(0, 0, { ...later, error: 22 }), due(dayMs)],
    effects: [[`queue 0 at ${firstRetryMs}`], ['unqueue 0', 'report 3 error 21']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'sent and no answer: not sent again, a receipt may still come',
    plan: planOf(1),
    facts: [submit(unknown), receipt('delivered')],
    effects: [['unqueue 0'], ['unqueue 0', 'report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'a late answer settles the doubt',
    plan: planOf(2),
    facts: [submitPart(0, 0, unknown), submitPart(0, 1, accepted), submitPart(0, 0, accepted)],
    effects: [[], ['unqueue 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'an intent leaves the lane before anything is sent',
    plan: planOf(2),
    facts: [intended(), submitPart(0, 0, accepted), submitPart(0, 1, accepted)],
    effects: [['unqueue 0'], ['unqueue 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'an intent that is taken back returns the part to its lane',
    plan: planOf(2),
    facts: [intended(), submitPart(0, 0, accepted), withdrawn(1), submitPart(0, 1, accepted)],
    effects: [['unqueue 0'], ['unqueue 0'], ['queue 0 at 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'what was sent is not taken back',
    plan: planOf(1),
    facts: [intended(), submit(accepted), withdrawn(0)],
    effects: [['unqueue 0'], ['unqueue 0', 'report 0'], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'what has not gone out is taken back by its sender, once',
    plan: planOf(2),
    facts: [cancelled, cancelled, submitPart(0, 0, accepted)],
    effects: [['unqueue 0', 'report 3 error 5'], [], []],
    progress: 'e.',
    rank: 'end',
  },
  {
    title: 'what has gone out in part is not',
    plan: planOf(2),
    facts: [submitPart(0, 0, accepted), cancelled],
    effects: [[], []],
    progress: 'e.',
    rank: 'accepted',
  },
  {
    title: 'nor is what may have gone out',
    plan: planOf(1),
    facts: [intended(), cancelled],
    effects: [['unqueue 0'], []],
    progress: '?',
    rank: 'accepted',
  },
  {
    title: 'after a refusal the next step has not gone out',
    plan: planOf(1, 1),
    facts: [submit(refused), cancelled],
    effects: [
      ['unqueue 0', 'queue 1 at 0'],
      ['unqueue 1', 'report 3 error 5'],
    ],
    progress: 'f/.',
    rank: 'end',
  },
  {
    title: 'an intent for a step that is not active is no intent',
    plan: planOf(1, 1),
    facts: [intended(1)],
    effects: [[]],
    progress: './.',
    rank: 'accepted',
  },
  {
    title: 'a second answer to the same part adds nothing',
    plan: planOf(1),
    facts: [submit(accepted), submit(accepted), submit(refused), submit(later), submit(unknown)],
    effects: [['unqueue 0', 'report 0'], [], [], [], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'the wait for a step is over',
    plan: planOf(1, 1),
    facts: [{ ...submit(accepted), at: 10 }, due(waitMs + 9), due(waitMs + 10)],
    effects: [
      ['unqueue 0', 'report 0'],
      [],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs + 10}`],
    ],
    progress: 'e/.',
    rank: 'enroute',
  },
  {
    title: 'delivered by an earlier step: the later one is withdrawn',
    plan: planOf(1, 1),
    facts: [submit(accepted), due(waitMs), receipt('delivered', 0), submitPart(1, 0, accepted)],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs}`],
      ['unqueue 1', 'report 2'],
      ['revoke 1'],
    ],
    progress: 'd/e',
    rank: 'end',
  },
  {
    title: 'delivered by an earlier step: the later one is asked back',
    plan: planOf(1, 2),
    facts: [
      submit(accepted),
      due(waitMs),
      submitPart(1, 0, accepted),
      receipt('delivered', 0),
      submitPart(1, 1, accepted),
      receipt('delivered', 1, 0),
    ],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs}`],
      [],
      ['unqueue 1', 'revoke 1', 'report 2'],
      ['revoke 1'],
      [],
    ],
    progress: 'd/de',
    rank: 'end',
  },
  {
    title: 'a part in doubt has no id: it is asked back when its answer comes',
    plan: planOf(1, 1),
    facts: [submit(unknown), due(waitMs), submit(accepted), submit(accepted)],
    effects: [['unqueue 0'], ['unqueue 0', `queue 1 at ${waitMs}`], ['revoke 0'], []],
    progress: 'e/.',
    rank: 'accepted',
  },
  {
    title: 'the rest of a step is asked back when one part has failed',
    plan: planOf(2, 1),
    facts: [submitPart(0, 0, accepted), submitPart(0, 1, refused)],
    effects: [[], ['unqueue 0', 'revoke 0', 'queue 1 at 0']],
    progress: 'ef/.',
    rank: 'accepted',
  },
  {
    title: 'the last step is never asked back for its time',
    plan: planOf(1),
    facts: [submit(accepted), due(waitMs), due(over), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], [], ['unqueue 0', 'report 3 error 8'], ['report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'the failure of an earlier step does not touch the active one',
    plan: planOf(1, 1),
    facts: [submit(accepted), due(waitMs), receipt('failed', 0), submitPart(1, 0, accepted)],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs}`],
      [],
      ['unqueue 1'],
    ],
    progress: 'f/e',
    rank: 'enroute',
  },
  {
    title: 'both steps delivered: told once, counted once',
    plan: planOf(1, 1),
    facts: [
      submit(accepted),
      due(waitMs),
      receipt('delivered', 1),
      receipt('delivered', 0),
      receipt('read', 0),
    ],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs}`],
      ['unqueue 1', 'report 2'],
      ['again 0'],
      ['report 4'],
    ],
    progress: 'r/d',
    rank: 'read',
  },
  {
    title: 'unsent at the end of the validity',
    plan: planOf(1),
    facts: [due(dayMs - 1), due(dayMs)],
    effects: [[], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'sent and silent: an hour longer',
    plan: planOf(1),
    facts: [submit(accepted), due(dayMs), due(over - 1), due(over)],
    effects: [['unqueue 0', 'report 0'], [], [], ['unqueue 0', 'report 3 error 8']],
    progress: 'e',
    rank: 'assumedEnd',
  },
  {
    title: 'a delivery outranks the end that we assumed',
    plan: planOf(1),
    facts: [submit(accepted), due(over), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 8'], ['report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'the operator confirms the end that we assumed; then it is final',
    plan: planOf(2),
    facts: [due(dayMs), receipt('failed', 0, 0), receipt('delivered', 0, 1)],
    effects: [['unqueue 0', 'report 3 error 8'], [], []],
    progress: 'fd',
    rank: 'end',
  },
  {
    title: 'the failure of an earlier step does not confirm it',
    plan: planOf(1, 1),
    facts: [
      submit(accepted),
      due(waitMs),
      submitPart(1, 0, accepted),
      due(over),
      receipt('failed', 0),
      receipt('delivered', 1),
    ],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'revoke 0', `queue 1 at ${waitMs}`],
      ['unqueue 1'],
      ['unqueue 1', 'report 3 error 8'],
      [],
      ['report 2'],
    ],
    progress: 'f/d',
    rank: 'end',
  },
  {
    title: 'facts of parts that do not exist change nothing',
    plan: planOf(1),
    facts: [receipt('delivered', 0, 1), receipt('delivered', 1, 0), submitPart(3, 0, accepted)],
    effects: [[], [], []],
    progress: '.',
    rank: 'accepted',
  },
];

describe('stories of a message', () => {
  for (const { title, plan, facts, effects, progress, rank: reached } of stories) {
    test(title, () => {
      const played = play(plan, facts);
      assert.deepEqual(played.effects, effects);
      assert.equal(played.live.progress, progress);
      assert.equal(played.live.rank, rank[reached]);
      assert.equal(played.live.due === null, hasEnded(played.live));
    });
  }
});

test('a message begins in its first step, due at its wait or the end of its validity', () => {
  assert.deepEqual(begin(planOf(2)), {
    step: 0,
    rank: rank.accepted,
    told: 0,
    attempts: 0,
    progress: '..',
    lastError: 0,
    due: start + dayMs,
  });
  assert.equal(begin(planOf(2, 1)).due, start + waitMs);
  assert.equal(begin(planOf(1, 3)).progress, './...');
});

test('a message that is refused at once has ended and is told so, if wanted', () => {
  const { live, effects } = beginRefused(planOf(1), 30);
  assert.ok(hasEnded(live) && live.due === null);
  assert.deepEqual(effects.map(describeEffect), ['report 1 error 30']);
  assert.deepEqual(beginRefused({ ...planOf(1), wants: 0 }, 30).effects, []);
});

test('a fact that changes nothing leaves the very same state', () => {
  const { live } = play(planOf(1), [submit(accepted)]);
  for (const fact of [receipt('enroute'), submit(refused), due(0), intended(1)]) {
    assert.equal(advance(planOf(1), live, fact, start).live, live);
  }
});

// From here: any facts, in any order, as often as you like.

const anyPlan = fc
  .record({
    steps: fc.array(
      fc.record({
        parts: fc.integer({ min: 1, max: 3 }),
        timeoutMs: fc.option(fc.integer({ min: 1000, max: dayMs })),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    wants: fc.oneof(fc.constant(allStatuses), fc.integer({ min: 0, max: allStatuses })),
  })
  .map(({ steps, wants }): Plan => {
    const plan = steps.map(
      (step): Step => ({
        channel: 'SMS',
        connection: 'op',
        concatReference: 0,
        ...step,
      }),
    );
    return { ...planOf(1), plan, wants };
  });

const anyOutcome = fc.oneof(
  { weight: 3, arbitrary: fc.constant(accepted) },
  fc.constant(unknown),
  fc.constant(refused),
  fc.record({
    kind: fc.constant('later' as const),
    error: fc.constantFrom(28 as const, 22 as const),
    attemptsMax: fc.option(fc.integer({ min: 1, max: 3 })),
  }),
);

const place = { step: fc.integer({ min: 0, max: 2 }), part: fc.integer({ min: 0, max: 2 }) };

const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('submitted' as const), ...place, outcome: anyOutcome }),
  fc.record({ kind: fc.constant('intended' as const), step: place.step }),
  fc.record({ kind: fc.constant('withdrawn' as const), ...place }),
  fc.record({
    kind: fc.constant('receipt' as const),
    ...place,
    state: fc.constantFrom<ReceiptState>(
      'enroute',
      'delivered',
      'read',
      'failed',
      'rejected',
      'expired',
    ),
    error: fc.constantFrom(0 as const, 5 as const),
  }),
  fc.constant<Fact>({ kind: 'due' }),
  fc.constant<Fact>(cancelled),
);

const anyFacts = fc.array(
  fc.record({ fact: anyFact, pauseMs: fc.constantFrom(0, 1, 1000, waitMs, dayMs / 4) }),
  { maxLength: 30 },
);

/** Checks what must hold after every single fact, and keeps what the store would. */
class Watch {
  readonly plan: Plan;
  live: Live;
  now = start;
  /** The step in the lane, as a store would have it. */
  queued: number | null = 0;
  readonly told: number[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.live = begin(plan);
  }

  /** Whether the world can say this: steps that have not begun are silent, and so are unsent parts. */
  canHappen(fact: Fact): boolean {
    if (fact.kind === 'due' || fact.kind === 'cancelled') return true;
    if (fact.step > this.live.step) return false;
    if (fact.kind !== 'receipt') return true;
    return partsOf(this.live, fact.step)[fact.part] !== part.waiting;
  }

  apply(fact: Fact): void {
    const before = this.live;
    const next = advance(this.plan, before, fact, this.now);
    this.live = next.live;
    for (const effect of next.effects) this.#follow(effect, before, next);
    this.#checkState(before);
  }

  #follow(effect: Effect, before: Live, next: Advance): void {
    switch (effect.kind) {
      case 'queue':
        assert.ok(!hasEnded(next.live), 'nothing is queued after the end');
        assert.equal(effect.step, next.live.step, 'only the active step is queued');
        assert.ok(effect.due < this.plan.expiresAt, 'nothing is queued beyond the validity');
        this.queued = effect.step;
        break;
      case 'unqueue':
        if (this.queued === effect.step) this.queued = null;
        break;
      case 'report':
        this.#checkReport(effect.status, before);
        this.told.push(effect.status);
        break;
      case 'deliveredAgain':
        break;
      case 'revoke': {
        const isPast = effect.step < next.live.step;
        const isOvertaken = (next.live.told & statusBit(2)) !== 0;
        assert.ok(isPast || isOvertaken, 'only what is not wanted any more is asked back');
        assert.ok(partsOf(next.live, effect.step).includes(part.enroute), 'and is with somebody');
        break;
      }
    }
  }

  #checkReport(value: number, before: Live): void {
    assert.ok((this.plan.wants & (1 << value)) !== 0, 'only wanted statuses are told');
    assert.ok(!this.told.includes(value), 'each status is told once');
    if (value === 0) assert.deepEqual(this.told, [], '"accepted" comes first');
    const isDelivered = (before.told & statusBit(2)) !== 0;
    if (value === 1 || value === 3) {
      assert.ok(!hasEnded(before), 'a failure is told of a message that had not ended');
      assert.ok(!isDelivered, 'delivered is never followed by failed');
    }
    if (value === 2) assert.notEqual(before.rank, rank.end, 'the first end of the operator counts');
    if (value === 4) assert.ok((this.live.told & statusBit(2)) !== 0, 'read implies delivered');
  }

  #checkState(before: Live): void {
    const { live, queued } = this;
    assert.ok(live.rank >= before.rank, 'ranks only rise');
    assert.equal(live.told & before.told, before.told, 'what was told stays told');
    assert.ok(live.step >= before.step, 'steps only go on');
    assert.equal(live.due === null, hasEnded(live), 'whatever has not ended is looked at');
    if (hasEnded(live)) assert.equal(queued, null, 'nothing that has ended waits in a lane');
    if (queued !== null) {
      assert.equal(queued, live.step);
      assert.ok(partsOf(live, queued).includes(part.waiting), 'a lane holds what can be sent');
    } else if (!hasEnded(live) && partsOf(live, live.step).includes(part.waiting)) {
      assert.ok(live.lastError !== 0, 'only a retry beyond the validity waits outside');
    }
    for (const [index, letters] of live.progress.split('/').entries()) {
      assert.equal(letters.length, this.plan.plan[index]?.parts);
    }
  }

  /** The sweeper: jumps from due time to due time until the message has ended. */
  sweep(): void {
    for (let looks = 0; !hasEnded(this.live); looks++) {
      assert.ok(looks < 10, 'the sweeper comes to an end');
      const wasDue = this.live.due ?? 0;
      this.now = Math.max(this.now, wasDue);
      this.apply({ kind: 'due' });
      assert.ok(this.live.due === null || this.live.due > this.now, 'a look leads on');
    }
    assert.ok(this.now <= Math.max(this.plan.expiresAt + receiptGraceMs, this.now));
  }
}

test('every message comes to exactly one end, whatever is said about it', () => {
  fc.assert(
    fc.property(anyPlan, anyFacts, (plan, facts) => {
      const watch = new Watch(plan);
      for (const { fact, pauseMs } of facts) {
        watch.now += pauseMs;
        if (watch.canHappen(fact)) watch.apply(fact);
      }
      watch.sweep();
      const told = watch.live.told & ~statusBit(0);
      const ends = [1, 2, 3].filter((value) => (told & (1 << value)) !== 0);
      const isCorrected = ends.length === 2 && ends.includes(2);
      assert.ok(ends.length === 1 || isCorrected, `ends told: ${ends.join()}`);
      if (plan.wants === 0) assert.deepEqual(watch.told, []);
    }),
    { numRuns: 2000 },
  );
});

test('without an end that we assumed there is one end only', () => {
  const silentFacts = anyFacts.map((facts) => facts.filter(({ fact }) => fact.kind !== 'due'));
  fc.assert(
    fc.property(anyPlan, silentFacts, (plan, facts) => {
      const watch = new Watch(plan);
      for (const { fact } of facts) if (watch.canHappen(fact)) watch.apply(fact);
      const ends = [1, 2, 3].filter((value) => (watch.live.told & (1 << value)) !== 0);
      assert.ok(ends.length <= 1);
    }),
  );
});

test('not even what cannot happen is told twice or turns a message back', () => {
  fc.assert(
    fc.property(anyPlan, anyFacts, (plan, facts) => {
      let live = begin(plan);
      const told: number[] = [];
      for (const { fact } of facts) {
        const next = advance(plan, live, fact, start);
        assert.ok(next.live.rank >= live.rank && next.live.step >= live.step);
        for (const effect of next.effects) if (effect.kind === 'report') told.push(effect.status);
        live = next.live;
      }
      assert.equal(new Set(told).size, told.length);
    }),
  );
});

test('receipts give the same end in any order and number, once a handset has it', () => {
  const states = fc.array(fc.constantFrom<ReceiptState>('enroute', 'delivered', 'read'), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(states, fc.boolean(), (order, isSentFirst) => {
      const watch = new Watch(planOf(1));
      if (isSentFirst) watch.apply(submit(accepted));
      for (const state of order) watch.apply(receipt(state));
      const wanted = order.includes('read') ? 'r' : order.includes('delivered') ? 'd' : null;
      if (wanted !== null) assert.equal(watch.live.progress, wanted);
      const told = watch.told.filter((value) => value !== 0);
      assert.deepEqual(told, wanted === 'r' ? [2, 4] : wanted === 'd' ? [2] : []);
    }),
  );
});
