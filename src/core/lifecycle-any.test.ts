import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Advance,
  advance,
  begin,
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
import { allStatuses, statusBit } from './status.ts';
import {
  accepted,
  cancelled,
  dayMs,
  planOf,
  receipt,
  refused,
  start,
  submit,
  unknown,
  waitMs,
} from './test-plays.ts';

/* Any facts, in any order, as often as you like. */

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
