import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePdu } from './codec.ts';
import { commandStatus } from './command-status.ts';
import { makeProbe, makeRequest, makeSubmitSmResp, Probe, requests } from './test-session.ts';

const { submit_sm, deliver_sm } = requests;

describe('requests and responses', () => {
  test('the token comes back with the response, whatever the order', () => {
    const { probe, session } = makeEsme();
    const first = session.request(submit_sm, 'first', 0);
    const second = session.request(submit_sm, 'second', 0);
    assert.equal(second, first + 1);
    probe.receive(1, makeSubmitSmResp(second), makeSubmitSmResp(first));
    assert.deepEqual(probe.takeReports(), [
      'response submit_sm_resp 0 second',
      'response submit_sm_resp 0 first',
    ]);
    assert.equal(session.outstandingCount, 0);
  });

  test('a negative response and one without a body are responses', () => {
    const { probe, session } = makeEsme();
    const sequence_number = session.request(submit_sm, 'one', 0);
    session.receive(
      encodePdu({
        command: 'submit_sm_resp',
        command_status: 0x58,
        sequence_number,
        message_id: '',
      }),
      1,
    );
    assert.deepEqual(probe.takeReports(), ['response submit_sm_resp 88 one']);
  });

  test('generic_nack answers the request of its sequence_number', () => {
    const { probe, session } = makeEsme();
    const sequence_number = session.request(submit_sm, 'one', 0);
    probe.receive(1, { command: 'generic_nack', command_status: 3, sequence_number });
    assert.deepEqual(probe.takeReports(), ['response generic_nack 3 one']);
  });

  test('generic_nack of sequence_number 0 ends the session: nobody knows what it means', () => {
    const { probe, session } = makeEsme();
    session.request(submit_sm, 'one', 0);
    probe.receive(1, { command: 'generic_nack', command_status: 2, sequence_number: 0 });
    assert.deepEqual(probe.takeReports(), ['unknown one closed', 'closed generic_nack']);
  });

  test('responses to nothing of ours are counted and ignored', () => {
    const { probe, session } = makeEsme();
    const sequence_number = session.request(submit_sm, 'one', 0);
    probe.receive(1, makeSubmitSmResp(sequence_number + 1), makeSubmitSmResp(sequence_number));
    probe.receive(1, makeSubmitSmResp(sequence_number));
    probe.receive(1, { command: 'generic_nack', command_status: 3, sequence_number: 999 });
    probe.receive(1, { command: 'unbind_resp', command_status: 0, sequence_number });
    assert.deepEqual(probe.takeReports(), ['response submit_sm_resp 0 one']);
    assert.equal(session.counters.unmatchedResponses, 4);
  });

  test('the response of another command does not answer', () => {
    const { probe, session } = makeEsme();
    const sequence_number = session.request(submit_sm, 'one', 0);
    probe.receive(1, {
      command: 'deliver_sm_resp',
      command_status: 0,
      sequence_number,
      message_id: '',
    });
    assert.deepEqual(probe.takeReports(), []);
    assert.equal(session.counters.unmatchedResponses, 1);
    assert.equal(session.outstandingCount, 1);
  });

  test('sequence numbers go from 0x7fffffff to 1', () => {
    const { session } = makeEsme({ firstSequenceNumber: 0x7ffffffe });
    assert.equal(session.request(submit_sm, 'one', 0), 0x7fffffff);
    assert.equal(session.request(submit_sm, 'two', 0), 1);
  });

  test('a value without a place in the PDU throws and changes nothing', () => {
    const { probe, session } = makeEsme();
    const bad = { ...submit_sm, destination_addr: '1'.repeat(21) };
    assert.throws(() => session.request(bad, 'bad', 0), RangeError);
    assert.equal(session.outstandingCount, 0);
    const sequence_number = session.request(submit_sm, 'good', 0);
    assert.deepEqual(probe.takeSent(), [`submit_sm 0 ${sequence_number}`]);
  });

  test('announcements have no token and take no room', () => {
    const probe = makeProbe('smsc', 'bound_rx', { limits: { windowMax: 1 } });
    probe.session.announce(requests.alert_notification);
    assert.equal(probe.session.room(), 1);
    assert.equal(probe.session.outstandingCount, 0);
  });
});

