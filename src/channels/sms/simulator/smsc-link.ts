import type { Clock } from '../../../lib/clock.ts';
import type { Wire, WireHandler } from '../../../lib/net.ts';
import type { Random } from '../../../lib/random.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import { decodePdu } from '../../../smpp/codec.ts';
import { isResponseId } from '../../../smpp/command-id.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import { boundFrameBytesMax, Framer } from '../../../smpp/framer.ts';
import { Outstanding } from '../../../smpp/outstanding.ts';
import { PduFault } from '../../../smpp/pdu-fault.ts';
import type {
  EnquireLink,
  GenericNack,
  Pdu,
  RequestPdu,
  ResponsePdu,
  Unbind,
  Unnumbered,
} from '../../../smpp/pdus.ts';
import { SendBuffer } from '../../../smpp/send-buffer.ts';
import type { Delivery } from './delivery.ts';
import type { SmscAccount } from './smsc-account.ts';
import type { Switches } from './switches.ts';
import { createWirePump, type WirePump } from './wire-pump.ts';

/** SMPP 3.4 §5.1.4. */
const sequenceNumberMax = 0x7fffffff;

/** A connection whose other side leaves so much unread is closed. */
const unreadBytesMax = 16 * 1024 * 1024;

/** A token bucket holds the submits of this long. */
const rateBurstMs = 1_000;

/** What a link needs of the world, and whom it tells. */
export interface LinkPorts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: Random;
  /** How links that are not bound yet are treated. */
  switchesUnbound(): Switches;
  handleRequest(link: SmscLink, request: RequestPdu): void;
  /** A deliver_sm or data_sm was answered. */
  handleAnswer(link: SmscLink, delivery: Delivery, command_status: number): void;
  handleClosed(link: SmscLink): void;
}

/**
 * One connection to the SMSC. It is built from the SMPP library's parts and not on its session,
 * because it must be able to do what a session never does: keep silent, answer twice or not at all,
 * send garbage and octets one by one.
 */
export class SmscLink implements WireHandler {
  /** Set once a bind has been accepted. */
  account: SmscAccount | null = null;
  mode: 'tx' | 'rx' | 'trx' | null = null;
  /** Submits that are to be answered. */
  unanswered = 0;
  /** When the last response in order leaves, on the monotonic clock. */
  lastResponseAt = 0;
  /** Half-open: the other side hears nothing any more and is not told. */
  isFrozen = false;
  isClosed = false;
  /** On the monotonic clock. */
  readonly openedAt: number;
  readonly peer: string;
  /** Tells links apart. */
  readonly id: number;
  /** Deliveries that wait for their answer. */
  readonly outstanding = new Outstanding<Delivery>();

  private readonly ports: LinkPorts;
  private readonly wire: Wire;
  private readonly pump: WirePump;
  private readonly framer = new Framer();
  private readonly output: SendBuffer;
  private sequence_number = 0;
  private lastEnquireAt: number;
  private enquireUnansweredSince: number | null = null;
  private allowance = 0;
  private allowanceAt = Number.NEGATIVE_INFINITY;

  constructor(id: number, wire: Wire, ports: LinkPorts) {
    this.id = id;
    this.wire = wire;
    this.ports = ports;
    this.peer = wire.peer;
    this.openedAt = ports.clock.monotonic();
    this.lastEnquireAt = this.openedAt;
    this.pump = createWirePump(wire, ports.agenda, ports.random, () => this.switches);
    const flushSoon = (): void => {
      if (this.switches.wire !== 'single') ports.clock.soon(() => this.flush());
    };
    this.output = new SendBuffer((bytes) => this.pump.write(bytes), flushSoon, 'lenient');
  }

  get switches(): Switches {
    return this.account?.switches ?? this.ports.switchesUnbound();
  }

  get isReceiver(): boolean {
    return !this.isClosed && (this.mode === 'rx' || this.mode === 'trx');
  }

  bind(account: SmscAccount, mode: 'tx' | 'rx' | 'trx'): void {
    this.account = account;
    this.mode = mode;
    this.framer.frameBytesMax = boundFrameBytesMax;
  }

