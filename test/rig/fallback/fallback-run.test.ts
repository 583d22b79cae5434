import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sendAccepted, textTo } from '../../program/customer.ts';
import { cleanUp, createPlace } from '../../program/program.ts';
import { until } from '../../program/until.ts';
import { runFallback } from './fallback-run.ts';
import { type FallbackStage, raiseFallbackStage } from './fallback-stage.ts';

const stages: FallbackStage[] = [];

after(async () => {
  for (const stage of stages) await stage.close();
  await cleanUp();
});

test('a thousand for WhatsApp, then SMS, WhatsApp down for a while: each once, reports say by which', async () => {
  const stage = await raiseFallbackStage(createPlace(), {
    answerDelayMs: 20,
    callbackDuplicateShare: 0.1,
    callbackShuffleShare: 0.1,
    callbackForgeShare: 0.05,
  });
  stages.push(stage);
  const plan = { messages: 1_000, ratePerSecond: 400, warmUp: 3 };
  const { faults, tally } = await runFallback(stage, plan);
  assert.deepEqual(faults, []);
  const { delivered, besides } = tally;
  assert.equal(delivered.WhatsApp + delivered.SMS, 1_000);
  // Of the 200 that were sent while it was down, 133 are for phones that have it.
  assert.ok(besides >= 100, `${besides} went to SMS because WhatsApp was down`);
  assert.equal(delivered.SMS, 334 + besides);
  assert.ok(delivered.WhatsApp > 0, 'some went out before it was down');
});

test('WhatsApp that is back gets messages again', async () => {
  const stage = await raiseFallbackStage(createPlace());
  stages.push(stage);
  let sent = 0;
  const sendNext = async (): Promise<string> => {
    const number = `31612${String(111_111 + sent++)}`;
    await sendAccepted(
      stage,
      [textTo(`00${number}`, 'Hoi', { allowedChannels: ['WhatsApp', 'SMS'] })],
      stage.token,
    );
    return until(`${number} has it`, async () => {
      const phone = await stage.simulators.handsets.show(number);
      return phone?.messages[0]?.channel ?? null;
    });
  };
  assert.equal(await sendNext(), 'WhatsApp');
  await stage.setDown(true);
  await until('nobody tries it any more', async () => {
    assert.equal(await sendNext(), 'SMS');
    const metrics = await fetch(`${stage.url}/metrics`).then((response) => response.text());
    return metrics.includes('chappe_connection_breaker{connection="meta"} 2');
  });
  await stage.setDown(false);
  await until('it gets messages again', async () => (await sendNext()) === 'WhatsApp');
});
