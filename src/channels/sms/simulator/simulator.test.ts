import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { SmscChange } from './settings.ts';
import type { Switches } from './switches.ts';
import { tlsCertificate, tlsKey } from './test-certificate.ts';
import { createSubmit } from './test-esme.ts';
import { createStage } from './test-stage.ts';

for (const mode of ['tx', 'trx'] as const) {
  test(`a message submitted on a ${mode} bind is answered and reaches its handset`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind(mode);
    const response = await esme.submit();
    assert.equal(response.command_status, 0);
    assert.match(String(response['message_id']), /^\d{10}$/);
    const seen = await stage.nextSeen();
    assert.equal(seen.text, 'Hello');
    assert.equal(seen.from, 'Chappe');
  });
}

test('receipts of a transmitter come on the receiver', async (t) => {
  const stage = await createStage(t);
  const receiver = await stage.bind('rx');
  const transmitter = await stage.bind('tx');
  const { message_id } = await transmitter.submit();
  const receipt = await receiver.next();
  assert.equal(receipt['receipted_message_id'], message_id);
});

test('a receiver may not submit', async (t) => {
  const stage = await createStage(t);
  const receiver = await stage.bind('rx');
  assert.equal((await receiver.submit()).command_status, commandStatus.ESME_RINVBNDSTS);
});

test('nobody may submit before the bind', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.connect();
  assert.equal((await esme.submit()).command_status, commandStatus.ESME_RINVBNDSTS);
});

const refusedBinds: readonly {
  name: string;
  switches?: Partial<Switches>;
  fields?: Record<string, unknown>;
  status: number;
}[] = [
  { name: 'an unknown system_id', fields: { system_id: 'other' }, status: 0x0f },
  { name: 'a wrong password', fields: { password: 'wrong' }, status: 0x0e },
  { name: 'a mode that is not allowed', switches: { modes: ['tx', 'rx'] }, status: 0x0d },
  { name: 'an address that is not allowed', switches: { peers: ['10.'] }, status: 0x0d },
  { name: 'no session left', switches: { sessionsMax: 0 }, status: 0x05 },
  { name: 'a status set for all', switches: { bindStatus: 0x08 }, status: 0x08 },
];

for (const { name, switches = {}, fields = {}, status } of refusedBinds) {
  test(`a bind is refused: ${name}`, async (t) => {
    const stage = await createStage(t, switches);
    const esme = await stage.connect();
    assert.equal(await esme.bind('trx', fields), status);
    assert.equal(stage.smsc.stats().binds, 0);
  });
}

const allowedBinds: readonly { name: string; switches: Partial<Switches> }[] = [
  { name: 'the mode is allowed', switches: { modes: ['trx'] } },
  { name: 'the address is allowed', switches: { peers: ['10.', '127.0.0.'] } },
  { name: 'a session is left', switches: { sessionsMax: 1 } },
  { name: 'any password will do', switches: { password: '' } },
];

for (const { name, switches } of allowedBinds) {
  test(`a bind is accepted: ${name}`, async (t) => {
    const stage = await createStage(t, switches);
    const esme = await stage.connect();
    assert.equal(await esme.bind('trx'), 0);
  });
}

test('a session that ends makes room for another', async (t) => {
  const stage = await createStage(t, { sessionsMax: 1 });
  const first = await stage.bind();
  const second = await stage.connect();
  assert.equal(await second.bind('trx'), commandStatus.ESME_RALYBND);
  assert.equal((await first.ask('unbind')).command_status, 0);
  await first.closed();
  assert.equal(await second.bind('trx'), 0);
});

test('a bound session cannot bind again', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  assert.equal(await esme.bind('trx'), commandStatus.ESME_RALYBND);
});

test('strangers bind only where that is wanted', async (t) => {
  const change: SmscChange = { strangers: true, all: { password: 'open' } };
  const stage = await createStage(t, {}, change);
  const esme = await stage.connect();
  assert.equal(await esme.bind('trx', { system_id: 'stranger', password: 'wrong' }), 0x0e);
  assert.equal(await esme.bind('trx', { system_id: 'stranger', password: 'open' }), 0);
});

test('a delayed bind is answered after the delay', async (t) => {
  const stage = await createStage(t, { bindDelayMs: 30 });
  const esme = await stage.connect();
  const before = systemClock.monotonic();
  assert.equal(await esme.bind('trx'), 0);
  assert.ok(systemClock.monotonic() - before >= 29);
});

