import type { Account } from '../core/account.ts';
import type { Clock } from '../lib/clock.ts';
import type { Wire, WireHandler } from '../lib/net.ts';
import type { Pace } from '../lib/pace.ts';
import { commandStatus } from '../smpp/command-status.ts';
import {
  type CancelSm,
  type DataSm,
  interfaceVersion34,
  type QuerySm,
  type QuerySmResp,
  type SubmitMulti,
  type SubmitSm,
  type UnsuccessSme,
} from '../smpp/pdus.ts';
import { Session } from '../smpp/session.ts';
import type {
  AnsweredRequest,
  CloseReason,
  PassedRequest,
  SessionCounters,
} from '../smpp/session-handler.ts';
import type { SessionLimits } from '../smpp/session-limits.ts';
import type { BindCommand } from '../smpp/session-rules.ts';
import type { ServerCounters } from './counters.ts';
import { addressOf } from './failures.ts';
import { deliveryBytesMax, unreadBytesMax } from './limits.ts';
import type { Deliveries, Delivery, ReceiverBind } from './receiver-bind.ts';
import type { SubmitDesk, Submitter } from './submit-desk.ts';

/** How we call ourselves in bind_resp. */
const ourSystemId = 'Chappe';

export type BindRequest = Extract<PassedRequest, { command: BindCommand }>;

/** An account while it has sessions: what they share. */
export interface Customer {
  readonly account: Account;
  readonly pace: Pace;
  readonly desk: SubmitDesk;
}

/** What a session needs of the server. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly counters: ServerCounters;
  readonly deliveries: Deliveries;
  readonly limits: Partial<SessionLimits>;
  /** Decides and calls `accept` or `refuseBind`, now or later. */
  bind(session: CustomerSession, request: BindRequest): void;
  query(session: CustomerSession, request: QuerySm): void;
  cancel(session: CustomerSession, request: CancelSm): void;
  /** The session has ended; its wire is left to the server, which sees to its end. */
  closed(session: CustomerSession, wire: Wire, isBroken: boolean): void;
}

/** These ends leave nobody to read what was sent last. */
const brokenReasons: readonly CloseReason[] = ['connection_lost', 'slow_reader', 'incomplete_pdu'];

/** One connection of a customer, from its first octet: an SMPP session on a wire. */
export class CustomerSession implements WireHandler, ReceiverBind, Submitter {
  lateInRow = 0;
  /** Without its port. */
  readonly address: string;
  #customer: Customer | null = null;
  #isAttached = false;
  #hasRoomAgain = false;
  #interfaceVersion = 0;
  readonly #ports: SessionPorts;
  readonly #wire: Wire;
  readonly #session: Session<(status: number | 'lost') => void>;

  constructor(wire: Wire, ports: SessionPorts) {
    const { clock, limits } = ports;
    this.#ports = ports;
    this.#wire = wire;
    this.address = addressOf(wire.peer);
    this.#session = new Session(
      {
        role: 'smsc',
        limits,
        send: (bytes) => wire.write(bytes),
        wake: () => clock.soon(() => this.#session.flush()),
        handler: {
          handleRequest: (request) => this.#receive(request),
          handleResponse: ({ command_status }, settle) => this.#settle(settle, command_status),
          handleUnknown: (settle) => this.#settle(settle, 'lost'),
          handleUnbind: () => this.#finish(),
          handleClosed: (reason) => this.#closed(reason),
        },
      },
      clock.monotonic(),
    );
  }

  get account(): string {
    return this.#customer?.account.id ?? '';
  }

  get customer(): Customer | null {
    return this.#customer;
  }

  get isClosed(): boolean {
    return this.#session.state === 'closed';
  }

  get counters(): Readonly<SessionCounters> {
    return this.#session.counters;
  }

  get room(): number {
    if (!this.#isAttached || this.#wire.bufferedBytes > deliveryBytesMax) return 0;
    return this.#session.room();
  }

  data(chunk: Buffer): void {
    this.#cutSlowReader();
    this.#session.receive(chunk, this.#ports.clock.monotonic());
    this.#wakeDeliveries();
  }

  drain(): void {
    this.#hasRoomAgain = true;
    this.#wakeDeliveries();
  }

  close(): void {
    this.#session.close('connection_lost');
  }

  /** Lets time pass. */
  tick(now: number): void {
    this.#cutSlowReader();
    this.#session.tick(now);
    this.#wakeDeliveries();
  }

  /** The bind is good: answers it. False when the session has ended meanwhile. */
  accept(request: BindRequest, customer: Customer): boolean {
    if (this.isClosed) return false;
    const window = customer.account.smpp?.window ?? 1;
    this.#session.setWindows({ windowMax: window, unansweredMax: window });
    this.#customer = customer;
    this.#interfaceVersion = request.interface_version;
    const command = `${request.command}_resp` as const;
    const answer = { command, command_status: commandStatus.ESME_ROK, system_id: ourSystemId };
    const tlvs = { sc_interface_version: interfaceVersion34 };
    this.#session.respond(request, this.takesTlvs ? { ...answer, tlvs } : answer);
    if (request.command !== 'bind_transmitter') {
      this.#isAttached = true;
      this.#ports.deliveries.attach(this);
    }
    return true;
  }

  refuseBind(request: BindRequest, command_status: number): void {
    this.#session.refuse(request, command_status);
    this.#session.close('refused');
  }

  /** Ends in order: what was asked is answered, then unbind. */
  leave(now: number): void {
    this.#finish();
    this.#session.unbind(now);
  }

  /** Ends now. */
  abort(): void {
    this.#session.close('shutdown');
  }

  deliver({ command, body, tlvs }: Delivery): Promise<number | 'lost'> {
    if (this.room === 0) return Promise.resolve('lost');
    const { promise, resolve } = Promise.withResolvers<number | 'lost'>();
    const extra = tlvs === undefined || !this.takesTlvs ? {} : { tlvs };
    const now = this.#ports.clock.monotonic();
    if (command === 'deliver_sm') {
      this.#session.request({ command, ...body, ...extra }, resolve, now);
    } else {
      // The text of a data_sm is a TLV, so a peer of an older version gets it all the same.
      this.#session.request(
        { command, ...body, ...(tlvs === undefined ? {} : { tlvs }) },
        resolve,
        now,
      );
    }
    return promise;
  }

