import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ProviderHttp, ProviderOutcome } from '../../lib/provider-http.ts';
import type {
  CallbackAnswer,
  CallbackRequest,
  Connection,
  ConnectionHealth,
  ConnectionPorts,
  MediaKeeper,
  PartOutcome,
} from '../contract.ts';
import { Pacing } from '../pacing.ts';
import { listWaitingParts } from '../waiting-parts.ts';
import { readAnswer, type Verdict } from './answers.ts';
import { mapContent } from './bubbles.ts';
import { answerCallback, type BusinessNumbers } from './callbacks.ts';
import { Fault } from './fault.ts';
import { answerBytesMax, waitingStepsMax } from './limits.ts';
import { Lines } from './lines.ts';
import { NumberInbox } from './number-inbox.ts';
import type { Job, PairLine } from './pair-line.ts';
import { type PartKey, writePartKey } from './part-key.ts';
import { Recipients } from './recipients.ts';
import type { WhatsappSettings } from './settings.ts';
import { Trouble } from './trouble.ts';

/** How soon the next look is when the rate holds calls back, or while stopping. */
const pacedTickMs = 20;
/** How often lines are forgotten that have nothing to send. */
const forgetEveryMs = 60_000;
/** Steps that are refused in one turn while calls make no sense. */
const refusedPerTurnMax = 200;

/** What a connection needs from the outside world. */
export interface WhatsappWorld {
  readonly clock: Clock;
  readonly provider: ProviderHttp;
  /** The numbers of all connections; each enters its own. */
  readonly numbers: BusinessNumbers;
  /** Keeps the files that handsets send; null: they are not fetched. */
  readonly media: MediaKeeper | null;
  readonly log: Log;
  /** The user of this handset wants no marketing over this connection (whatsapp-cloud §5, 131050). */
  onOptOut?(connection: string, msisdn: string): void;
}

/** One WhatsApp business number at Meta's Cloud API (whatsapp-cloud). */
export function createWhatsappConnection(
  name: string,
  settings: WhatsappSettings,
  ports: ConnectionPorts,
  world: WhatsappWorld,
): Connection {
  return new WhatsappConnection(name, settings, ports, world);
}

/** One call of the API: under way, or without an answer and in doubt. */
interface Flight {
  readonly line: PairLine;
  readonly job: Job;
  readonly part: number;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  /** Monotonic milliseconds up to which a status may tell what became of it; null while it is under way. */
  doubtUntil: number | null;
}

class WhatsappConnection implements Connection {
  readonly name: string;
  readonly channel = 'WhatsApp';

  readonly #settings: WhatsappSettings;
  readonly #ports: ConnectionPorts;
  readonly #world: WhatsappWorld;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #recipients: Recipients;
  readonly #pacing: Pacing;
  readonly #trouble = new Trouble();
  readonly #lines: Lines;
  /** What has no outcome yet, by its part key. */
  readonly #flights = new Map<string, Flight>();
  /** Calls under way, those whose outcome a status has told already included. */
  #calls = 0;
  /** Steps that are taken and not finished. */
  #held = 0;
  #outcomes: PartOutcome[] = [];
  #returned: ReadyStep[] = [];
  #isTurnPlanned = false;
  #timer: Timer | null = null;
  #tickAt = 0;
  #forgetAt = 0;
  #phase: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #stopped: (() => void) | null = null;
  #abortAt = Number.POSITIVE_INFINITY;

