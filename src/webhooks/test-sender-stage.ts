import assert from 'node:assert/strict';
import type { Account, Accounts, StatusWebhook } from '../core/account.ts';
import { sampleAccount, sampleWebhook } from '../core/test-account.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import { createSeededRandom, type Random } from '../lib/random.ts';
import { createVirtualClock, type VirtualClock } from '../rehearsal/virtual-clock.ts';
import {
  accept,
  accepted,
  indexOf,
  receipt,
  sampleMessage,
  start,
} from '../store/conformance/sample.ts';
import type { OutboxReport, Store } from '../store/contract.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { callTimeoutMs } from './request.ts';
import { giveUpAfterMs } from './schedule.ts';
import { createReportSender, type ReportSender } from './sender.ts';
import { createMemoryApprovals, type WebhookApprovals } from './test-call.ts';

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;

export const ok: HttpOutcome = { kind: 'answered', status: 200 };
export const broken: HttpOutcome = { kind: 'answered', status: 500 };
export const hangs: HttpOutcome = { kind: 'failed', reason: 'no answer in time' };

/** One call that an endpoint got. */
interface Call {
  readonly account: string;
  /** The webhook-id; "index:status" of what it reports. */
  readonly id: string;
  readonly report: string;
  readonly startedAt: number;
  endedAt: number;
  outcome: HttpOutcome | null;
}

/** What an endpoint does with a call: an outcome after so many milliseconds. */
export type Endpoint = (call: Call) => { afterMs: number; outcome: HttpOutcome };

export const good: Endpoint = () => ({ afterMs: 20, outcome: ok });
export const bad: Endpoint = () => ({ afterMs: 20, outcome: broken });
export const dead: Endpoint = () => ({ afterMs: callTimeoutMs, outcome: hangs });

/** A sender in virtual time with endpoints in memory. */
export class Stage {
  readonly clock: VirtualClock = createVirtualClock({ startAt: start });
  readonly random: Random = createSeededRandom(7);
  readonly endpoints = new Map<string, Endpoint>();
  readonly calls: Call[] = [];
  readonly tests: HttpRequest[] = [];
  readonly logged: string[] = [];
  /** Kinds of transactions that the store refuses. */
  readonly refuse = new Set<string>();
  readonly reads: number[] = [];
  testAnswer: HttpOutcome = ok;
  approvals: WebhookApprovals = createMemoryApprovals();
  accounts: Account[] = [];
  mostCalls = 0;
  readonly store: Store;
  sender: ReportSender;
  #open = 0;
  /** The processes that died: their calls end unheard. */
  #life = 0;

