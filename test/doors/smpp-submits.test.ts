import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { commandStatus, nameCommandStatus } from '../../src/smpp/command-status.ts';
import type { BodyOf, SubmitSm } from '../../src/smpp/pdus.ts';
import { formatAbsoluteTime } from '../../src/smpp/time.ts';
import type { Tlvs } from '../../src/smpp/tlvs.ts';
import { divert, refuse } from '../../src/store/memory/test-commits.ts';
import { makePdu, submit } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig, type SmppRigOptions } from './smpp-rig.ts';

after(closeRigs);

interface Case {
  readonly title: string;
  readonly fields?: Partial<BodyOf<SubmitSm>>;
  readonly tlvs?: Tlvs;
  readonly options?: SmppRigOptions;
  readonly status: keyof typeof commandStatus;
}

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hour = 3_600_000;
const now = Date.now();

/** Contract §11.2, row by row, each with what is just good enough beside it. */
const cases: readonly Case[] = [
  { title: 'a good one', status: 'ESME_ROK' },
  { title: 'no source address', fields: { source_addr: '' }, status: 'ESME_RINVSRCADR' },
  {
    title: 'a source address of 11 characters',
    fields: { source_addr: 'A'.repeat(11) },
    status: 'ESME_ROK',
  },
  { title: 'of 12', fields: { source_addr: 'A'.repeat(12) }, status: 'ESME_RINVSRCADR' },
  {
    title: 'a source address of 16 digits',
    fields: { source_addr_ton: 1, source_addr: '1234567890123456' },
    status: 'ESME_ROK',
  },
  {
    title: 'of 17',
    fields: { source_addr_ton: 1, source_addr: '12345678901234567' },
    status: 'ESME_RINVSRCADR',
  },
  { title: 'the last source TON', fields: { source_addr_ton: 6 }, status: 'ESME_ROK' },
  { title: 'the next', fields: { source_addr_ton: 7 }, status: 'ESME_RINVSRCTON' },
  { title: 'the last source NPI', fields: { source_addr_npi: 18 }, status: 'ESME_ROK' },
  { title: 'the next', fields: { source_addr_npi: 19 }, status: 'ESME_RINVSRCNPI' },
  {
    title: 'a destination with +',
    fields: { destination_addr: '+31612345678' },
    status: 'ESME_ROK',
  },
  {
    title: 'a destination with 00, as Kannel sends it',
    fields: { destination_addr: '0031612345678', dest_addr_ton: 2 },
    status: 'ESME_ROK',
  },
  { title: 'no destination', fields: { destination_addr: '' }, status: 'ESME_RINVDSTADR' },
  { title: 'letters', fields: { destination_addr: '3161234567a' }, status: 'ESME_RINVDSTADR' },
  { title: 'seven digits', fields: { destination_addr: '3161234' }, status: 'ESME_ROK' },
  { title: 'six digits', fields: { destination_addr: '316123' }, status: 'ESME_RINVDSTADR' },
  {
    title: 'fifteen digits',
    fields: { destination_addr: '316123456789012' },
    status: 'ESME_ROK',
  },
  {
    title: 'sixteen digits',
    fields: { destination_addr: '3161234567890123' },
    status: 'ESME_RINVDSTADR',
  },
  { title: 'the last destination TON', fields: { dest_addr_ton: 6 }, status: 'ESME_ROK' },
  { title: 'the next', fields: { dest_addr_ton: 7 }, status: 'ESME_RINVDSTTON' },
  { title: 'the last destination NPI', fields: { dest_addr_npi: 18 }, status: 'ESME_ROK' },
  { title: 'the next', fields: { dest_addr_npi: 19 }, status: 'ESME_RINVDSTNPI' },
  { title: 'no text', fields: { short_message: Buffer.alloc(0) }, status: 'ESME_RINVMSGLEN' },
  { title: 'one character', fields: { short_message: Buffer.from('A') }, status: 'ESME_ROK' },
  { title: '254 octets', fields: { short_message: Buffer.alloc(254, 65) }, status: 'ESME_ROK' },
  {
    title: 'text in both places',
    tlvs: { message_payload: Buffer.from('again') },
    status: 'ESME_RINVMSGLEN',
  },
  {
    title: '255 parts in message_payload',
    fields: { short_message: Buffer.alloc(0) },
    tlvs: { message_payload: Buffer.alloc(255 * 153, 65) },
    status: 'ESME_ROK',
  },
  {
    title: 'one character more',
    fields: { short_message: Buffer.alloc(0) },
    tlvs: { message_payload: Buffer.alloc(255 * 153 + 1, 65) },
    status: 'ESME_RINVMSGLEN',
  },
  { title: 'an operator', tlvs: { mcc_mnc: '20408' }, status: 'ESME_ROK' },
  { title: 'an operator of six digits', tlvs: { mcc_mnc: '310410' }, status: 'ESME_ROK' },
  { title: 'an empty operator is none', tlvs: { mcc_mnc: '' }, status: 'ESME_ROK' },
  { title: 'a country alone', tlvs: { mcc_mnc: '2040' }, status: 'ESME_RINVOPTPARAMVAL' },
  { title: 'letters for it', tlvs: { mcc_mnc: '2040a' }, status: 'ESME_RINVOPTPARAMVAL' },
  { title: 'a tariff', tlvs: { tariff: '150' }, status: 'ESME_ROK' },
  { title: 'a tariff of five digits', tlvs: { tariff: '99999' }, status: 'ESME_ROK' },
  { title: 'an empty tariff is none', tlvs: { tariff: '' }, status: 'ESME_ROK' },
  { title: 'a tariff that is none', tlvs: { tariff: '1.50' }, status: 'ESME_RINVOPTPARAMVAL' },
  {
    title: 'a relative validity',
    fields: { validity_period: '000000020000000R' },
    status: 'ESME_ROK',
  },
  {
    title: 'a relative validity of nothing',
    fields: { validity_period: '000000000000000R' },
    status: 'ESME_RINVEXPIRY',
  },
  {
    title: 'an absolute validity',
    fields: { validity_period: formatAbsoluteTime(now + hour) },
    status: 'ESME_ROK',
  },
  {
    title: 'an absolute validity in the past',
    fields: { validity_period: formatAbsoluteTime(now - hour) },
    status: 'ESME_RINVEXPIRY',
  },
  { title: 'no time', fields: { validity_period: '24h' }, status: 'ESME_RINVEXPIRY' },
  {
    title: 'a schedule',
    fields: { schedule_delivery_time: '000000020000000R' },
    status: 'ESME_RINVSCHED',
  },
  { title: 'the highest priority', fields: { priority_flag: 3 }, status: 'ESME_ROK' },
  { title: 'a higher one', fields: { priority_flag: 4 }, status: 'ESME_RINVPRTFLG' },
  { title: 'replacing', fields: { replace_if_present_flag: 1 }, status: 'ESME_RINVREPFLAG' },
  { title: 'a stored text', fields: { sm_default_msg_id: 1 }, status: 'ESME_RINVDFTMSGID' },
  {
    title: 'a receipt of no kind',
    fields: { registered_delivery: 3 },
    status: 'ESME_RINVREGDLVFLG',
  },
  { title: 'store and forward', fields: { esm_class: 3 }, status: 'ESME_ROK' },
  { title: 'datagram', fields: { esm_class: 1 }, status: 'ESME_ROK' },
  { title: 'forward', fields: { esm_class: 2 }, status: 'ESME_RINVESMCLASS' },
  { title: 'a delivery acknowledgement', fields: { esm_class: 8 }, status: 'ESME_RINVESMCLASS' },
  { title: 'a reply path', fields: { esm_class: 0x80 }, status: 'ESME_ROK' },
  {
    title: 'a broken header',
    fields: { esm_class: 0x40, short_message: bytes('0900') },
    status: 'ESME_RINVESMCLASS',
  },
  {
    title: 'an alphabet that nobody reads',
    fields: { data_coding: 6 },
    status: 'ESME_RSUBMITFAIL',
  },
  { title: 'no route', options: { isRouted: false }, status: 'ESME_RSUBMITFAIL' },
  { title: 'blacklisted', options: { screen: () => 'blacklisted' }, status: 'ESME_RSUBMITFAIL' },
  { title: 'spam', options: { screen: () => 'spam' }, status: 'ESME_RSUBMITFAIL' },
  { title: 'nothing against it', options: { screen: () => null }, status: 'ESME_ROK' },
  {
    title: 'no balance',
    options: { account: { wallet: 'trial' } },
    status: 'ESME_RSUBMITFAIL',
  },
  { title: 'the store is behind', options: { admit: () => 'busy' }, status: 'ESME_RMSGQFUL' },
  {
    title: 'the account is too fast',
    options: { admit: () => 'too-fast' },
    status: 'ESME_RTHROTTLED',
  },
  {
    title: 'the store fails',
    options: {
      commit: refuse('accept'),
    },
    status: 'ESME_RSYSERR',
  },
];