describe('our window', () => {
  test('has room for windowMax requests and no more', () => {
    const { probe, session } = makeEsme({ limits: { windowMax: 2 } });
    assert.equal(session.room(), 2);
    const sequence_number = session.request(submit_sm, 'one', 0);
    session.request(submit_sm, 'two', 0);
    assert.equal(session.room(), 0);
    assert.throws(() => session.request(submit_sm, 'three', 0), /window is full/);
    probe.receive(1, makeSubmitSmResp(sequence_number));
    assert.equal(session.room(), 1);
  });

  test('has no room unless bound', () => {
    for (const state of ['open', 'closed'] as const) {
      assert.equal(makeProbe('esme', state).session.room(), 0);
    }
  });
});

describe("the peer's window", () => {
  test('a customer with too many unanswered requests is throttled, enquire_link is not', () => {
    const probe = makeProbe('smsc', 'bound_tx', { limits: { unansweredMax: 2 } });
    for (const number of [5, 6, 7]) probe.receive(1, makeRequest('submit_sm', number));
    probe.receive(1, makeRequest('enquire_link', 8));
    assert.deepEqual(probe.takeReports(), ['request submit_sm 5', 'request submit_sm 6']);
    assert.deepEqual(probe.takeSent(), [
      `submit_sm_resp ${commandStatus.ESME_RTHROTTLED} 7`,
      'enquire_link_resp 0 8',
    ]);
    assert.equal(probe.session.unansweredCount, 2);
    assert.equal(probe.session.counters.overflows, 1);
  });

  test('an SMSC with too many is told to try again later', () => {
    const probe = makeProbe('esme', 'bound_rx', { limits: { unansweredMax: 0 } });
    probe.receive(1, makeRequest('deliver_sm', 5));
    assert.deepEqual(probe.takeSent(), [`deliver_sm_resp ${commandStatus.ESME_RX_T_APPN} 5`]);
  });

  test('an answer, positive or negative, makes room', () => {
    const probe = makeProbe('smsc', 'bound_tx', { limits: { unansweredMax: 1 } });
    const answer = { command: 'submit_sm_resp', command_status: 0, message_id: 'id' } as const;
    probe.receive(1, makeRequest('submit_sm', 5));
    probe.session.respond({ command: 'submit_sm', sequence_number: 5 }, answer);
    probe.receive(1, makeRequest('submit_sm', 6));
    probe.session.refuse({ command: 'submit_sm', sequence_number: 6 }, 0x58);
    probe.receive(1, makeRequest('submit_sm', 7));
    assert.equal(probe.session.counters.overflows, 0);
    assert.deepEqual(probe.takeSent(), ['submit_sm_resp 0 5', 'submit_sm_resp 88 6']);
  });
});

describe('answers', () => {
  test('a refused deliver_sm keeps its empty message_id, a refused submit_sm has no body', () => {
    const esme = makeProbe('esme', 'bound_rx');
    esme.receive(1, makeRequest('deliver_sm', 5));
    esme.session.refuse({ command: 'deliver_sm', sequence_number: 5 }, 0x64);
    esme.session.flush();
    assert.equal(esme.sent.at(-1)?.toString('hex'), '0000001180000005000000640000000500');
    const smsc = makeProbe('smsc', 'bound_tx');
    smsc.receive(1, makeRequest('submit_sm', 6));
    smsc.session.refuse({ command: 'submit_sm', sequence_number: 6 }, 0x58);
    smsc.session.flush();
    assert.equal(smsc.sent.at(-1)?.toString('hex'), '00000010800000040000005800000006');
  });

  test('come too late once the session is closed', () => {
    const probe = makeProbe('smsc', 'bound_tx');
    probe.receive(1, makeRequest('submit_sm', 5));
    probe.session.close('shutdown');
    const request = { command: 'submit_sm', sequence_number: 5 } as const;
    const answer = { command: 'submit_sm_resp', command_status: 0, message_id: 'id' } as const;
    assert.equal(probe.session.respond(request, answer), false);
    assert.equal(probe.session.refuse(request, 0x58), false);
    assert.deepEqual(probe.takeSent(), []);
  });
});

