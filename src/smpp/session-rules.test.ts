import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandStatus } from './command-status.ts';
import type { RequestPdu } from './pdus.ts';
import { mayIssue, type Role, type SessionState } from './session-rules.ts';
import { makeProbe, makeRequest, Probe, requests } from './test-session.ts';

/*
 * SMPP 3.4 §2.3, table 2-1, once more by hand: for each request the states in which an ESME may
 * issue it, and those in which an SMSC may. o is open, t, r and x are bound as transmitter,
 * receiver and transceiver.
 */
const table: { [Name in RequestPdu['command']]: [esme: string, smsc: string] } = {
  bind_transmitter: ['o', ''],
  bind_receiver: ['o', ''],
  bind_transceiver: ['o', ''],
  outbind: ['', 'o'],
  unbind: ['trx', 'trx'],
  submit_sm: ['tx', ''],
  submit_multi: ['tx', ''],
  data_sm: ['trx', 'trx'],
  deliver_sm: ['', 'rx'],
  query_sm: ['tx', ''],
  cancel_sm: ['tx', ''],
  replace_sm: ['tx', ''],
  enquire_link: ['otrx', 'otrx'],
  alert_notification: ['', 'rx'],
};

const states: [string, SessionState][] = [
  ['o', 'open'],
  ['t', 'bound_tx'],
  ['r', 'bound_rx'],
  ['x', 'bound_trx'],
];

const cases = Object.keys(table).filter((name): name is RequestPdu['command'] => name in table);
const binds = ['bind_transmitter', 'bind_receiver', 'bind_transceiver'] as const;

describe('who may issue what, and when', () => {
  for (const command of cases) {
    for (const [letter, state] of states) {
      const [esme, smsc] = table[command];
      const issuers: [Role, Role, string][] = [
        ['esme', 'smsc', esme],
        ['smsc', 'esme', smsc],
      ];
      for (const [issuer, receiver, allowed] of issuers) {
        const isAllowed = allowed.includes(letter);
        const title = `${command} from the ${issuer} in ${state}`;
        test(`${title} is ${isAllowed ? 'taken' : 'refused'}`, () => {
          assert.equal(mayIssue(command, issuer, state), isAllowed);
          checkReceived(receiver, state, command, isAllowed);
          checkIssued(issuer, state, command, isAllowed);
        });
      }
    }
  }

  test('nothing in a closed session', () => {
    for (const command of cases) assert.equal(mayIssue(command, 'esme', 'closed'), false);
  });
});

function checkReceived(
  role: Role,
  state: SessionState,
  command: RequestPdu['command'],
  isAllowed: boolean,
): void {
  const probe = makeProbe(role, state);
  probe.receive(1, makeRequest(command, 5));
  if (command === 'enquire_link') {
    assert.deepEqual(probe.takeSent(), ['enquire_link_resp 0 5']);
  } else if (command === 'unbind' && isAllowed) {
    assert.deepEqual(probe.takeReports(), ['unbind', 'closed unbound_by_peer']);
  } else if (isAllowed) {
    assert.deepEqual(probe.takeReports(), [`request ${command} 5`]);
    assert.deepEqual(probe.takeSent(), []);
  } else {
    assert.deepEqual(probe.takeReports(), []);
    assert.equal(probe.session.counters.violations, 1);
    const hasAnswer = command !== 'outbind' && command !== 'alert_notification';
    const isBind = binds.some((bind) => bind === command);
    const status = isBind && state !== 'open' ? 'ESME_RALYBND' : 'ESME_RINVBNDSTS';
    const answer = `${command}_resp ${commandStatus[status]} 5`;
    assert.deepEqual(probe.takeSent(), hasAnswer ? [answer] : []);
  }
}

