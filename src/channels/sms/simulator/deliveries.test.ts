import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandStatus } from '../../../smpp/command-status.ts';
import { createStage } from './test-stage.ts';

for (const status of [
  commandStatus.ESME_RX_T_APPN,
  commandStatus.ESME_RMSGQFUL,
  commandStatus.ESME_RTHROTTLED,
  commandStatus.ESME_RSYSERR,
]) {
  test(`a receipt answered with ${status} is repeated until it is taken`, async (t) => {
    const stage = await createStage(t, { deliverRetryMs: 10 });
    const esme = await stage.bind();
    const answers = [status, status, 0];
    esme.answerWith(() => answers.shift() ?? 0);
    const { message_id } = await esme.submit();
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.equal((await esme.next())['receipted_message_id'], message_id);
    }
    await esme.ask('enquire_link');
    const { acknowledged, repeated, waiting } = stage.smsc.stats().deliveries;
    assert.deepEqual(
      { acknowledged, repeated, waiting },
      { acknowledged: 1, repeated: 2, waiting: 0 },
    );
  });
}

for (const status of [commandStatus.ESME_RX_P_APPN, commandStatus.ESME_RX_R_APPN]) {
  test(`a receipt answered with ${status} is not repeated`, async (t) => {
    const stage = await createStage(t, { deliverRetryMs: 1 });
    const esme = await stage.bind();
    esme.answerWith(() => status);
    await esme.submit();
    await esme.next();
    await esme.ask('enquire_link');
    const { refused, waiting } = stage.smsc.stats().deliveries;
    assert.deepEqual({ refused, waiting }, { refused: 1, waiting: 0 });
  });
}

test('a receipt that is not answered is repeated', async (t) => {
  const stage = await createStage(t, { deliverTimeoutMs: 50 });
  const esme = await stage.bind();
  let asked = 0;
  esme.answerWith(() => (++asked === 1 ? null : 0));
  const { message_id } = await esme.submit();
  const [first, second] = [await esme.next(), await esme.next()];
  assert.equal(first['receipted_message_id'], message_id);
  assert.equal(second['receipted_message_id'], message_id);
  assert.notEqual(first.sequence_number, second.sequence_number);
});

test('a receipt is given up after so many attempts', async (t) => {
  const stage = await createStage(t, {
    deliverTimeoutMs: 1,
    deliverAttemptsMax: 2,
    deliverWindow: 1,
  });
  const esme = await stage.bind();
  esme.answerWith(() => null);
  await esme.submit();
  await esme.next();
  await esme.next();
  esme.answerWith(() => 0);
  const { message_id } = await esme.submit();
  assert.equal((await esme.next())['receipted_message_id'], message_id);
  assert.equal(stage.smsc.stats().deliveries.givenUp, 1);
});

test('no more receipts are under way than the window', async (t) => {
  const stage = await createStage(t, { deliverWindow: 2 });
  const esme = await stage.bind();
  esme.answerWith(() => null);
  for (let count = 0; count < 5; count++) await esme.submit();
  await esme.ask('enquire_link');
  const first = [await esme.next(), await esme.next()];
  const { created, waiting } = stage.smsc.stats().deliveries;
  assert.deepEqual({ created, waiting }, { created: 5, waiting: 5 });
  for (const { sequence_number } of first) esme.tell('deliver_sm_resp', { sequence_number });
  await esme.next();
  await esme.next();
  assert.equal(stage.smsc.stats().deliveries.acknowledged, 2);
});

test('what a session has not acknowledged comes on the next', async (t) => {
  const stage = await createStage(t);
  const first = await stage.bind();
  first.answerWith(() => null);
  const { message_id } = await first.submit();
  await first.next();
  first.destroy();
  const second = await stage.bind();
  assert.equal((await second.next())['receipted_message_id'], message_id);
});

test('receipts wait for a receiver', async (t) => {
  const stage = await createStage(t);
  const transmitter = await stage.bind('tx');
  const { message_id } = await transmitter.submit();
  assert.equal(stage.smsc.stats().deliveries.waiting, 1);
  const receiver = await stage.bind('rx');
  assert.equal((await receiver.next())['receipted_message_id'], message_id);
});

test('accounts get their own receipts only', async (t) => {
  const stage = await createStage(t, {}, { accounts: { esme: {}, other: {} } });
  const other = await stage.connect();
  await other.bind('trx', { system_id: 'other' });
  const esme = await stage.bind();
  await esme.submit();
  await esme.next();
  await other.submit();
  const receipt = await other.next();
  assert.equal(receipt.sequence_number, 1);
});
