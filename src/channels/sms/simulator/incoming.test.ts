import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingMessage } from './incoming-message.ts';
import type { PeerPdu, TestEsme } from './test-esme.ts';
import { createStage, type Stage } from './test-stage.ts';

const from = '31612345678';
const long = 'The quick brown fox jumps over the lazy dog. '.repeat(8);

async function receive(
  stage: Stage,
  esme: TestEsme,
  message: Partial<IncomingMessage>,
): Promise<PeerPdu[]> {
  const count = stage.smsc.injectMo({ from, to: '1234', text: 'Hi', ...message });
  const pdus: PeerPdu[] = [];
  for (let index = 0; index < count; index++) pdus.push(await esme.next());
  return pdus;
}

/** The library decodes a text by itself: what it shows is not our reading. */
function readMessage(pdu: PeerPdu | undefined): { text: unknown; udh: Buffer | null } {
  const field = pdu?.['short_message'];
  if (typeof field !== 'object' || field === null || !('message' in field)) {
    return { text: '', udh: null };
  }
  const [element] = 'udh' in field && Array.isArray(field.udh) ? field.udh : [];
  return { text: field.message, udh: Buffer.isBuffer(element) ? element : null };
}

function sequenceOf(pdu: PeerPdu): number | undefined {
  return readMessage(pdu).udh?.at(-1);
}

test('a short message comes in one deliver_sm', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const [pdu] = await receive(stage, esme, { text: 'Yes @ 5€' });
  assert.equal(pdu?.command, 'deliver_sm');
  assert.equal(pdu['esm_class'], 0);
  assert.equal(pdu['source_addr'], from);
  assert.equal(pdu['destination_addr'], '1234');
  assert.equal(pdu['data_coding'], 0);
  assert.equal(readMessage(pdu).text, 'Yes @ 5€');
});

test('a text beyond GSM comes in UCS-2', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const [pdu] = await receive(stage, esme, { text: 'はい' });
  assert.equal(pdu?.['data_coding'], 8);
  assert.equal(readMessage(pdu).text, 'はい');
});

for (const [concat, header] of [
  ['udh8', '0003'],
  ['udh16', '0804'],
] as const) {
  test(`a long text comes in parts: ${concat}`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind();
    const pdus = await receive(stage, esme, { text: long, concat, reference: 7 });
    assert.equal(pdus.length, 3);
    assert.equal(pdus.map((pdu) => readMessage(pdu).text).join(''), long);
    for (const [index, pdu] of pdus.entries()) {
      const reference = concat === 'udh8' ? '07' : '0007';
      assert.equal(readMessage(pdu).udh?.toString('hex'), `${header}${reference}030${index + 1}`);
      assert.equal(pdu['esm_class'], 0x40);
    }
  });
}

test('a long text comes in parts: sar', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const pdus = await receive(stage, esme, { text: long, concat: 'sar', reference: 7 });
  assert.deepEqual(
    pdus.map((pdu) => [
      pdu['sar_msg_ref_num'],
      pdu['sar_total_segments'],
      pdu['sar_segment_seqnum'],
    ]),
    [
      [7, 3, 1],
      [7, 3, 2],
      [7, 3, 3],
    ],
  );
  assert.equal(pdus.map((pdu) => readMessage(pdu).text).join(''), long);
});

test('a long text comes whole: payload', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const [pdu, ...more] = await receive(stage, esme, { text: long, concat: 'payload' });
  assert.deepEqual(more, []);
  assert.deepEqual(pdu?.['message_payload'], { message: long });
});

test('a long text comes shuffled', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const pdus = await receive(stage, esme, { text: long, shuffled: true });
  const sequences = pdus.map(sequenceOf);
  assert.notDeepEqual(sequences, [1, 2, 3]);
  assert.deepEqual(new Set(sequences), new Set([1, 2, 3]));
});

test('a long text comes without one of its parts', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const pdus = await receive(stage, esme, { text: long, missingPart: 2 });
  assert.deepEqual(pdus.map(sequenceOf), [1, 3]);
});

test('a text comes several times', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const pdus = await receive(stage, esme, { copies: 3 });
  assert.deepEqual(
    pdus.map((pdu) => readMessage(pdu).text),
    ['Hi', 'Hi', 'Hi'],
  );
});

test('binary, flash and data_sm', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const [binary] = await receive(stage, esme, { text: '00ff', encoding: 'binary' });
  assert.equal(binary?.['data_coding'], 4);
  assert.deepEqual(readMessage(binary).text, Buffer.from('00ff', 'hex'));
  const [flash] = await receive(stage, esme, { flash: true });
  assert.equal(flash?.['data_coding'], 0x10);
  const [data] = await receive(stage, esme, { inDataSm: true });
  assert.equal(data?.command, 'data_sm');
  assert.deepEqual(data['message_payload'], { message: 'Hi' });
});

test('the network of the handset is told where that is wanted', async (t) => {
  const stage = await createStage(t, { operatorTag: 0x1401 });
  const esme = await stage.bind();
  const [pdu] = await receive(stage, esme, {});
  assert.match(String(pdu?.[0x1401]), /^204\d\d\0$/);
});

test('a message waits for the account to bind as a receiver', async (t) => {
  const stage = await createStage(t);
  assert.equal(stage.smsc.injectMo({ from, to: '1234', text: 'Hi' }), 1);
  const esme = await stage.bind();
  assert.equal(readMessage(await esme.next()).text, 'Hi');
});

test('a message goes to the account it is for', async (t) => {
  const stage = await createStage(t, {}, { accounts: { esme: {}, other: {} } });
  await stage.bind();
  const other = await stage.connect();
  await other.bind('rx', { system_id: 'other' });
  stage.smsc.injectMo({ from, to: '1234', text: 'Hi', account: 'other' });
  assert.equal(readMessage(await other.next()).text, 'Hi');
  assert.equal(stage.smsc.injectMo({ from, to: '1', text: 'Hi', account: 'nobody' }), 0);
});

test('the network is the one the handset is set to', async (t) => {
  const stage = await createStage(t, { operatorTag: 0x1401 });
  stage.handsets.change(from, { operator: { mccmnc: '23410', name: 'Abroad' } });
  const esme = await stage.bind();
  const [pdu] = await receive(stage, esme, {});
  assert.equal(String(pdu?.[0x1401]), '23410\0');
});

for (const wrong of [{ from: 'Chappe' }, { from: '' }, { to: '' }, { to: '1'.repeat(21) }]) {
  test(`an address that is none is refused: ${JSON.stringify(wrong)}`, async (t) => {
    const stage = await createStage(t);
    const message = { from, to: '1234', text: 'Hi', ...wrong };
    assert.throws(() => stage.smsc.injectMo(message), RangeError);
  });
}
