import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeNet } from '../../../lib/node-net.ts';
import { encodePdu } from '../../../smpp/codec.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { Disturbance } from './disturbances.ts';
import { createMailbox, within } from './test-esme.ts';
import { createStage } from './test-stage.ts';

for (const wire of ['single', 'split', 'trickle'] as const) {
  test(`an ESME reads what comes in other packets: ${wire}`, async (t) => {
    const stage = await createStage(t, { wire, trickleMs: 1 });
    const esme = await stage.bind();
    const response = await esme.submit({ short_message: Buffer.from('x') });
    const receipt = await esme.next();
    assert.equal(receipt['receipted_message_id'], response['message_id']);
    assert.deepEqual(esme.errors, []);
  });
}

/** A connection without a library: the chunks as they come. */
async function connectRaw(port: number) {
  const chunks = createMailbox<Buffer>();
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const wire = nodeNet.connect(
    { host: '127.0.0.1', port, connectTimeoutMs: 1000 },
    { data: (chunk) => chunks.put(Buffer.from(chunk)), close: () => close() },
  );
  return {
    write: (bytes: Buffer) => wire.write(bytes),
    next: () => within(chunks.take(), 'a chunk'),
    closed: within(closed, 'the end'),
  };
}

const enquireLink = encodePdu({ command: 'enquire_link', command_status: 0, sequence_number: 7 });
const enquireLinkResp = Buffer.from('00000010800000150000000000000007', 'hex');

test('answers of one tick come in one packet', async (t) => {
  const stage = await createStage(t);
  const raw = await connectRaw(stage.port);
  raw.write(Buffer.concat([enquireLink, enquireLink, enquireLink]));
  const chunk = await raw.next();
  assert.deepEqual(chunk, Buffer.concat([enquireLinkResp, enquireLinkResp, enquireLinkResp]));
});

test('a trickle comes octet by octet', async (t) => {
  const stage = await createStage(t, {}, { all: { wire: 'trickle', trickleMs: 5 } });
  const raw = await connectRaw(stage.port);
  raw.write(enquireLink);
  const chunks: Buffer[] = [];
  while (Buffer.concat(chunks).length < 16) chunks.push(await raw.next());
  assert.deepEqual(Buffer.concat(chunks), enquireLinkResp);
  assert.ok(chunks.length > 4, `${chunks.length} packets`);
});

test('a silent SMSC looks at nothing until it is not silent any more', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  stage.set({ silent: true });
  esme.tell('submit_sm', { destination_addr: '31612345678', short_message: Buffer.from('lost') });
  const other = await connectRaw(stage.port);
  other.write(enquireLink);
  await other.next();
  stage.set({ silent: false });
  await esme.submit({ short_message: Buffer.from('heard') });
  assert.equal((await stage.nextSeen()).text, 'heard');
});

const bad = [
  { name: 'a length below the header', bytes: '00000008000000150000000000000007', answer: '02' },
  { name: 'a length of 4 GiB', bytes: 'ffffffff000000150000000000000007', answer: '02' },
];

for (const { name, bytes, answer } of bad) {
  test(`${name} is answered with generic_nack and the end`, async (t) => {
    const stage = await createStage(t);
    const raw = await connectRaw(stage.port);
    raw.write(Buffer.from(bytes, 'hex'));
    const chunk = await raw.next();
    assert.equal(
      chunk.toString('hex'),
      `0000001080000000000000${answer}00000007`.padStart(32, '0'),
    );
    await raw.closed;
    assert.equal(stage.smsc.stats().links, 0);
  });
}

test('an unknown command is answered with generic_nack and the session goes on', async (t) => {
  const stage = await createStage(t);
  const raw = await connectRaw(stage.port);
  raw.write(Buffer.from('00000010000007000000000000000007', 'hex'));
  assert.equal((await raw.next()).toString('hex'), '00000010800000000000000300000007');
  raw.write(enquireLink);
  assert.deepEqual(await raw.next(), enquireLinkResp);
});

