import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Revocation } from '../../core/revocation.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import { Takebacks, takebacksWaitingMax } from './takebacks.ts';
import { type Stage, settingsFor, setUpStage, stageStartAt } from './test-stage.ts';
import { sketchStep } from './test-steps.ts';

function sketchRevocation(providerIds: readonly string[], from = 'Chappe'): Revocation {
  const { message } = sketchStep({ acceptedAt: stageStartAt, from });
  return { message, step: 0, providerIds };
}

function setUp(t: TestContext, settings: object = {}): Promise<Stage> {
  return setUpStage(t, { settings: { cancel: true, ...settings } });
}

function idsOf({ smsc }: Stage): string[] {
  return smsc.cancels.map(({ pdu }) => pdu.message_id);
}

test('a part is taken back by its id, with the addresses of its submit', async (t) => {
  const { connection, clock, smsc, ports } = await setUp(t);
  const step = sketchStep({ acceptedAt: stageStartAt });
  ports.push(step);
  connection.wake();
  await clock.advance(50);
  connection.revoke?.([{ message: step.message, step: 0, providerIds: ['id1'] }]);
  await clock.advance(50);
  const submit = smsc.submits[0]?.pdu;
  const cancel = smsc.cancels[0]?.pdu;
  assert.ok(submit !== undefined && cancel !== undefined);
  assert.equal(cancel.message_id, 'id1');
  assert.equal(cancel.service_type, '');
  for (const field of [
    'source_addr_ton',
    'source_addr_npi',
    'source_addr',
    'dest_addr_ton',
    'dest_addr_npi',
    'destination_addr',
  ] as const) {
    assert.equal(cancel[field], submit[field], field);
  }
  assert.deepEqual(connection.revocations, { asked: 1, done: 1, refused: 0 });
  assert.equal(connection.health().outstanding, 0);
  assert.deepEqual(ports.kinds(), ['accepted'], 'the message is not changed');
});

test('unless the operator is known to support it, nothing is asked', async (t) => {
  const stage = await setUpStage(t);
  const { connection, clock } = stage;
  connection.revoke?.([sketchRevocation(['a'])]);
  await clock.advance(1_000);
  assert.deepEqual(idsOf(stage), []);
  assert.equal(connection.revocations, null);
});

const answers = [
  { status: commandStatus.ESME_RCANCELFAIL, title: 'a refusal' },
  { status: commandStatus.ESME_RINVCMDID, title: 'an operator that knows no cancel_sm' },
  { status: commandStatus.ESME_RTHROTTLED, title: 'a throttle' },
];

for (const { status, title } of answers) {
  test(`${title} is counted, and the bind goes on`, async (t) => {
    const { connection, clock, smsc, ports } = await setUp(t);
    smsc.onCancel = ({ link, pdu }) => link.refuseCancel(pdu, status);
    connection.revoke?.([sketchRevocation(['a', 'b'])]);
    await clock.advance(50);
    assert.deepEqual(connection.revocations, { asked: 2, done: 0, refused: 2 });
    ports.push(sketchStep({ acceptedAt: stageStartAt }));
    connection.wake();
    await clock.advance(50);
    assert.deepEqual(ports.kinds(), ['accepted']);
    assert.equal(smsc.binds.length, 1);
  });
}

test('a generic_nack in answer is a refusal', async (t) => {
  const { connection, clock, smsc } = await setUp(t);
  smsc.onCancel = ({ link, pdu }) => link.nack(pdu.sequence_number, 3);
  connection.revoke?.([sketchRevocation(['a'])]);
  await clock.advance(50);
  assert.deepEqual(connection.revocations, { asked: 1, done: 0, refused: 1 });
});

test('no answer is none, and does not end the bind', async (t) => {
  const stage = await setUp(t, { responseTimeoutMs: 1_000 });
  const { connection, clock, smsc } = stage;
  smsc.onCancel = () => {};
  connection.revoke?.([sketchRevocation(['a', 'b', 'c', 'd', 'e'])]);
  await clock.advance(5_000);
  assert.equal(smsc.cancels.length, 5);
  assert.deepEqual(connection.revocations, { asked: 5, done: 0, refused: 0 });
  assert.deepEqual(
    [connection.health().outstanding, connection.health().state, smsc.binds.length],
    [0, 'up', 1],
  );
});