  constructor(
    name: string,
    settings: WhatsappSettings,
    ports: ConnectionPorts,
    world: WhatsappWorld,
  ) {
    this.name = name;
    this.#settings = settings;
    this.#ports = ports;
    this.#world = world;
    this.#clock = world.clock;
    const { baseUrl, version, phoneNumberId, token } = settings;
    this.#url = `${baseUrl}/${version}/${phoneNumberId}/messages`;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    this.#pacing = new Pacing(settings.rate, world.clock.monotonic());
    this.#lines = new Lines(settings);
    const recipients = new Recipients(phoneNumberId);
    this.#recipients = recipients;
    const { clock, provider, media, log } = world;
    world.numbers.set(phoneNumberId, {
      phoneNumberId,
      connection: name,
      appSecret: settings.appSecret,
      errors: settings.errors,
      numberOf: (waId) => recipients.numberOf(waId),
      inbox: new NumberInbox({
        name,
        settings,
        ports,
        recipients,
        clock,
        provider,
        media,
        log,
        onTaken: (key, wamid) => this.#taken(key, wamid),
        onOptOut: (msisdn) => world.onOptOut?.(name, msisdn),
      }),
    });
  }

  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'running';
    this.wake();
  }

  wake(): void {
    if (this.#isTurnPlanned || this.#phase === 'idle' || this.#phase === 'stopped') return;
    this.#isTurnPlanned = true;
    this.#clock.soon(() => {
      this.#isTurnPlanned = false;
      this.#turn();
    });
  }

  stop(graceMs: number): Promise<void> {
    if (this.#phase !== 'running') {
      this.#phase = 'stopped';
      return Promise.resolve();
    }
    this.#phase = 'stopping';
    this.#abortAt = this.#clock.monotonic() + graceMs;
    return new Promise((resolve) => {
      this.#stopped = resolve;
      this.wake();
    });
  }

  health(): ConnectionHealth {
    const now = this.#clock.monotonic();
    const isUp = this.#phase === 'running' && this.#trouble.describe(now) === '';
    return {
      ...this.#judge(now),
      // There is no session to hold: it is up while calls make sense.
      bindsUp: isUp ? 1 : 0,
      bindsWanted: 1,
      outstanding: this.#flights.size,
    };
  }

  callback(request: CallbackRequest): Promise<CallbackAnswer> {
    return answerCallback(request, this.#settings, this.#world.numbers, this.#clock);
  }

  #judge(now: number): Pick<ConnectionHealth, 'state' | 'reason'> {
    if (this.#phase === 'idle') return { state: 'stopped', reason: 'It was not started.' };
    if (this.#phase !== 'running') return { state: 'stopped', reason: 'It was told to stop.' };
    const trouble = this.#trouble.describe(now);
    if (trouble !== '') return { state: 'down', reason: trouble };
    if (!this.#pacing.isPaused(now)) return { state: 'up', reason: '' };
    const seconds = Math.ceil(this.#pacing.waitMs(now) / 1_000);
    return { state: 'throttled', reason: `WhatsApp throttles; sending goes on in ${seconds} s.` };
  }

  // Sending.

  /** One turn: doubts that are over, calls as far as they may be made, and what is to be said about them. */
  #turn(): void {
    if (this.#phase === 'idle' || this.#phase === 'stopped') return;
    const now = this.#clock.monotonic();
    this.#endDoubts(now);
    // Said first: what is taken next comes in the place of what is finished.
    this.#handOver();
    if (this.#phase === 'running') this.#pump(now);
    else if (this.#phase === 'stopping') this.#windDown(now);
    this.#handOver();
    if (now >= this.#forgetAt) {
      this.#forgetAt = now + forgetEveryMs;
      this.#lines.forgetIdle(now);
    }
    this.#planTick(now);
  }

  #pump(now: number): void {
    const refusal = this.#trouble.refusal(now);
    if (refusal !== null)
      return this.#refuseAll({ kind: 'later', error: refusal, attemptsMax: null });
    while (this.#calls < this.#settings.window && this.#pacing.room(now) >= 1) {
      // The first call in trouble is alone: it sees whether that is over.
      if (this.#trouble.isProbing) return;
      const line = this.#lines.next(now);
      if (line !== undefined) this.#sendNext(line, now);
      else if (!this.#takeMore(now)) return;
    }
  }

  #takeMore(now: number): boolean {
    const room = Math.min(this.#settings.window - this.#calls, waitingStepsMax - this.#held);
    if (room <= 0) return false;
    const steps = this.#ports.take(0, 1, room);
    for (const ready of steps) this.#accept(ready, now);
    return steps.length > 0;
  }

  /** Calls make no sense now: what has a fallback goes on to it, the rest comes back later. */
  #refuseAll(outcome: SubmitOutcome): void {
    for (const line of this.#lines.drain()) {
      for (let job = line.jobs.peek(); job !== undefined; job = line.jobs.peek()) {
        this.#concludeJob(line, job, outcome);
      }
    }
    const room = Math.min(refusedPerTurnMax, waitingStepsMax - this.#held);
    if (room <= 0) return;
    for (const ready of this.#ports.take(0, 1, room)) {
      for (const part of listWaitingParts(ready)) this.#note(ready, part, outcome);
    }
  }

  /** Puts a step in its handset's line, or says at once why it cannot be sent. */
  #accept(ready: ReadyStep, now: number): void {
    const wallNow = this.#clock.now();
    // It has no outcome: the sweeper ends it, and the queue must not count it as handed out.
    if (ready.message.expiresAt <= wallNow) {
      this.#returned.push(ready);
      return;
    }
    const waiting = listWaitingParts(ready);
    const bubbles = mapContent(ready.message.content, this.#settings);
    const isRight =
      !(bubbles instanceof Fault) && bubbles.length === ready.message.plan[ready.step]?.parts;
    if (!isRight) return this.#refuse(ready, waiting, 20);
    const { msisdn } = ready.message;
    if (!isRecipient(msisdn)) return this.#refuse(ready, waiting, 23);
    const hasFallback = ready.step < ready.message.plan.length - 1;
    // That a number has no WhatsApp may have changed: with nothing else to try, it is tried.
    if (hasFallback && this.#recipients.isAbsent(msisdn, wallNow)) {
      return this.#refuse(ready, waiting, 23);
    }
    const isFree = waiting.some((part) => bubbles[part]?.isTemplate === false);
    if (isFree && !this.#mayWriteFreely(msisdn, wallNow)) return this.#refuse(ready, waiting, 20);
    const line = this.#lines.of(msisdn, now);
    line.jobs.pushBack({ ready, bubbles, waiting, isBegun: false });
    this.#held++;
    this.#lines.list(line);
  }

  #mayWriteFreely(msisdn: string, wallNow: number): boolean {
    const isOpen = this.#recipients.isWindowOpen(msisdn, wallNow);
    return isOpen ?? this.#settings.unknownWindow === 'try';
  }

  #sendNext(line: PairLine, now: number): void {
    const job = line.jobs.peek();
    const part = job?.waiting[0];
    const bubble = part === undefined ? undefined : job?.bubbles[part];
    if (job === undefined || part === undefined || bubble === undefined) return;
    const { ready } = job;
    // It waited too long here, behind a throttle or a doubt.
    if (ready.message.expiresAt <= this.#clock.now()) {
      this.#letGo(line, job);
      return this.#lines.list(line);
    }
    const key = writePartKey({ id: ready.message.id, step: ready.step, part });
    const flight: Flight = { line, job, part, sentAt: now, doubtUntil: null };
    this.#flights.set(key, flight);
    line.isBusy = true;
    line.spend();
    job.isBegun = true;
    this.#pacing.spend(1, now);
    this.#trouble.called();
    this.#calls++;
    const body = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      [isDigits(line.msisdn) ? 'to' : 'recipient']: line.msisdn,
      ...bubble.message,
      biz_opaque_callback_data: key,
    };
    const sent = this.#world.provider.send({
      method: 'POST',
      url: this.#url,
      headers: this.#headers,
      body: JSON.stringify(body),
      timeoutMs: this.#settings.responseTimeoutMs,
      answerBytesMax,
    });
    void sent.then((outcome) => this.#answered(key, flight, outcome));
  }

  // Outcomes.

  #answered(key: string, flight: Flight, outcome: ProviderOutcome): void {
    this.#calls--;
    const verdict = readAnswer(outcome, this.#settings.errors);
    if (verdict.kind === 'accepted') {
      this.#recipients.alias(verdict.waId, flight.line.msisdn);
      this.#trouble.over();
    } else {
      this.#trouble.unclear();
    }
    // Unless a status, or our own stop, was quicker.
    if (this.#flights.get(key) === flight) this.#conclude(key, flight, verdict);
    this.wake();
  }

  #conclude(key: string, flight: Flight, verdict: Verdict): void {
    const now = this.#clock.monotonic();
    const { line, job, sentAt } = flight;
    if (verdict.kind === 'accepted') {
      this.#pacing.accepted(sentAt);
      line.accepted();
      return this.#accepted(key, flight, verdict.wamid);
    }
    if (verdict.kind === 'unknown') {
      flight.doubtUntil = now + this.#settings.doubtMs;
      return;
    }
    this.#flights.delete(key);
    line.isBusy = false;
    if (verdict.kind === 'unsent') {
      if (this.#trouble.unreached('WhatsApp cannot be reached', now)) {
        const fields = { connection: this.name, reason: verdict.reason };
        this.#world.log.warn('WhatsApp cannot be reached: the connection pauses.', fields);
      }
      this.#concludeJob(line, job, { kind: 'later', error: 25, attemptsMax: null });
    } else {
      this.#refused(flight, verdict, now);
    }
    this.#lines.list(line);
  }

  #refused(flight: Flight, verdict: Extract<Verdict, { kind: 'refused' }>, now: number): void {
    const { line, job, sentAt } = flight;
    const { meaning, code, trace } = verdict;
    const waitMs = Math.max(verdict.retryAfterMs ?? 0, meaning.pauseMs ?? 0);
    const { msisdn } = line;
    if (meaning.kind !== 'A') this.#trouble.over();
    if (meaning.news === 'stopped') this.#world.onOptOut?.(this.name, msisdn);
    else if (meaning.news !== undefined) {
      this.#recipients.learn(msisdn, meaning.news, this.#clock.now());
    }
    switch (meaning.kind) {
      case 'F':
        return this.#concludeJob(line, job, { kind: 'refused', error: meaning.error });
      case 'R': {
        const { error, attemptsMax = null } = meaning;
        return this.#concludeJob(line, job, { kind: 'later', error, attemptsMax });
      }
      case 'P':
        return line.throttled(now, waitMs);
      case 'T':
        if (this.#pacing.throttled(sentAt, now, waitMs)) {
          const pauseMs = Math.round(this.#pacing.waitMs(now));
          const fields = { connection: this.name, code, pauseMs };
          this.#world.log.warn('WhatsApp throttles: the connection pauses.', fields);
        }
        return;
      case 'A': {
        const reason = `WhatsApp refuses the account or the token (error ${code ?? 'without code'})`;
        if (this.#trouble.accountRefused(meaning.error, reason, now, waitMs)) {
          const fields = { connection: this.name, code, trace };
          this.#world.log.error('WhatsApp refuses the account or the token.', fields);
        }
        const outcome = { kind: 'later', error: meaning.error, attemptsMax: null } as const;
        return this.#concludeJob(line, job, outcome);
      }
    }
  }

  /** A status spoke of a part whose id the store did not know: now it is known that it was taken, and as what. */
  #taken(part: PartKey, wamid: string): void {
    const key = writePartKey(part);
    const flight = this.#flights.get(key);
    if (flight === undefined) {
      const outcome = { kind: 'accepted', providerId: wamid } as const;
      this.#outcomes.push({ ...part, outcome });
    } else {
      this.#accepted(key, flight, wamid);
    }
    this.wake();
  }

  #accepted(key: string, { line, job, part }: Flight, wamid: string): void {
    this.#flights.delete(key);
    line.isBusy = false;
    this.#note(job.ready, part, { kind: 'accepted', providerId: wamid });
    this.#partDone(line, job);
  }

  #partDone(line: PairLine, job: Job): void {
    job.waiting.shift();
    if (job.waiting.length === 0) this.#dropJob(line);
    this.#lines.list(line);
  }

  /** No status came: whether it is sent again is for the connection's settings to say (DESIGN §4.4). */
  #endDoubts(now: number): void {
    for (const [key, flight] of this.#flights) {
      if (flight.doubtUntil === null || flight.doubtUntil > now) continue;
      this.#flights.delete(key);
      const { line, job, part } = flight;
      line.isBusy = false;
      if (this.#settings.onUnknown === 'resend') {
        this.#concludeJob(line, job, { kind: 'unknown', resend: true });
        this.#lines.list(line);
      } else {
        this.#note(job.ready, part, { kind: 'unknown' });
        this.#partDone(line, job);
      }
    }
  }

  #refuse(ready: ReadyStep, parts: readonly number[], error: 20 | 23): void {
    for (const part of parts) this.#note(ready, part, { kind: 'refused', error });
  }

  /** The same outcome for all that is left of a step, which stands first in its line. */
  #concludeJob(line: PairLine, job: Job, outcome: PartOutcome['outcome']): void {
    for (const part of job.waiting) this.#note(job.ready, part, outcome);
    this.#dropJob(line);
  }

  #dropJob(line: PairLine): void {
    line.jobs.popFront();
    this.#held--;
  }

  /** Gives a step back that was not begun. Of one that was, the rest is to be sent later. */
  #letGo(line: PairLine, job: Job): void {
    if (job.isBegun) return this.#concludeJob(line, job, { kind: 'unknown', resend: true });
    this.#returned.push(job.ready);
    this.#dropJob(line);
  }

  #note(ready: ReadyStep, part: number, outcome: PartOutcome['outcome']): void {
    this.#outcomes.push({ id: ready.message.id, step: ready.step, part, outcome });
  }

  // Turns.

  /** Says what became of parts. Steps that were not sent are younger than those that were, so they go back first. */
  #handOver(): void {
    if (this.#returned.length > 0) {
      const returned = this.#returned;
      this.#returned = [];
      this.#ports.giveBack(returned);
    }
    if (this.#outcomes.length === 0) return;
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    this.#ports.outcomes(outcomes);
  }

  #windDown(now: number): void {
    for (const line of this.#lines.drain()) this.#letGoOf(line);
    if (now >= this.#abortAt) {
      for (const [key, { line, job }] of this.#flights) {
        this.#flights.delete(key);
        line.isBusy = false;
        this.#concludeJob(line, job, { kind: 'unknown', resend: true });
        this.#letGoOf(line);
      }
    }
    if (this.#flights.size > 0) return;
    this.#phase = 'stopped';
    this.#handOver();
    this.#timer?.cancel();
    this.#stopped?.();
  }

  #letGoOf(line: PairLine): void {
    for (let job = line.jobs.peek(); job !== undefined; job = line.jobs.peek()) {
      this.#letGo(line, job);
    }
  }

  #planTick(now: number): void {
    if (this.#phase === 'stopped') return;
    let next = now + forgetEveryMs;
    if (this.#phase === 'stopping') next = Math.min(this.#abortAt, now + pacedTickMs);
    else if (this.#calls < this.#settings.window && !this.#trouble.isProbing) {
      const rateWaitMs = this.#pacing.waitMs(now);
      const sendAt =
        rateWaitMs > 0 ? now + Math.max(rateWaitMs, pacedTickMs) : this.#lines.nextAt(now);
      next = Math.min(next, sendAt);
    }
    for (const { doubtUntil } of this.#flights.values()) {
      if (doubtUntil !== null) next = Math.min(next, doubtUntil);
    }
    this.#wakeAt(Math.max(next, now));
  }

  #wakeAt(at: number): void {
    if (this.#timer !== null && this.#tickAt <= at) return;
    this.#timer?.cancel();
    this.#tickAt = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#timer = null;
      this.#turn();
    });
  }
}

/** A phone number, or a business-scoped user id (whatsapp-cloud §9). */
function isRecipient(text: string): boolean {
  return isDigits(text) || /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(text);
}

function isDigits(text: string): boolean {
  return /^\d{5,20}$/.test(text);
}
