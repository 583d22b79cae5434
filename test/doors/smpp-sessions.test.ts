import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { encodePdu } from '../../src/smpp/codec.ts';
import { commandStatus, nameCommandStatus } from '../../src/smpp/command-status.ts';
import type { Pdu } from '../../src/smpp/pdus.ts';
import type { Deliveries, ReceiverBind } from '../../src/smpp-server/receiver-bind.ts';
import { divert } from '../../src/store/memory/test-commits.ts';
import { bindBody, makePdu, submit } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig } from './smpp-rig.ts';

after(closeRigs);

describe('binds', () => {
  for (const command of ['bind_transmitter', 'bind_receiver', 'bind_transceiver'] as const) {
    test(`${command} is answered with our version`, async () => {
      const rig = await raiseSmppRig();
      const esme = await rig.connect();
      const answer = await esme.bind({ command });
      assert.equal(answer.command, `${command}_resp`);
      assert.equal(answer.command_status, commandStatus.ESME_ROK);
      assert.deepEqual(answer.tlvs, { sc_interface_version: 0x34 });
      assert.equal(rig.server.sessions().get('bakery'), 1);
    });
  }

  test('an older version gets no optional parameters', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.connect();
    const answer = await esme.bind({ command: 'bind_transmitter', interface_version: 0x33 });
    assert.equal(answer.command_status, commandStatus.ESME_ROK);
    assert.equal(answer.tlvs, undefined);
  });

  for (const [title, fields, options, status] of [
    ['an unknown system_id', { system_id: 'butcher' }, {}, 'ESME_RINVSYSID'],
    ['a wrong password', { password: 'bread124' }, {}, 'ESME_RINVPASWD'],
    ['no password', { password: '' }, {}, 'ESME_RINVPASWD'],
    [
      'an address outside the networks of the account',
      {},
      { access: { allowedNetworks: ['192.0.2.0/24'] } },
      'ESME_RBINDFAIL',
    ],
  ] as const) {
    test(`${title}: ${status}, and the end of the connection`, async () => {
      const rig = await raiseSmppRig(options);
      const esme = await rig.connect();
      const answer = await esme.bind(fields);
      assert.equal(answer.command, 'bind_transceiver_resp');
      assert.equal(nameCommandStatus(answer.command_status), status);
      await esme.ended;
      assert.equal(rig.server.counters.bindsRefused, 1);
    });
  }

  test('an address inside the networks of the account is let in', async () => {
    const rig = await raiseSmppRig({
      access: { allowedNetworks: ['192.0.2.0/24', '127.0.0.0/8'] },
    });
    await rig.bind();
  });

  test('so many sessions and no more: ESME_RBINDFAIL; one that leaves makes room', async () => {
    const rig = await raiseSmppRig({ access: { sessionsMax: 2 } });
    const first = await rig.bind();
    await rig.bind();
    const third = await rig.connect();
    assert.equal((await third.bind()).command_status, commandStatus.ESME_RBINDFAIL);
    first.send('unbind', {});
    assert.equal((await first.next()).command, 'unbind_resp');
    await first.ended;
    await rig.bind();
  });

  test('a refused bind is slowed', async () => {
    const rig = await raiseSmppRig({ limits: { refusedBindDelayMs: 200 } });
    const esme = await rig.connect();
    const startedAt = performance.now();
    await esme.bind({ password: 'wrong' });
    assert.ok(performance.now() - startedAt >= 190);
  });

  test('who does not bind in time is cut off; who binds is not', async () => {
    const rig = await raiseSmppRig({ limits: { session: { bindMs: 100 } } });
    const [idle, bound] = [await rig.connect(), await rig.bind()];
    await idle.ended;
    bound.send('enquire_link', {});
    assert.equal((await bound.next()).command, 'enquire_link_resp');
  });

  test('so many connections from one address and no more', async () => {
    const rig = await raiseSmppRig({ limits: { connectionsPerAddressMax: 2 } });
    const [first] = [await rig.bind(), await rig.bind()];
    const third = await rig.connect();
    await third.ended;
    assert.equal(rig.server.counters.connectionsRefused, 1);
    assert.equal((await first.submit()).command_status, 0);
  });

  test('so many connections in all and no more', async () => {
    const rig = await raiseSmppRig({ limits: { connectionsMax: 1 } });
    await rig.bind();
    const second = await rig.connect();
    await second.ended;
  });
});

