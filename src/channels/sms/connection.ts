import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { Revocation } from '../../core/revocation.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Net } from '../../lib/net.ts';
import type { Random } from '../../lib/random.ts';
import { commandStatus, nameCommandStatus } from '../../smpp/command-status.ts';
import type { GenericNack, ResponsePdu } from '../../smpp/pdus.ts';
import type { PassedRequest } from '../../smpp/session-handler.ts';
import type { BindCommand } from '../../smpp/session-rules.ts';
import type {
  Connection,
  ConnectionHealth,
  ConnectionPorts,
  RevocationCounts,
} from '../contract.ts';
import { Pacing } from '../pacing.ts';
import { listWaitingParts } from '../waiting-parts.ts';
import { type BindOwner, type PasswordDoubt, SmscBind, type SmscSession } from './bind.ts';
import { Deliveries } from './deliveries.ts';
import { createStatusTable } from './error-tables.ts';
import { HandBack } from './hand-back.ts';
import { readRefusal } from './outcomes.ts';
import type { Job, Outgoing } from './outgoing.ts';
import { cleanId, noIdPrefix, ProviderIds } from './provider-ids.ts';
import type { SmsSettings } from './settings.ts';
import { createSubmitWriter, type SubmitWriter } from './submit.ts';
import { Takebacks } from './takebacks.ts';

/** How often time passes for a connection that waits for nothing in particular. */
const idleTickMs = 250;
/** How soon the next look is when the rate holds parts back, or while stopping. */
const pacedTickMs = 20;
/** An alarm that each submit raises is logged once in this time. */
const alarmEveryMs = 60_000;

/** What a connection needs from the outside world. */
export interface SmsWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly log?: Log;
}

/** One SMS connection: an ESME that holds binds to an operator's SMSC (sms-operators §2). */
export function createSmsConnection(
  name: string,
  settings: SmsSettings,
  ports: ConnectionPorts,
  world: SmsWorld,
): Connection {
  return new SmsConnection(name, settings, ports, { log: silentLog, ...world });
}

class SmsConnection implements Connection, BindOwner {
  readonly name: string;
  readonly channel = 'SMS';

  readonly #settings: SmsSettings;
  readonly #ports: ConnectionPorts;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #writer: SubmitWriter;
  readonly #statusOf: ReturnType<typeof createStatusTable>;
  readonly #ids: ProviderIds;
  readonly #pacing: Pacing;
  readonly #deliveries: Deliveries;
  readonly #back: HandBack;
  readonly #takebacks: Takebacks | null;
  readonly #transmitters: readonly SmscBind[];
  readonly #binds: readonly SmscBind[];
  /** The transmitters that are up; a place in here is a slot of the queue. */
  #up: readonly SmscBind[] = [];
  #firstSlot = 0;
  #order = 0;
  /** The SMSC refused our validity_period once: it gets none any more. */
  #refusesValidity = false;
  #alarmAgainAt = Number.NEGATIVE_INFINITY;
  #isPumpPlanned = false;
  #timer: Timer | null = null;
  #tickAt = 0;
  #phase: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #stopped: (() => void) | null = null;
  #abortAt = Number.POSITIVE_INFINITY;

  constructor(
    name: string,
    settings: SmsSettings,
    ports: ConnectionPorts,
    world: Required<SmsWorld>,
  ) {
    this.name = name;
    this.#settings = settings;
    this.#ports = ports;
    this.#clock = world.clock;
    this.#log = world.log;
    this.#writer = createSubmitWriter(settings);
    this.#statusOf = createStatusTable(settings.statusErrors);
    this.#ids = new ProviderIds(settings.idForm);
    this.#pacing = new Pacing(settings.rate, world.clock.monotonic());
    this.#deliveries = new Deliveries(name, settings, ports, this.#ids, world.log);
    this.#back = new HandBack(name, ports);
    this.#takebacks = settings.cancel ? new Takebacks(settings) : null;
    const doubt: PasswordDoubt = { prober: null };
    const createBinds = (command: BindCommand): SmscBind[] =>
      Array.from(
        { length: settings.binds },
        (_, index) =>
          new SmscBind({ command, index, connection: name, settings, world, owner: this, doubt }),
      );
    const isPair = settings.bindMode === 'tx+rx';
    this.#transmitters = createBinds(isPair ? 'bind_transmitter' : 'bind_transceiver');
    const receivers = isPair ? createBinds('bind_receiver') : [];
    this.#binds = [...this.#transmitters, ...receivers];
  }

  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'running';
    const now = this.#clock.monotonic();
    for (const bind of this.#binds) bind.start(now);
    this.wakeAt(now + idleTickMs);
  }