describe('the output', () => {
  test('is one piece for a tick, and wakes its owner once', () => {
    const { probe, session } = makeEsme({ limits: { windowMax: 100 } });
    const { wakes, sent } = probe;
    const before = sent.length;
    for (let count = 0; count < 10; count += 1) session.request(submit_sm, `${count}`, 0);
    assert.equal(probe.wakes, wakes + 1);
    assert.equal(sent.length, before);
    session.flush();
    session.flush();
    assert.equal(sent.length, before + 1);
    session.request(submit_sm, 'next', 0);
    assert.equal(probe.wakes, wakes + 2);
  });

  test('keeps its order and never changes what was handed over, over many slabs', () => {
    const { probe, session } = makeEsme({ limits: { windowMax: 3000 } });
    const snapshots: Buffer[] = [];
    for (let count = 0; count < 3000; count += 1) {
      session.request(submit_sm, `${count}`, 0);
      if (count % 7 === 0) session.flush();
      for (const bytes of probe.sent.slice(snapshots.length)) snapshots.push(Buffer.from(bytes));
    }
    assert.ok(snapshots.every((bytes, index) => probe.sent[index]?.equals(bytes)));
    const numbers = probe.takePdus().map(({ sequence_number }) => sequence_number);
    assert.equal(numbers.length, 3000);
    assert.ok(numbers.every((number, index) => number === index + 2));
  });

  test('takes PDUs larger than a slab', () => {
    const { probe, session } = makeEsme({ limits: { windowMax: 2 } });
    const message_payload = Buffer.alloc(0xffff, 0x61);
    session.request({ ...submit_sm, tlvs: { message_payload } }, 'large', 0);
    session.request(submit_sm, 'small', 0);
    const [large, small] = probe.takePdus();
    assert.ok(large?.tlvs?.message_payload?.equals(message_payload));
    assert.equal(small?.sequence_number, 3);
  });
});

describe('the input', () => {
  test('after the bind may hold frames of 72 KiB, before it of 4 KiB', () => {
    const message_payload = Buffer.alloc(5000);
    const large = encodePdu({
      ...deliver_sm,
      command_status: 0,
      sequence_number: 9,
      tlvs: { message_payload },
    });
    const bound = makeProbe('esme', 'bound_rx');
    bound.session.receive(large, 1);
    assert.deepEqual(bound.takeReports(), ['request deliver_sm 9']);
    const open = new Probe('esme');
    open.session.receive(large, 1);
    assert.deepEqual(open.takeReports(), ['fault fatal 2', 'closed framing_lost']);
  });

  test('stops where the handler closes the session', () => {
    const probe = makeProbe('smsc', 'bound_tx', {
      onRequest: (session, request) => {
        if (request.sequence_number === 6) session.close('refused');
      },
    });
    probe.receive(1, ...[5, 6, 7].map((number) => makeRequest('submit_sm', number)));
    probe.receive(2, makeRequest('submit_sm', 8));
    assert.deepEqual(probe.takeReports(), [
      'request submit_sm 5',
      'request submit_sm 6',
      'closed refused',
    ]);
  });
});

function makeEsme(options: Parameters<typeof makeProbe>[2] = {}) {
  const probe = makeProbe('esme', 'bound_trx', options);
  return { probe, session: probe.session };
}
