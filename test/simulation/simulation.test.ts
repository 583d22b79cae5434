import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './run-seeds.ts';
import { simulate } from './simulate.ts';

/** All of them where the machine has nothing else to do; a sample at a desk. */
const seedCount = process.env['CI'] === undefined ? 100 : 1_000;

test('the same seed gives the same run, another seed another', async () => {
  const [first, again, other] = [
    await simulate({ seed: 4711 }),
    await simulate({ seed: 4711 }),
    await simulate({ seed: 4712 }),
  ];
  assert.equal(first.trace, again.trace);
  assert.notEqual(first.trace, other.trace);
});

test(`${seedCount} seeds: no promise is broken`, async (context) => {
  const seeds = Array.from({ length: seedCount }, (_, index) => index + 1);
  const broken: string[] = [];
  const totals = { done: 0, acknowledged: 0, answered: 0, crashes: 0 };
  await runSeeds(seeds, (result) => {
    totals.done++;
    totals.acknowledged += result.acknowledged;
    totals.answered += result.answered;
    totals.crashes += result.crashes;
    for (const fault of result.broken) {
      broken.push(`seed ${result.seed}: ${fault} (npm run simulate -- --seed ${result.seed})`);
    }
  });
  context.diagnostic(
    `${totals.done} seeds, ${totals.acknowledged} acknowledged messages, ${totals.answered} from handsets, ${totals.crashes} crashes`,
  );
  assert.deepEqual(broken, []);
  assert.equal(totals.done, seedCount);
  // Without traffic and crashes nothing would have been tested.
  assert.ok(totals.acknowledged > seedCount * 20);
  assert.ok(totals.answered > seedCount * 5);
  assert.ok(totals.crashes > seedCount);
});
