import type { Account, Accounts } from '../core/account.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { HttpClient } from '../lib/http-client.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import { testWebhook, type WebhookApprovals } from './test-call.ts';

/** Waits between the test calls of a URL that has not passed; the last repeats. */
const waitsMs = [2_000, 5_000, 15_000, 30_000, 60_000];
/** New and changed URLs are noticed within this time. */
const lookPeriodMs = 1_000;
/** Test calls at a time. */
const testsAtOnceMax = 16;

export interface WebhookState {
  readonly account: string;
  /** Whether reports go there. */
  readonly isUsed: boolean;
  /** One sentence for people. */
  readonly sentence: string;
}

/** Knows which webhooks may be used. */
export interface WebhookGate {
  /** Whether reports may go to the account's present URL. */
  mayUse(account: Account): boolean;
  /** Begins with the test calls. Does not wait for them. */
  start(): void;
  stop(): void;
  states(): readonly WebhookState[];
}

interface Entry {
  readonly url: string;
  state: 'asking' | 'approved' | 'failing';
  reason: string;
  failures: number;
  /** Monotonic milliseconds of the next test call. */
  testAt: number;
}

/**
 * Gives each configured webhook its test call. A URL that passed once is used from then on, after restarts
 * too, without another call: an endpoint that is down for the moment is the sender's affair. A new URL that
 * does not pass is called again and again, at last every minute, and until it answers 200 the reports for it stay
 * in the outbox.
 */
export function createWebhookGate(world: {
  accounts: Accounts;
  approvals: WebhookApprovals;
  http: HttpClient;
  clock: Clock;
  random: Random;
  log: Log;
  /** The account's reports may go from now on. */
  onApproved: (account: string) => void;
}): WebhookGate {
  const { accounts, approvals, clock, log, onApproved } = world;
  const entries = new Map<string, Entry>();
  let testing = 0;
  let timer: Timer | null = null;

  function look(): void {
    const now = clock.monotonic();
    for (const account of accounts.all()) {
      const url = account.statusWebhook?.url;
      const known = entries.get(account.id);
      if (url === undefined) {
        entries.delete(account.id);
      } else if (known?.url !== url) {
        const entry: Entry = { url, state: 'asking', reason: '', failures: 0, testAt: now };
        entries.set(account.id, entry);
        void remember(account, entry);
      } else if (known.state === 'failing' && known.testAt <= now) {
        void test(account, known);
      }
    }
  }

  async function remember(account: Account, entry: Entry): Promise<void> {
    const isKnown = await approvals.has(account.id, entry.url).catch(onFailure);
    if (isKnown === true) {
      entry.state = 'approved';
      onApproved(account.id);
    } else {
      entry.state = 'failing';
      entry.reason = 'it has not been called yet';
      await test(account, entry);
    }
  }

  async function test(account: Account, entry: Entry): Promise<void> {
    const webhook = account.statusWebhook;
    if (webhook === null || timer === null || testing >= testsAtOnceMax) return;
    testing++;
    entry.testAt = Number.POSITIVE_INFINITY;
    const reason = await testWebhook(webhook, world);
    testing--;
    if (timer === null) return;
    if (reason === null) {
      entry.state = 'approved';
      onApproved(account.id);
      log.info('A webhook passed its test call and is used from now on.', { account: account.id });
      await approvals.add(account.id, entry.url).catch(onFailure);
      return;
    }
    entry.testAt = clock.monotonic() + (waitsMs[Math.min(entry.failures, waitsMs.length - 1)] ?? 0);
    entry.failures++;
    if (entry.reason !== reason) log.warn(sentenceOf(reason), { account: account.id });
    entry.reason = reason;
  }

  function onFailure(error: unknown): void {
    log.error('The record of tested webhooks failed.', { reason: describeError(error) });
  }

  return {
    mayUse(account) {
      const entry = entries.get(account.id);
      return entry?.state === 'approved' && entry.url === account.statusWebhook?.url;
    },
    start() {
      timer = clock.every(lookPeriodMs, look);
      look();
    },
    stop() {
      timer?.cancel();
      timer = null;
    },
    states: () =>
      [...entries].map(([account, { state, reason }]) => ({
        account,
        isUsed: state === 'approved',
        sentence: state === 'approved' ? 'Reports go to this webhook.' : sentenceOf(reason),
      })),
  };
}

function sentenceOf(reason: string): string {
  return `A webhook is not used and its reports wait, because on the test call ${reason}; it must answer 200.`;
}
