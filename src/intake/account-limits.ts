import type { Account, AccountRates } from '../core/account.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { Pace } from '../lib/pace.ts';
import { RefusalLog } from '../lib/refusal-log.ts';

interface Paces {
  readonly messages: Pace | null;
  readonly requests: Pace | null;
}

/**
 * How fast accounts send, over all doors together (docs/operating/rate-limits.md). An account's own rates come
 * before `defaults`; without any there is no limit.
 */
export class AccountLimits {
  /** Messages' requests and other requests that were refused since the start. */
  readonly counters = { messages: 0, requests: 0 };
  readonly #defaults: AccountRates;
  readonly #clock: Clock;
  readonly #tooFast: RefusalLog;
  /** As many as there are accounts in the configuration. */
  readonly #byAccount = new Map<string, Paces>();

  constructor(defaults: AccountRates, clock: Clock, log: Log) {
    this.#defaults = defaults;
    this.#clock = clock;
    this.#tooFast = new RefusalLog(log, clock, 'Accounts send faster than they may.');
  }

  /** Whether the account may send so many messages now; a refusal costs it nothing. */
  admitMessages(account: Account, messages: number): boolean {
    const pace = this.#pacesOf(account).messages;
    if (pace === null || pace.take(messages, this.#clock.monotonic())) return true;
    this.counters.messages++;
    this.#tooFast.note(account.id);
    return false;
  }

  /** Milliseconds until it may send again. */
  messagesWaitMs(account: Account): number {
    return this.#pacesOf(account).messages?.waitMs(this.#clock.monotonic()) ?? 0;
  }

  /**
   * One request that brings no messages: 0 when it may come, else the milliseconds until one may. A refusal costs
   * nothing.
   */
  admitRequest(account: Account): number {
    const pace = this.#pacesOf(account).requests;
    const now = this.#clock.monotonic();
    if (pace === null || pace.take(1, now)) return 0;
    this.counters.requests++;
    this.#tooFast.note(account.id);
    return pace.waitMs(now);
  }

  #pacesOf(account: Account): Paces {
    const known = this.#byAccount.get(account.id);
    if (known !== undefined) return known;
    const own = account.limits ?? {};
    const base = own.messagesPerSecond === undefined ? this.#defaults : own;
    const paces = {
      messages: createPace(base.messagesPerSecond, base.burst),
      requests: createPace(own.requestsPerSecond ?? this.#defaults.requestsPerSecond, undefined),
    };
    this.#byAccount.set(account.id, paces);
    return paces;
  }
}

function createPace(perSecond: number | undefined, burst: number | undefined): Pace | null {
  return perSecond === undefined ? null : new Pace(perSecond, burst ?? perSecond);
}
