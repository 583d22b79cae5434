import type { Clock, Timer } from '../../lib/clock.ts';
import type { Net, NetListener, Wire, WireHandler } from '../../lib/net.ts';
import { commandId } from '../../smpp/command-id.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import {
  type Answer,
  type CancelSm,
  type DataSm,
  type DeliverSm,
  type GenericNack,
  interfaceVersion34,
  plainMessage,
  type ResponsePdu,
  type SubmitSm,
  type Unnumbered,
} from '../../smpp/pdus.ts';
import { Session } from '../../smpp/session.ts';
import type { PassedRequest } from '../../smpp/session-handler.ts';
import { isBind } from '../../smpp/session-rules.ts';

type Delivery = Unnumbered<DeliverSm> | Unnumbered<DataSm>;
type Settle = (answer: ResponsePdu | GenericNack | null) => void;

/** One submit as the SMSC of a test sees it. */
export interface SeenSubmit {
  readonly pdu: SubmitSm;
  readonly link: TestLink;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** One cancel_sm, likewise. */
export interface SeenCancel {
  readonly pdu: CancelSm;
  readonly link: TestLink;
  readonly at: number;
}

/** An SMSC that does what a test tells it, on any network. */
export class TestSmsc {
  readonly links: TestLink[] = [];
  readonly submits: SeenSubmit[] = [];
  readonly cancels: SeenCancel[] = [];
  readonly binds: string[] = [];
  readonly bindTimes: number[] = [];
  /** Most submits that were ever unanswered on one link. */
  windowSeen = 0;
  bindStatus: (command: string, count: number) => number | 'silence' = () => commandStatus.ESME_ROK;
  version: number | null = interfaceVersion34;
  /** What to do with a submit; by default it is accepted with an id that rises. */
  onSubmit: (seen: SeenSubmit) => void = (seen) => seen.link.accept(seen.pdu);
  /** What to do with a cancel_sm; by default the message is taken back. */
  onCancel: (seen: SeenCancel) => void = (seen) => seen.link.confirm(seen.pdu);
  /** Told of everything, for tests that wait. */
  onChange: () => void = () => {};
  /** While true the SMSC reads and says nothing at all. */
  isSilent = false;

  readonly clock: Clock;
  #listener: NetListener | null = null;
  #timer: Timer | null = null;
  #lastId = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  async listen(net: Net, tls?: { cert: string; key: string }, port = 0): Promise<number> {
    const address = { host: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) };
    this.#listener = await net.listen(address, (wire) => this.#accept(wire));
    this.#timer = this.clock.every(200, () => {
      for (const link of this.up()) link.session.tick(this.clock.monotonic());
    });
    return this.#listener.port;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#listener?.close();
  }

  nextId(): string {
    return `id${++this.#lastId}`;
  }

  /** Links that are open, oldest first. */
  up(): TestLink[] {
    return this.links.filter((link) => link.session.state !== 'closed');
  }

  /** The newest open link. */
  link(): TestLink {
    const link = this.up().at(-1);
    if (link === undefined) throw new Error('nobody is connected');
    return link;
  }

  #accept(wire: Wire): WireHandler {
    const link = new TestLink(this, wire);
    this.links.push(link);
    return link;
  }
}

/** One connection to the SMSC of a test. */
export class TestLink implements WireHandler {
  readonly wire: Wire;
  readonly session: Session<Settle>;
  command = '';
  readonly #smsc: TestSmsc;
  #unanswered = 0;

  constructor(smsc: TestSmsc, wire: Wire) {
    this.#smsc = smsc;
    this.wire = wire;
    this.session = new Session<Settle>(
      {
        role: 'smsc',
        send: (bytes) => wire.write(bytes),
        limits: { unansweredMax: 10_000, windowMax: 10_000, enquireLinkMs: 3_600_000 },
        handler: {
          handleRequest: (request) => this.#take(request),
          handleResponse: (response, settle) => settle(response),
          handleUnknown: (settle) => settle(null),
          handleUnbind: () => {},
          handleClosed: () => wire.end(),
        },
      },
      smsc.clock.monotonic(),
    );
  }