describe('what is out of order', () => {
  const query = { message_id: 'x', source_addr_ton: 0, source_addr_npi: 0, source_addr: '' };
  const requests: readonly Pdu[] = [
    makePdu('submit_sm', 2, submit()),
    makePdu('query_sm', 2, query),
    makePdu('deliver_sm', 2, submit()),
  ];

  for (const request of requests) {
    test(`${request.command} before the bind: ESME_RINVBNDSTS, and the bind is still welcome`, async () => {
      const rig = await raiseSmppRig();
      const esme = await rig.connect();
      esme.sendAll([request]);
      const answer = await esme.next();
      assert.equal(answer.command, `${request.command}_resp`);
      assert.equal(answer.command_status, commandStatus.ESME_RINVBNDSTS);
      assert.equal((await esme.bind()).command_status, 0);
    });
  }

  test('submit_sm from a receiver, deliver_sm from anybody: ESME_RINVBNDSTS', async () => {
    const rig = await raiseSmppRig();
    const receiver = await rig.bind({ command: 'bind_receiver' });
    assert.equal((await receiver.submit()).command_status, commandStatus.ESME_RINVBNDSTS);
    receiver.send('deliver_sm', submit());
    assert.equal((await receiver.next()).command_status, commandStatus.ESME_RINVBNDSTS);
    assert.equal(rig.accepted.length, 0);
  });

  test('a second bind: ESME_RALYBND, and the session goes on', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    assert.equal((await esme.bind()).command_status, commandStatus.ESME_RALYBND);
    assert.equal((await esme.submit()).command_status, 0);
  });

  test('a second bind while the first is being decided: ESME_RALYBND', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const rig = await raiseSmppRig({ verify: () => promise });
    const esme = await rig.connect();
    esme.sendAll([
      makePdu('bind_transceiver', 1, bindBody),
      makePdu('bind_transceiver', 2, bindBody),
    ]);
    const second = await esme.next();
    assert.deepEqual(
      [second.sequence_number, second.command_status],
      [2, commandStatus.ESME_RALYBND],
    );
    resolve(true);
    assert.equal((await esme.next()).command_status, 0);
  });

  test('who leaves while its bind is being decided leaves nothing behind', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const rig = await raiseSmppRig({ verify: () => promise });
    const esme = await rig.connect();
    esme.sendAll([makePdu('bind_transceiver', 1, bindBody), makePdu('enquire_link', 2, {})]);
    await esme.next();
    esme.socket.destroy();
    await esme.ended;
    resolve(true);
    await rig.bind();
    assert.equal(rig.server.sessions().get('bakery'), 1);
  });

  test('unbind is answered, after what was asked before', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    esme.sendAll([makePdu('submit_sm', 5, submit()), makePdu('unbind', 6, {})]);
    const answers = await esme.take(2);
    assert.deepEqual(
      answers.map(({ command, command_status }) => `${command} ${command_status}`),
      ['submit_sm_resp 0', 'unbind_resp 0'],
    );
    await esme.ended;
    assert.equal(rig.server.sessions().get('bakery'), 0);
  });
});

