import { decodePdu } from './codec.ts';
import { answers, commandId, isResponseId } from './command-id.ts';
import { commandStatus } from './command-status.ts';
import type { Manner } from './fields.ts';
import { Framer } from './framer.ts';
import { Liveness } from './liveness.ts';
import { Outstanding } from './outstanding.ts';
import { PduFault } from './pdu-fault.ts';
import type {
  Answer,
  GenericNack,
  Pdu,
  RequestPdu,
  ResponsePdu,
  UnansweredRequestPdu,
  Unbind,
  Unnumbered,
} from './pdus.ts';
import { SendBuffer } from './send-buffer.ts';
import type {
  AnsweredRequest,
  CloseReason,
  PassedRequest,
  SessionCounters,
  SessionHandler,
} from './session-handler.ts';
import { esmeLimits, type SessionLimits, smscLimits } from './session-limits.ts';
import {
  boundStates,
  isBind,
  isBound,
  mayIssue,
  type Role,
  type SessionState,
} from './session-rules.ts';

export interface SessionOptions<Token> {
  role: Role;
  handler: SessionHandler<Token>;
  /** Takes bytes for the wire; they never change afterwards. */
  send: (bytes: Buffer) => void;
  /** Called when bytes begin to wait: see to it that `flush` is called at the end of the tick. */
  wake?: () => void;
  /** What differs from the defaults of the role. */
  limits?: Partial<SessionLimits>;
  manner?: Manner;
  /** The first sequence_number; 1 by default, as SMPP 3.4 §5.1.4 recommends. */
  firstSequenceNumber?: number;
}

/** SMPP 3.4 §5.1.4. */
const sequenceNumberMax = 0x7fffffff;

/**
 * One SMPP session (SMPP 3.4 §2), either side of it, as a state machine without socket, timer or
 * clock: bytes and times go in, bytes and decoded PDUs come out. All times are milliseconds of
 * one clock that never goes back. enquire_link and unbind are answered here.
 */
export class Session<Token> {
  readonly counters: SessionCounters = {
    unmatchedResponses: 0,
    faults: 0,
    violations: 0,
    overflows: 0,
  };

  private readonly role: Role;
  private readonly peer: Role;
  private readonly handler: SessionHandler<Token>;
  private limits: Readonly<SessionLimits>;
  private readonly manner: Manner;
  private readonly framer: Framer;
  private readonly output: SendBuffer;
  private readonly outstanding = new Outstanding<Token>();

  private current: SessionState = 'open';
  private sequence_number: number;
  private faultsInRow = 0;
  /** The peer's requests that we owe an answer. */
  private owed = 0;
  /** A bind of the peer is being decided. */
  private isBindPending = false;
  private readonly liveness: Liveness;
  /** The peer's unbind, to be answered when nothing is owed, or then. */
  private peerUnbind: { sequence_number: number; answerBy: number } | null = null;
  /** Our unbind: when it is sent at the latest; once sent, when its answer is due. */
  private leaving: { sequence_number: number | null; by: number } | null = null;

  constructor(options: SessionOptions<Token>, now: number) {
    const { role, manner = 'strict', firstSequenceNumber = 1 } = options;
    this.role = role;
    this.peer = role === 'esme' ? 'smsc' : 'esme';
    this.handler = options.handler;
    this.limits = { ...(role === 'esme' ? esmeLimits : smscLimits), ...options.limits };
    this.manner = manner;
    this.framer = new Framer(this.limits.unboundFrameBytesMax);
    this.output = new SendBuffer(options.send, options.wake ?? ignore, manner);
    this.sequence_number = firstSequenceNumber;
    this.liveness = new Liveness(this.limits, now);
  }

  get state(): SessionState {
    return this.current;
  }

  /** Our requests without an answer. */
  get outstandingCount(): number {
    return this.outstanding.size;
  }

  /** The peer's requests without an answer. */
  get unansweredCount(): number {
    return this.owed;
  }

  /** How many requests may be sent now: what is free of the window; 0 unless bound. */
  room(): number {
    if (this.leaving !== null || !isBound(this.current)) return 0;
    return Math.max(0, this.limits.windowMax - this.outstanding.size);
  }

  /** Sets the windows anew: whose they are is known only after the bind. */
  setWindows(windows: Pick<SessionLimits, 'windowMax' | 'unansweredMax'>): void {
    this.limits = { ...this.limits, ...windows };
  }

