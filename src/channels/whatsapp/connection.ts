import type { ReadyStep } from '../../core/ready-step.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ProviderHttp } from '../../lib/provider-http.ts';
import type {
  CallbackAnswer,
  CallbackRequest,
  Connection,
  ConnectionHealth,
  ConnectionPorts,
  MediaKeeper,
  Recall,
} from '../contract.ts';
import { admitStep } from './admission.ts';
import { answerCallback, type BusinessNumbers } from './callbacks.ts';
import { Calls } from './calls.ts';
import { HeldSteps } from './held-steps.ts';
import { recipientsMax, windowMs } from './limits.ts';
import { NumberInbox } from './number-inbox.ts';
import { Recipients } from './recipients.ts';
import type { WhatsappSettings } from './settings.ts';
import { Standing } from './standing.ts';

/** How soon the next look is when the rate holds calls back, or while stopping. */
const pacedTickMs = 20;
/** How often lines are forgotten that have nothing to send. */
const forgetEveryMs = 60_000;

/** What a connection needs from the outside world. */
export interface WhatsappWorld {
  readonly clock: Clock;
  readonly provider: ProviderHttp;
  /** The numbers of all connections; each enters its own. */
  readonly numbers: BusinessNumbers;
  /** Keeps the files that handsets send; null: they are not fetched. */
  readonly media: MediaKeeper | null;
  readonly log: Log;
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

class WhatsappConnection implements Connection {
  readonly name: string;
  readonly channel = 'WhatsApp';
  readonly recall: Recall;

  readonly #settings: WhatsappSettings;
  readonly #world: WhatsappWorld;
  readonly #clock: Clock;
  readonly #recipients: Recipients;
  readonly #standing: Standing;
  readonly #held: HeldSteps;
  readonly #calls: Calls;
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
    this.#world = world;
    this.#clock = world.clock;
    const { clock, provider, media, log } = world;
    const { phoneNumberId, rate } = settings;
    const recipients = new Recipients();
    this.#recipients = recipients;
    this.recall = {
      withinMs: windowMs,
      handsetsMax: recipientsMax,
      take: (heard) => {
        for (const { from, at } of heard) recipients.wrote(from, at);
      },
    };
    const standing = new Standing({ name, rate, recipients, clock, log });
    this.#standing = standing;
    const held = new HeldSteps(ports, settings);
    this.#held = held;
    const calls = new Calls({
      settings,
      held,
      standing,
      clock,
      provider,
      onChange: () => this.wake(),
    });
    this.#calls = calls;
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
        onTaken: (key, wamid) => calls.taken(key, wamid),
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
    const standing = this.#judge(this.#clock.monotonic());
    // There is no session to hold: it is up while calls make sense.
    const isUp = standing.state === 'up' || standing.state === 'throttled';
    return { ...standing, bindsUp: isUp ? 1 : 0, bindsWanted: 1, outstanding: this.#calls.open };
  }

  callback(request: CallbackRequest): Promise<CallbackAnswer> {
    return answerCallback(request, this.#settings, this.#world.numbers, this.#clock);
  }

  #judge(now: number): Pick<ConnectionHealth, 'state' | 'reason'> {
    if (this.#phase === 'idle') return { state: 'stopped', reason: 'It was not started.' };
    if (this.#phase !== 'running') return { state: 'stopped', reason: 'It was told to stop.' };
    return this.#standing.judge(now);
  }

  /** One turn: doubts that are over, calls as far as they may be made, and what is to be said about them. */
  #turn(): void {
    if (this.#phase === 'idle' || this.#phase === 'stopped') return;
    const now = this.#clock.monotonic();
    this.#calls.endDoubts(now);
    // Said first: what is taken next comes in the place of what is finished.
    this.#held.handOver();
    if (this.#phase === 'running') this.#pump(now);
    else if (this.#phase === 'stopping') this.#windDown(now);
    this.#held.handOver();
    if (now >= this.#forgetAt) {
      this.#forgetAt = now + forgetEveryMs;
      this.#held.forgetIdle(now);
    }
    this.#planTick(now);
  }

  #pump(now: number): void {
    const error = this.#standing.refusal(now);
    if (error !== null) {
      return this.#held.refuseWaiting({ kind: 'later', error, attemptsMax: null });
    }
    while (this.#calls.underWay < this.#settings.window && this.#standing.mayCall(now)) {
      const line = this.#held.next(now);
      if (line !== undefined) this.#calls.send(line, now);
      else if (!this.#takeMore(now)) return;
    }
  }

  #takeMore(now: number): boolean {
    const steps = this.#held.take(this.#settings.window - this.#calls.underWay);
    for (const ready of steps) this.#accept(ready, now);
    return steps.length > 0;
  }

  /** Puts a step in its handset's line, or says at once why it cannot be sent. */
  #accept(ready: ReadyStep, now: number): void {
    const admission = admitStep(ready, this.#settings, this.#recipients, this.#clock.now());
    switch (admission.kind) {
      case 'admitted':
        return this.#held.hold(admission.job, now);
      case 'refused': {
        const { parts, error } = admission;
        return this.#held.note(ready, parts, { kind: 'refused', error });
      }
      case 'expired':
        return this.#held.giveBack(ready);
    }
  }

  #windDown(now: number): void {
    this.#held.letGoWaiting();
    if (now >= this.#abortAt) this.#calls.abandon();
    if (this.#calls.open > 0) return;
    this.#phase = 'stopped';
    this.#held.handOver();
    this.#timer?.cancel();
    this.#stopped?.();
  }

  #planTick(now: number): void {
    if (this.#phase === 'stopped') return;
    const next =
      this.#phase === 'stopping'
        ? Math.min(this.#abortAt, now + pacedTickMs)
        : Math.min(now + forgetEveryMs, this.#nextCallAt(now));
    this.#wakeAt(Math.max(now, Math.min(next, this.#calls.nextDoubtEnd())));
  }

  /** When the pace allows another call; infinite when an answer is waited for, which wakes by itself. */
  #nextCallAt(now: number): number {
    const waitMs = this.#standing.waitMs(now);
    if (this.#calls.underWay >= this.#settings.window || waitMs === null) {
      return Number.POSITIVE_INFINITY;
    }
    return waitMs > 0 ? now + Math.max(waitMs, pacedTickMs) : this.#held.nextAt(now);
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
