import type { Accounts, StatusWebhook } from '../core/account.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { Deque } from '../lib/deque.ts';
import type { HttpClient, HttpOutcome } from '../lib/http-client.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { Random } from '../lib/random.ts';
import type { OutboxReport, OutboxStore } from '../store/contract.ts';
import type { Budget, Held } from './backlog.ts';
import { CallShares } from './call-shares.ts';
import { Lane } from './lane.ts';
import { OutboxReader } from './outbox-reader.ts';
import { readReport } from './render.ts';
import { buildRequest } from './request.ts';
import { giveUpAt, nextTry } from './schedule.ts';
import { Settlement } from './settlement.ts';
import { describeOutcome, type WebhookApprovals } from './test-call.ts';
import { createWebhookGate, type WebhookGate, type WebhookState } from './webhook-gate.ts';

const tickMs = 1_000;
/** How often the store is asked which queues have reports. */
const listPeriodMs = 60_000;
/** How long a lane rests whose webhook has not passed its test call; passing it ends that. */
const gateRestMs = 60_000;
/** An endpoint that asks for a pause gets at most this before the next try. */
const pauseMaxMs = 5 * 60_000;
/** Reports in memory, all queues together, those included whose outcome the store has not taken yet. */
const heldInAllMax = 50_000;

const queuePrefix = 'status:';

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

export interface SenderStats {
  /** Reports that customers took, since the start. */
  readonly told: number;
  /** Calls that failed. */
  readonly failed: number;
  /** Reports given up after seven days. */
  readonly givenUp: number;
  /** Reports given up because their account has no webhook any more. */
  readonly homeless: number;
  readonly calling: number;
  /** Of these, calls to degraded endpoints. */
  readonly callingDegraded: number;
  /** Reports in memory. */
  readonly held: number;
  /** Queues that are known, and those that rest because their endpoint fails or asked for a pause. */
  readonly queues: number;
  readonly resting: number;
  readonly webhooks: readonly WebhookState[];
}

/**
 * One lane for each queue, so that an endpoint that is slow or dead fills its own lane only. A report goes from
 * `offer` to the call without being read back, and has neither a timer nor a commit of its own: one tick
 * looks after what becomes due, and outcomes are written in batches.
 */
export function createReportSender(world: ReportSenderWorld): ReportSender {
  return new Sender(world);
}

class Sender implements ReportSender {
  readonly #world: ReportSenderWorld;
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();
  readonly #budget: Budget = { held: 0, heldMax: heldInAllMax };
  /** The lanes that may have something to send, each in turn. */
  readonly #ring = new Deque<Lane>();
  readonly #shares = new CallShares();
  readonly #reader: OutboxReader<OutboxReport, Lane>;
  readonly #settlement: Settlement;
  readonly #gate: WebhookGate;
  readonly #counts = { told: 0, failed: 0, givenUp: 0, homeless: 0 };
  #timer: Timer | null = null;
  #listAt = 0;
  #isListed = false;
  #isPlanned = false;
  #onLastCall: (() => void) | null = null;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';

