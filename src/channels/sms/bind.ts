import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Net, Wire } from '../../lib/net.ts';
import type { Random } from '../../lib/random.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import type { PduFault } from '../../smpp/pdu-fault.ts';
import type { GenericNack, ResponsePdu } from '../../smpp/pdus.ts';
import { Session } from '../../smpp/session.ts';
import type { CloseReason, PassedRequest, UnknownReason } from '../../smpp/session-handler.ts';
import type { BindCommand } from '../../smpp/session-rules.ts';
import { type BindFailure, brokenReasons, closeTexts, readBindRefusal } from './bind-failures.ts';
import { readLimits, readTarget, writeBind } from './bind-request.ts';
import { type Outgoing, Pending } from './outgoing.ts';
import { goodBindMs, Reconnect } from './reconnect.ts';
import type { SmscHost } from './setting-readers.ts';
import type { SmsSettings } from './settings.ts';
import type { Submit } from './submit.ts';
import type { Cancel } from './takebacks.ts';

/** So many submits in a row without an answer: the session is no good any more. */
export const unknownsInRowMax = 3;
const faultsLoggedMax = 3;
/** Bytes that the network has not taken yet; above this nothing is submitted. */
const bufferedBytesMax = 256 * 1024;
/** An operator that sends and does not read what we answer has so much room. */
const slowReaderBytes = 8 * 1024 * 1024;
/** After a goodbye the peer has so long to close the connection. */
const lingerMs = 1_000;
/** SMPP 3.4 §3.4.2: an SMSC that does not name its version speaks an older one. */
const oldInterfaceVersion = 0x33;

/** What a bind needs from the outside world. */
export interface BindWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly log: Log;
}

/** What a bind tells the connection. All within `receive`, `tick` or a call of the connection. */
export interface BindOwner {
  /** The bind came up, or is up no more. */
  changed(bind: SmscBind): void;
  answered(bind: SmscBind, response: ResponsePdu | GenericNack, outgoing: Outgoing): void;
  /** A cancel_sm was answered. */
  cancelled(command_status: number): void;
  /** It was sent and its response will not come. */
  unanswered(bind: SmscBind, outgoing: Outgoing): void;
  asked(bind: SmscBind, request: PassedRequest): void;
  /** All of a chunk has been told, or the session's end. */
  readOut(session: SmscSession | null): void;
  /** Something is to be done at this monotonic time: see to a tick. */
  wakeAt(at: number): void;
}

/** While a password is in doubt, one bind of the connection tries it, not all. */
export interface PasswordDoubt {
  prober: SmscBind | null;
}

/** What makes one bind. */
export interface BindPlan {
  readonly command: BindCommand;
  /** The number of the bind (or pair) on its connection, from 0. */
  readonly index: number;
  readonly connection: string;
  readonly settings: SmsSettings;
  readonly world: BindWorld;
  readonly owner: BindOwner;
  readonly doubt: PasswordDoubt;
}

/** Where a bind stands. `leaving`: not up any more, though the session has not ended. */
type BindState = 'waiting' | 'connecting' | 'binding' | 'up' | 'leaving' | 'stopped';

/** What a request was for: a part, a cancel_sm, or (null) the bind. */
type RequestToken = Outgoing | 'cancel' | null;

export type SmscSession = Session<RequestToken>;

/** One SMPP session towards the SMSC that is set up again whenever it ends. */
export class SmscBind {
  /** What was taken for this bind and has to wait. */
  readonly pending = new Pending();
  /** sc_interface_version of the SMSC. */
  interfaceVersion: number = oldInterfaceVersion;

  readonly #plan: BindPlan;
  readonly #reconnect: Reconnect;
  #state: BindState = 'waiting';
  #isStopping = false;
  #hostIndex: number;
  #wire: Wire | null = null;
  #session: SmscSession | null = null;
  /** Why it is not up, or was not the last time. */
  #failure: BindFailure | null = null;
  /** What is known better than the reason with which the session will end. */
  #cause: BindFailure | null = null;
  #upSince = 0;
  #tryAt = Number.POSITIVE_INFINITY;
  #lingering: { wire: Wire; until: number } | null = null;
  #unknownsInRow = 0;
  #faults = 0;