describe('what is no PDU', () => {
  const header = (length: number, id: number, sequence = 9) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(length, 0);
    bytes.writeUInt32BE(id, 4);
    bytes.writeUInt32BE(sequence, 12);
    return bytes;
  };

  test('an unknown command: generic_nack ESME_RINVCMDID, and the session goes on', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    esme.write(header(16, 0x77));
    const answer = await esme.next();
    assert.deepEqual(
      [answer.command, answer.command_status, answer.sequence_number],
      ['generic_nack', commandStatus.ESME_RINVCMDID, 9],
    );
    assert.equal((await esme.submit()).command_status, 0);
  });

  for (const [title, bytes] of [
    ['a length of 15', header(15, 4)],
    ['a length beyond all bounds', header(0x7fffffff, 4)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ] as const) {
    test(`${title}: generic_nack ESME_RINVCMDLEN and the end, and others go on`, async () => {
      const rig = await raiseSmppRig();
      const [stranger, esme] = [await rig.connect(), await rig.bind()];
      stranger.write(bytes);
      const answer = await stranger.next();
      assert.equal(answer.command, 'generic_nack');
      assert.equal(answer.command_status, commandStatus.ESME_RINVCMDLEN);
      await stranger.ended;
      assert.equal((await esme.submit()).command_status, 0);
    });
  }

  test('a stranger gets a page for a PDU, a customer more', async () => {
    const rig = await raiseSmppRig();
    const [stranger, esme] = [await rig.connect(), await rig.bind()];
    stranger.write(header(4_097, 9));
    assert.equal((await stranger.next()).command_status, commandStatus.ESME_RINVCMDLEN);
    const body = submit({ short_message: Buffer.alloc(0) });
    const message_payload = Buffer.alloc(20_000, 65);
    esme.send('submit_sm', body, { message_payload });
    assert.equal((await esme.next()).command_status, 0);
  });

  test('fields that end too early: the answer of their command, three times, then the end', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const cut = encodePdu(makePdu('submit_sm', 3, submit())).subarray(0, 30);
    cut.writeUInt32BE(30, 0);
    for (const round of [1, 2, 3]) {
      esme.write(cut);
      const answer = await esme.next();
      assert.equal(answer.command, 'submit_sm_resp', String(round));
      assert.notEqual(answer.command_status, 0);
    }
    await esme.ended;
    assert.equal(rig.accepted.length, 0);
  });

  test('octets one by one are as good as whole', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.connect();
    const bytes = Buffer.concat([
      encodePdu(makePdu('bind_transceiver', 1, bindBody)),
      encodePdu(makePdu('enquire_link', 2, {})),
    ]);
    esme.socket.setNoDelay(true);
    for (const octet of bytes) esme.write(Buffer.of(octet));
    const answers = await esme.take(2);
    assert.deepEqual(
      answers.map(({ command_status }) => command_status),
      [0, 0],
    );
  });

  test('half a PDU and then nothing: the end, in time', async () => {
    const rig = await raiseSmppRig({ limits: { session: { incompletePduMs: 100 } } });
    const esme = await rig.bind();
    esme.write(header(100, 4));
    await esme.ended;
  });
});

describe('who is quiet', () => {
  /** Any PDU is a sign of life, also an answer to nothing. */
  const answerOfAny = encodePdu({
    command: 'enquire_link_resp',
    command_status: 0,
    sequence_number: 999,
  });

  test('is asked, and cut off when it says nothing', async () => {
    const rig = await raiseSmppRig({
      limits: { session: { enquireLinkMs: 100, enquireLinkTimeoutMs: 300 } },
    });
    const [mute, alive] = [await rig.bind(), await rig.bind()];
    const asked = await alive.next();
    assert.equal(asked.command, 'enquire_link');
    alive.sendAll([
      { command: 'enquire_link_resp', command_status: 0, sequence_number: asked.sequence_number },
    ]);
    assert.equal((await mute.next()).command, 'enquire_link');
    alive.socket.on('data', () => alive.write(answerOfAny));
    await mute.ended;
    assert.ok(!alive.socket.destroyed);
  });
});