test('a disturbance concerns the account it is for, or all', async (t) => {
  const stage = await createStage(t, {}, { accounts: { esme: {}, other: {} } });
  await stage.bind();
  await stage.bind();
  const other = await stage.connect();
  await other.bind('trx', { system_id: 'other' });
  assert.equal(stage.smsc.disturb('stray-response', 'esme'), 2);
  assert.equal(stage.smsc.disturb('stray-response'), 3);
});

test('a destroyed connection is closed', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  stage.smsc.disturb('destroy');
  await esme.closed();
  assert.equal(stage.smsc.stats().binds, 0);
});

test('the SMSC says goodbye', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  stage.smsc.disturb('unbind');
  assert.equal((await esme.next()).command, 'unbind');
});

test('a half-open session is deaf, dumb, and in the way of another', async (t) => {
  const stage = await createStage(t, { sessionsMax: 1 });
  const esme = await stage.bind();
  stage.smsc.disturb('half-open');
  esme.tell('enquire_link');
  const second = await stage.connect();
  assert.equal(await second.bind('trx'), commandStatus.ESME_RALYBND);
  esme.destroy();
  await esme.closed();
  const raw = await connectRaw(stage.port);
  raw.write(enquireLink);
  await raw.next();
  assert.equal(await second.bind('trx'), 0);
});

const readable: readonly { disturbance: Disturbance; command: string }[] = [
  { disturbance: 'unknown-command', command: 'unknown' },
  { disturbance: 'nack', command: 'generic_nack' },
  { disturbance: 'stray-response', command: 'submit_sm_resp' },
];

for (const { disturbance, command } of readable) {
  test(`a PDU nobody asked for: ${disturbance}`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind();
    await esme.nextPdu();
    stage.smsc.disturb(disturbance);
    assert.equal((await esme.nextPdu()).command, command);
  });
}

const unreadable: readonly { disturbance: Disturbance; bytes: number }[] = [
  { disturbance: 'garbage', bytes: 64 },
  { disturbance: 'bad-length', bytes: 16 },
  { disturbance: 'huge-length', bytes: 16 },
  { disturbance: 'half-pdu', bytes: 16 },
];

for (const { disturbance, bytes } of unreadable) {
  test(`octets that are no PDU: ${disturbance}`, async (t) => {
    const stage = await createStage(t);
    const raw = await connectRaw(stage.port);
    raw.write(enquireLink);
    await raw.next();
    stage.smsc.disturb(disturbance);
    assert.equal((await raw.next()).length, bytes);
  });
}

for (const loseMessages of [false, true]) {
  test(`a restart ${loseMessages ? 'without' : 'with'} its messages`, async (t) => {
    const stage = await createStage(t);
    stage.handsets.change('31612345678', { on: false });
    const esme = await stage.bind();
    const { message_id } = await esme.submit();
    await stage.smsc.restart({ loseMessages, downMs: 1 });
    await esme.closed();
    const again = await stage.bind();
    stage.handsets.change('31612345678', { on: true });
    const later = await again.submit({ short_message: Buffer.from('after') });
    assert.notEqual(later['message_id'], message_id);
    const first = await stage.nextSeen();
    assert.equal(first.text, loseMessages ? 'after' : 'Hello');
    const receipt = await again.next();
    assert.equal(receipt['receipted_message_id'], loseMessages ? later['message_id'] : message_id);
    const { submitted, delivered, failed, pending, lost } = stage.smsc.stats().messages;
    assert.equal(submitted, delivered + failed + pending + lost);
    assert.equal(lost, loseMessages ? 1 : 0);
  });
}

test('a restart forgets receipts that were not acknowledged, if told to', async (t) => {
  const stage = await createStage(t);
  const transmitter = await stage.bind('tx');
  await transmitter.submit();
  await stage.smsc.restart({ loseMessages: true, downMs: 1 });
  const { created, lost, waiting } = stage.smsc.stats().deliveries;
  assert.deepEqual({ created, lost, waiting }, { created: 1, lost: 1, waiting: 0 });
});
