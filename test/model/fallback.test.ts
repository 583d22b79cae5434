import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceiptState } from '../../src/core/lifecycle.ts';
import type { StepShape } from './message-model.ts';
import { type Sending, World } from './world.ts';

/** How many histories; the long run is that of CI. */
const numRuns = Number(
  process.env.CHAPPE_TEST_HISTORIES ?? (process.env.CI === 'true' ? 100_000 : 2_000),
);

type Event =
  | { kind: 'accept'; plans: StepShape[][]; validityMs: number }
  | { kind: 'send'; choice: number; sendings: Sending[] }
  | { kind: 'answer' }
  | { kind: 'receive'; choice: number; state: ReceiptState }
  | { kind: 'wait'; ms: number };

function play(world: World, event: Event): Promise<void> {
  switch (event.kind) {
    case 'accept':
      return world.accept(event.plans, event.validityMs);
    case 'send':
      return world.send(event.choice, event.sendings);
    case 'answer':
      return world.answer();
    case 'receive':
      return world.receive(event.choice, event.state);
    case 'wait':
      return world.wait(event.ms);
  }
}

const anyStep: fc.Arbitrary<StepShape> = fc.record({
  parts: fc.constantFrom(1, 1, 2),
  timeoutMs: fc.constantFrom(null, 1_000, 1_000, 60_000),
});

const anyReceipt = fc.constantFrom<ReceiptState>(
  'delivered',
  'delivered',
  'read',
  'failed',
  'rejected',
  'expired',
  'enroute',
);

const anySending: fc.Arbitrary<Sending> = fc.record({
  outcome: fc.constantFrom(
    'accepted',
    'accepted',
    'accepted',
    'refused',
    'later',
    'given up',
    'unknown',
  ),
  isLate: fc.constantFrom(false, false, false, true),
  isKilled: fc.constantFrom(false, false, false, true),
  early: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, anyReceipt),
});

const anyPlan = fc.array(anyStep, { minLength: 1, maxLength: 3 });

/** Few messages, so that much happens to each. */
const anyAcceptance = fc.record({
  kind: fc.constant('accept' as const),
  plans: fc.array(anyPlan, { minLength: 1, maxLength: 2 }),
  validityMs: fc.constantFrom(90_000, 3_600_000),
});

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 1,
    arbitrary: anyAcceptance,
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      choice: fc.nat({ max: 3 }),
      sendings: fc.array(anySending, { minLength: 2, maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'answer' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('receive' as const),
      choice: fc.nat({ max: 5 }),
      state: anyReceipt,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1_000, 1_000, 6_000, 61_000, 61_000, 2 * 3_600_000),
    }),
  },
);

test(`${numRuns} histories of fallback: late, early, lost, repeated and contradicting news, and kills`, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyAcceptance,
      fc.array(anyEvent, { maxLength: 30, size: 'max' }),
      async (first, events) => {
        const world = new World();
        await world.open();
        for (const event of [first, ...events]) {
          await play(world, event);
          await world.check();
        }
        await world.finish();
      },
    ),
    { numRuns },
  );
});
