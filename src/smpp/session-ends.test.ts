import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePdu } from './codec.ts';
import { commandStatus } from './command-status.ts';
import { esmeLimits, smscLimits } from './session-limits.ts';
import { makeProbe, makeRequest, makeSubmitSmResp, Probe, requests } from './test-session.ts';

const { submit_sm } = requests;
const enquireLink = encodePdu({ command: 'enquire_link', command_status: 0, sequence_number: 9 });

describe('close', () => {
  test('reports every outstanding request once, then the end once', () => {
    const probe = makeProbe('esme', 'bound_trx');
    const { session } = probe;
    for (const token of ['one', 'two', 'three']) session.request(submit_sm, token, 0);
    probe.receive(1, makeSubmitSmResp(3));
    session.close('connection_lost');
    session.close('shutdown');
    session.tick(1e9);
    probe.receive(2, makeSubmitSmResp(2));
    assert.deepEqual(probe.takeReports(), [
      'response submit_sm_resp 0 two',
      'unknown one closed',
      'unknown three closed',
      'closed connection_lost',
    ]);
  });

  test('sends what waits, unless there is no connection any more', () => {
    for (const [reason, count] of [
      ['shutdown', 1],
      ['connection_lost', 0],
    ] as const) {
      const probe = makeProbe('esme', 'bound_trx');
      const before = probe.sent.length;
      probe.session.request(submit_sm, 'one', 0);
      probe.session.close(reason);
      assert.equal(probe.sent.length - before, count);
    }
  });
});

describe('response time-out', () => {
  test('each request is unknown when its own time is over, not before', () => {
    const probe = makeProbe('esme', 'bound_trx');
    const { session } = probe;
    session.request(submit_sm, 'first', 0);
    session.request(submit_sm, 'second', 10);
    session.tick(esmeLimits.responseMs - 1);
    assert.deepEqual(probe.takeReports(), []);
    session.tick(esmeLimits.responseMs);
    assert.deepEqual(probe.takeReports(), ['unknown first timed_out']);
    probe.receive(esmeLimits.responseMs + 1, makeSubmitSmResp(2));
    assert.equal(session.counters.unmatchedResponses, 1);
    session.tick(esmeLimits.responseMs + 10);
    assert.deepEqual(probe.takeReports(), ['unknown second timed_out']);
    assert.equal(session.room(), esmeLimits.windowMax);
  });
});

describe('bind time-out', () => {
  for (const [role, limits] of [
    ['esme', esmeLimits],
    ['smsc', smscLimits],
  ] as const) {
    test(`ends an ${role} session that does not become bound`, () => {
      const probe = new Probe(role);
      probe.session.receive(enquireLink, limits.bindMs - 1);
      probe.session.tick(limits.bindMs - 1);
      assert.deepEqual(probe.takeReports(), []);
      probe.session.tick(limits.bindMs);
      assert.deepEqual(probe.takeReports(), ['closed bind_timed_out']);
    });

    test(`leaves a bound ${role} session alone`, () => {
      const probe = makeProbe(role, 'bound_trx');
      probe.session.receive(enquireLink, limits.bindMs);
      probe.session.tick(limits.bindMs);
      assert.equal(probe.session.state, 'bound_trx');
    });
  }
});

describe('incomplete PDU', () => {
  const { incompletePduMs } = smscLimits;

  test('is given up 10 s after its first octet, however it dribbles', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    for (let at = 0; at < 10; at += 1) {
      probe.session.receive(enquireLink.subarray(at, at + 1), 1000 * at);
      probe.session.tick(1000 * at);
    }
    probe.session.tick(incompletePduMs - 1);
    assert.deepEqual(probe.takeReports(), []);
    probe.session.tick(incompletePduMs);
    assert.deepEqual(probe.takeReports(), ['closed incomplete_pdu']);
  });

  test('has its own time, not that of the one before', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    probe.session.receive(enquireLink.subarray(0, 8), 0);
    const rest = Buffer.concat([enquireLink.subarray(8), enquireLink.subarray(0, 8)]);
    probe.session.receive(rest, 9000);
    probe.session.tick(9000 + incompletePduMs - 1);
    assert.deepEqual(probe.takeReports(), []);
    probe.session.tick(9000 + incompletePduMs);
    assert.deepEqual(probe.takeReports(), ['closed incomplete_pdu']);
  });

  test('that is completed is forgotten', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    probe.session.receive(enquireLink.subarray(0, 8), 0);
    probe.session.receive(enquireLink.subarray(8), 9999);
    probe.session.tick(incompletePduMs + 5000);
    assert.equal(probe.session.state, 'bound_tx');
  });
});