  constructor(accounts: readonly string[] = ['demo']) {
    this.store = createMemoryStore({ commit: (transaction) => this.#commit(transaction) });
    for (const id of accounts) {
      this.accounts.push(accountOf(id));
      this.endpoints.set(id, good);
    }
    this.sender = this.#build();
  }

  async begin(): Promise<this> {
    for (const { id, statusWebhook } of this.accounts) {
      if (statusWebhook !== null) await this.approvals.add(id, statusWebhook.url);
    }
    await this.sender.start();
    return this;
  }

  /** As after a crash: what was under way is lost, and another process begins. */
  async crash(): Promise<void> {
    this.#life++;
    this.#open = 0;
    this.sender = this.#build();
    await this.sender.start();
  }

  /** The operator takes messages: report 0 of each. */
  async enroute(indexes: readonly number[], account = 'demo'): Promise<void> {
    const fields = { account, reportTo: `status:${account}` };
    const acceptedAt = this.clock.now();
    await accept(
      this.store,
      indexes.map((index) =>
        sampleMessage(index, { ...fields, acceptedAt, expiresAt: acceptedAt + 24 * hourMs }),
      ),
    );
    const batch = indexes.map((index) => accepted(index, `id${index}`));
    const { reports } = await this.store.dispatch.submitted(batch, null, this.clock.now());
    this.sender.offer(reports);
  }

  /** The operator delivers, or sees them read: report 2, report 4 of each. */
  async receive(indexes: readonly number[], state: 'delivered' | 'read' = 'delivered') {
    const batch = indexes.map((index) => receipt(`id${index}`, { state }));
    const { reports } = await this.store.receipts.record(batch, this.clock.now());
    this.sender.offer(reports);
  }

  async outbox(account = 'demo'): Promise<readonly OutboxReport[]> {
    const now = this.clock.now() + 2 * giveUpAfterMs;
    return this.store.outbox.read({ queue: `status:${account}`, after: null, now, limit: 1e6 });
  }

  /** The reports that were taken, in order. */
  taken(account = 'demo'): string[] {
    return this.calls
      .filter((call) => call.account === account && isTaken(call))
      .toSorted((left, right) => left.endedAt - right.endedAt)
      .map((call) => call.report);
  }

  untilEmpty(maxMs: number): Promise<boolean> {
    let isEmpty = false;
    const look = (): void => {
      void this.store.history.counts().then(({ outbox }) => {
        isEmpty = outbox === 0;
      });
    };
    return this.clock.runUntil(() => {
      look();
      return isEmpty;
    }, maxMs);
  }

  #build(): ReportSender {
    const accounts: Accounts = {
      byId: (id) => this.accounts.find((account) => account.id === id) ?? null,
      byToken: () => null,
      all: () => this.accounts,
    };
    const log: Log = {
      error: (sentence) => this.logged.push(sentence),
      warn: (sentence) => this.logged.push(sentence),
      info: (sentence) => this.logged.push(sentence),
      debug: () => {},
    };
    const { clock, random, approvals } = this;
    const store = this.store.outbox;
    return createReportSender({
      store,
      accounts,
      http: this.#http(),
      approvals,
      clock,
      random,
      log,
    });
  }

  #http(): HttpClient {
    const life = this.#life;
    return {
      send: (request) => {
        const id = request.headers['webhook-id'] ?? '';
        if (life !== this.#life) return new Promise(() => {});
        if (id.startsWith('test-')) {
          this.tests.push(request);
          return Promise.resolve(this.testAnswer);
        }
        return this.#call(new URL(request.url).hostname.split('.')[0] ?? '', id, life);
      },
      close: () => Promise.resolve(),
    };
  }

  #call(account: string, id: string, life: number): Promise<HttpOutcome> {
    const [messageId = '', status = ''] = id.split('-');
    const report = `${indexOf(messageId)}:${status}`;
    const startedAt = this.clock.now();
    const call: Call = { account, id, report, startedAt, endedAt: 0, outcome: null };
    this.calls.push(call);
    this.mostCalls = Math.max(this.mostCalls, ++this.#open);
    const endpoint = this.endpoints.get(account) ?? bad;
    const { afterMs, outcome } = endpoint(call);
    return new Promise((resolve) => {
      this.clock.after(afterMs, () => {
        if (life !== this.#life) return;
        this.#open--;
        call.endedAt = this.clock.now();
        call.outcome = outcome;
        resolve(outcome);
      });
    });
  }

  #commit(transaction: PendingTransaction): void {
    if (this.refuse.has(transaction.kind)) {
      transaction.reject(new Error('the disk is full'));
      return;
    }
    if (transaction.kind === 'read') this.reads.push(this.clock.now());
    transaction.apply();
    transaction.answer();
  }
}

/** An account whose webhook is at a host of its name. */
export function accountOf(id: string, webhook: Partial<StatusWebhook> = {}): Account {
  const url = `https://${id}.example/hook`;
  return sampleAccount({ id, statusWebhook: sampleWebhook({ url, ...webhook }) });
}

/** Whether the endpoint said that it has it. */
export function isTaken(call: Call): boolean {
  return call.outcome?.kind === 'answered' && Math.floor(call.outcome.status / 100) === 2;
}

/** So many indexes in a row. */
export function upTo(count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** No report was taken twice, and each message's in rising order. */
export function checkOrder(taken: readonly string[]): void {
  const last = new Map<string, number>();
  for (const report of taken) {
    const [index = '', status = ''] = report.split(':');
    assert.ok((last.get(index) ?? -1) < Number(status), `${report} after ${last.get(index)}`);
    last.set(index, Number(status));
  }
}