test('the same over TLS', async (t) => {
  const stage = await createStage(t);
  const tls = { cert: tlsCertificate, key: tlsKey };
  const { port } = await stage.smsc.listen({ host: '127.0.0.1', port: 0, tls });
  const esme = await stage.connect({
    port,
    tls: true,
    ca: tlsCertificate,
    servername: 'localhost',
  });
  assert.equal(await esme.bind('trx'), 0);
  await esme.submit();
  assert.equal((await stage.nextSeen()).text, 'Hello');
});

test('enquire_link is answered, before the bind too, unless it is switched off', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.connect();
  assert.equal((await esme.ask('enquire_link')).command_status, 0);
  await esme.bind('trx');
  stage.set({ answersEnquireLink: false });
  esme.tell('enquire_link');
  assert.equal((await esme.submit()).command_status, 0);
});

test('the SMSC asks whether the ESME lives, and closes when it does not', async (t) => {
  const stage = await createStage(t, { enquireLinkMs: 1, deliverTimeoutMs: 50 });
  const esme = await stage.bind();
  assert.equal((await esme.next()).command, 'enquire_link');
  esme.answerWith(() => null);
  await esme.closed();
});

test('what the SMSC does not offer is refused and the session goes on', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const multi = await esme.ask('submit_multi', {
    ...createSubmit(),
    dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '31612345678' }],
  });
  assert.equal(multi.command_status, commandStatus.ESME_RINVCMDID);
  const deliver = await esme.ask('deliver_sm', createSubmit());
  assert.equal(deliver.command_status, commandStatus.ESME_RINVCMDID);
  assert.equal((await esme.submit()).command_status, 0);
});

const refusedSubmits: readonly { name: string; fields: Record<string, unknown>; status: number }[] =
  [
    { name: 'no destination', fields: { destination_addr: '' }, status: 0x0b },
    { name: 'a destination of letters', fields: { destination_addr: 'Chappe' }, status: 0x0b },
    { name: 'a validity that is none', fields: { validity_period: 'tomorrow' }, status: 0x62 },
    { name: 'a schedule that is none', fields: { schedule_delivery_time: 'x' }, status: 0x61 },
    { name: '161 septets', fields: { short_message: Buffer.alloc(161, 'a') }, status: 0x01 },
    {
      name: '142 octets of UCS-2',
      fields: { short_message: Buffer.alloc(142), data_coding: 8 },
      status: 0x01,
    },
    {
      name: 'a header longer than the text',
      fields: { short_message: Buffer.from([9, 0, 3]), esm_class: 0x40 },
      status: 0x43,
    },
    {
      name: 'short_message and message_payload',
      fields: { message_payload: Buffer.from('Hello') },
      status: 0x01,
    },
  ];

for (const { name, fields, status } of refusedSubmits) {
  test(`a submit is refused: ${name}`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind();
    assert.equal((await esme.submit(fields)).command_status, status);
    const { messages, submits } = stage.smsc.stats();
    assert.equal(messages.submitted, 0);
    assert.equal(submits.refused, 1);
  });
}

const longestSubmits: readonly { name: string; fields: Record<string, unknown> }[] = [
  { name: '160 septets', fields: { short_message: Buffer.alloc(160, 'a') } },
  {
    name: '140 octets of UCS-2',
    fields: { short_message: Buffer.alloc(140, 'a'), data_coding: 8 },
  },
  { name: 'a national form', fields: { destination_addr: '0612345678' } },
  { name: 'a destination with 00', fields: { destination_addr: '0031612345678' } },
  { name: 'nothing at all', fields: { short_message: Buffer.alloc(0) } },
];

for (const { name, fields } of longestSubmits) {
  test(`a submit is accepted: ${name}`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind();
    assert.equal((await esme.submit(fields)).command_status, 0);
    await stage.nextSeen();
  });
}

test('data_sm is accepted like submit_sm', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const { short_message, ...rest } = createSubmit();
  const response = await esme.ask('data_sm', { ...rest, message_payload: short_message });
  assert.equal(response.command_status, 0);
  assert.equal((await stage.nextSeen()).text, 'Hello');
  assert.equal((await esme.next())['receipted_message_id'], response['message_id']);
});

test('what was submitted is delivered, failed or pending, and repeats are counted', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  stage.handsets.change('31600000001', { on: false });
  stage.handsets.change('31600000002', { barred: true });
  for (const destination_addr of ['31612345678', '31600000001', '31600000002', '31612345678']) {
    await esme.submit({ destination_addr, registered_delivery: 0 });
  }
  assert.deepEqual(stage.smsc.stats().messages, {
    submitted: 4,
    delivered: 2,
    failed: 1,
    pending: 1,
    lost: 0,
  });
  assert.equal(stage.smsc.stats().submits.duplicates, 1);
});