  answer(request: SubmitSm | DataSm, message_id: string): void {
    if (this.isClosed) return;
    const command_status = commandStatus.ESME_ROK;
    if (request.command === 'submit_sm') {
      this.#session.respond(request, { command: 'submit_sm_resp', command_status, message_id });
    } else {
      this.#session.respond(request, { command: 'data_sm_resp', command_status, message_id });
    }
  }

  answerMulti(
    request: SubmitMulti,
    command_status: number,
    message_id: string,
    unsuccess_sme: UnsuccessSme[],
  ): void {
    if (command_status !== commandStatus.ESME_ROK) this.#ports.counters.refuse(command_status);
    const command = 'submit_multi_resp';
    this.#session.respond(request, { command, command_status, message_id, unsuccess_sme });
  }

  answerQuery(request: QuerySm, answer: Omit<QuerySmResp, 'command' | 'sequence_number'>): void {
    this.#session.respond(request, { command: 'query_sm_resp', ...answer });
  }

  answerCancel(request: CancelSm): void {
    const command_status = commandStatus.ESME_ROK;
    this.#session.respond(request, { command: 'cancel_sm_resp', command_status });
  }

  refuse(request: AnsweredRequest, command_status: number): void {
    this.#ports.counters.refuse(command_status);
    this.#session.refuse(request, command_status);
  }

  /** SMPP 3.4 §3.4.2: an older ESME must not be sent optional parameters. */
  get takesTlvs(): boolean {
    return this.#interfaceVersion >= interfaceVersion34;
  }

  #receive(request: PassedRequest): void {
    const { counters } = this.#ports;
    counters.count(request.command);
    switch (request.command) {
      case 'bind_transmitter':
      case 'bind_receiver':
      case 'bind_transceiver':
        return this.#ports.bind(this, request);
      case 'submit_sm':
      case 'submit_multi':
      case 'data_sm':
        return this.#submit(request);
      case 'query_sm':
        if (this.#isTooFast(1)) return this.refuse(request, commandStatus.ESME_RTHROTTLED);
        return this.#ports.query(this, request);
      case 'cancel_sm':
        if (this.#isTooFast(1)) return this.refuse(request, commandStatus.ESME_RTHROTTLED);
        return this.#ports.cancel(this, request);
      case 'replace_sm':
        // What was accepted never changes (docs/reference/smpp.md).
        return this.refuse(request, commandStatus.ESME_RREPLACEFAIL);
      case 'deliver_sm':
      case 'outbind':
      case 'alert_notification':
        // Only an SMSC may send these, so the session has refused them already.
        throw new Error(`${request.command} of an ESME was let through`);
    }
  }

  #submit(request: SubmitSm | SubmitMulti | DataSm): void {
    const customer = this.#customer;
    // Table 2-1 lets a receiver send data_sm; whoever wants to submit binds for it (contract §11.2).
    if (customer === null || this.#session.state === 'bound_rx') {
      return this.refuse(request, commandStatus.ESME_RINVBNDSTS);
    }
    const count = request.command === 'submit_multi' ? request.dest_address.length : 1;
    if (this.#isTooFast(count)) return this.refuse(request, commandStatus.ESME_RTHROTTLED);
    customer.desk.submit(this, request);
  }

  #isTooFast(count: number): boolean {
    return !(this.#customer?.pace.take(count, this.#ports.clock.monotonic()) ?? false);
  }

  #cutSlowReader(): void {
    if (this.#wire.bufferedBytes > unreadBytesMax) this.#session.close('slow_reader');
  }

  #settle(settle: (status: number | 'lost') => void, status: number | 'lost'): void {
    this.#hasRoomAgain = true;
    settle(status);
  }

  #wakeDeliveries(): void {
    if (!this.#hasRoomAgain) return;
    this.#hasRoomAgain = false;
    if (this.#isAttached) this.#ports.deliveries.wake(this);
  }

  #finish(): void {
    this.#detach();
    this.#customer?.desk.finish(this);
  }

  #detach(): void {
    if (!this.#isAttached) return;
    this.#isAttached = false;
    this.#ports.deliveries.detach(this);
  }

  #closed(reason: CloseReason): void {
    this.#detach();
    this.#customer?.desk.leave(this);
    this.#ports.closed(this, this.#wire, brokenReasons.includes(reason));
  }
}