  data(chunk: Buffer): void {
    if (this.isClosed) return;
    if (this.wire.bufferedBytes > unreadBytesMax) return this.destroy();
    this.framer.push(chunk);
    for (;;) {
      const pdu = this.readNext();
      if (pdu === null) return;
      // Even what is not listened to is cut into frames, to be in step when somebody listens again.
      if (pdu !== 'skipped' && !this.isFrozen && !this.switches.silent) this.receive(pdu);
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.ports.handleClosed(this);
  }

  /** Sends a response or anything else that is not answered. */
  send(pdu: Unnumbered<Pdu>, command_status: number, sequence_number: number): void {
    if (this.isClosed || this.isFrozen) return;
    this.output.write(pdu, command_status, sequence_number);
    if (this.switches.wire === 'single') this.output.flush();
  }

  /** Answers a request negatively. */
  refuse(command_id: number, command_status: number, sequence_number: number): void {
    if (this.isClosed || this.isFrozen) return;
    this.output.writeRefusal(command_id, command_status, sequence_number);
    if (this.switches.wire === 'single') this.output.flush();
  }

  /** Sends a deliver_sm or data_sm; its answer comes to `handleAnswer`. */
  deliver(delivery: Delivery): void {
    const { pdu } = delivery;
    const sequence_number = this.takeSequenceNumber();
    const deadline = this.ports.clock.monotonic() + this.switches.deliverTimeoutMs;
    this.outstanding.add(sequence_number, `${pdu.command}_resp`, delivery, deadline);
    this.send(pdu, commandStatus.ESME_ROK, sequence_number);
  }

  request(pdu: Unnumbered<EnquireLink | Unbind>): void {
    this.send(pdu, commandStatus.ESME_ROK, this.takeSequenceNumber());
  }

  /** Octets that are no PDU. */
  sendRaw(bytes: Buffer): void {
    this.flush();
    this.pump.write(bytes);
  }

  /** Closes after what is to be sent. */
  end(): void {
    this.flush();
    this.pump.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.wire.destroy();
    this.close();
  }

  /** Whether one more submit is within the account's rate; takes it from the allowance if so. */
  takeAllowance(): boolean {
    const { rate } = this.switches;
    if (rate === 0) return true;
    const now = this.ports.clock.monotonic();
    const most = Math.max(1, (rate * rateBurstMs) / 1_000);
    const earned = ((now - this.allowanceAt) * rate) / 1_000;
    this.allowance = Math.min(most, this.allowance + earned);
    this.allowanceAt = now;
    if (this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }

  /** Asks for life when it is time, and closes when there was none. */
  enquire(now: number): void {
    const { enquireLinkMs, deliverTimeoutMs } = this.switches;
    if (enquireLinkMs === 0 || this.mode === null) return;
    if (this.enquireUnansweredSince !== null) {
      if (now - this.enquireUnansweredSince > deliverTimeoutMs) this.destroy();
      return;
    }
    if (now - this.lastEnquireAt < enquireLinkMs) return;
    this.lastEnquireAt = now;
    this.enquireUnansweredSince = now;
    this.request({ command: 'enquire_link' });
  }

  private flush(): void {
    if (!this.isClosed && !this.isFrozen) this.output.flush();
  }

  private takeSequenceNumber(): number {
    this.sequence_number = (this.sequence_number % sequenceNumberMax) + 1;
    return this.sequence_number;
  }

  private readNext(): Pdu | 'skipped' | null {
    try {
      const frame = this.isClosed ? null : this.framer.next();
      return frame === null ? null : decodePdu(frame, 'lenient');
    } catch (fault) {
      if (!(fault instanceof PduFault)) throw fault;
      if (fault.kind === 'fatal') {
        this.send({ command: 'generic_nack' }, fault.command_status, fault.sequence_number);
        this.end();
        this.close();
        return null;
      }
      if (!isResponseId(fault.command_id)) {
        this.refuse(fault.command_id, fault.command_status, fault.sequence_number);
      }
      return 'skipped';
    }
  }

  private receive(pdu: Pdu): void {
    if (isAnswer(pdu)) {
      if (pdu.command === 'enquire_link_resp') this.enquireUnansweredSince = null;
      const command = pdu.command === 'generic_nack' ? undefined : pdu.command;
      const answered = this.outstanding.take(pdu.sequence_number, command);
      if (answered !== undefined) {
        this.ports.handleAnswer(this, answered.token, pdu.command_status);
      }
      return;
    }
    this.ports.handleRequest(this, pdu);
  }
}

function isAnswer(pdu: Pdu): pdu is ResponsePdu | GenericNack {
  return pdu.command === 'generic_nack' || pdu.command.endsWith('_resp');
}
