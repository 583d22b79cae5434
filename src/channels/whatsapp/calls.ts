import type { Clock } from '../../lib/clock.ts';
import type { ProviderHttp, ProviderOutcome } from '../../lib/provider-http.ts';
import { recipientField } from './admission.ts';
import { readAnswer, type Verdict } from './answers.ts';
import type { HeldSteps } from './held-steps.ts';
import { answerBytesMax } from './limits.ts';
import type { Job, PairLine } from './pair-line.ts';
import { type PartKey, writePartKey } from './part-key.ts';
import type { WhatsappSettings } from './settings.ts';
import type { Standing } from './standing.ts';

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

export interface CallsParts {
  readonly settings: WhatsappSettings;
  readonly held: HeldSteps;
  readonly standing: Standing;
  readonly clock: Clock;
  readonly provider: ProviderHttp;
  /** Something has changed: there is room for a call, or something to say. */
  onChange(): void;
}

/** The calls of `POST /{number}/messages`, each from its sending until it is known what became of it. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  /** What has no outcome yet, by its part key. */
  readonly #flights = new Map<string, Flight>();
  #underWay = 0;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    const { baseUrl, version, phoneNumberId, token } = parts.settings;
    this.#url = `${baseUrl}/${version}/${phoneNumberId}/messages`;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** Calls under way, those whose outcome a status has told already included. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Calls without an outcome, those in doubt included. */
  get open(): number {
    return this.#flights.size;
  }

  /** Sends what stands first in the line. */
  send(line: PairLine, now: number): void {
    const { settings, held, standing, clock, provider } = this.#parts;
    const job = line.jobs.peek();
    const part = job?.waiting[0];
    const bubble = part === undefined ? undefined : job?.bubbles[part];
    if (job === undefined || part === undefined || bubble === undefined) return;
    const { message, step } = job.ready;
    // It waited too long here, behind a throttle or a doubt.
    if (message.expiresAt <= clock.now()) return held.letGo(line, job);
    const key = writePartKey({ id: message.id, step, part });
    const flight: Flight = { line, job, part, sentAt: now, doubtUntil: null };
    this.#flights.set(key, flight);
    line.isBusy = true;
    line.spend();
    job.isBegun = true;
    standing.called(now);
    this.#underWay++;
    const body = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      [recipientField(line.msisdn)]: line.msisdn,
      ...bubble.message,
      biz_opaque_callback_data: key,
    };
    const sent = provider.send({
      method: 'POST',
      url: this.#url,
      headers: this.#headers,
      body: JSON.stringify(body),
      timeoutMs: settings.responseTimeoutMs,
      answerBytesMax,
    });
    void sent.then((outcome) => this.#answered(key, flight, outcome));
  }

  /** A status spoke of a part whose id the store did not know: now it is known that it was taken, and as what. */
  taken(part: PartKey, wamid: string): void {
    const key = writePartKey(part);
    const flight = this.#flights.get(key);
    if (flight === undefined) {
      this.#parts.held.noteStray(part, { kind: 'accepted', providerId: wamid });
    } else {
      this.#accepted(key, flight, wamid);
    }
    this.#parts.onChange();
  }

  /** Monotonic milliseconds at which the next doubt is over; infinite when there is none. */
  nextDoubtEnd(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { doubtUntil } of this.#flights.values()) {
      if (doubtUntil !== null) next = Math.min(next, doubtUntil);
    }
    return next;
  }

  /** No status came: whether it is sent again is for the connection's settings to say (DESIGN §4.4). */
  endDoubts(now: number): void {
    const { settings, held } = this.#parts;
    for (const [key, flight] of this.#flights) {
      if (flight.doubtUntil === null || flight.doubtUntil > now) continue;
      const { line, job, part } = flight;
      this.#settle(key, line);
      if (settings.onUnknown === 'resend') {
        held.conclude(line, job, { kind: 'unknown', resend: true });
      } else {
        held.concludePart(line, job, part, { kind: 'unknown' });
      }
    }
  }

  /** Waits for no answer any more, nor for a status. */
  abandon(): void {
    for (const [key, { line }] of this.#flights) {
      this.#settle(key, line);
      this.#parts.held.letGoOf(line);
    }
  }

  #answered(key: string, flight: Flight, outcome: ProviderOutcome): void {
    const { settings, standing, onChange } = this.#parts;
    this.#underWay--;
    const verdict = readAnswer(outcome, settings.errors);
    standing.ended(verdict, flight.line);
    // Unless a status, or our own stop, was quicker.
    if (this.#flights.get(key) === flight) this.#conclude(key, flight, verdict);
    onChange();
  }

  #conclude(key: string, flight: Flight, verdict: Verdict): void {
    const { settings, held, standing, clock } = this.#parts;
    const { line, job, sentAt } = flight;
    const now = clock.monotonic();
    if (verdict.kind === 'accepted') {
      standing.accepted(line, sentAt);
      return this.#accepted(key, flight, verdict.wamid);
    }
    if (verdict.kind === 'unknown') {
      flight.doubtUntil = now + settings.doubtMs;
      return;
    }
    this.#settle(key, line);
    const outcome =
      verdict.kind === 'unsent'
        ? standing.unsent(verdict.reason, now)
        : standing.refused(verdict, line, sentAt, now);
    if (outcome === null) held.list(line);
    else held.conclude(line, job, outcome);
  }

  #accepted(key: string, { line, job, part }: Flight, wamid: string): void {
    this.#settle(key, line);
    this.#parts.held.concludePart(line, job, part, { kind: 'accepted', providerId: wamid });
  }

  #settle(key: string, line: PairLine): void {
    this.#flights.delete(key);
    line.isBusy = false;
  }
}
