import type { Accounts } from '../core/account.ts';
import type { Clock } from '../lib/clock.ts';
import type { HttpClient } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { OutboxReport, OutboxStore } from '../store/contract.ts';
import { type Cargo, Courier, type CourierStats } from './courier.ts';
import { readReport } from './render.ts';
import { buildRequest } from './request.ts';
import { giveUpAt, nextTry } from './schedule.ts';
import type { WebhookApprovals } from './test-call.ts';
import { createWebhookGate, type WebhookGate, type WebhookState } from './webhook-gate.ts';

export interface ReportSenderWorld {
  readonly store: OutboxStore;
  readonly accounts: Accounts;
  readonly http: HttpClient;
  readonly approvals: WebhookApprovals;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Delivers status reports to customers (T4). */
export interface ReportSender {
  /** Begins, with what was left over from before. Rejects when the store fails. */
  start(): Promise<void>;
  /**
   * Takes over reports that were just put into the outbox, in the order of their commits. Those it has
   * no room for it reads back later; other queues than those of status reports it passes over.
   */
  offer(reports: readonly OutboxReport[]): void;
  /** Makes no further call, waits for those under way for at most `graceMs`, and writes what became of them. */
  stop(graceMs: number): Promise<void>;
  stats(): SenderStats;
}

export interface SenderStats extends CourierStats {
  readonly webhooks: readonly WebhookState[];
}

export function createReportSender(world: ReportSenderWorld): ReportSender {
  const gate = createWebhookGate({ ...world, onApproved: (account) => courier.wake(account) });
  const courier: Courier<OutboxReport> = new Courier(describeReports(world, gate), world);
  return {
    async start() {
      await courier.start();
      gate.start();
    },
    offer: (reports) => courier.offer(reports),
    stop(graceMs) {
      gate.stop();
      return courier.stop(graceMs);
    },
    stats: () => ({ ...courier.stats(), webhooks: gate.states() }),
  };
}

/** Status reports as cargo: the reports of one message go in order (contract §8.6). */
function describeReports(
  { store, accounts }: Pick<ReportSenderWorld, 'store' | 'accounts'>,
  gate: WebhookGate,
): Cargo<OutboxReport> {
  return {
    queuePrefix: 'status:',
    words: 'reports',
    store: {
      queues: () => store.queues(),
      read: (query) => store.read(query),
      told: (batch, now) =>
        store.told(
          batch.map(({ row: { queue, sequence, report }, httpStatus }) => {
            const { messageId, status } = report;
            return { queue, sequence, messageId, status, httpStatus };
          }),
          now,
        ),
      postpone: (batch) =>
        store.postpone(
          batch.map(({ row: { queue, sequence, report }, due }) => {
            return { queue, sequence, messageId: report.messageId, due };
          }),
        ),
    },
    keyOf: ({ report }) => report.messageId,
    orderTriesMax: Number.POSITIVE_INFINITY,
    prepare(id, { report }, now) {
      const account = accounts.byId(id);
      const webhook = account?.statusWebhook ?? null;
      if (account === null || webhook === null) return 'homeless';
      if (now >= giveUpAt(report.createdAt)) return 'over';
      if (!gate.mayUse(account)) return 'not-yet';
      // The same id for every try, so that a customer can tell a repetition.
      const name = `${report.messageId}-${report.status}`;
      return () => buildRequest(webhook, name, readReport(report, now), now);
    },
    nextTry: ({ report, attempts }, { now, retryAfterMs }) =>
      nextTry({
        attempts: attempts + 1,
        createdAt: report.createdAt,
        now,
        retryAfterMs,
        messageId: report.messageId,
      }),
  };
}