  constructor(world: ReportSenderWorld) {
    const { clock, store, log } = world;
    const logFailure = (what: string) => (error: unknown) => {
      log.error(`The store failed to ${what}; it will be tried again.`, {
        reason: describeError(error),
      });
    };
    this.#world = world;
    this.#clock = clock;
    this.#gate = createWebhookGate({
      ...world,
      onApproved: (account) => this.#wake(account),
    });
    this.#reader = new OutboxReader({
      store,
      clock,
      onPage: (lane) => this.#activate(lane),
      onFailure: logFailure('hand out status reports'),
    });
    this.#settlement = new Settlement({
      store,
      clock,
      onSettled: (lane, due) => {
        if (due !== null) this.#expect(lane, due);
        this.#activate(lane);
      },
      onFailure: logFailure('note what became of status reports'),
    });
  }

  async start(): Promise<void> {
    await this.#list();
    this.#state = 'running';
    this.#gate.start();
    this.#timer = this.#clock.every(tickMs, () => this.#tick());
    this.#tick();
  }

  offer(reports: readonly OutboxReport[]): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return;
    const now = this.#clock.now();
    for (const row of reports) {
      if (!row.queue.startsWith(queuePrefix)) continue;
      const lane = this.#laneOf(row.queue);
      // It waits with an earlier report of its message that was postponed.
      if (row.due > now) this.#expect(lane, row.due);
      else lane.backlog.offer(row);
      this.#activate(lane);
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopping';
    this.#timer?.cancel();
    this.#gate.stop();
    if (this.#shares.calling > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(graceMs, resolve);
        this.#onLastCall = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#state = 'stopped';
    await this.#settlement.finish();
  }

  stats(): SenderStats {
    const now = this.#clock.monotonic();
    return {
      ...this.#counts,
      calling: this.#shares.calling,
      callingDegraded: this.#shares.callingDegraded,
      held: this.#budget.held,
      queues: this.#lanes.size,
      resting: [...this.#lanes.values()].filter((lane) => lane.isResting(now)).length,
      webhooks: this.#gate.states(),
    };
  }

  #laneOf(queue: string): Lane {
    let lane = this.#lanes.get(queue);
    if (lane === undefined) {
      // A queue that turns up after the queues were listed had nothing in the store.
      const isCaughtUp = this.#isListed;
      const account = queue.slice(queuePrefix.length);
      lane = new Lane({ queue, account, budget: this.#budget, isCaughtUp });
      this.#lanes.set(queue, lane);
    }
    return lane;
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    this.#settlement.retry();
    if (now >= this.#listAt) this.#listAgain();
    for (const lane of this.#lanes.values()) {
      this.#shares.judge(lane, now);
      this.#activate(lane);
    }
  }

  #listAgain(): void {
    this.#list().catch((error: unknown) => {
      const reason = describeError(error);
      this.#world.log.error('The store failed to list the queues of status reports.', { reason });
    });
  }

  /**
   * Asks which queues have reports. One of which none is held is read from the start, so that whatever was
   * missed is found; a lane without any goes.
   */
  async #list(): Promise<void> {
    this.#listAt = this.#clock.monotonic() + listPeriodMs;
    const queues = new Set(await this.#world.store.queues());
    for (const queue of queues) if (queue.startsWith(queuePrefix)) this.#laneOf(queue);
    this.#isListed = true;
    for (const lane of this.#lanes.values()) {
      lane.isListed = queues.has(lane.queue);
      if (lane.isListed && lane.backlog.size === 0) lane.backlog.readAgain();
      if (!lane.isListed && lane.isForgettable) this.#lanes.delete(lane.queue);
      else this.#activate(lane);
    }
  }

  /** Notes that a report of the lane becomes due. */
  #expect(lane: Lane, due: number): void {
    const waitMs = Math.max(due - this.#clock.now(), 0);
    lane.lookAt = Math.min(lane.lookAt, this.#clock.monotonic() + waitMs);
    lane.isListed = true;
  }

  #wake(account: string): void {
    const lane = this.#lanes.get(queuePrefix + account);
    if (lane === undefined) return;
    lane.wake();
    this.#activate(lane);
  }

  /** Lets the lane read and send, whichever it can. */
  #activate(lane: Lane): void {
    if (this.#state !== 'running') return;
    this.#reader.offer(lane);
    if (!lane.isInRing && lane.backlog.hasReady) {
      lane.isInRing = true;
      this.#ring.pushBack(lane);
    }
    if (this.#isPlanned || this.#ring.size === 0) return;
    this.#isPlanned = true;
    this.#clock.soon(() => {
      this.#isPlanned = false;
      this.#startCalls();
    });
  }

  /** Each lane gets a call, then the next lane, until those that are left wait for calls to end. */
  #startCalls(): void {
    if (this.#state !== 'running') return;
    let waiting = 0;
    while (waiting < this.#ring.size) {
      const lane = this.#ring.popFront();
      if (lane === undefined) return;
      const result = this.#startCall(lane);
      if (result === 'none') {
        lane.isInRing = false;
        continue;
      }
      this.#ring.pushBack(lane);
      waiting = result === 'started' ? 0 : waiting + 1;
    }
  }

  /** "none": the lane has nothing to do now, and comes back when it has; "full": others must end first. */
  #startCall(lane: Lane): 'started' | 'none' | 'full' {
    const now = this.#clock.monotonic();
    const next = lane.backlog.peek();
    if (next === undefined || lane.isResting(now) || !lane.hasFreeCall) return 'none';
    const account = this.#world.accounts.byId(lane.account);
    if (account === null || account.statusWebhook === null) return this.#giveUp(lane, 'homeless');
    if (this.#clock.now() >= giveUpAt(next.row.report.createdAt)) {
      return this.#giveUp(lane, 'givenUp');
    }
    if (!this.#gate.mayUse(account)) {
      lane.rest(now + gateRestMs);
      return 'none';
    }
    if (!this.#shares.hasRoom(lane)) return 'full';
    lane.backlog.next();
    this.#call(lane, next, account.statusWebhook, now);
    return 'started';
  }

  #giveUp(lane: Lane, why: 'homeless' | 'givenUp'): 'started' {
    const held = lane.backlog.next();
    if (held !== undefined) {
      this.#counts[why]++;
      this.#settlement.told(lane, held, 0);
    }
    return 'started';
  }

  #call(lane: Lane, held: Held, webhook: StatusWebhook, now: number): void {
    const { report } = held.row;
    const at = this.#clock.now();
    // The same for every try, so that a customer can tell a repetition.
    const id = `${report.messageId}-${report.status}`;
    lane.began(held, now);
    this.#shares.count(lane, 1);
    const request = buildRequest(webhook, id, readReport(report, at), at);
    void this.#world.http.send(request).then((outcome) => this.#ended(lane, held, outcome));
  }

  #ended(lane: Lane, held: Held, outcome: HttpOutcome): void {
    if (this.#state === 'stopped') return;
    const now = this.#clock.monotonic();
    lane.ended(held);
    this.#shares.count(lane, -1);
    const status = outcome.kind === 'answered' ? outcome.status : 0;
    if (status >= 200 && status < 300) this.#succeeded(lane, held, status, now);
    else this.#failed(lane, held, outcome, now);
    this.#shares.judge(lane, now);
    this.#activate(lane);
    if (this.#shares.calling === 0) this.#onLastCall?.();
  }

  #succeeded(lane: Lane, held: Held, httpStatus: number, now: number): void {
    if (lane.breaker.isOpen) {
      lane.wake();
      this.#world.log.info('A webhook answers again.', { account: lane.account });
    }
    lane.breaker.succeeded(now);
    lane.pace.succeeded(now - held.startedAt);
    this.#counts.told++;
    this.#settlement.told(lane, held, httpStatus);
  }

  /** Everything but 2xx: 3xx leads nowhere, and 410 does not end a webhook that is configured here. */
  #failed(lane: Lane, held: Held, outcome: HttpOutcome, now: number): void {
    const wasOpen = lane.breaker.isOpen;
    lane.breaker.failed(held.startedAt, now);
    lane.pace.failed(held.startedAt, now);
    this.#counts.failed++;
    this.#putOff(lane, held, outcome);
    if (lane.breaker.isOpen) lane.rest(lane.breaker.openUntil);
    if (lane.breaker.isOpen && !wasOpen) {
      const reason = describeOutcome(outcome);
      this.#world.log.warn('A webhook fails; its reports wait.', { account: lane.account, reason });
    }
    const pauseMs = pauseOf(outcome);
    if (pauseMs > 0) lane.rest(now + pauseMs);
  }

  #putOff(lane: Lane, held: Held, outcome: HttpOutcome): void {
    const { report, attempts } = held.row;
    const due = nextTry({
      attempts: attempts + 1,
      createdAt: report.createdAt,
      now: this.#clock.now(),
      retryAfterMs: outcome.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0,
      messageId: report.messageId,
    });
    if (due === null) {
      this.#counts.givenUp++;
      this.#settlement.told(lane, held, 0);
    } else {
      this.#settlement.postponed(lane, held, due);
    }
  }
}

/** The pause that an endpoint asks for all its reports, not only for the one it refused. */
function pauseOf(outcome: HttpOutcome): number {
  if (outcome.kind !== 'answered' || (outcome.status !== 429 && outcome.status !== 503)) return 0;
  return Math.min(outcome.retryAfterMs ?? 0, pauseMaxMs);
}