  /** Takes what came from the wire. */
  receive(chunk: Buffer, now: number): void {
    if (this.current === 'closed') return;
    this.framer.push(chunk);
    let hasFrame = false;
    for (;;) {
      const frame = this.takeFrame();
      if (frame === null) break;
      hasFrame = true;
      this.liveness.noteFrame(now);
      this.receiveFrame(frame, now);
      if (this.isClosed()) return;
    }
    this.liveness.noteChunkEnd(now, hasFrame, this.framer.hasPartial);
  }

  /**
   * Sends a request; `token` comes back with the response, or as unknown. Returns its
   * sequence_number. Throws RangeError for a value without a place in the PDU, and Error where
   * the state forbids the request or the window is full: look at `room` before.
   */
  request(pdu: Unnumbered<AnsweredRequest>, token: Token, now: number): number {
    this.checkState(pdu.command);
    if (!isBind(pdu.command) && this.room() === 0) {
      throw new Error(`${pdu.command}: the window is full or the session is ending`);
    }
    const sequence_number = this.takeSequenceNumber();
    this.output.write(pdu, commandStatus.ESME_ROK, sequence_number);
    this.outstanding.add(
      sequence_number,
      answers[pdu.command],
      token,
      now + this.limits.responseMs,
    );
    return sequence_number;
  }

  /** Sends a request that has no answer. Throws as `request` does. */
  announce(pdu: Unnumbered<UnansweredRequestPdu>): number {
    this.checkState(pdu.command);
    const sequence_number = this.takeSequenceNumber();
    this.output.write(pdu, commandStatus.ESME_ROK, sequence_number);
    return sequence_number;
  }

  /**
   * Answers a request of the peer; the request itself or just these two fields of it may be kept
   * until then. A bind that is answered ESME_ROK makes the session bound. False when it is too
   * late because the session has closed.
   */
  respond<Name extends AnsweredRequest['command']>(
    request: { command: Name; sequence_number: number },
    answer: Answer & { command: (typeof answers)[Name] },
  ): boolean {
    if (this.current === 'closed') return false;
    this.output.write(answer, answer.command_status, request.sequence_number);
    this.settle(request.command, answer.command_status);
    return true;
  }

  /** Answers a request of the peer negatively, without a body. False as in `respond`. */
  refuse(
    request: { command: AnsweredRequest['command']; sequence_number: number },
    command_status: number,
  ): boolean {
    if (this.current === 'closed') return false;
    const { command, sequence_number } = request;
    this.output.writeRefusal(commandId[command], command_status, sequence_number);
    this.settle(command, command_status);
    return true;
  }

  /** Hands over all that waits to be sent, as one piece. */
  flush(): void {
    this.output.flush();
  }

  /**
   * Ends the session in order: nothing new is sent, what is outstanding either way may finish
   * within `responseMs`, then unbind, then closed. Closes at once what is not bound.
   */
  unbind(now: number): void {
    if (this.current === 'open') this.close('unbound');
    if (this.leaving !== null || !isBound(this.current)) return;
    this.leaving = { sequence_number: null, by: now + this.limits.responseMs };
    this.leaveWhenIdle(now);
  }

  /** Lets time pass: call it every 100 to 500 ms. */
  tick(now: number): void {
    if (this.current === 'closed') return;
    this.expireRequests(now);
    if (this.isClosed()) return;
    const end = this.liveness.findEnd(this.current, now);
    if (end !== null) return this.close(end);
    if (this.peerUnbind !== null && now >= this.peerUnbind.answerBy) return this.answerUnbind();
    this.leaveWhenIdle(now);
    if (this.leaving !== null && now >= this.leaving.by) return this.close('unbind_timed_out');
    if (this.liveness.startEnquiry(this.current, now)) {
      this.output.write({ command: 'enquire_link' }, 0, this.takeSequenceNumber());
    }
  }

  /**
   * Ends the session now: sends what waits, reports every outstanding request as unknown, then
   * the end itself. Does nothing the second time.
   */
  close(reason: CloseReason): void {
    if (this.current === 'closed') return;
    this.current = 'closed';
    if (reason !== 'connection_lost') this.output.flush();
    for (const { token } of this.outstanding.takeAll()) this.handler.handleUnknown(token, 'closed');
    this.handler.handleClosed(reason);
  }

