import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { password } from '../doors/smpp-esme.ts';
import { access, createSmppRig } from '../doors/smpp-rig.ts';
import { SmppLoad } from './smpp-load.ts';

/** A load of two sessions on the gateway's own door; `window` is the account's. */
async function raise(t: TestContext, window: number) {
  const rig = await createSmppRig({ access: { window, ratePerSecond: 100_000 } });
  const { systemId } = access;
  const load = new SmppLoad({ port: rig.port, systemId, password, binds: 2, window: 20 });
  t.after(async () => {
    load.close();
    await rig.close();
  });
  await load.bind();
  return { rig, load };
}

test('every message is sent once, with its number, and answered', async (t) => {
  const { rig, load } = await raise(t, 20);
  await load.run({ messages: 500, firstIndex: 7, ratePerSecond: null });
  assert.deepEqual(load.counts, { accepted: 500, refused: 0 });
  assert.equal(load.latency.count, 500);
  const numbers = rig.accepted.map(({ msisdn }) => Number(msisdn.slice(-8)));
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: 500 }, (_, at) => 7 + at),
  );
  assert.match(rig.accepted[0]?.content.text ?? '', /Order 0000\d{4}$/);
});

test('a rate holds messages back, and counts begin anew', async (t) => {
  const { load } = await raise(t, 20);
  await load.run({ messages: 10, firstIndex: 0, ratePerSecond: null });
  await load.run({ messages: 100, firstIndex: 10, ratePerSecond: 1_000 });
  assert.deepEqual(load.counts, { accepted: 100, refused: 0 });
  assert.equal(load.latency.count, 100);
  assert.ok(load.lastAnswerAt - load.firstSubmitAt >= 99);
});

test('what a gateway refuses is counted apart', async (t) => {
  const { rig, load } = await raise(t, 5);
  await load.run({ messages: 100, firstIndex: 0, ratePerSecond: null });
  assert.ok(load.counts.refused > 0);
  assert.equal(load.counts.accepted, rig.accepted.length);
});