describe('enquire_link', () => {
  const { enquireLinkMs, enquireLinkTimeoutMs } = esmeLimits;

  test('is sent once after silence, and its answer keeps the session', () => {
    const probe = makeProbe('esme', 'bound_trx');
    probe.session.tick(enquireLinkMs - 1);
    assert.deepEqual(probe.takeSent(), []);
    probe.session.tick(enquireLinkMs);
    probe.session.tick(enquireLinkMs + 1);
    assert.deepEqual(probe.takeSent(), ['enquire_link 0 2']);
    probe.receive(enquireLinkMs + 2, {
      command: 'enquire_link_resp',
      command_status: 0,
      sequence_number: 2,
    });
    probe.session.tick(enquireLinkMs + enquireLinkTimeoutMs);
    assert.deepEqual(probe.takeReports(), []);
    assert.equal(probe.session.counters.unmatchedResponses, 0);
    probe.session.tick(enquireLinkMs + 2 + enquireLinkMs);
    assert.deepEqual(probe.takeSent(), ['enquire_link 0 3']);
  });

  test('without an answer ends the session', () => {
    const probe = makeProbe('esme', 'bound_trx');
    probe.session.request(submit_sm, 'one', 20_000);
    probe.session.tick(enquireLinkMs);
    probe.session.tick(enquireLinkMs + enquireLinkTimeoutMs - 1);
    assert.deepEqual(probe.takeReports(), []);
    probe.session.tick(enquireLinkMs + enquireLinkTimeoutMs);
    assert.deepEqual(probe.takeReports(), ['unknown one closed', 'closed enquire_link_timed_out']);
  });

  test('any whole PDU is a sign of life, octets of one are not', () => {
    const alive = makeProbe('esme', 'bound_trx');
    alive.session.tick(enquireLinkMs);
    alive.receive(enquireLinkMs + 1, makeRequest('deliver_sm', 5));
    alive.session.tick(enquireLinkMs + enquireLinkTimeoutMs);
    assert.equal(alive.session.state, 'bound_trx');
    const dead = makeProbe('esme', 'bound_trx');
    dead.session.tick(enquireLinkMs);
    dead.session.receive(enquireLink.subarray(0, 15), enquireLinkMs + 1);
    dead.session.tick(enquireLinkMs + enquireLinkTimeoutMs);
    assert.deepEqual(dead.takeReports(), ['closed enquire_link_timed_out']);
  });
});