  data(chunk: Buffer): void {
    if (this.#smsc.isSilent) return;
    this.session.receive(chunk, this.#smsc.clock.monotonic());
    this.session.flush();
    this.#smsc.onChange();
  }

  close(): void {
    this.session.close('connection_lost');
    this.#smsc.onChange();
  }

  accept(pdu: SubmitSm, message_id: string = this.#smsc.nextId()): void {
    this.#answer(pdu, { command: 'submit_sm_resp', command_status: 0, message_id });
  }

  confirm(pdu: CancelSm): void {
    this.session.respond(pdu, { command: 'cancel_sm_resp', command_status: 0 });
    this.session.flush();
  }

  refuseCancel(pdu: CancelSm, command_status: number): void {
    this.session.refuse(pdu, command_status);
    this.session.flush();
  }

  refuse(pdu: SubmitSm, command_status: number): void {
    this.#unanswered--;
    this.session.refuse(pdu, command_status);
    this.session.flush();
  }

  nack(sequence_number: number, command_status: number): void {
    this.writeHeader(commandId.generic_nack, command_status, sequence_number);
  }

  /** A PDU of nothing but its header, past the session and its rules. */
  writeHeader(command_id: number, command_status: number, sequence_number: number): void {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(16, 0);
    bytes.writeUInt32BE(command_id, 4);
    bytes.writeUInt32BE(command_status, 8);
    bytes.writeUInt32BE(sequence_number, 12);
    this.wire.write(bytes);
  }

  /** Sends a receipt or a message; resolves with its answer, or null when none came. */
  deliver(
    delivery: Partial<Delivery> & { text?: string },
  ): Promise<ResponsePdu | GenericNack | null> {
    return new Promise((resolve) => {
      const { text, ...fields } = delivery;
      const octets = text === undefined ? {} : { short_message: Buffer.from(text, 'latin1') };
      const pdu =
        fields.command === 'data_sm'
          ? { ...plainDelivery, ...fields, command: 'data_sm' as const }
          : { ...plainDelivery, ...octets, ...fields, command: 'deliver_sm' as const };
      this.session.request(pdu, resolve, this.#smsc.clock.monotonic());
      this.session.flush();
    });
  }

  #take(request: PassedRequest): void {
    if (isBind(request.command)) return this.#bind(request);
    const smsc = this.#smsc;
    if (request.command === 'cancel_sm') {
      const seen = { pdu: request, link: this, at: smsc.clock.monotonic() };
      smsc.cancels.push(seen);
      smsc.onCancel(seen);
      return;
    }
    if (request.command !== 'submit_sm') return;
    this.#unanswered++;
    smsc.windowSeen = Math.max(smsc.windowSeen, this.#unanswered);
    const seen = { pdu: request, link: this, at: smsc.clock.monotonic() };
    smsc.submits.push(seen);
    smsc.onSubmit(seen);
  }

  #bind(request: PassedRequest): void {
    const smsc = this.#smsc;
    const { command } = request;
    if (
      command !== 'bind_transceiver' &&
      command !== 'bind_transmitter' &&
      command !== 'bind_receiver'
    ) {
      return;
    }
    this.command = command;
    smsc.binds.push(command);
    smsc.bindTimes.push(smsc.clock.monotonic());
    const status = smsc.bindStatus(command, smsc.binds.length);
    if (status === 'silence') return;
    if (status !== commandStatus.ESME_ROK) {
      this.session.refuse(request, status);
      return;
    }
    const tlvs = smsc.version === null ? {} : { tlvs: { sc_interface_version: smsc.version } };
    this.session.respond(request, {
      command: `${command}_resp`,
      command_status: 0,
      system_id: 'smsc',
      ...tlvs,
    });
  }

  #answer(pdu: SubmitSm, answer: Answer & { command: 'submit_sm_resp' }): void {
    this.#unanswered--;
    this.session.respond(pdu, answer);
    this.session.flush();
  }
}

const plainDelivery = {
  ...plainMessage,
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: '31612345678',
  dest_addr_ton: 5,
  dest_addr_npi: 0,
  destination_addr: 'Chappe',
  short_message: Buffer.alloc(0),
};
