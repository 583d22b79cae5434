import assert from 'node:assert/strict';
import { createConnection, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { untilClosed } from '../../src/lib/test-listen.ts';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import { type DeliverSm, type Pdu, plainMessage, type SubmitSm } from '../../src/smpp/pdus.ts';
import { Smsc } from './smsc.ts';
import { tokenOf } from './smsc-ledger.ts';
import type { SmscChanges, SmscFaults } from './smsc-settings.ts';
import { Waiters } from './waiters.ts';

test('a submit is answered with an id, and the receipt names the same id', async (t) => {
  const { smsc, esme } = await open(t, { ledger: true });
  esme.submit(2, { text: 'Your bread, order 00000042', index: 42 });
  const response = await esme.next('submit_sm_resp', 2);
  const receipt = await esme.next('deliver_sm');
  assert.equal(receipt.esm_class, 4);
  assert.equal(receipt.source_addr, '31600000042');
  assert.equal(receipt.destination_addr, 'Chappe');
  assert.equal(receipt.tlvs?.receipted_message_id, response.message_id);
  assert.match(
    receipt.short_message.toString(),
    new RegExp(
      `^id:${response.message_id} sub:001 dlvrd:001 submit date:\\d{10} done date:\\d{10} stat:DELIVRD err:000 text:$`,
    ),
  );
  esme.answer(receipt, 0);
  await smsc.when(() => smsc.counts.receiptsAnswered === 1);
  assert.ok(smsc.seen.has(42));
  const [submit] = smsc.ledger.submits;
  assert.equal(tokenOf(submit?.text ?? ''), '00000042');
  assert.equal(submit?.messageId, response.message_id);
  assert.deepEqual(
    smsc.ledger.receipts.map(({ event, status }) => [event, status]),
    [
      ['sent', 0],
      ['answered', 0],
    ],
  );
});

test('PDUs cut into single octets are understood', async (t) => {
  const { esme } = await open(t);
  for (const octet of submitPdu(9, {})) esme.socket.write(Buffer.from([octet]));
  assert.equal((await esme.next('submit_sm_resp', 9)).command_status, 0);
});

test('texts are read from UCS-2, behind a user data header and from message_payload', async (t) => {
  const { smsc, esme } = await open(t, { ledger: true });
  const ucs2 = Buffer.from('Grüße 1', 'utf16le').swap16();
  const header = Buffer.from([5, 0, 3, 7, 2, 1]);
  esme.submit(2, { bytes: ucs2, dataCoding: 8 });
  esme.submit(3, { bytes: Buffer.concat([header, Buffer.from('part')]), esmClass: 0x40 });
  esme.send({
    ...submitValue(4, { text: '' }),
    tlvs: { message_payload: Buffer.from('in the payload') },
  });
  await esme.next('submit_sm_resp', 4);
  assert.deepEqual(
    smsc.ledger.submits.map(({ text }) => text),
    ['Grüße 1', 'part', 'in the payload'],
  );
});

test('the ledger knows the part from either concatenation header, among others and cut short', async (t) => {
  const { smsc, esme } = await open(t, { ledger: true });
  const headers = [
    [5, 0, 3, 7, 3, 2],
    [6, 8, 4, 1, 7, 3, 2],
    [9, 5, 2, 1, 1, 0, 3, 7, 3, 2],
    [3, 0, 3, 7],
    [200],
  ];
  for (const [at, header] of headers.entries()) {
    esme.submit(2 + at, { bytes: Buffer.from(header), esmClass: 0x40 });
  }
  esme.submit(9, { bytes: Buffer.from([5, 0, 3, 7, 3, 2]) });
  await esme.next('submit_sm_resp', 9);
  assert.deepEqual(
    smsc.ledger.submits.map(({ part, parts }) => `${part} of ${parts}`),
    ['2 of 3', '2 of 3', '2 of 3', '1 of 1', '1 of 1', '1 of 1'],
  );
});

test('doomed numbers fail each time, the others never', async (t) => {
  const doomed = { modulo: 8, undeliverable: [3], refused: [5] };
  const { smsc, esme } = await open(t, { doomed });
  for (const [at, index] of [11, 11, 12].entries()) {
    esme.submit(2 + at, { index });
    const receipt = await esme.next('deliver_sm');
    assert.match(describe(receipt), index === 12 ? /DELIVRD/ : /UNDELIV/);
  }
  esme.submit(9, { index: 13 });
  assert.equal((await esme.next('submit_sm_resp', 9)).command_status, 0x0b);
  assert.equal(smsc.counts.submits, 3);
});

test('no receipt is sent to who asked for none', async (t) => {
  const { smsc, esme } = await open(t);
  esme.submit(2, { registeredDelivery: 0 });
  esme.submit(3, { index: 3 });
  const receipt = await esme.next('deliver_sm');
  assert.equal(receipt.source_addr, '31600000003');
  assert.equal(smsc.counts.receiptsSent, 1);
});

test('receipts stay within the window until they are answered', async (t) => {
  const { smsc, esme } = await open(t, { receiptWindow: 2 });
  for (let sequence = 2; sequence < 7; sequence += 1) esme.submit(sequence, {});
  const first = await esme.next('deliver_sm');
  await esme.next('deliver_sm');
  await smsc.when(() => smsc.counts.submits === 5 && smsc.pendingReceipts === 5);
  assert.equal(smsc.counts.receiptsSent, 2);
  esme.answer(first, 0);
  await esme.next('deliver_sm');
  assert.equal(smsc.counts.receiptsSent, 3);
});

test('a receipt answered with an error, or not in time, is sent again', async (t) => {
  const { smsc, esme } = await open(t, { receiptRetryMs: 1, receiptTimeoutMs: 20 });
  esme.submit(2, { index: 5 });
  esme.answer(await esme.next('deliver_sm'), 0x64);
  const again = await esme.next('deliver_sm');
  assert.equal(again.source_addr, '31600000005');
  await smsc.when(() => smsc.counts.receiptsTimedOut >= 1);
  smsc.change({ receiptTimeoutMs: 10_000 });
  esme.answerReceipts();
  await smsc.when(() => smsc.pendingReceipts === 0);
  assert.equal(smsc.counts.receiptsRefused, 1);
  assert.equal(smsc.counts.receiptsAnswered, 1);
});

test('receipts outlive the connection and wait for the same system_id', async (t) => {
  const { smsc, esme, connect } = await open(t);
  esme.submit(2, { index: 8 });
  await esme.next('deliver_sm');
  esme.socket.destroy();
  await smsc.when(() => smsc.bound === 0);
  const stranger = await connect('other');
  const successor = await connect('chappe');
  const receipt = await successor.next('deliver_sm');
  assert.equal(receipt.source_addr, '31600000008');
  successor.answer(receipt, 0);
  await smsc.when(() => smsc.pendingReceipts === 0);
  assert.deepEqual(stranger.received, []);
});

test('an answer takes as long as the latency, in order', async (t) => {
  const { esme } = await open(t, { latencyMs: 40, receipts: false });
  const sentAt = performance.now();
  esme.submit(2, {});
  esme.submit(3, {});
  await esme.next('submit_sm_resp', 2);
  await esme.next('submit_sm_resp', 3);
  assert.ok(performance.now() - sentAt >= 40);
});

const faults: Record<keyof Omit<SmscFaults, 'lateResponseMs' | 'cut'>, string[]> = {
  receiptFirst: ['deliver_sm DELIVRD', 'submit_sm_resp 0'],
  duplicateReceipt: ['submit_sm_resp 0', 'deliver_sm DELIVRD', 'deliver_sm DELIVRD'],
  loseResponse: ['deliver_sm DELIVRD'],
  throttle: ['submit_sm_resp 88'],
  undeliverable: ['submit_sm_resp 0', 'deliver_sm UNDELIV'],
};

for (const [fault, expected] of Object.entries(faults)) {
  test(`fault ${fault}: ${expected.join(', ')}`, async (t) => {
    const { smsc, esme } = await open(t, { faults: { [fault]: 1, lateResponseMs: 10 } });
    esme.submit(2, {});
    await esme.when(() => esme.received.length >= expected.length);
    // Whatever else would come has to come before the answer to this.
    smsc.change({ faults: { [fault]: 0 } });
    await smsc.when(() => smsc.counts.receiptsSent === smsc.pendingReceipts);
    esme.send({ command: 'enquire_link', command_status: 0, sequence_number: 99 });
    await esme.when(() => esme.received.at(-1)?.command === 'enquire_link_resp');
    assert.deepEqual(esme.received.slice(0, -1).map(describe), expected);
    assert.equal(smsc.seen.distinct, fault === 'throttle' ? 0 : 1);
  });
}

test('fault cut: the message is taken and the connection lost', async (t) => {
  const { smsc, esme } = await open(t, { ledger: true, faults: { cut: 1 } });
  esme.submit(2, {});
  await untilClosed(esme.socket);
  assert.deepEqual(esme.received, []);
  assert.equal(smsc.seen.distinct, 1);
  assert.equal(smsc.ledger.submits[0]?.answered, false);
});

test('a submit before the bind is refused, an impossible length ends the connection', async (t) => {
  const { smsc, port } = await listen(t, {});
  const esme = new Esme(createConnection({ port, host: '127.0.0.1' }));
  esme.submit(1, {});
  assert.equal((await esme.next('submit_sm_resp', 1)).command_status, 8);
  esme.socket.write(Buffer.from([0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  await untilClosed(esme.socket);
  assert.equal(smsc.counts.submits, 0);
});

test('after reset totals start again', async (t) => {
  const { smsc, esme } = await open(t, { receipts: false, ledger: true });
  esme.submit(2, {});
  await smsc.when(() => smsc.counts.submits === 1);
  smsc.reset();
  assert.deepEqual(
    [smsc.counts.submits, smsc.seen.distinct, smsc.ledger.submits.length],
    [0, 0, 0],
  );
});

async function listen(t: TestContext, changes: SmscChanges) {
  const smsc = new Smsc({ receiptDelayMs: 0, ...changes });
  t.after(() => smsc.close());
  return { smsc, port: await smsc.listen(0) };
}

async function open(t: TestContext, changes: SmscChanges = {}) {
  const { smsc, port } = await listen(t, changes);
  const connect = async (systemId: string) => {
    const esme = new Esme(createConnection({ port, host: '127.0.0.1' }));
    t.after(() => esme.socket.destroy());
    await esme.bind(systemId);
    return esme;
  };
  return { smsc, port, connect, esme: await connect('chappe') };
}

interface Sent {
  text?: string;
  bytes?: Buffer;
  index?: number;
  dataCoding?: number;
  esmClass?: number;
  registeredDelivery?: number;
}

function submitValue(sequence: number, sent: Sent): SubmitSm {
  return {
    ...plainMessage,
    command: 'submit_sm',
    command_status: 0,
    sequence_number: sequence,
    source_addr: 'Chappe',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: `316${String(sent.index ?? 0).padStart(8, '0')}`,
    esm_class: sent.esmClass ?? 0,
    registered_delivery: sent.registeredDelivery ?? 1,
    data_coding: sent.dataCoding ?? 0,
    short_message: sent.bytes ?? Buffer.from(sent.text ?? 'hello', 'latin1'),
  };
}

function submitPdu(sequence: number, sent: Sent): Buffer {
  return encodePdu(submitValue(sequence, sent));
}

function describe(pdu: Pdu): string {
  if (pdu.command !== 'deliver_sm') return `${pdu.command} ${pdu.command_status}`;
  const stat = /stat:(\w+)/.exec(pdu.short_message.toString())?.[1];
  return `deliver_sm ${stat ?? 'without stat'}`;
}

/** The gateway's side of a bind, spoken by the gateway's own codec. */
class Esme {
  readonly socket: Socket;
  readonly received: Pdu[] = [];
  readonly #waiters = new Waiters();
  readonly #framer = new Framer(boundFrameBytesMax);
  #isAnswering = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#framer.push(chunk);
      for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
        const pdu = decodePdu(frame);
        this.received.push(pdu);
        if (this.#isAnswering && pdu.command === 'deliver_sm') this.answer(pdu, 0);
      }
      this.#waiters.check();
    });
  }

  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  async bind(systemId: string): Promise<void> {
    this.send({
      command: 'bind_transceiver',
      command_status: 0,
      sequence_number: 1,
      system_id: systemId,
      password: 'secret',
      system_type: '',
      interface_version: 0x34,
      addr_ton: 0,
      addr_npi: 0,
      address_range: '',
    });
    await this.next('bind_transceiver_resp', 1);
  }

  submit(sequence: number, sent: Sent): void {
    this.send(submitValue(sequence, sent));
  }

  answer(receipt: DeliverSm, status: number): void {
    this.send({
      command: 'deliver_sm_resp',
      command_status: status,
      sequence_number: receipt.sequence_number,
      message_id: '',
    });
  }

  /** Answers the receipts that have come and those that will. */
  answerReceipts(): void {
    this.#isAnswering = true;
    for (const pdu of this.received) if (pdu.command === 'deliver_sm') this.answer(pdu, 0);
  }

  send(pdu: Pdu): void {
    this.socket.write(encodePdu(pdu));
  }

  /** Takes the first PDU of this kind out of what was received, or waits for it. */
  async next<C extends Pdu['command']>(
    command: C,
    sequence?: number,
  ): Promise<Extract<Pdu, { command: C }>> {
    const isWanted = (pdu: Pdu): pdu is Extract<Pdu, { command: C }> =>
      pdu.command === command && (sequence === undefined || pdu.sequence_number === sequence);
    await this.when(() => this.received.some(isWanted));
    const found = this.received.find(isWanted);
    assert.ok(found);
    this.received.splice(this.received.indexOf(found), 1);
    return found;
  }
}