describe("the peer's unbind", () => {
  const unbind = { command: 'unbind', command_status: 0, sequence_number: 77 } as const;
  const request = { command: 'submit_sm', sequence_number: 5 } as const;
  const answer = { command: 'submit_sm_resp', command_status: 0, message_id: 'id' } as const;

  test('is answered at once when nothing is owed', () => {
    const probe = makeProbe('smsc', 'bound_trx');
    probe.session.request(requests.deliver_sm, 'mo', 0);
    probe.takeSent();
    probe.receive(1, unbind);
    assert.deepEqual(probe.takeReports(), [
      'unbind',
      'unknown mo closed',
      'closed unbound_by_peer',
    ]);
    assert.deepEqual(probe.takeSent(), ['unbind_resp 0 77']);
  });

  test('waits for the answers that are owed, and nothing new is taken', () => {
    const probe = makeProbe('smsc', 'bound_trx');
    probe.receive(1, makeRequest('submit_sm', 5), unbind, makeRequest('submit_sm', 6));
    assert.equal(probe.session.state, 'unbound');
    assert.equal(probe.session.room(), 0);
    assert.deepEqual(probe.takeReports(), ['request submit_sm 5', 'unbind']);
    assert.equal(probe.session.respond(request, answer), true);
    assert.deepEqual(probe.takeReports(), ['closed unbound_by_peer']);
    assert.deepEqual(probe.takeSent(), [
      `submit_sm_resp ${commandStatus.ESME_RINVBNDSTS} 6`,
      'submit_sm_resp 0 5',
      'unbind_resp 0 77',
    ]);
  });

  test('is not answered any more when the owner closes at the news', () => {
    const probe = makeProbe('smsc', 'bound_trx', {
      onUnbind: (session) => session.close('refused'),
    });
    probe.receive(1, unbind);
    assert.deepEqual(probe.takeReports(), ['unbind', 'closed refused']);
    assert.deepEqual(probe.takeSent(), []);
  });

  test('does not wait for ever', () => {
    const probe = makeProbe('smsc', 'bound_trx');
    probe.receive(1, makeRequest('submit_sm', 5), unbind);
    probe.session.tick(smscLimits.responseMs);
    assert.equal(probe.session.state, 'unbound');
    probe.session.tick(1 + smscLimits.responseMs);
    assert.deepEqual(probe.takeSent(), ['unbind_resp 0 77']);
    assert.equal(probe.session.state, 'closed');
  });
});

describe('our unbind', () => {
  test('waits for what is outstanding, both ways, and ends with its answer', () => {
    const probe = makeProbe('esme', 'bound_trx');
    const { session } = probe;
    session.request(submit_sm, 'one', 0);
    probe.receive(0, makeRequest('deliver_sm', 5));
    probe.takeSent();
    probe.takeReports();
    session.unbind(1);
    session.unbind(1);
    assert.equal(session.room(), 0);
    assert.throws(() => session.request(submit_sm, 'two', 1), /session is ending/);
    probe.receive(2, makeSubmitSmResp(2));
    assert.deepEqual(probe.takeSent(), []);
    session.respond(
      { command: 'deliver_sm', sequence_number: 5 },
      { command: 'deliver_sm_resp', command_status: 0, message_id: '' },
    );
    session.tick(3);
    assert.deepEqual(probe.takeSent(), ['deliver_sm_resp 0 5', 'unbind 0 3']);
    probe.receive(4, { command: 'unbind_resp', command_status: 0, sequence_number: 3 });
    assert.deepEqual(probe.takeReports(), ['response submit_sm_resp 0 one', 'closed unbound']);
  });

  test('is sent anyway when the responses are overdue, and gives up on its answer', () => {
    const probe = makeProbe('esme', 'bound_trx');
    probe.receive(0, makeRequest('deliver_sm', 5));
    probe.session.unbind(0);
    const { responseMs, unbindMs } = esmeLimits;
    probe.session.tick(responseMs - 1);
    assert.deepEqual(probe.takeSent(), []);
    probe.session.tick(responseMs);
    assert.equal(probe.takeSent().at(0), 'unbind 0 2');
    probe.session.tick(responseMs + unbindMs - 1);
    assert.equal(probe.session.state, 'bound_trx');
    probe.session.tick(responseMs + unbindMs);
    assert.deepEqual(probe.takeReports(), ['request deliver_sm 5', 'closed unbind_timed_out']);
  });

  test('a generic_nack is an answer, too', () => {
    const probe = makeProbe('esme', 'bound_trx');
    probe.session.unbind(0);
    probe.receive(1, { command: 'generic_nack', command_status: 3, sequence_number: 2 });
    assert.deepEqual(probe.takeReports(), ['closed unbound']);
  });

  test('just closes what is not bound', () => {
    const probe = new Probe('esme');
    probe.session.unbind(0);
    assert.deepEqual(probe.takeReports(), ['closed unbound']);
    assert.deepEqual(probe.takeSent(), []);
  });

  test('crossing with that of the peer ends the session', () => {
    const probe = makeProbe('esme', 'bound_trx');
    probe.session.unbind(0);
    probe.receive(1, { command: 'unbind', command_status: 0, sequence_number: 77 });
    assert.deepEqual(probe.takeSent(), ['unbind 0 2', 'unbind_resp 0 77']);
    assert.deepEqual(probe.takeReports(), ['unbind', 'closed unbound_by_peer']);
  });
});