  constructor(plan: BindPlan) {
    this.#plan = plan;
    this.#reconnect = new Reconnect(plan.settings, plan.world.random);
    this.#hostIndex = plan.index % plan.settings.hosts.length;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Whether nothing of it is left after `stop`. */
  get isGone(): boolean {
    return this.#state === 'stopped' && this.#lingering === null;
  }

  get outstanding(): number {
    return this.#session === null ? 0 : this.#session.outstandingCount;
  }

  /** When it wants to do something next; monotonic milliseconds. */
  get dueAt(): number {
    if (this.#lingering !== null) return this.#lingering.until;
    return this.#state === 'waiting' ? this.#tryAt : Number.POSITIVE_INFINITY;
  }

  /** How many parts it takes now. */
  room(): number {
    if (this.#state !== 'up' || this.#session === null || this.#wire === null) return 0;
    return this.#wire.bufferedBytes > bufferedBytesMax ? 0 : this.#session.room();
  }

  /** Why it is not up, as a sentence; empty when nothing has gone wrong yet. */
  describeFailure(now: number): string {
    if (this.#failure === null) return '';
    const wait = Math.ceil((this.#tryAt - now) / 1_000);
    const next = wait > 0 && wait < Number.POSITIVE_INFINITY ? `; next attempt in ${wait} s` : '';
    return `${this.#failure.text}${next}.`;
  }

  start(now: number): void {
    this.#tryAt = now;
    this.tick(now);
  }

  /** Ends in order: what is outstanding may finish, then unbind. `abort` cuts it short. */
  stop(now: number): void {
    this.#isStopping = true;
    const session = this.#session;
    if (session !== null) {
      this.#leave();
      session.unbind(now);
      session.flush();
    } else if (this.#wire === null) {
      this.#state = 'stopped';
    } else {
      this.#wire.destroy();
    }
  }

  abort(): void {
    this.#session?.close('shutdown');
    this.#lingering?.wire.destroy();
  }

  /** Ends the session because it is no good; a new one follows. */
  renew(text: string): void {
    this.#cause = this.#networkFailure(text);
    this.#session?.close('connection_lost');
  }

  /** Lets time pass. */
  tick(now: number): void {
    this.#session?.tick(now);
    this.#session?.flush();
    if ((this.#wire?.bufferedBytes ?? 0) > slowReaderBytes) this.#session?.close('slow_reader');
    if (this.#unknownsInRow >= unknownsInRowMax) {
      this.renew(`left ${this.#unknownsInRow} submits in a row without an answer`);
    }
    if (this.#lingering !== null && now >= this.#lingering.until) this.#lingering.wire.destroy();
    if (this.#state === 'waiting' && !this.#isStopping && now >= this.#tryAt) this.#tryAgain();
  }

  /** Submits a part; there must be room. Nothing leaves before `flush`. */
  submit(submit: Submit, outgoing: Outgoing, now: number): void {
    this.#session?.request(submit, outgoing, now);
  }

  /** Asks to take a message back; there must be room. Nothing leaves before `flush`. */
  cancel(cancel: Cancel, now: number): void {
    this.#session?.request(cancel, 'cancel', now);
  }

  flush(): void {
    this.#session?.flush();
  }

  /** The session as it is now, for answers that come later: they must not go to the next one. */
  get session(): SmscSession | null {
    return this.#session;
  }

  #tryAgain(): void {
    const { prober } = this.#plan.doubt;
    if (prober !== null && prober !== this) return;
    this.#state = 'connecting';
    const target = readTarget(this.#plan.settings, this.#host());
    const wire: Wire = this.#plan.world.net.connect(target, {
      open: () => this.#open(wire),
      data: (chunk) => this.#receive(wire, chunk),
      drain: () => this.#plan.owner.wakeAt(this.#now()),
      close: (error) => this.#closed(wire, error),
    });
    this.#wire = wire;
  }

  #open(wire: Wire): void {
    if (wire !== this.#wire) return;
    const now = this.#now();
    const session = this.#createSession(wire, now);
    this.#session = session;
    this.#faults = 0;
    this.#state = 'binding';
    session.request(writeBind(this.#plan.command, this.#plan.settings), null, now);
    session.flush();
  }

  #createSession(wire: Wire, now: number): SmscSession {
    return new Session<RequestToken>(
      {
        role: 'esme',
        manner: 'lenient',
        send: (bytes) => wire.write(bytes),
        limits: readLimits(this.#plan.settings),
        handler: {
          handleRequest: (request) => this.#plan.owner.asked(this, request),
          handleResponse: (response, outgoing) => this.#respond(response, outgoing),
          handleUnknown: (outgoing, why) => this.#lose(outgoing, why),
          handleUnbind: () => this.#leave(),
          handleClosed: (reason) => this.#ended(reason),
          handleFault: (fault) => this.#report(fault),
        },
      },
      now,
    );
  }

  /** The first few of a session; an operator that goes on like that must not fill the log. */
  #report(fault: PduFault): void {
    if (this.#faults++ >= faultsLoggedMax) return;
    const fields = { bind: this.#label(), fault: fault.message };
    this.#plan.world.log.warn('The operator sent a PDU that cannot be read.', fields);
  }

  #receive(wire: Wire, chunk: Buffer): void {
    const session = this.#session;
    if (wire !== this.#wire || session === null) return;
    session.receive(chunk, this.#now());
    this.#plan.owner.readOut(session);
    session.flush();
  }

  #respond(response: ResponsePdu | GenericNack, outgoing: RequestToken): void {
    if (outgoing === 'cancel') {
      this.#plan.owner.cancelled(response.command_status);
    } else if (outgoing !== null) {
      this.#unknownsInRow = 0;
      this.#plan.owner.answered(this, response, outgoing);
    } else if (
      response.command_status === commandStatus.ESME_ROK &&
      response.command !== 'generic_nack'
    ) {
      this.interfaceVersion = response.tlvs?.sc_interface_version ?? oldInterfaceVersion;
      this.#comeUp();
    } else {
      const failure = readBindRefusal(response.command_status);
      this.#cause = { ...failure, text: this.#say(failure.text) };
      this.#session?.close('refused');
    }
  }

  #comeUp(): void {
    this.#state = 'up';
    this.#upSince = this.#now();
    this.#failure = null;
    this.#unknownsInRow = 0;
    this.#plan.doubt.prober = null;
    this.#plan.world.log.info('A bind is up.', { bind: this.#label(), host: this.#say('') });
    this.#plan.owner.changed(this);
  }

  #lose(outgoing: RequestToken, why: UnknownReason): void {
    // Nothing is known of the message, as before.
    if (outgoing === 'cancel') return;
    if (outgoing === null) {
      // A bind without a readable answer in time is no bind.
      if (why !== 'closed') this.#session?.close('bind_timed_out');
      return;
    }
    if (why === 'timed_out') this.#unknownsInRow++;
    this.#plan.owner.unanswered(this, outgoing);
  }

  #leave(): void {
    if (this.#state !== 'up') return;
    this.#state = 'leaving';
    this.#plan.owner.changed(this);
  }

  /** The session has ended: the wire follows, and a new attempt after a while. */
  #ended(reason: CloseReason): void {
    const wasUp = this.#state === 'up' || this.#state === 'leaving';
    const wire = this.#wire;
    this.#leave();
    this.#session = null;
    this.#wire = null;
    this.#unknownsInRow = 0;
    if (wire !== null) this.#release(wire, reason);
    this.#cause ??= this.#networkFailure(closeTexts[reason]);
    const lastedMs = wasUp ? this.#now() - this.#upSince : 0;
    this.#reconnect.ended(lastedMs);
    // A host that was good is tried once more before the next one.
    this.#waitOrStop(this.#cause, lastedMs >= goodBindMs);
  }

  #release(wire: Wire, reason: CloseReason): void {
    this.#lingering = { wire, until: this.#now() + lingerMs };
    if (brokenReasons.has(reason)) wire.destroy();
    else wire.end();
    this.#plan.owner.wakeAt(this.#lingering.until);
  }

  /** The wire is gone, by whomever. */
  #closed(wire: Wire, error: Error | null): void {
    if (this.#lingering?.wire === wire) this.#lingering = null;
    if (wire === this.#wire) {
      const text = error === null ? closeTexts.connection_lost : `: ${error.message}`;
      this.#cause = this.#networkFailure(text);
      this.#wire = null;
      if (this.#session === null) this.#waitOrStop(this.#cause, false);
      else this.#session.close('connection_lost');
    }
    this.#plan.owner.readOut(null);
  }

  #waitOrStop(failure: BindFailure, keepsHost: boolean): void {
    this.#failure = failure;
    this.#cause = null;
    if (this.#isStopping) {
      this.#state = 'stopped';
      return;
    }
    if (failure.isPassword) this.#plan.doubt.prober ??= this;
    else if (failure.kind !== 'network') this.#plan.doubt.prober = null;
    if (!keepsHost) this.#hostIndex = (this.#hostIndex + 1) % this.#plan.settings.hosts.length;
    const waitMs = this.#reconnect.waitAfter(failure.kind);
    this.#state = 'waiting';
    this.#tryAt = this.#now() + waitMs;
    this.#plan.owner.wakeAt(this.#tryAt);
    const log = failure.kind === 'credentials' ? 'error' : 'warn';
    this.#plan.world.log[log](failure.text, { bind: this.#label(), nextAttemptMs: waitMs });
  }

  #networkFailure(text: string): BindFailure {
    return { kind: 'network', isPassword: false, text: this.#say(text) };
  }

  #say(text: string): string {
    const { host, port } = this.#host();
    const gap = text === '' || text.startsWith(':') ? '' : ' ';
    return `${host}:${port}${gap}${text}`;
  }

  #label(): string {
    const { connection, command, index } = this.#plan;
    return `${connection}/${command}/${index}`;
  }

  #host(): SmscHost {
    const host = this.#plan.settings.hosts[this.#hostIndex];
    if (host === undefined) throw new Error('a connection without hosts');
    return host;
  }

  #now(): number {
    return this.#plan.world.clock.monotonic();
  }
}
