import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type PeerPdu, type PeerSession, peer } from './npm-smpp.ts';
import { password } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig, type SmppRig } from './smpp-rig.ts';

/** The npm package `smpp` as a customer: what it makes of our answers nobody here has written. */

const sessions: PeerSession[] = [];
after(async () => {
  for (const session of sessions) session.destroy();
  await closeRigs();
});

peer.addTLV('cm_operator', { id: 0x1401, type: peer.types.tlv.cstring });
peer.addTLV('cm_tariff', { id: 0x140a, type: peer.types.tlv.cstring });

function connect(rig: SmppRig): Promise<PeerSession> {
  const session = peer.connect({ host: '127.0.0.1', port: rig.port });
  sessions.push(session);
  session.on('error', () => {});
  return new Promise((resolve) => session.on('connect', () => resolve(session)));
}

type Command = Exclude<keyof PeerSession, 'on' | 'close' | 'destroy'>;

function ask(session: PeerSession, command: Command, options: object = {}): Promise<PeerPdu> {
  return new Promise((resolve) => session[command](options, resolve));
}

async function bind(rig: SmppRig, command: Command = 'bind_transceiver'): Promise<PeerSession> {
  const session = await connect(rig);
  const answer = await ask(session, command, { system_id: 'bakery', password });
  assert.equal(answer.command_status, 0);
  return session;
}

const addresses = { source_addr: 'Bakery', source_addr_ton: 5, destination_addr: '31612345678' };

describe('the npm package smpp binds', () => {
  for (const command of ['bind_transmitter', 'bind_receiver', 'bind_transceiver'] as const) {
    test(command, async () => {
      const rig = await raiseSmppRig();
      const session = await connect(rig);
      const answer = await ask(session, command, { system_id: 'bakery', password });
      assert.equal(answer.command, `${command}_resp`);
      assert.equal(answer.command_status, 0);
      assert.equal(answer['system_id'], 'Chappe');
      assert.equal(answer['sc_interface_version'], 0x34);
    });
  }

  test('with a wrong password: 0x0e', async () => {
    const rig = await raiseSmppRig();
    const session = await connect(rig);
    const answer = await ask(session, 'bind_transceiver', { system_id: 'bakery', password: 'no' });
    assert.equal(answer.command_status, 0x0e);
  });

  test('and asks, and leaves', async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    assert.equal((await ask(session, 'enquire_link')).command, 'enquire_link_resp');
    assert.equal((await ask(session, 'unbind')).command, 'unbind_resp');
  });

  test('not, and submits: 0x04', async () => {
    const rig = await raiseSmppRig();
    const session = await connect(rig);
    const answer = await ask(session, 'submit_sm', { ...addresses, short_message: 'Hi' });
    assert.equal(answer.command_status, 0x04);
  });
});

describe('the npm package smpp submits', () => {
  for (const [title, fields, text] of [
    ['ASCII', { short_message: 'Your bread is ready' }, 'Your bread is ready'],
    ['GSM', { short_message: 'Crème {brûlée} €' }, 'Crème {brûlée} €'],
    ['UCS-2', { short_message: 'Хлеб готов 🍞' }, 'Хлеб готов 🍞'],
    ['message_payload', { message_payload: 'long '.repeat(100) }, 'long '.repeat(100)],
    [
      'Latin-1',
      { data_coding: 3, short_message: Buffer.from('cr\xe8me br\xfbl\xe9e', 'latin1') },
      'crème brûlée',
    ],
    ['octets', { data_coding: 4, short_message: Buffer.from([0, 1, 255]) }, '0001ff'],
  ] as const) {
    test(title, async () => {
      const rig = await raiseSmppRig();
      const session = await bind(rig);
      const answer = await ask(session, 'submit_sm', { ...addresses, ...fields });
      assert.equal(answer.command_status, 0);
      assert.equal(answer.message_id, rig.accepted[0]?.id);
      assert.match(answer.message_id ?? '', /^[0-9a-f]{32}$/);
      assert.equal(rig.accepted[0]?.content.text, text);
    });
  }

  test("a long text in parts with headers of the package's own making", async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    const text = 'Your bread is ready. '.repeat(14).trimEnd();
    const pieces = [text.slice(0, 153), text.slice(153)];
    const answers = await Promise.all(
      pieces.map((message, index) =>
        ask(session, 'submit_sm', {
          ...addresses,
          esm_class: 0x40,
          short_message: { udh: Buffer.from([5, 0, 3, 9, 2, index + 1]), message },
        }),
      ),
    );
    assert.deepEqual(
      rig.accepted.map(({ content }) => content.text),
      [text],
    );
    for (const answer of answers) assert.equal(answer.message_id, rig.accepted[0]?.id);
  });

  test("with CM's operator and tariff, and with a wrong operator: 0xc4", async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    const submit = (cm_operator: string) =>
      ask(session, 'submit_sm', {
        ...addresses,
        short_message: 'Hi',
        cm_operator,
        cm_tariff: '150',
      });
    assert.equal((await submit('20408')).command_status, 0);
    assert.equal(rig.accepted[0]?.operator, '20408');
    assert.equal((await submit('KPN')).command_status, 0xc4);
  });

  test('to several at once', async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    const dest_address = ['31612345671', 'nobody', '31612345672'].map((destination_addr) => ({
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr,
    }));
    const answer = await ask(session, 'submit_multi', {
      source_addr: 'Bakery',
      dest_address,
      short_message: 'Hi',
    });
    assert.equal(answer.command_status, 0);
    assert.equal(rig.accepted.length, 2);
    assert.deepEqual(answer['unsuccess_sme'], [
      { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: 'nobody', error_status_code: 0x0b },
    ]);
  });

  test('data_sm', async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    const answer = await ask(session, 'data_sm', { ...addresses, message_payload: 'Hi' });
    assert.equal(answer.command, 'data_sm_resp');
    assert.equal(answer.message_id, rig.accepted[0]?.id);
  });

  test('and asks, takes back, and would replace', async () => {
    const rig = await raiseSmppRig();
    const session = await bind(rig);
    const submitted = await ask(session, 'submit_sm', { ...addresses, short_message: 'Hi' });
    const message = { message_id: submitted.message_id, source_addr: 'Bakery' };
    const queried = await ask(session, 'query_sm', message);
    assert.equal(queried.command_status, 0);
    assert.equal(queried['message_state'], 1);
    assert.equal((await ask(session, 'cancel_sm', message)).command_status, 0);
    assert.deepEqual(rig.cancelled, [submitted.message_id]);
    const replaced = await ask(session, 'replace_sm', { ...message, short_message: 'Ho' });
    assert.equal(replaced.command_status, 0x13);
  });
});