  private takeFrame(): Buffer | null {
    try {
      return this.framer.next();
    } catch (error) {
      if (!(error instanceof PduFault)) throw error;
      this.receiveFault(error);
      return null;
    }
  }

  private receiveFrame(frame: Buffer, now: number): void {
    let pdu: Pdu;
    try {
      pdu = decodePdu(frame, this.manner);
    } catch (error) {
      if (!(error instanceof PduFault)) throw error;
      return this.receiveFault(error);
    }
    this.faultsInRow = 0;
    this.receivePdu(pdu, now);
  }

  private receivePdu(pdu: Pdu, now: number): void {
    switch (pdu.command) {
      case 'submit_sm':
      case 'deliver_sm':
      case 'data_sm':
      case 'submit_multi':
      case 'query_sm':
      case 'cancel_sm':
      case 'replace_sm':
      case 'bind_transmitter':
      case 'bind_receiver':
      case 'bind_transceiver':
      case 'outbind':
      case 'alert_notification':
        return this.receiveRequest(pdu);
      case 'submit_sm_resp':
      case 'deliver_sm_resp':
      case 'data_sm_resp':
      case 'submit_multi_resp':
      case 'query_sm_resp':
      case 'cancel_sm_resp':
      case 'replace_sm_resp':
      case 'bind_transmitter_resp':
      case 'bind_receiver_resp':
      case 'bind_transceiver_resp':
      case 'generic_nack':
        return this.receiveResponse(pdu, now);
      case 'enquire_link':
        return this.output.write({ command: 'enquire_link_resp' }, 0, pdu.sequence_number);
      case 'enquire_link_resp':
        return;
      case 'unbind':
        return this.receiveUnbind(pdu, now);
      case 'unbind_resp':
        return this.receiveUnbindResp(pdu);
    }
  }

  private receiveRequest(pdu: PassedRequest): void {
    if (!mayIssue(pdu.command, this.peer, this.current)) return this.refuseViolation(pdu);
    if (isBind(pdu.command)) {
      if (this.isBindPending) return this.refuseViolation(pdu);
      this.isBindPending = true;
      this.owed += 1;
    } else if (pdu.command !== 'outbind' && pdu.command !== 'alert_notification') {
      if (this.owed >= this.limits.unansweredMax) return this.refuseOverflow(pdu);
      this.owed += 1;
    }
    this.handler.handleRequest(pdu);
  }

  /** §2.3: not in this state. A second bind has a status of its own. */
  private refuseViolation(pdu: RequestPdu): void {
    this.counters.violations += 1;
    if (pdu.command === 'outbind' || pdu.command === 'alert_notification') return;
    const isSecondBind = isBind(pdu.command) && (this.isBindPending || isBound(this.current));
    const status = isSecondBind ? commandStatus.ESME_RALYBND : commandStatus.ESME_RINVBNDSTS;
    this.output.writeRefusal(commandId[pdu.command], status, pdu.sequence_number);
  }

  /** Both statuses make the peer try again later; each is the one its side expects. */
  private refuseOverflow(pdu: AnsweredRequest): void {
    this.counters.overflows += 1;
    const { ESME_RTHROTTLED, ESME_RX_T_APPN } = commandStatus;
    const status = this.role === 'smsc' ? ESME_RTHROTTLED : ESME_RX_T_APPN;
    this.output.writeRefusal(commandId[pdu.command], status, pdu.sequence_number);
  }

  private receiveResponse(
    pdu: Exclude<ResponsePdu, { command: 'enquire_link_resp' | 'unbind_resp' }> | GenericNack,
    now: number,
  ): void {
    const isNack = pdu.command === 'generic_nack';
    if (isNack && this.receiveSessionNack(pdu)) return;
    const entry = this.outstanding.take(pdu.sequence_number, isNack ? undefined : pdu.command);
    if (entry === undefined) {
      this.counters.unmatchedResponses += 1;
      return;
    }
    if (pdu.command_status === commandStatus.ESME_ROK) this.bindWhenAnswered(pdu.command);
    this.handler.handleResponse(pdu, entry.token);
    this.leaveWhenIdle(now);
  }

  /** A generic_nack that answers no request with a token. */
  private receiveSessionNack(pdu: GenericNack): boolean {
    // §4.3.1: the peer could not read a header of ours, so one of our requests is lost.
    if (pdu.sequence_number === 0) {
      this.close('generic_nack');
      return true;
    }
    if (this.leaving === null || this.leaving.sequence_number !== pdu.sequence_number) return false;
    this.close('unbound');
    return true;
  }

