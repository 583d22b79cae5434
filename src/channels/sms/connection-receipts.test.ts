import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandStatus } from '../../smpp/command-status.ts';
import type { ReceiptAnswer } from '../contract.ts';
import { setUpStage, stageStartAt } from './test-stage.ts';
import { sketchStep } from './test-steps.ts';

const receipt =
  'id:id1 sub:001 dlvrd:001 submit date:2611221504 done date:2611221505 stat:DELIVRD err:000 text:';

test('a receipt is answered only when it is on disk', async (t) => {
  const { clock, smsc, ports } = await setUpStage(t);
  const store = Promise.withResolvers<readonly ReceiptAnswer[]>();
  ports.answerReceipts = () => store.promise;
  let status: number | undefined;
  void smsc
    .link()
    .deliver({ esm_class: 4, text: receipt })
    .then((answer) => {
      status = answer?.command_status;
    });
  await clock.advance(1_000);
  assert.equal(status, undefined);
  assert.deepEqual(ports.receiptsSeen, [
    {
      connection: 'operator',
      providerIds: ports.receiptsSeen[0]?.providerIds,
      exact: 1,
      destination: '31612345678',
      state: 'delivered',
      error: 0,
      at: Date.UTC(2026, 10, 22, 15, 5),
      operator: null,
    },
  ]);
  assert.equal(ports.receiptsSeen[0]?.providerIds[0], 'id1');
  store.resolve([{ kind: 'applied', keyIndex: 0 }]);
  await clock.advance(50);
  assert.equal(status, commandStatus.ESME_ROK);
});

test('when the store fails the operator is asked to send again', async (t) => {
  const { clock, smsc, ports, logged } = await setUpStage(t);
  ports.answerReceipts = () => Promise.reject(new Error('disk full'));
  const answer = smsc.link().deliver({ esm_class: 4, text: receipt });
  await clock.advance(50);
  assert.equal((await answer)?.command_status, commandStatus.ESME_RX_T_APPN);
  assert.ok(logged.some((line) => line.includes('disk full')));
});

test('when the store takes longer than five seconds, too, and its late answer does no harm', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  const store = Promise.withResolvers<readonly ReceiptAnswer[]>();
  ports.answerReceipts = () => store.promise;
  const answer = smsc.link().deliver({ esm_class: 4, text: receipt });
  await clock.advance(5_500);
  assert.equal((await answer)?.command_status, commandStatus.ESME_RX_T_APPN);
  store.resolve([{ kind: 'applied', keyIndex: 0 }]);
  await clock.advance(500);
  assert.equal(smsc.link().session.counters.unmatchedResponses, 0);
  assert.equal(connection.health().state, 'up');
});

test('receipts of one chunk are one batch', async (t) => {
  const { clock, smsc, ports } = await setUpStage(t);
  const link = smsc.link();
  const answers = Array.from({ length: 20 }, (_, index) =>
    link.deliver({ esm_class: 4, text: `id:x${index} stat:DELIVRD` }),
  );
  await clock.advance(50);
  assert.deepEqual(ports.receiptBatches, [20]);
  for (const answer of answers) assert.equal((await answer)?.command_status, 0);
});

test('receipts come by any bind, before the response, twice, and as data_sm', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { binds: 2 } });
  smsc.onSubmit = ({ pdu, link }) => {
    const other = smsc.up().find((one) => one !== link);
    void other?.deliver({ esm_class: 4, text: 'id:id1 stat:DELIVRD' });
    void link.deliver({ esm_class: 4, text: 'id:id1 stat:DELIVRD' });
    void link.deliver({
      command: 'data_sm',
      esm_class: 4,
      tlvs: { message_payload: Buffer.from('id:id1 stat:DELIVRD') },
    });
    void clock.after(100, () => link.accept(pdu, 'id1'));
  };
  ports.push(sketchStep({ acceptedAt: stageStartAt }));
  connection.wake();
  await clock.advance(50);
  assert.deepEqual(ports.outcomesSeen, []);
  assert.deepEqual(
    ports.receiptsSeen.map((one) => [one.providerIds[0], one.state]),
    [
      ['id1', 'delivered'],
      ['id1', 'delivered'],
      ['id1', 'delivered'],
    ],
  );
  await clock.advance(200);
  assert.deepEqual(ports.kinds(), ['accepted']);
});

test('each command gets the response of its own', async (t) => {
  const { clock, smsc } = await setUpStage(t);
  const link = smsc.link();
  const byDeliver = link.deliver({ esm_class: 4, text: receipt });
  const byData = link.deliver({
    command: 'data_sm',
    esm_class: 4,
    tlvs: { message_payload: Buffer.from(receipt) },
  });
  await clock.advance(50);
  assert.equal((await byDeliver)?.command, 'deliver_sm_resp');
  assert.equal((await byData)?.command, 'data_sm_resp');
});

