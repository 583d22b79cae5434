import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { Switches } from './switches.ts';
import { createStage } from './test-stage.ts';

const { ESME_ROK, ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RSYSERR } = commandStatus;

test('more submits than the window are throttled', async (t) => {
  const stage = await createStage(t, { windowMax: 3, responseMinMs: 300 });
  const esme = await stage.bind();
  const submits = Array.from({ length: 5 }, () => esme.submit({ registered_delivery: 0 }));
  const statuses = (await Promise.all(submits)).map(({ command_status }) => command_status);
  assert.deepEqual(statuses, [0, 0, 0, ESME_RTHROTTLED, ESME_RTHROTTLED]);
  assert.equal((await esme.submit()).command_status, ESME_ROK);
  assert.equal(stage.smsc.stats().submits.throttled, 2);
});

test('more submits than the rate are throttled, and the allowance comes back', async (t) => {
  const stage = await createStage(t, { rate: 100 });
  const esme = await stage.bind();
  const submits = Array.from({ length: 150 }, () => esme.submit({ registered_delivery: 0 }));
  const statuses = (await Promise.all(submits)).map(({ command_status }) => command_status);
  const accepted = statuses.filter((status) => status === ESME_ROK).length;
  assert.ok(accepted >= 100 && accepted < 150, `${accepted} were accepted`);
  assert.ok(statuses.includes(ESME_RTHROTTLED));
  stage.set({ rate: 100_000 });
  assert.equal((await esme.submit()).command_status, ESME_ROK);
});

test('a burst of a full queue begins and ends', async (t) => {
  const stage = await createStage(t, { queueFullEveryMs: 1_000_000_00, queueFullForMs: 0 });
  const esme = await stage.bind();
  assert.equal((await esme.submit()).command_status, ESME_ROK);
  stage.set({ queueFullEveryMs: 1, queueFullForMs: 1 });
  assert.equal((await esme.submit()).command_status, ESME_RMSGQFUL);
  stage.set({ queueFullEveryMs: 0 });
  assert.equal((await esme.submit()).command_status, ESME_ROK);
});

test('a full store takes no more until there is room', async (t) => {
  const stage = await createStage(t, { storedMax: 2 });
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  for (const status of [ESME_ROK, ESME_ROK, ESME_RMSGQFUL]) {
    assert.equal((await esme.submit()).command_status, status);
  }
  stage.handsets.change('31612345678', { on: true });
  assert.equal((await esme.submit()).command_status, ESME_ROK);
});

const refusals: readonly { switches: Partial<Switches>; command: string; status: number }[] = [
  { switches: { submitStatus: 0x0a }, command: 'submit_sm_resp', status: 0x0a },
  { switches: { submitErrorChance: 1 }, command: 'submit_sm_resp', status: ESME_RSYSERR },
  {
    switches: { submitErrorChance: 1, submitErrorStatus: 0x45 },
    command: 'submit_sm_resp',
    status: 0x45,
  },
  { switches: { nackChance: 1 }, command: 'generic_nack', status: ESME_RSYSERR },
];

for (const { switches, command, status } of refusals) {
  test(`${JSON.stringify(switches)} refuses with ${command} ${status}`, async (t) => {
    const stage = await createStage(t, switches);
    const esme = await stage.bind();
    const answer = await esme.submit();
    assert.equal(answer.command, command);
    assert.equal(answer.command_status, status);
    assert.equal(stage.smsc.stats().messages.submitted, 0);
  });
}

test('a chance of a half hits about half of the submits', async (t) => {
  const stage = await createStage(t, { submitErrorChance: 0.5 });
  const esme = await stage.bind();
  const submits = Array.from({ length: 200 }, () => esme.submit({ registered_delivery: 0 }));
  const answers = await Promise.all(submits);
  const refused = answers.filter(({ command_status }) => command_status !== 0).length;
  assert.ok(refused > 60 && refused < 140, `${refused} of 200`);
});

test('responses take their time and come in order', async (t) => {
  const stage = await createStage(t, { responseMinMs: 5, responseMeanMs: 20 });
  const esme = await stage.bind();
  await esme.nextPdu();
  const submits = Array.from({ length: 20 }, () => esme.submit({ registered_delivery: 0 }));
  const sent = (await Promise.all(submits)).map(({ sequence_number }) => sequence_number);
  const received: number[] = [];
  for (const _ of sent) received.push((await esme.nextPdu()).sequence_number);
  assert.deepEqual(received, sent);
});

test('responses overtake each other when they may', async (t) => {
  const stage = await createStage(t, { responseMeanMs: 20, responsesOutOfOrder: true });
  const esme = await stage.bind();
  await esme.nextPdu();
  const submits = Array.from({ length: 20 }, () => esme.submit({ registered_delivery: 0 }));
  const sent = (await Promise.all(submits)).map(({ sequence_number }) => sequence_number);
  const received: number[] = [];
  for (const _ of sent) received.push((await esme.nextPdu()).sequence_number);
  assert.notDeepEqual(received, sent);
  assert.deepEqual(new Set(received), new Set(sent));
});

test('a swallowed response leaves the message delivered and unanswered', async (t) => {
  const stage = await createStage(t, { swallowChance: 1 });
  const esme = await stage.bind();
  await esme.nextPdu();
  esme.tell('submit_sm', {
    destination_addr: '31612345678',
    short_message: Buffer.from('Hello'),
    registered_delivery: 1,
  });
  await stage.nextSeen();
  assert.equal((await esme.nextPdu()).command, 'deliver_sm');
});

test('a cut connection leaves the message delivered and its receipt for the next session', async (t) => {
  const stage = await createStage(t, { disconnectChance: 1 });
  const first = await stage.bind();
  first.tell('submit_sm', {
    destination_addr: '31612345678',
    short_message: Buffer.from('Hello'),
    registered_delivery: 1,
  });
  await first.closed();
  await stage.nextSeen();
  const second = await stage.bind();
  assert.equal((await second.next())['message_state'], 2);
});