  private bindWhenAnswered(command: (ResponsePdu | GenericNack)['command']): void {
    if (command === 'bind_transmitter_resp') this.becomeBound('bound_tx');
    else if (command === 'bind_receiver_resp') this.becomeBound('bound_rx');
    else if (command === 'bind_transceiver_resp') this.becomeBound('bound_trx');
  }

  private becomeBound(state: SessionState): void {
    this.current = state;
    this.framer.frameBytesMax = this.limits.boundFrameBytesMax;
  }

  /** An answer of ours is written: what follows from it. */
  private settle(command: AnsweredRequest['command'], command_status: number): void {
    if (this.owed > 0) this.owed -= 1;
    if (isBind(command)) {
      this.isBindPending = false;
      if (command_status === commandStatus.ESME_ROK && this.current === 'open') {
        this.becomeBound(boundStates[command]);
      }
    }
    if (this.peerUnbind !== null && this.owed === 0) this.answerUnbind();
  }

  private receiveUnbind(pdu: Unbind, now: number): void {
    if (!mayIssue('unbind', this.peer, this.current)) return this.refuseViolation(pdu);
    this.current = 'unbound';
    this.peerUnbind = {
      sequence_number: pdu.sequence_number,
      answerBy: now + this.limits.responseMs,
    };
    this.handler.handleUnbind();
    // What the peer asked before still gets its answer, or it would be asked again elsewhere.
    if (this.owed === 0 && !this.isClosed()) this.answerUnbind();
  }

  private answerUnbind(): void {
    if (this.peerUnbind === null) return;
    this.output.write({ command: 'unbind_resp' }, 0, this.peerUnbind.sequence_number);
    this.peerUnbind = null;
    this.close('unbound_by_peer');
  }

  private receiveUnbindResp(pdu: ResponsePdu): void {
    if (this.leaving !== null && this.leaving.sequence_number === pdu.sequence_number) {
      this.close('unbound');
    } else {
      this.counters.unmatchedResponses += 1;
    }
  }

  private leaveWhenIdle(now: number): void {
    const { leaving } = this;
    if (leaving === null || leaving.sequence_number !== null || !isBound(this.current)) return;
    const isIdle = this.outstanding.size === 0 && this.owed === 0;
    if (!isIdle && now < leaving.by) return;
    const sequence_number = this.takeSequenceNumber();
    this.output.write({ command: 'unbind' }, 0, sequence_number);
    this.leaving = { sequence_number, by: now + this.limits.unbindMs };
  }

  private expireRequests(now: number): void {
    for (;;) {
      const entry = this.outstanding.takeExpired(now);
      if (entry === undefined) return;
      this.handler.handleUnknown(entry.token, 'timed_out');
    }
  }

  private receiveFault(fault: PduFault): void {
    this.counters.faults += 1;
    this.faultsInRow += 1;
    this.handler.handleFault?.(fault);
    if (this.isClosed()) return;
    const { command_id, command_status, sequence_number } = fault;
    if (fault.kind === 'fatal') {
      this.output.writeRefusal(commandId.generic_nack, command_status, sequence_number);
      return this.close('framing_lost');
    }
    if (isResponseId(command_id)) this.receiveUnreadableResponse(sequence_number);
    else this.output.writeRefusal(command_id, command_status, sequence_number);
    if (this.faultsInRow >= this.limits.faultsMax) this.close('too_many_faults');
  }

  /** There is nobody to answer, but the request that it answers need not wait any longer. */
  private receiveUnreadableResponse(sequence_number: number): void {
    const entry = this.outstanding.take(sequence_number);
    if (entry === undefined) this.counters.unmatchedResponses += 1;
    else this.handler.handleUnknown(entry.token, 'unreadable');
  }

  private checkState(command: RequestPdu['command']): void {
    if (mayIssue(command, this.role, this.current)) return;
    throw new Error(`${command}: not for the ${this.role} in state ${this.current}`);
  }

  private takeSequenceNumber(): number {
    const taken = this.sequence_number;
    this.sequence_number = taken === sequenceNumberMax ? 1 : taken + 1;
    return taken;
  }

  /** A handler may have closed the session at any of its calls. */
  private isClosed(): boolean {
    return this.current === 'closed';
  }
}

function ignore(): void {}