describe('how a submit_sm is answered', () => {
  for (const { title, fields, tlvs, options, status } of cases) {
    test(`${title}: ${status}`, async () => {
      const rig = await raiseSmppRig(options);
      const esme = await rig.bind();
      const answer = await esme.submit(fields, tlvs);
      assert.equal(nameCommandStatus(answer.command_status), status);
      assert.equal(answer.command, 'submit_sm_resp');
      assert.equal(rig.accepted.length, status === 'ESME_ROK' ? 1 : 0);
      // A refusal harms nobody: the session goes on.
      esme.send('enquire_link', {});
      assert.equal((await esme.next()).command, 'enquire_link_resp');
    });
  }
});

describe('what becomes of a submit', () => {
  test('its fields are the message', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const validity_period = formatAbsoluteTime(now + 2 * hour);
    await esme.submit(
      { validity_period, registered_delivery: 0x11 },
      { mcc_mnc: '20801', tariff: '0150', user_message_reference: 4711 },
    );
    const [message] = rig.accepted;
    assert.ok(message !== undefined);
    assert.equal(message.door, 'smpp');
    assert.equal(message.from, 'Bakery');
    assert.equal(message.to, '31612345678');
    assert.equal(message.operator, '20801', 'the named operator, not the one of the number');
    assert.equal(message.tariff, 150);
    assert.equal(message.reference, '4711');
    assert.equal(message.reportTo, 'smpp:bakery');
    assert.equal(message.expiresAt, Math.floor((now + 2 * hour) / 100) * 100);
    assert.deepEqual(
      message.plan.map(({ channel }) => channel),
      ['SMS'],
    );
  });

  for (const [title, registered_delivery, wants] of [
    ['no receipts', 0, 0b00000],
    ['receipts of every end', 1, 0b01110],
    ['receipts of failures', 2, 0b01010],
    ['notice on the way, no receipt', 0x10, 0b00001],
    ['everything', 0x11, 0b01111],
    ['acknowledgements of the handset, which nobody sends', 0x0c, 0b00000],
  ] as const) {
    test(`registered_delivery ${registered_delivery}: ${title}`, async () => {
      const rig = await raiseSmppRig();
      const esme = await rig.bind();
      await esme.submit({ registered_delivery });
      assert.equal(rig.accepted[0]?.wants, wants);
    });
  }

  test('a text is never cut off, whatever the account has for other doors', async () => {
    const rig = await raiseSmppRig({ account: { partsMaxDefault: 1 } });
    const esme = await rig.bind();
    await esme.submit(
      { short_message: Buffer.alloc(0) },
      { message_payload: Buffer.alloc(2_000, 65) },
    );
    assert.equal(rig.accepted[0]?.content.text.length, 2_000);
    assert.equal(rig.accepted[0]?.plan[0]?.parts, 14);
  });

  test('what comes in one piece goes to the store in one, and is answered in order', async () => {
    const rig = await raiseSmppRig({ access: { window: 100 } });
    const esme = await rig.bind();
    const pdus = Array.from({ length: 100 }, (_, index) =>
      makePdu('submit_sm', index + 10, submit({ destination_addr: `3161234${1000 + index}` })),
    );
    esme.sendAll(pdus);
    const answers = await esme.take(100);
    assert.deepEqual(
      answers.map(({ sequence_number }) => sequence_number),
      pdus.map(({ sequence_number }) => sequence_number),
    );
    assert.ok(rig.batches.length <= 3, `${rig.batches.length} commits`);
    assert.equal(rig.accepted.length, 100);
  });

  test('nothing is answered before the commit', async () => {
    const held: { apply(): void; answer(): void }[] = [];
    const arrived = Promise.withResolvers<void>();
    const rig = await raiseSmppRig({
      commit: divert('accept', (transaction) => {
        held.push(transaction);
        arrived.resolve();
      }),
    });
    const esme = await rig.bind();
    const answered = esme.submit();
    await arrived.promise;
    esme.send('enquire_link', {});
    // Another read has been answered meanwhile; the submit has not.
    const first = await answered;
    assert.equal(first.command, 'enquire_link_resp');
    const next = esme.next();
    for (const pending of held) {
      pending.apply();
      pending.answer();
    }
    assert.equal((await next).command, 'submit_sm_resp');
  });

  test('beyond the window: ESME_RTHROTTLED, and the others are answered', async () => {
    const held: { apply(): void; answer(): void }[] = [];
    const rig = await raiseSmppRig({
      access: { window: 3 },
      commit: divert('accept', (transaction) => held.push(transaction)),
    });
    const esme = await rig.bind();
    esme.sendAll([1, 2, 3, 4].map((number) => makePdu('submit_sm', number, submit())));
    const refused = await esme.next();
    assert.equal(refused.sequence_number, 4);
    assert.equal(refused.command_status, commandStatus.ESME_RTHROTTLED);
    for (const pending of held) {
      pending.apply();
      pending.answer();
    }
    assert.deepEqual(
      (await esme.take(3)).map(({ command_status }) => command_status),
      [0, 0, 0],
    );
  });

  test('beyond the rate of the account, over all its sessions: ESME_RTHROTTLED', async () => {
    let elapsed = 0;
    const start = performance.now();
    const { systemClock } = await import('../../src/lib/clock.ts');
    const rig = await raiseSmppRig({
      access: { ratePerSecond: 5 },
      clock: { ...systemClock, monotonic: () => start + elapsed },
    });
    const [one, other] = [await rig.bind(), await rig.bind()];
    for (const esme of [one, other, one, other, one]) {
      assert.equal((await esme.submit()).command_status, 0);
    }
    assert.equal((await other.submit()).command_status, commandStatus.ESME_RTHROTTLED);
    elapsed += 200;
    assert.equal((await other.submit()).command_status, 0);
    assert.equal((await one.submit()).command_status, commandStatus.ESME_RTHROTTLED);
  });
});
