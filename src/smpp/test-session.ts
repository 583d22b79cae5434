import { decodePdu, encodePdu } from './codec.ts';
import type { Manner } from './fields.ts';
import { Framer } from './framer.ts';
import { type Pdu, plainMessage, type RequestPdu, type Unnumbered } from './pdus.ts';
import { Session } from './session.ts';
import type { PassedRequest, SessionHandler } from './session-handler.ts';
import type { SessionLimits } from './session-limits.ts';
import { type BindCommand, boundStates, type Role, type SessionState } from './session-rules.ts';

/*
 * For tests: a session whose wire and whose reports can be looked at. Reports are lines such as
 * "request submit_sm 5", "response submit_sm_resp 0 first", "unknown first timed_out".
 */

export interface ProbeOptions {
  limits?: Partial<SessionLimits>;
  manner?: Manner;
  firstSequenceNumber?: number;
  /** What to do with a request, besides reporting it. */
  onRequest?: (session: Session<string>, request: PassedRequest) => void;
  onUnbind?: (session: Session<string>) => void;
}

export class Probe {
  readonly session: Session<string>;
  /** As handed over, one entry for each call of `send`. */
  readonly sent: Buffer[] = [];
  wakes = 0;
  private looked = 0;
  private reports: string[] = [];

  constructor(role: Role, options: ProbeOptions = {}) {
    const { onRequest, onUnbind, ...rest } = options;
    const handler: SessionHandler<string> = {
      handleRequest: (request) => {
        this.reports.push(`request ${request.command} ${request.sequence_number}`);
        onRequest?.(this.session, request);
      },
      handleResponse: ({ command, command_status }, token) =>
        this.reports.push(`response ${command} ${command_status} ${token}`),
      handleUnknown: (token, why) => this.reports.push(`unknown ${token} ${why}`),
      handleUnbind: () => {
        this.reports.push('unbind');
        onUnbind?.(this.session);
      },
      handleClosed: (reason) => this.reports.push(`closed ${reason}`),
      handleFault: (fault) => this.reports.push(`fault ${fault.kind} ${fault.command_status}`),
    };
    const send = (bytes: Buffer) => this.sent.push(bytes);
    const wake = () => {
      this.wakes += 1;
    };
    this.session = new Session<string>({ role, handler, send, wake, ...rest }, 0);
  }

  /** What was reported since the last look. */
  takeReports(): string[] {
    return this.reports.splice(0);
  }

  /** The PDUs that were sent since the last look, as "submit_sm_resp 0 5". */
  takeSent(): string[] {
    return this.takePdus().map(
      ({ command, command_status, sequence_number }) =>
        `${command} ${command_status} ${sequence_number}`,
    );
  }

  takePdus(): Pdu[] {
    this.session.flush();
    const framer = new Framer(0x20000);
    framer.push(Buffer.concat(this.sent.slice(this.looked)));
    this.looked = this.sent.length;
    const pdus: Pdu[] = [];
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      pdus.push(decodePdu(frame, 'lenient'));
    }
    return pdus;
  }

  /** Receives PDUs in one chunk. */
  receive(now: number, ...pdus: Pdu[]): void {
    this.session.receive(Buffer.concat(pdus.map((pdu) => encodePdu(pdu))), now);
  }
}

/** A session in the state, all that was said on the way there looked at. */
export function makeProbe(role: Role, state: SessionState, options: ProbeOptions = {}): Probe {
  const probe = new Probe(role, options);
  const { session } = probe;
  const command = findBind(state);
  if (command !== undefined && role === 'esme') {
    const sequence_number = session.request({ command, ...bindFields }, 'bind', 0);
    const response = `${command}_resp` as const;
    probe.receive(0, { command: response, command_status: 0, sequence_number, system_id: '' });
  } else if (command !== undefined) {
    probe.receive(0, { command, command_status: 0, sequence_number: 1, ...bindFields });
    const answer = `${command}_resp` as const;
    session.respond(
      { command, sequence_number: 1 },
      { command: answer, command_status: 0, system_id: '' },
    );
  } else if (state === 'closed') {
    session.close('shutdown');
  }
  probe.takeSent();
  probe.takeReports();
  return probe;
}

function findBind(state: SessionState): BindCommand | undefined {
  const commands = ['bind_transmitter', 'bind_receiver', 'bind_transceiver'] as const;
  return commands.find((command) => boundStates[command] === state);
}

const bindFields = {
  system_id: 'me',
  password: 'pw',
  system_type: '',
  interface_version: 0x34,
  addr_ton: 0,
  addr_npi: 0,
  address_range: '',
};

const source = { source_addr_ton: 0, source_addr_npi: 0, source_addr: '' };
const destination = { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '31612345678' };
const message = { ...plainMessage, ...destination, short_message: Buffer.from('hello') };

/** One of each request. */
export const requests: {
  [Name in RequestPdu['command']]: Extract<Unnumbered<RequestPdu>, { command: Name }>;
} = {
  bind_transmitter: { command: 'bind_transmitter', ...bindFields },
  bind_receiver: { command: 'bind_receiver', ...bindFields },
  bind_transceiver: { command: 'bind_transceiver', ...bindFields },
  outbind: { command: 'outbind', system_id: 'me', password: 'pw' },
  unbind: { command: 'unbind' },
  submit_sm: { command: 'submit_sm', ...message },
  deliver_sm: { command: 'deliver_sm', ...message },
  submit_multi: {
    ...plainMessage,
    command: 'submit_multi',
    dest_address: [{ dest_flag: 1, ...destination }],
    short_message: Buffer.from('hello'),
  },
  data_sm: {
    command: 'data_sm',
    service_type: '',
    ...source,
    ...destination,
    esm_class: 0,
    registered_delivery: 0,
    data_coding: 0,
  },
  query_sm: { command: 'query_sm', message_id: '1', ...source },
  cancel_sm: { command: 'cancel_sm', service_type: '', message_id: '1', ...source, ...destination },
  replace_sm: {
    command: 'replace_sm',
    message_id: '1',
    ...source,
    schedule_delivery_time: '',
    validity_period: '',
    registered_delivery: 0,
    sm_default_msg_id: 0,
    short_message: Buffer.from('hello'),
  },
  enquire_link: { command: 'enquire_link' },
  alert_notification: {
    command: 'alert_notification',
    ...source,
    esme_addr_ton: 0,
    esme_addr_npi: 0,
    esme_addr: '',
  },
};

/** A request as the peer would send it. */
export function makeRequest(command: RequestPdu['command'], sequence_number: number): RequestPdu {
  return { ...requests[command], command_status: 0, sequence_number };
}

/** A positive response to a submit_sm. */
export function makeSubmitSmResp(sequence_number: number): Pdu {
  return { command: 'submit_sm_resp', command_status: 0, sequence_number, message_id: 'id' };
}
