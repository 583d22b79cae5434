import type { Random } from '../../lib/random.ts';
import type { SmsSettings } from './settings.ts';

/** Operators lock accounts that knock too often with a wrong password. */
export const credentialsFirstMs = 60_000;
export const credentialsLongestMs = 300_000;
/** The time in which SMSCs notice that an old session is gone. */
export const alreadyBoundMinMs = 30_000;
export const alreadyBoundMaxMs = 60_000;
/** A bind that lasted this long was a good one; the next wait is the first again. */
export const goodBindMs = 10_000;
const spread = 0.2;

/** Why a bind is not up, as far as the wait depends on it. */
export type FailureKind = 'network' | 'credentials' | 'already-bound';

/** How long one bind waits before it tries again (sms-operators §2). Endless: nobody gives up. */
export class Reconnect {
  readonly #settings: Pick<SmsSettings, 'reconnectFirstMs' | 'reconnectLongestMs'>;
  readonly #random: Random;
  #failures = 0;
  #lastKind: FailureKind = 'network';

  constructor(
    settings: Pick<SmsSettings, 'reconnectFirstMs' | 'reconnectLongestMs'>,
    random: Random,
  ) {
    this.#settings = settings;
    this.#random = random;
  }

  /** The wait after a failure, in milliseconds. */
  waitAfter(kind: FailureKind): number {
    if (kind !== this.#lastKind) this.#failures = 0;
    this.#lastKind = kind;
    const { reconnectFirstMs, reconnectLongestMs } = this.#settings;
    switch (kind) {
      case 'network':
        return this.#double(reconnectFirstMs, reconnectLongestMs);
      case 'credentials':
        return this.#double(credentialsFirstMs, credentialsLongestMs);
      case 'already-bound':
        return this.#between(alreadyBoundMinMs, alreadyBoundMaxMs);
    }
  }

  /** A bind ended that was up for `lastedMs`. */
  ended(lastedMs: number): void {
    if (lastedMs >= goodBindMs) this.#failures = 0;
  }

  #double(firstMs: number, longestMs: number): number {
    const waitMs = Math.min(firstMs * 2 ** Math.min(this.#failures, 20), longestMs);
    this.#failures++;
    return Math.round(this.#between(waitMs * (1 - spread), waitMs * (1 + spread)));
  }

  #between(minMs: number, maxMs: number): number {
    return Math.round(minMs + this.#random.fraction() * (maxMs - minMs));
  }
}
