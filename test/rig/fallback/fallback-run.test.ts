import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { runFallback } from './fallback-run.ts';
import { type FallbackStage, raiseFallbackStage } from './fallback-stage.ts';
import { cleanUp, createPlace } from '../../program/program.ts';

const stages: FallbackStage[] = [];

after(async () => {
  for (const stage of stages) await stage.close();
  await cleanUp();
});

test('WhatsApp then SMS, WhatsApp down for a while: each once, and reports say by which', async () => {
  const stage = await raiseFallbackStage(createPlace());
  stages.push(stage);
  const { faults, delivered, besides } = await runFallback(stage, {
    messages: 60,
    ratePerSecond: 60,
  });
  assert.deepEqual(faults, []);
  assert.equal(delivered.WhatsApp + delivered.SMS, 60);
  // Of the 12 that were sent while it was down, 8 are for phones that have it.
  assert.ok(besides >= 8, `${besides} went to SMS because WhatsApp was down`);
  assert.equal(delivered.SMS, 20 + besides);
  assert.ok(delivered.WhatsApp > 0, 'some went out before it was down');
});