describe('what goes out to customers', () => {
  /** Keeps the sessions that can take deliveries. */
  function collect() {
    const binds: ReceiverBind[] = [];
    const woken: ReceiverBind[] = [];
    const deliveries: Deliveries = {
      attach: (bind) => void binds.push(bind),
      detach: (bind) => void binds.splice(binds.indexOf(bind), 1),
      wake: (bind) => void woken.push(bind),
    };
    return { binds, woken, deliveries };
  }
  const body = submit({ esm_class: 4, short_message: Buffer.from('id:1 stat:DELIVRD') });

  test('a transmitter takes no deliveries, a receiver and a transceiver do, until they leave', async () => {
    const { binds, deliveries } = collect();
    const rig = await raiseSmppRig({ deliveries });
    await rig.bind({ command: 'bind_transmitter' });
    assert.equal(binds.length, 0);
    const esme = await rig.bind({ command: 'bind_receiver' });
    await rig.bind();
    assert.deepEqual(
      binds.map(({ account, room }) => [account, room]),
      [
        ['bakery', 10],
        ['bakery', 10],
      ],
    );
    esme.send('unbind', {});
    await esme.ended;
    assert.equal(binds.length, 1);
  });

  test('the answer of the customer is what comes of a delivery; then there is room again', async () => {
    const { binds, woken, deliveries } = collect();
    const rig = await raiseSmppRig({ deliveries, access: { window: 1 } });
    const esme = await rig.bind();
    const [bind] = binds;
    assert.ok(bind !== undefined);
    const told = bind.deliver({
      command: 'deliver_sm',
      body,
      tlvs: { receipted_message_id: 'a', message_state: 2 },
    });
    assert.equal(bind.room, 0);
    const delivery = await esme.next();
    assert.deepEqual(delivery.tlvs, { receipted_message_id: 'a', message_state: 2 });
    const { sequence_number } = delivery;
    esme.sendAll([
      { command: 'deliver_sm_resp', command_status: 0x64, sequence_number, message_id: '' },
    ]);
    assert.equal(await told, 0x64);
    assert.equal(bind.room, 1);
    // Another answer is behind the one that woke it.
    esme.send('enquire_link', {});
    await esme.next();
    assert.deepEqual(woken, [bind]);
  });

  test('what is not answered is lost: in time, and with the session', async () => {
    const { binds, deliveries } = collect();
    const rig = await raiseSmppRig({ deliveries, limits: { session: { responseMs: 100 } } });
    const esme = await rig.bind();
    const [bind] = binds;
    assert.ok(bind !== undefined);
    assert.equal(await bind.deliver({ command: 'deliver_sm', body }), 'lost');
    const told = bind.deliver({ command: 'deliver_sm', body });
    esme.socket.destroy();
    assert.equal(await told, 'lost');
    assert.equal(await bind.deliver({ command: 'deliver_sm', body }), 'lost', 'it is gone');
  });
});

describe('the end of the server', () => {
  test('what was asked is answered, then it unbinds, then it is over', async () => {
    const held: { apply(): void; answer(): void }[] = [];
    const arrived = Promise.withResolvers<void>();
    const rig = await raiseSmppRig({
      commit: divert('accept', (transaction) => {
        held.push(transaction);
        arrived.resolve();
      }),
    });
    const [esme, idle] = [await rig.bind(), await rig.connect()];
    esme.send('submit_sm', submit());
    await arrived.promise;
    const stopped = rig.server.stop(5_000);
    await idle.ended;
    for (const pending of held) {
      pending.apply();
      pending.answer();
    }
    assert.equal((await esme.next()).command, 'submit_sm_resp');
    const unbind = await esme.next();
    assert.equal(unbind.command, 'unbind');
    const { sequence_number } = unbind;
    esme.sendAll([{ command: 'unbind_resp', command_status: 0, sequence_number }]);
    await esme.ended;
    await stopped;
  });

  test('who does not answer the unbind is cut off', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const stopped = rig.server.stop(50);
    assert.equal((await esme.next()).command, 'unbind');
    await stopped;
    await esme.ended;
  });

  test('nobody binds any more', async () => {
    const rig = await raiseSmppRig();
    await rig.server.stop(10);
    const esme = await rig.connect();
    await esme.ended;
    assert.equal(rig.server.counters.connectionsRefused, 1);
  });
});