test('an incoming message is answered when it is on disk, like a receipt', async (t) => {
  const { clock, smsc, ports } = await setUpStage(t);
  const taken = smsc.link().deliver({ text: 'Hello back', destination_addr: '3669' });
  await clock.advance(50);
  assert.equal((await taken)?.command_status, commandStatus.ESME_ROK);
  assert.deepEqual(ports.inboundSeen, [
    {
      connection: 'operator',
      channel: 'SMS',
      from: '31612345678',
      fromName: null,
      to: '3669',
      text: 'Hello back',
      isBinary: false,
      udh: null,
      receivedAt: ports.inboundSeen[0]?.receivedAt,
      operator: null,
      concat: null,
      providerId: null,
      media: null,
      custom: null,
      context: null,
      event: null,
    },
  ]);
  ports.answerInbound = () => Promise.reject(new Error('disk full'));
  const refused = smsc.link().deliver({ text: 'Hello again' });
  await clock.advance(50);
  assert.equal((await refused)?.command_status, commandStatus.ESME_RX_T_APPN);
});

test('a receipt that names no message, and an acknowledgement of a handset, are only acknowledged', async (t) => {
  const { clock, smsc, ports } = await setUpStage(t);
  const nameless = smsc.link().deliver({ esm_class: 4, text: 'stat:DELIVRD' });
  const handset = smsc.link().deliver({ esm_class: 0x08, text: 'read' });
  await clock.advance(50);
  assert.equal((await nameless)?.command_status, 0);
  assert.equal((await handset)?.command_status, 0);
  assert.deepEqual([ports.receiptsSeen, ports.inboundSeen], [[], []]);
});

test('an answer that is due after the bind was lost goes to nobody', async (t) => {
  const { clock, smsc, ports, connection, net } = await setUpStage(t);
  const store = Promise.withResolvers<readonly ReceiptAnswer[]>();
  ports.answerReceipts = () => store.promise;
  const answer = smsc.link().deliver({ esm_class: 4, text: receipt });
  await clock.advance(50);
  net.links[0]?.reset();
  await clock.advance(3_000);
  assert.equal(await answer, null);
  store.resolve([{ kind: 'applied', keyIndex: 0 }]);
  await clock.advance(100);
  assert.equal(smsc.link().session.counters.unmatchedResponses, 0);
  assert.equal(connection.health().state, 'up');
});

test('stop answers what is being written before it unbinds', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  const store = Promise.withResolvers<readonly ReceiptAnswer[]>();
  ports.answerReceipts = () => store.promise;
  const answer = smsc.link().deliver({ esm_class: 4, text: receipt });
  await clock.advance(50);
  const stopping = connection.stop(10_000);
  await clock.advance(1_000);
  store.resolve([{ kind: 'applied', keyIndex: 0 }]);
  await clock.advance(1_000);
  await stopping;
  assert.equal((await answer)?.command_status, commandStatus.ESME_ROK);
});

test('the form of ids is learned, and then each receipt costs one look-up', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 200 } });
  // The operator gives ids in hexadecimal and repeats them in decimal.
  const ids = new Map<string, string>();
  smsc.onSubmit = ({ pdu, link }) => {
    const number = 0x39f99dd5n + BigInt(smsc.submits.length);
    ids.set(number.toString(16), number.toString());
    link.accept(pdu, number.toString(16));
  };
  ports.answerReceipts = (batch) =>
    Promise.resolve(
      batch.map(({ providerIds }) => {
        const keyIndex = providerIds.findIndex((key) => ids.has(key));
        return keyIndex === -1 ? { kind: 'parked' } : { kind: 'applied', keyIndex };
      }),
    );
  ports.push(...Array.from({ length: 101 }, () => sketchStep({ acceptedAt: stageStartAt })));
  connection.wake();
  await clock.advance(100);
  for (const decimal of ids.values()) {
    void smsc.link().deliver({ esm_class: 4, text: `id:${decimal} stat:DELIVRD` });
    await clock.advance(10);
  }
  const keys = ports.receiptsSeen.map((one) => one.providerIds.length);
  assert.ok((keys[0] ?? 0) > 1);
  assert.equal(keys[99] === 1, false);
  assert.deepEqual(ports.receiptsSeen[100]?.providerIds, [[...ids.keys()][100]]);
  assert.equal(ports.receiptsSeen[100]?.exact, 1);
});