function checkIssued(
  role: Role,
  state: SessionState,
  command: RequestPdu['command'],
  isAllowed: boolean,
): void {
  const probe = makeProbe(role, state);
  const { session } = probe;
  const request = requests[command];
  // These two the session sends by itself.
  if (request.command === 'enquire_link' || request.command === 'unbind') return;
  const issue = () => {
    if (request.command === 'outbind' || request.command === 'alert_notification') {
      return session.announce(request);
    }
    return session.request(request, 'token', 1);
  };
  if (isAllowed) {
    const sequence_number = issue();
    assert.deepEqual(probe.takeSent(), [`${command} 0 ${sequence_number}`]);
  } else {
    assert.throws(issue, /not for the/);
    assert.deepEqual(probe.takeSent(), []);
  }
}

describe('binding', () => {
  const boundAs = [
    ['bind_transmitter', 'bound_tx'],
    ['bind_receiver', 'bound_rx'],
    ['bind_transceiver', 'bound_trx'],
  ] as const;

  for (const [command, state] of boundAs) {
    test(`${command} makes both sides ${state}`, () => {
      const esme = new Probe('esme');
      const smsc = new Probe('smsc', {
        onRequest: (session, request) => {
          if (request.command !== command) return;
          const answer = `${command}_resp` as const;
          session.respond(request, { command: answer, command_status: 0, system_id: 'us' });
        },
      });
      esme.session.request(requests[command], 'bind', 0);
      esme.session.flush();
      for (const bytes of esme.sent) smsc.session.receive(bytes, 1);
      assert.equal(smsc.session.state, state);
      smsc.session.flush();
      for (const bytes of smsc.sent) esme.session.receive(bytes, 2);
      assert.equal(esme.session.state, state);
      assert.deepEqual(esme.takeReports(), [`response ${command}_resp 0 bind`]);
    });
  }

  test('a refused bind leaves the session open for another', () => {
    const smsc = new Probe('smsc');
    smsc.receive(1, makeRequest('bind_transceiver', 1));
    smsc.session.refuse(
      { command: 'bind_transceiver', sequence_number: 1 },
      commandStatus.ESME_RINVPASWD,
    );
    assert.equal(smsc.session.state, 'open');
    assert.deepEqual(smsc.takeSent(), ['bind_transceiver_resp 14 1']);
    smsc.receive(2, makeRequest('bind_transceiver', 2));
    assert.deepEqual(smsc.takeReports(), [
      'request bind_transceiver 1',
      'request bind_transceiver 2',
    ]);
  });

  test('a refusal leaves the ESME open', () => {
    const esme = new Probe('esme');
    const sequence_number = esme.session.request(requests.bind_receiver, 'bind', 0);
    const command = 'bind_receiver_resp';
    esme.receive(1, { command, command_status: 0x0e, sequence_number, system_id: '' });
    assert.equal(esme.session.state, 'open');
    assert.deepEqual(esme.takeReports(), ['response bind_receiver_resp 14 bind']);
  });

  test('while a bind is being decided, another is refused and messages are, too', () => {
    const smsc = new Probe('smsc');
    smsc.receive(
      1,
      makeRequest('bind_transceiver', 1),
      makeRequest('bind_transmitter', 2),
      makeRequest('submit_sm', 3),
    );
    assert.deepEqual(smsc.takeReports(), ['request bind_transceiver 1']);
    const { ESME_RALYBND, ESME_RINVBNDSTS } = commandStatus;
    assert.deepEqual(smsc.takeSent(), [
      `bind_transmitter_resp ${ESME_RALYBND} 2`,
      `submit_sm_resp ${ESME_RINVBNDSTS} 3`,
    ]);
  });

  test('what follows the bind response in one chunk is taken', () => {
    const esme = new Probe('esme');
    const sequence_number = esme.session.request(requests.bind_transceiver, 'bind', 0);
    const command = 'bind_transceiver_resp';
    esme.receive(
      1,
      { command, command_status: 0, sequence_number, system_id: '' },
      makeRequest('deliver_sm', 1),
    );
    assert.deepEqual(esme.takeReports(), [
      'response bind_transceiver_resp 0 bind',
      'request deliver_sm 1',
    ]);
  });
});
