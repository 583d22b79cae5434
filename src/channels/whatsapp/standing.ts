import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { DeliveryError } from '../../core/status.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ConnectionHealth } from '../contract.ts';
import { Pacing } from '../pacing.ts';
import type { Verdict } from './answers.ts';
import type { PairLine } from './pair-line.ts';
import type { Recipients } from './recipients.ts';
import { Trouble } from './trouble.ts';

export interface StandingParts {
  /** The connection's, for the log. */
  readonly name: string;
  /** Calls a second; null sets no limit. */
  readonly rate: number | null;
  readonly recipients: Recipients;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * How a number stands with WhatsApp: whether calls make sense at all, and how many a second. It learns from what
 * calls come to, and says what that means for the step behind the call. All times are monotonic milliseconds.
 */
export class Standing {
  readonly #parts: StandingParts;
  readonly #pacing: Pacing;
  readonly #trouble = new Trouble();

  constructor(parts: StandingParts) {
    this.#parts = parts;
    this.#pacing = new Pacing(parts.rate, parts.clock.monotonic());
  }

  /** The error of steps that are not sent, because calls make no sense; null when they do. */
  refusal(now: number): DeliveryError | null {
    return this.#trouble.refusal(now);
  }

  /** Whether one more call may be made now. */
  mayCall(now: number): boolean {
    // The first call in trouble is alone: it sees whether that is over.
    return this.#pacing.room(now) >= 1 && !this.#trouble.isProbing;
  }

  /** Milliseconds until the rate allows a call, 0 when it does now; null while a call's answer is to tell. */
  waitMs(now: number): number | null {
    return this.#trouble.isProbing ? null : this.#pacing.waitMs(now);
  }

  /** As `ConnectionHealth` has it, of a connection that runs. */
  judge(now: number): Pick<ConnectionHealth, 'state' | 'reason'> {
    const trouble = this.#trouble.describe(now);
    if (trouble !== '') return { state: 'down', reason: trouble };
    if (!this.#pacing.isPaused(now)) return { state: 'up', reason: '' };
    const seconds = Math.ceil(this.#pacing.waitMs(now) / 1_000);
    return { state: 'throttled', reason: `WhatsApp throttles; sending goes on in ${seconds} s.` };
  }

  /** A call is being made. */
  called(now: number): void {
    this.#pacing.spend(1, now);
    this.#trouble.called();
  }

  /** A call has ended, whether or not something else has told before what became of it. */
  ended(verdict: Verdict, { msisdn }: PairLine): void {
    if (verdict.kind === 'accepted') {
      this.#parts.recipients.alias(verdict.waId, msisdn);
      this.#trouble.over();
    } else {
      this.#trouble.unclear();
    }
  }

  accepted(line: PairLine, sentAt: number): void {
    this.#pacing.accepted(sentAt);
    line.accepted();
  }

  /** The call did not reach WhatsApp. */
  unsent(reason: string, now: number): SubmitOutcome {
    if (this.#trouble.unreached('WhatsApp cannot be reached', now)) {
      const { log, name } = this.#parts;
      const fields = { connection: name, reason };
      log.warn('WhatsApp cannot be reached: the connection pauses.', fields);
    }
    return { kind: 'later', error: 25, attemptsMax: null };
  }

  /** What a refusal means for the step; null: it stays where it is, and is sent when the pace allows. */
  refused(
    { meaning, code, trace, retryAfterMs }: Extract<Verdict, { kind: 'refused' }>,
    line: PairLine,
    sentAt: number,
    now: number,
  ): SubmitOutcome | null {
    const { name, recipients, clock, log } = this.#parts;
    const waitMs = Math.max(retryAfterMs ?? 0, meaning.pauseMs ?? 0);
    if (meaning.kind !== 'A') this.#trouble.over();
    if (meaning.news !== undefined) recipients.learn(line.msisdn, meaning.news, clock.now());
    switch (meaning.kind) {
      case 'F':
        return { kind: 'refused', error: meaning.error };
      case 'R':
        return { kind: 'later', error: meaning.error, attemptsMax: meaning.attemptsMax ?? null };
      case 'P':
        line.throttled(now, waitMs);
        return null;
      case 'T':
        if (this.#pacing.throttled(sentAt, now, waitMs)) {
          const pauseMs = Math.round(this.#pacing.waitMs(now));
          const fields = { connection: name, code, pauseMs };
          log.warn('WhatsApp throttles: the connection pauses.', fields);
        }
        return null;
      case 'A': {
        const reason = `WhatsApp refuses the account or the token (error ${code ?? 'without code'})`;
        if (this.#trouble.accountRefused(meaning.error, reason, now, waitMs)) {
          const fields = { connection: name, code, trace };
          log.error('WhatsApp refuses the account or the token.', fields);
        }
        return { kind: 'later', error: meaning.error, attemptsMax: null };
      }
    }
  }
}
