import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import type { HandsetPatch } from '../../../rehearsal/handset.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import { writeSmppTime } from './smpp-time.ts';
import { createStage } from './test-stage.ts';

/** A tenth of a second, relative (SMPP 3.4 §7.1.1). */
const tenthOfSecond = '000000000000100R';

test('a phone that is off gets its messages, in order, when it is switched on', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  const ids: unknown[] = [];
  for (const text of ['one', 'two', 'three']) {
    ids.push((await esme.submit({ short_message: Buffer.from(text) }))['message_id']);
  }
  assert.equal(stage.smsc.stats().messages.pending, 3);
  stage.handsets.change('31612345678', { on: true });
  const texts = [await stage.nextSeen(), await stage.nextSeen(), await stage.nextSeen()];
  assert.deepEqual(
    texts.map(({ text }) => text),
    ['one', 'two', 'three'],
  );
  for (const id of ids) assert.equal((await esme.next())['receipted_message_id'], id);
  assert.equal(stage.smsc.stats().messages.pending, 0);
});

test('room in a full memory lets the waiting message in', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { simFull: true });
  const esme = await stage.bind();
  await esme.submit();
  stage.handsets.change('31612345678', { simFull: false });
  await stage.nextSeen();
});

test('a phone that comes back into coverage gets its message by itself', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { outOfCoverageMs: 50 });
  const esme = await stage.bind();
  await esme.submit();
  assert.equal(stage.smsc.stats().messages.pending, 1);
  await stage.nextSeen();
  assert.equal((await esme.next())['message_state'], 2);
});

test('a slow phone gets its message later', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { slowMs: 40 });
  const esme = await stage.bind();
  await esme.submit();
  assert.equal(stage.smsc.stats().messages.pending, 1);
  await stage.nextSeen();
});

test('a message waits as long as the way takes', async (t) => {
  const stage = await createStage(t, { deliverMinMs: 30, deliverMaxMs: 60 });
  const esme = await stage.bind();
  await esme.submit();
  assert.equal(stage.smsc.stats().messages.pending, 1);
  await stage.nextSeen();
});

const expiries: readonly {
  name: string;
  patch: HandsetPatch;
  validity: () => string;
  err: string;
}[] = [
  { name: 'off, relative', patch: { on: false }, validity: () => tenthOfSecond, err: '027' },
  {
    name: 'memory full, absolute',
    patch: { simFull: true },
    validity: () => writeSmppTime(systemClock.now() + 300),
    err: '022',
  },
];

for (const { name, patch, validity, err } of expiries) {
  test(`a message expires with its validity: ${name}`, async (t) => {
    const stage = await createStage(t);
    stage.handsets.change('31612345678', patch);
    const esme = await stage.bind();
    const { message_id } = await esme.submit({ validity_period: validity() });
    const receipt = await esme.next();
    assert.equal(receipt['receipted_message_id'], message_id);
    assert.equal(receipt['message_state'], 3);
    assert.match(JSON.stringify(receipt), new RegExp(`stat:EXPIRED err:${err}`));
    stage.handsets.change('31612345678', { on: true, simFull: false });
    assert.deepEqual(stage.handsets.use('31612345678').inbox.messages, []);
    assert.equal(stage.smsc.stats().messages.failed, 1);
  });
}

test('a message without validity expires with the default', async (t) => {
  const stage = await createStage(t, { validityDefaultMs: 30 });
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  await esme.submit();
  assert.equal((await esme.next())['message_state'], 3);
});

test('no message outlives the longest validity', async (t) => {
  const stage = await createStage(t, { validityMaxMs: 30 });
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  await esme.submit({ validity_period: '000001000000000R' });
  assert.equal((await esme.next())['message_state'], 3);
});

test('an SMSC that does not honour the validity delivers late', async (t) => {
  const stage = await createStage(t, { honoursValidity: false, deliverMinMs: 150 });
  const esme = await stage.bind();
  await esme.submit({ validity_period: tenthOfSecond });
  assert.equal((await esme.next())['message_state'], 2);
});

