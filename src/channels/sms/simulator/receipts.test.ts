import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Switches } from './switches.ts';
import type { PeerPdu } from './test-esme.ts';
import { createStage } from './test-stage.ts';

/** A receipt as an ESME sees it. */
interface Receipt {
  readonly pdu: PeerPdu;
  readonly id: string;
  readonly text: string;
  readonly now: Date;
}

/** What one switch does to the receipt of a message to 31612345678. */
const quirks: readonly {
  name: string;
  switches: Partial<Switches>;
  submit?: Record<string, unknown>;
  check: (receipt: Receipt) => void;
}[] = [
  {
    name: 'as the specification has it',
    switches: {},
    check({ pdu, id, text, now }) {
      const date = writeDate(now).slice(2, 12);
      assert.equal(
        text,
        `id:${id} sub:001 dlvrd:001 submit date:${date} done date:${date} stat:DELIVRD err:000 text:Hello`,
      );
      assert.equal(pdu['esm_class'], 4);
      assert.equal(pdu['receipted_message_id'], id);
      assert.equal(pdu['message_state'], 2);
      assert.equal(pdu['network_error_code'], undefined);
      assert.equal(pdu['source_addr'], '31612345678');
      assert.equal(pdu['destination_addr'], 'Chappe');
    },
  },
  {
    name: 'the id in decimal',
    switches: { idForm: 'HEX', receiptIdForm: 'decimal' },
    check({ text, id }) {
      assert.match(id, /^[\dA-F]{8}$/);
      assert.ok(text.startsWith(`id:${Number.parseInt(id, 16)} `));
    },
  },
  {
    name: 'an id of 64 bits in decimal',
    switches: { idForm: 'hex64', receiptIdForm: 'decimal' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:${BigInt(`0x${id}`)} `)),
  },
  {
    name: 'the id in hexadecimal',
    switches: { idForm: 'decimal', receiptIdForm: 'hex' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:${Number(id).toString(16)} `)),
  },
  {
    name: 'the id with zeros in front',
    switches: { receiptIdForm: 'zeros' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:00${id} `)),
  },
  {
    name: 'the id in capitals',
    switches: { idForm: 'uuid', receiptIdForm: 'upper' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:${id.toUpperCase()} `)),
  },
  {
    name: 'the id in small letters',
    switches: { idForm: 'dashes', receiptIdForm: 'lower' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:${id.toLowerCase()} `)),
  },
  {
    name: 'the id in quotes',
    switches: { receiptIdForm: 'quoted' },
    check: ({ text, id }) => assert.ok(text.startsWith(`id:"${id}" `)),
  },
  {
    name: 'TLVs only',
    switches: { receiptForm: 'tlv' },
    check({ pdu, text, id }) {
      assert.equal(text, '');
      assert.equal(pdu['receipted_message_id'], id);
      assert.equal(pdu['message_state'], 2);
    },
  },
  {
    name: 'text only',
    switches: { receiptForm: 'text' },
    check({ pdu, text, id }) {
      assert.ok(text.startsWith(`id:${id} `));
      assert.equal(pdu['receipted_message_id'], undefined);
      assert.equal(pdu['message_state'], undefined);
    },
  },
  {
    name: 'dates of twelve digits',
    switches: { receiptDates: 'YYMMDDhhmmss' },
    check: ({ text }) => assert.match(text, /submit date:\d{12} done date:\d{12} /),
  },
  {
    name: 'dates of fourteen digits in another zone',
    switches: { receiptDates: 'YYYYMMDDhhmmss', receiptZoneMinutes: 120 },
    check({ text, now }) {
      const [, date = ''] = /done date:(\d{14}) /.exec(text) ?? [];
      const local = writeDate(new Date(now.getTime() + 120 * 60_000));
      assert.equal(date.slice(0, 12), local.slice(0, 12));
    },
  },
  {
    name: 'dates as seconds since the epoch',
    switches: { receiptDates: 'epoch' },
    check({ text, now }) {
      const [, seconds = '0'] = /done date:(\d{10}) /.exec(text) ?? [];
      assert.ok(Math.abs(Number(seconds) - now.getTime() / 1000) < 5);
    },
  },
  {
    name: 'impossible dates',
    switches: { receiptDates: 'impossible' },
    check: ({ text }) => assert.match(text, /done date:\d\d20\d{6} /),
  },
  {
    name: 'missing fields',
    switches: { receiptOmits: ['sub', 'dlvrd', 'text', 'submit date', 'done date'] },
    check: ({ text, id }) => assert.equal(text, `id:${id} stat:DELIVRD err:000`),
  },
  {
    name: 'states as whole words',
    switches: { receiptStates: 'long' },
    check: ({ text }) => assert.match(text, / stat:DELIVERED /),
  },
  {
    name: 'the state with eight letters',
    switches: { receiptStates: 'seed' },
    check: ({ text }) => assert.match(text, / stat:DELIVERD /),
  },
  {
    name: 'the state in small letters',
    switches: { receiptStates: 'folded' },
    check: ({ text }) => assert.match(text, / stat:delivrd /),
  },
  {
    name: 'text and TLV at odds',
    switches: { receiptContradicts: true },
    check({ pdu, text }) {
      assert.match(text, / stat:ENROUTE /);
      assert.equal(pdu['message_state'], 2);
    },
  },
  {
    name: 'no receipt flag',
    switches: { receiptFlag: false },
    check: ({ pdu }) => assert.equal(pdu['esm_class'], 0),
  },
  {
    name: 'addresses swapped',
    switches: { receiptSwapsAddresses: true },
    check({ pdu }) {
      assert.equal(pdu['source_addr'], 'Chappe');
      assert.equal(pdu['destination_addr'], '31612345678');
    },
  },
  {
    name: 'data_sm',
    switches: { receiptPdu: 'data_sm' },
    check({ pdu, text, id }) {
      assert.equal(pdu.command, 'data_sm');
      assert.equal(pdu['esm_class'], 4);
      assert.ok(text.startsWith(`id:${id} `));
    },
  },
  {
    name: 'the reference of the message',
    switches: {},
    submit: { user_message_reference: 4711 },
    check: ({ pdu }) => assert.equal(pdu['user_message_reference'], 4711),
  },
  {
    name: 'no reference of the message',
    switches: { receiptEchoesReference: false },
    submit: { user_message_reference: 4711 },
    check: ({ pdu }) => assert.equal(pdu['user_message_reference'], undefined),
  },
  {
    name: 'the network of the handset',
    switches: { operatorTag: 0x1401 },
    check: ({ pdu }) => assert.match(String(pdu[0x1401]), /^204\d\d\0$/),
  },
  {
    name: 'always, though not asked for',
    switches: { receipts: 'always' },
    submit: { registered_delivery: 0 },
    check: ({ pdu }) => assert.equal(pdu['message_state'], 2),
  },
];

for (const { name, switches, submit = {}, check } of quirks) {
  test(`a receipt: ${name}`, async (t) => {
    const stage = await createStage(t, switches);
    const esme = await stage.bind();
    const response = await esme.submit(submit);
    const pdu = await esme.next();
    const id = String(response['message_id']);
    check({ pdu, id, text: readText(pdu), now: new Date() });
  });
}

const causes = [
  ['3', ' err:001 '],
  ['1', ' err:1 '],
  ['4', ' err:0001 '],
  ['zero', ' err:000 '],
] as const;

for (const [receiptErr, expected] of causes) {
  test(`a failure with err in the form ${receiptErr} says${expected}`, async (t) => {
    const stage = await createStage(t, { receiptErr });
    stage.handsets.change('31612345678', { unknown: true });
    const esme = await stage.bind();
    await esme.submit();
    const pdu = await esme.next();
    assert.ok(readText(pdu).includes(expected), readText(pdu));
    assert.equal(pdu['message_state'], 5);
    assert.deepEqual(pdu['network_error_code'], Buffer.from('030001', 'hex'));
  });
}

test('err in hexadecimal', async (t) => {
  const stage = await createStage(t, { receiptErr: 'hex' });
  stage.handsets.change('31612345678', { barred: true });
  const esme = await stage.bind();
  await esme.submit();
  assert.match(readText(await esme.next()), / err:00d /);
});

/** Whether a receipt comes, by registered_delivery and the end of the message. */
const asked = [
  { registered_delivery: 0, works: true, comes: false },
  { registered_delivery: 1, works: true, comes: true },
  { registered_delivery: 1, works: false, comes: true },
  { registered_delivery: 2, works: true, comes: false },
  { registered_delivery: 2, works: false, comes: true },
];

for (const { registered_delivery, works, comes } of asked) {
  const end = works ? 'delivered' : 'failed';
  test(`registered_delivery ${registered_delivery}, ${end}: ${comes ? 'a' : 'no'} receipt`, async (t) => {
    const stage = await createStage(t);
    stage.handsets.change('31612345678', { barred: !works });
    const esme = await stage.bind();
    const { message_id } = await esme.submit({ registered_delivery });
    const last = await esme.submit({ destination_addr: '31600000000' });
    const receipt = await esme.next();
    assert.equal(receipt['receipted_message_id'], comes ? message_id : last['message_id']);
  });
}

test('no receipts at all', async (t) => {
  const stage = await createStage(t, { receipts: 'never' });
  const esme = await stage.bind();
  await esme.submit();
  assert.equal(stage.smsc.stats().messages.delivered, 1);
  assert.equal(stage.smsc.stats().deliveries.created, 0);
});

test('a receipt comes after its response, however late that is', async (t) => {
  const stage = await createStage(t, { responseMinMs: 30 });
  const esme = await stage.bind();
  await esme.nextPdu();
  await esme.submit();
  assert.equal((await esme.nextPdu()).command, 'submit_sm_resp');
  assert.equal((await esme.nextPdu()).command, 'deliver_sm');
});

test('a receipt before its response', async (t) => {
  const stage = await createStage(t, { receiptTiming: 'before-response' });
  const esme = await stage.bind();
  await esme.nextPdu();
  const { message_id } = await esme.submit();
  const first = await esme.nextPdu();
  assert.equal(first['receipted_message_id'], message_id);
  assert.equal((await esme.nextPdu())['message_id'], message_id);
});

test('a receipt several times', async (t) => {
  const stage = await createStage(t, { receiptCopies: 3 });
  const esme = await stage.bind();
  const { message_id } = await esme.submit();
  for (let copy = 0; copy < 3; copy++) {
    assert.equal((await esme.next())['receipted_message_id'], message_id);
  }
});

test('receipts in another order', async (t) => {
  const stage = await createStage(t, { receiptShuffleMs: 60 });
  const esme = await stage.bind();
  const submitted: unknown[] = [];
  for (let count = 0; count < 20; count++) submitted.push((await esme.submit())['message_id']);
  const reported: unknown[] = [];
  for (let count = 0; count < 20; count++)
    reported.push((await esme.next())['receipted_message_id']);
  assert.notDeepEqual(reported, submitted);
  assert.deepEqual(new Set(reported), new Set(submitted));
});

for (const receiptSession of ['same', 'other'] as const) {
  test(`receipts on ${receiptSession} session`, async (t) => {
    const stage = await createStage(t, { receiptSession });
    const [first, second] = [await stage.bind(), await stage.bind()];
    for (let count = 0; count < 4; count++) await first.submit();
    const expected = receiptSession === 'same' ? first : second;
    for (let count = 0; count < 4; count++) await expected.next();
  });
}

test('receipts on any session take turns', async (t) => {
  const stage = await createStage(t, { receiptSession: 'any' });
  const [first, second] = [await stage.bind(), await stage.bind()];
  for (let count = 0; count < 4; count++) await first.submit();
  for (const esme of [first, second, first, second]) await esme.next();
});

test('an intermediate receipt when the message has to wait, if it was asked for', async (t) => {
  const stage = await createStage(t);
  stage.handsets.change('31612345678', { on: false });
  const esme = await stage.bind();
  const { message_id } = await esme.submit({ registered_delivery: 0x11 });
  const intermediate = await esme.next();
  assert.equal(intermediate['esm_class'], 0x20);
  assert.equal(intermediate['message_state'], 1);
  assert.match(readText(intermediate), / stat:ENROUTE err:000 /);
  stage.handsets.change('31612345678', { on: true });
  const final = await esme.next();
  assert.equal(final['receipted_message_id'], message_id);
  assert.equal(final['message_state'], 2);
});

for (const [intermediate, order] of [
  ['always', [1, 2]],
  ['after-final', [2, 1]],
] as const) {
  test(`intermediate receipts: ${intermediate}`, async (t) => {
    const stage = await createStage(t, { intermediate });
    const esme = await stage.bind();
    await esme.submit();
    const states = [(await esme.next())['message_state'], (await esme.next())['message_state']];
    assert.deepEqual(states, order);
  });
}

/** The text of a receipt, in short_message or message_payload. */
function readText(pdu: PeerPdu): string {
  const field = pdu['short_message'] ?? pdu['message_payload'];
  const message: unknown =
    typeof field === 'object' && field !== null && 'message' in field ? field.message : field;
  return typeof message === 'string' ? message : '';
}

function writeDate(at: Date): string {
  return at.toISOString().replaceAll(/\D/g, '').slice(0, 14);
}