describe('bad PDUs', () => {
  const bad = (sequence_number: number, command_id = 4) => {
    const frame = Buffer.alloc(17, 0x61);
    frame.writeUInt32BE(17, 0);
    frame.writeUInt32BE(command_id, 4);
    frame.writeUInt32BE(0, 8);
    frame.writeUInt32BE(sequence_number, 12);
    return frame;
  };
  const good = enquireLink;
  const { ESME_RINVCMDLEN, ESME_RINVCMDID } = commandStatus;
  const fault = `fault recoverable ${ESME_RINVCMDLEN}`;

  test('are answered negatively, and the next in the same chunk is served', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    const next = encodePdu(makeRequest('submit_sm', 6));
    probe.session.receive(Buffer.concat([bad(5), next]), 1);
    assert.deepEqual(probe.takeReports(), [fault, 'request submit_sm 6']);
    assert.deepEqual(probe.takeSent(), [`submit_sm_resp ${ESME_RINVCMDLEN} 5`]);
  });

  test('an unknown command is answered with generic_nack', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    probe.session.receive(bad(5, 0x99), 1);
    assert.deepEqual(probe.takeSent(), [`generic_nack ${ESME_RINVCMDID} 5`]);
  });

  test('three in a row end the session, two with a good one behind do not', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    probe.session.receive(Buffer.concat([bad(1), bad(2), good, bad(3), bad(4)]), 1);
    assert.equal(probe.session.state, 'bound_tx');
    probe.session.receive(Buffer.concat([bad(5), good]), 1);
    assert.deepEqual(probe.takeReports(), [
      fault,
      fault,
      fault,
      fault,
      fault,
      'closed too_many_faults',
    ]);
    assert.equal(probe.takeSent().at(-1), `submit_sm_resp ${ESME_RINVCMDLEN} 5`);
  });

  test('a response is never answered; its request becomes unknown at once', () => {
    const probe = makeProbe('esme', 'bound_trx');
    const { session } = probe;
    const sequence_number = session.request(submit_sm, 'one', 0);
    probe.takeSent();
    session.receive(bad(sequence_number, 0x80000004), 1);
    session.receive(bad(sequence_number, 0x80000099), 1);
    assert.deepEqual(probe.takeSent(), []);
    assert.deepEqual(probe.takeReports(), [
      fault,
      'unknown one unreadable',
      `fault recoverable ${ESME_RINVCMDID}`,
    ]);
    assert.equal(session.counters.unmatchedResponses, 1);
  });

  test('an impossible command_length is answered with generic_nack and ends the session', () => {
    const probe = new Probe('smsc');
    probe.session.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1);
    assert.deepEqual(probe.takeReports(), [
      `fault fatal ${ESME_RINVCMDLEN}`,
      'closed framing_lost',
    ]);
    assert.equal(probe.takePdus().at(0)?.command, 'generic_nack');
  });

  test('lenient manner is passed on to the codec', () => {
    const frame = Buffer.from(
      '00000017 80000004 00000000 00000002 61 0427 0002'.replaceAll(' ', ''),
      'hex',
    );
    frame.writeUInt32BE(frame.length, 0);
    for (const [manner, report] of [
      ['strict', 'unknown one unreadable'],
      ['lenient', 'response submit_sm_resp 0 one'],
    ] as const) {
      const probe = makeProbe('esme', 'bound_trx', { manner });
      probe.session.request(submit_sm, 'one', 0);
      probe.session.receive(frame, 1);
      assert.equal(probe.takeReports().at(-1), report);
    }
  });
});
