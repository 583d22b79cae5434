import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { JsonObject } from './json.ts';
import { marketingStoppedMs } from './limits.ts';
import { readWish } from './marketing-wishes.ts';
import { notify, setUpStage, sketchStep, stageStartAt } from './test-stage.ts';

const handset = '31612345678';
const preference = { wa_id: handset, category: 'marketing_messages', value: 'stop' };

/** Names say what the configuration has them approved as. */
function templateNamed(name: string): JsonObject {
  return { template: { whatsapp: { element_name: name, language: { code: 'en' } } } };
}

function setUp(t: TestContext) {
  const templates = [
    { name: 'sale', language: 'en', category: 'marketing' },
    { name: 'sale', language: 'nl', category: 'utility' },
    { name: 'ticket', language: 'en', category: 'utility' },
    { name: 'code', language: 'en', category: 'authentication' },
    { name: 'either', language: 'en' },
  ];
  const stage = setUpStage(t, { templates });
  const told = (value: string, timestamp = Math.floor(stage.clock.now() / 1000)) =>
    stage.callBack(
      notify(
        { user_preferences: [{ ...preference, value, timestamp }] },
        undefined,
        'user_preferences',
      ),
    );
  return { ...stage, told };
}

const stopped = { kind: 'refused', error: 23 } as const;

describe('a handset whose user stopped marketing', () => {
  test('gets none: the next step follows at once, also where there is none', async (t) => {
    const { provider, ports, offer } = setUp(t);
    await offer(sketchStep({ items: [templateNamed('sale')] }));
    await provider.at(0).fail(400, 131050);
    await offer(
      sketchStep({ items: [templateNamed('sale')], hasFallback: true }),
      sketchStep({ items: [templateNamed('sale')] }),
    );
    assert.equal(provider.calls.length, 1);
    assert.deepEqual(
      ports.outcomesSeen.map(({ outcome }) => outcome),
      [stopped, stopped, stopped],
    );
  });

  const others: readonly (readonly [string, JsonObject])[] = [
    ['utility', templateNamed('ticket')],
    ['authentication', templateNamed('code')],
    ['a template whose category nobody told', templateNamed('either')],
    ['free text', { text: 'Hello' }],
  ];
  for (const [title, item] of others) {
    test(`gets all else: ${title}`, async (t) => {
      const { provider, told, offer } = setUp(t);
      await told('stop');
      await offer(sketchStep({ items: [item] }));
      assert.equal(provider.calls.length, 1);
    });
  }

  test('gets nothing of a message that has marketing in it', async (t) => {
    const { provider, ports, told, offer } = setUp(t);
    await told('stop');
    await offer(sketchStep({ items: [{ text: 'Hello' }, templateNamed('sale')] }));
    assert.equal(provider.calls.length, 0);
    assert.deepEqual(
      ports.outcomesSeen.map(({ outcome }) => outcome),
      [stopped, stopped],
    );
  });

  test('is known from a status that comes later, too', async (t) => {
    const { provider, offer, callBack } = setUp(t);
    const status = { id: 'w', status: 'failed', recipient_id: handset };
    await callBack(notify({ statuses: [{ ...status, errors: [{ code: 131050 }] }] }));
    await offer(sketchStep({ items: [templateNamed('sale')] }));
    assert.equal(provider.calls.length, 0);
  });

  test('gets it again when the user resumes, or after a day', async (t) => {
    const { provider, clock, told, offer } = setUp(t);
    const sale = () => sketchStep({ items: [templateNamed('sale')], acceptedAt: clock.now() });
    await told('stop');
    await clock.advance(2_000);
    await told('resume');
    await offer(sale());
    assert.equal(provider.calls.length, 1);
    await provider.at(0).accept();
    await clock.advance(2_000);
    await told('stop');
    await offer(sale());
    assert.equal(provider.calls.length, 1);
    await clock.advance(marketingStoppedMs);
    await offer(sale());
    assert.equal(provider.calls.length, 2);
  });

  test('is one: another handset gets it', async (t) => {
    const { provider, told, offer } = setUp(t);
    await told('stop');
    await offer(sketchStep({ items: [templateNamed('sale')], msisdn: '31687654321' }));
    assert.equal(provider.calls.length, 1);
  });
});

describe('a preference of a user', () => {
  const at = stageStartAt - 60_000;
  const cases: readonly (readonly [JsonObject, string | null])[] = [
    [{}, 'marketing-stopped'],
    [{ value: 'resume' }, 'marketing-resumed'],
    [{ value: 'pause' }, null],
    [{ value: undefined }, null],
    [{ category: 'calls' }, null],
    [{ wa_id: undefined }, null],
    [{ wa_id: 'US.1349' }, null],
    [{ wa_id: { x: 1 } }, null],
  ];
  for (const [change, news] of cases) {
    test(`with ${JSON.stringify(change)} is ${news ?? 'none of ours'}`, () => {
      const read = readWish({ ...preference, timestamp: at / 1000, ...change }, stageStartAt);
      assert.deepEqual(read, news === null ? null : { waId: handset, news, at });
    });
  }
});