  wake(): void {
    if (this.#isPumpPlanned || this.#phase !== 'running') return;
    this.#isPumpPlanned = true;
    this.#clock.soon(() => {
      this.#isPumpPlanned = false;
      this.#pump();
    });
  }

  get revocations(): Readonly<RevocationCounts> | null {
    return this.#takebacks?.counts ?? null;
  }

  revoke(batch: readonly Revocation[]): void {
    if (this.#takebacks === null) return;
    this.#takebacks.add(batch);
    if (this.#up.length === 0) this.#takebacks.drop();
    else this.wake();
  }

  stop(graceMs: number): Promise<void> {
    if (this.#phase !== 'running') {
      this.#phase = 'stopped';
      return Promise.resolve();
    }
    this.#phase = 'stopping';
    const now = this.#clock.monotonic();
    this.#abortAt = now + graceMs;
    this.wakeAt(this.#abortAt);
    return new Promise((resolve) => {
      this.#stopped = resolve;
      for (const bind of this.#binds) bind.stop(now);
      this.#finishTurn();
    });
  }

  health(): ConnectionHealth {
    const now = this.#clock.monotonic();
    const bindsUp = this.#binds.filter((bind) => bind.isUp).length;
    const outstanding = this.#binds.reduce((sum, bind) => sum + bind.outstanding, 0);
    return { ...this.#judge(now), bindsUp, bindsWanted: this.#binds.length, outstanding };
  }

  #judge(now: number): Pick<ConnectionHealth, 'state' | 'reason'> {
    if (this.#phase === 'idle') return { state: 'stopped', reason: 'It was not started.' };
    if (this.#phase !== 'running') return { state: 'stopped', reason: 'It was told to stop.' };
    if (this.#up.length > 0) {
      if (!this.#pacing.isPaused(now)) return { state: 'up', reason: '' };
      const seconds = Math.ceil(this.#pacing.waitMs(now) / 1_000);
      return {
        state: 'throttled',
        reason: `The operator throttles; sending goes on in ${seconds} s.`,
      };
    }
    const failures = this.#transmitters.map((bind) => bind.describeFailure(now));
    const reason = failures.find((sentence) => sentence !== '');
    if (reason !== undefined) return { state: 'down', reason };
    return { state: 'connecting', reason: 'The first bind is being set up.' };
  }

  // What binds tell.

  changed(bind: SmscBind): void {
    this.#up = this.#transmitters.filter((one) => one.isUp);
    if (bind.isUp) this.wake();
    else this.#back.release(bind.pending);
    if (this.#up.length === 0) this.#takebacks?.drop();
  }

  answered(bind: SmscBind, response: ResponsePdu | GenericNack, outgoing: Outgoing): void {
    const { command_status } = response;
    if (response.command === 'submit_sm_resp' && command_status === commandStatus.ESME_ROK) {
      const providerId = this.#readProviderId(response.message_id, outgoing);
      this.#pacing.accepted(outgoing.sentAt);
      if (this.#settings.receipts === 'assumed') {
        this.#back.assume(outgoing, providerId, this.#clock.now());
      }
      return this.#back.conclude(outgoing, { kind: 'accepted', providerId });
    }
    if (command_status === commandStatus.ESME_RINVEXPIRY && outgoing.withValidity) {
      this.#refusesValidity = true;
      return bind.pending.putBack(outgoing);
    }
    const meaning = this.#statusOf(command_status);
    if (meaning.kind === 'Q') return this.#throttle(bind, outgoing, command_status);
    if (meaning.kind === 'S') this.#alarm(bind, command_status);
    const { attempts } = outgoing.job.ready.live;
    this.#refuse(bind, outgoing, readRefusal(meaning, attempts));
  }

  cancelled(command_status: number): void {
    this.#takebacks?.answered(command_status);
  }

  /** An operator that gives no id gets none of its receipts matched, but ids stay unique. */
  #readProviderId(message_id: string, { job, part }: Outgoing): string {
    const id = cleanId(message_id);
    if (id === '') return `${noIdPrefix}${job.ready.message.id}:${part}`;
    this.#ids.sawResponseId(id);
    return id;
  }

  unanswered(_bind: SmscBind, outgoing: Outgoing): void {
    const isAgain = this.#settings.onUnknown === 'resend';
    this.#back.conclude(
      outgoing,
      isAgain ? { kind: 'unknown', resend: true } : { kind: 'unknown' },
    );
  }

  asked(bind: SmscBind, request: PassedRequest): void {
    const { session } = bind;
    if (session === null) return;
    const { command } = request;
    if (command === 'deliver_sm' || command === 'data_sm') {
      this.#deliveries.add(session, request, this.#clock.now());
    } else if (command !== 'outbind' && command !== 'alert_notification') {
      session.refuse(request, commandStatus.ESME_RINVCMDID);
    }
  }

  readOut(session: SmscSession | null): void {
    if (session !== null) this.#deliveries.handOver(session, this.#clock.monotonic());
    this.#finishTurn();
  }

  wakeAt(at: number): void {
    if (this.#timer !== null && this.#tickAt <= at) return;
    this.#timer?.cancel();
    this.#tickAt = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#tick());
  }

  // Sending.

  #tick(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    if (now >= this.#abortAt) for (const bind of this.#binds) bind.abort();
    for (const bind of this.#binds) bind.tick(now);
    this.#deliveries.tick(now);
    this.#finishTurn();
    if (this.#phase === 'stopped') return;
    const tickMs = this.#phase === 'stopping' ? pacedTickMs : idleTickMs;
    let next = Math.min(now + tickMs, this.#abortAt);
    for (const bind of this.#binds) if (bind.dueAt > now) next = Math.min(next, bind.dueAt);
    this.wakeAt(next);
  }

  /** Tells the dispatcher what became of parts, then uses the room that has come free. */
  #finishTurn(): void {
    for (const bind of this.#transmitters) {
      if (!bind.isUp && bind.pending.size > 0) this.#back.release(bind.pending);
    }
    this.#back.handOver();
    if (this.#phase === 'running') this.#pump();
    else if (this.#phase === 'stopping') this.#stopWhenGone();
  }

  #stopWhenGone(): void {
    if (!this.#binds.every((bind) => bind.isGone)) return;
    this.#phase = 'stopped';
    this.#timer?.cancel();
    this.#stopped?.();
  }

  /** Fills the windows of all binds as far as the rate allows. */
  #pump(): void {
    if (this.#phase !== 'running') return;
    const now = this.#clock.monotonic();
    const up = this.#up;
    const first = this.#firstSlot;
    for (let turn = 0; turn < up.length; turn++) {
      const slot = (first + turn) % up.length;
      const bind = up[slot];
      // Whoever sent is last the next time, or at a low rate the others' lanes would starve.
      if (bind !== undefined && this.#fill(bind, slot, up.length, now)) this.#firstSlot = slot + 1;
    }
    this.#back.handOver();
  }

  /** Fills the window of one bind. True when something was sent. */
  #fill(bind: SmscBind, slot: number, slots: number, now: number): boolean {
    const free = bind.room();
    if (free === 0) return false;
    const allowed = this.#pacing.room(now);
    const wallNow = this.#clock.now();
    let room = Math.min(free, allowed);
    room -= this.#takeBack(bind, room, now);
    room -= this.#sendPending(bind, room, now, wallNow);
    while (room > 0) {
      const steps = this.#ports.take(slot, slots, room);
      if (steps.length === 0) break;
      for (const ready of steps) this.#accept(bind, ready, wallNow);
      room -= this.#sendPending(bind, room, now, wallNow);
    }
    bind.flush();
    // The rate, not the window, was used up: more may go as soon as it allows.
    if (room === 0 && allowed < free) {
      this.wakeAt(now + Math.max(this.#pacing.waitMs(now), pacedTickMs));
    }
    return room < Math.min(free, allowed);
  }

  /** Puts a step's parts in line for a bind, or says at once why they cannot be sent. */
  #accept(bind: SmscBind, ready: ReadyStep, wallNow: number): void {
    // It has no outcome: the sweeper ends it, and the queue must not count it as handed out.
    if (ready.message.expiresAt <= wallNow) {
      this.#back.giveBack(ready);
      return;
    }
    const parts = listWaitingParts(ready);
    const content = this.#writer.prepare(ready);
    if ('error' in content) {
      const outcome = { kind: 'refused', error: content.error } as const;
      for (const part of parts) this.#back.concludePart(ready, part, outcome);
      return;
    }
    const job: Job = { ready, content, parts: parts.length, unsent: parts.length };
    for (const part of parts) {
      bind.pending.add({ job, part, order: this.#order++, sentAt: 0, withValidity: false });
    }
  }

  /** Before all else: whatever is taken back late has been shown. */
  #takeBack(bind: SmscBind, room: number, now: number): number {
    if (this.#takebacks === null || this.#takebacks.size === 0) return 0;
    let sent = 0;
    for (; sent < room; sent++) {
      const cancel = this.#takebacks.next();
      if (cancel === undefined) break;
      bind.cancel(cancel, now);
    }
    this.#pacing.spend(sent, now);
    return sent;
  }

  #sendPending(bind: SmscBind, room: number, now: number, wallNow: number): number {
    const withValidity = this.#settings.validity !== 'none' && !this.#refusesValidity;
    const options = { now: wallNow, interfaceVersion: bind.interfaceVersion, withValidity };
    let sent = 0;
    while (sent < room) {
      const outgoing = bind.pending.next();
      if (outgoing === undefined) break;
      const { job, part } = outgoing;
      // It waited too long here, behind a throttle.
      if (job.ready.message.expiresAt <= wallNow) {
        this.#back.releaseJob(job, [outgoing, ...bind.pending.takeJob(job)]);
        continue;
      }
      outgoing.sentAt = now;
      outgoing.withValidity = withValidity;
      job.unsent--;
      bind.submit(this.#writer.write(job.ready, job.content, part, options), outgoing, now);
      sent++;
    }
    if (sent > 0) this.#pacing.spend(sent, now);
    return sent;
  }

  // Outcomes.

  #throttle(bind: SmscBind, outgoing: Outgoing, command_status: number): void {
    bind.pending.putBack(outgoing);
    const now = this.#clock.monotonic();
    if (!this.#pacing.throttled(outgoing.sentAt, now)) return;
    this.#log.warn('The operator throttles: the connection pauses.', {
      connection: this.name,
      status: nameCommandStatus(command_status),
      pauseMs: Math.round(this.#pacing.waitMs(now)),
      rate: this.#pacing.rate,
    });
  }

  /** The session or the configuration is at fault, not the message. */
  #alarm(bind: SmscBind, command_status: number): void {
    const now = this.#clock.monotonic();
    if (now >= this.#alarmAgainAt) {
      this.#alarmAgainAt = now + alarmEveryMs;
      const status = nameCommandStatus(command_status);
      this.#log.error('The operator refuses submits.', { connection: this.name, status });
    }
    if (command_status === commandStatus.ESME_RINVBNDSTS) bind.renew('says that we are not bound');
  }

  #refuse(bind: SmscBind, outgoing: Outgoing, outcome: SubmitOutcome): void {
    this.#back.conclude(outgoing, outcome);
    const { job } = outgoing;
    if (outcome.kind !== 'refused' || job.unsent === 0) return;
    // Without this part the message cannot be complete: the others would only cost money.
    for (const rest of bind.pending.takeJob(job)) {
      job.unsent--;
      this.#back.conclude(rest, outcome);
    }
  }
}

const silentLog: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore };

function ignore(): void {}