test('an SMSC may keep expiries to itself', async (t) => {
  const stage = await createStage(t, { receipts: 'no-expired', validityDefaultMs: 30 });
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  await esme.submit();
  stage.set({ validityDefaultMs: 60_000 });
  // The second message sets out after the first has expired, and is the first to be reported.
  const { message_id } = await esme.submit({
    destination_addr: '31600000000',
    schedule_delivery_time: tenthOfSecond,
  });
  assert.equal((await esme.next())['receipted_message_id'], message_id);
  assert.equal(stage.smsc.stats().messages.failed, 1);
});

const ends: readonly { patch: HandsetPatch; state: number; err: string }[] = [
  { patch: { unknown: true }, state: 5, err: '001' },
  { patch: { barred: true }, state: 5, err: '013' },
  { patch: { optedOut: true }, state: 8, err: '737' },
  { patch: { contentFilter: 'hell' }, state: 8, err: '729' },
];

for (const { patch, state, err } of ends) {
  test(`${JSON.stringify(patch)} ends a message with state ${state} and err ${err}`, async (t) => {
    const stage = await createStage(t);
    stage.handsets.change('31612345678', patch);
    const esme = await stage.bind();
    await esme.submit();
    const receipt = await esme.next();
    assert.equal(receipt['message_state'], state);
    assert.match(JSON.stringify(receipt), new RegExp(`err:${err}`));
    assert.deepEqual(stage.handsets.use('31612345678').inbox.messages, []);
  });
}

const source = { source_addr_ton: 5, source_addr_npi: 0, source_addr: 'Chappe' };

test('query_sm tells what became of a message', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  const { message_id } = await esme.submit();
  const pending = await esme.ask('query_sm', { message_id, ...source });
  assert.equal(pending['message_state'], 1);
  assert.equal(pending['final_date'], '');
  stage.handsets.change('31612345678', { on: true });
  const ended = await esme.ask('query_sm', { message_id, ...source });
  assert.equal(ended['message_state'], 2);
  assert.ok(ended['final_date'] instanceof Date);
});

test("query_sm knows no other ids, and nobody else's messages", async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const { message_id } = await esme.submit();
  const unknown = await esme.ask('query_sm', { message_id: '1', ...source });
  assert.equal(unknown.command_status, commandStatus.ESME_RQUERYFAIL);
  const other = await esme.ask('query_sm', { message_id, ...source, source_addr: 'Other' });
  assert.equal(other.command_status, commandStatus.ESME_RQUERYFAIL);
});

test('cancel_sm ends a message that waits, and reports it', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  const { message_id } = await esme.submit();
  assert.equal((await esme.ask('cancel_sm', { message_id, ...source })).command_status, 0);
  assert.equal((await esme.next())['message_state'], 4);
  stage.handsets.change('31612345678', { on: true });
  assert.deepEqual(stage.handsets.use('31612345678').inbox.messages, []);
  const again = await esme.ask('cancel_sm', { message_id, ...source });
  assert.equal(again.command_status, commandStatus.ESME_RCANCELFAIL);
});

test('cancel_sm without an id ends all messages between two addresses', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  await esme.submit();
  await esme.submit({ source_addr: 'Other' });
  await esme.submit();
  const all = { ...source, destination_addr: '31612345678', dest_addr_ton: 1, dest_addr_npi: 1 };
  assert.equal((await esme.ask('cancel_sm', all)).command_status, 0);
  assert.equal(stage.smsc.stats().messages.pending, 1);
  const again = await esme.ask('cancel_sm', all);
  assert.equal(again.command_status, commandStatus.ESME_RCANCELFAIL);
});

test('replace_sm changes a message that waits', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  const { message_id } = await esme.submit();
  const replacement = { message_id, ...source, short_message: Buffer.from('Better') };
  assert.equal((await esme.ask('replace_sm', replacement)).command_status, 0);
  stage.handsets.change('31612345678', { on: true });
  assert.equal((await stage.nextSeen()).text, 'Better');
  const late = await esme.ask('replace_sm', replacement);
  assert.equal(late.command_status, commandStatus.ESME_RREPLACEFAIL);
});