test('the window holds, and what is taken back goes before what is sent', async (t) => {
  const stage = await setUp(t, { window: 2 });
  const { connection, clock, smsc, ports } = stage;
  smsc.onCancel = () => {};
  ports.push(sketchStep({ acceptedAt: stageStartAt }));
  connection.revoke?.([sketchRevocation(['a', 'b', 'c'])]);
  await clock.advance(1_000);
  assert.deepEqual([idsOf(stage), smsc.submits.length], [['a', 'b'], 0]);
  const first = smsc.cancels[0];
  first?.link.confirm(first.pdu);
  await clock.advance(1_000);
  assert.deepEqual([idsOf(stage), smsc.submits.length], [['a', 'b', 'c'], 0]);
  for (const { link, pdu } of smsc.cancels.slice(1)) link.confirm(pdu);
  await clock.advance(1_000);
  assert.equal(smsc.submits.length, 1);
  assert.deepEqual(connection.revocations, { asked: 3, done: 3, refused: 0 });
});

test('each counts in the rate like a part', async (t) => {
  const { connection, clock, smsc } = await setUp(t, { rate: 10 });
  connection.revoke?.([sketchRevocation(Array.from({ length: 50 }, (_, n) => `id${n}`))]);
  await clock.advance(2_000);
  assert.ok(smsc.cancels.length >= 18 && smsc.cancels.length <= 22, `${smsc.cancels.length}`);
  await clock.advance(4_000);
  assert.equal(smsc.cancels.length, 50);
});

test('what waits when the last bind goes down is not asked for later', async (t) => {
  const stage = await setUp(t, { reconnectFirstMs: 100, window: 1 });
  const { connection, clock, smsc } = stage;
  smsc.onCancel = () => {};
  connection.revoke?.([sketchRevocation(['a', 'b'])]);
  await clock.advance(50);
  smsc.link().wire.destroy();
  await clock.runUntil(() => connection.health().state === 'down', 1_000);
  await clock.runUntil(() => connection.health().state === 'up', 10_000);
  await clock.advance(1_000);
  assert.deepEqual(idsOf(stage), ['a']);
  assert.deepEqual(connection.revocations, { asked: 2, done: 0, refused: 0 });
});

test('while no bind is up nothing is asked, neither then nor later', async (t) => {
  const stage = await setUp(t, { reconnectFirstMs: 100 });
  const { connection, clock, smsc } = stage;
  smsc.link().wire.destroy();
  await clock.runUntil(() => connection.health().state === 'down', 1_000);
  connection.revoke?.([sketchRevocation(['a'])]);
  await clock.runUntil(() => connection.health().state === 'up', 10_000);
  await clock.advance(1_000);
  assert.deepEqual(idsOf(stage), []);
  assert.deepEqual(connection.revocations, { asked: 1, done: 0, refused: 0 });
});

test('what the operator gave no id is left: an empty one would take all messages back', async (t) => {
  const stage = await setUp(t);
  const { connection, clock, smsc, ports } = stage;
  smsc.onSubmit = ({ link, pdu }) => link.accept(pdu, '');
  const step = sketchStep({ acceptedAt: stageStartAt });
  ports.push(step);
  connection.wake();
  await clock.advance(50);
  const outcome = ports.outcomesSeen[0]?.outcome;
  assert.ok(outcome?.kind === 'accepted');
  const { message } = step;
  connection.revoke?.([{ message, step: 0, providerIds: [outcome.providerId, 'z'] }]);
  await clock.advance(50);
  assert.deepEqual(idsOf(stage), ['z']);
  assert.deepEqual(connection.revocations, { asked: 2, done: 1, refused: 0 });
});

test('a sender that the operator does not allow was never sent', async (t) => {
  const stage = await setUp(t, { allowedSenders: ['Bakery'] });
  stage.connection.revoke?.([sketchRevocation(['a']), sketchRevocation(['b'], 'Bakery')]);
  await stage.clock.advance(50);
  assert.deepEqual(idsOf(stage), ['b']);
});

test('as many wait as there is room for', () => {
  const takebacks = new Takebacks(settingsFor(2775, { cancel: true }));
  const ids = Array.from({ length: takebacksWaitingMax + 1 }, (_, n) => `id${n}`);
  takebacks.add([sketchRevocation(ids.slice(0, -2)), sketchRevocation(ids.slice(-2, -1))]);
  assert.equal(takebacks.size, takebacksWaitingMax);
  takebacks.add([sketchRevocation(ids.slice(-1))]);
  assert.equal(takebacks.size, takebacksWaitingMax);
  assert.equal(takebacks.next()?.message_id, 'id0');
  assert.equal(takebacks.counts.asked, takebacksWaitingMax + 1);
});
