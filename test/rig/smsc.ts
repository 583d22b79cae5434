import { createServer, type Socket } from 'node:net';
import { Deque } from '../../src/lib/deque.ts';
import { createSystemRandom, type Random } from '../../src/lib/random.ts';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { DelayLine } from './delay-line.ts';
import { IndexSet } from './message-index.ts';
import { createSmscLedger, type ReceiptRecord, type SmscLedger } from './smsc-ledger.ts';
import { type Receipt, type SmscAccount, type SmscHost, SmscSession } from './smsc-session.ts';
import {
  changeSmscSettings,
  defaultSmscSettings,
  type SmscChanges,
  type SmscSettings,
} from './smsc-settings.ts';
import { Waiters } from './waiters.ts';

/** Totals since the start or the last `reset`. */
export interface SmscCounts {
  binds: number;
  submits: number;
  throttled: number;
  responsesLost: number;
  receiptsSent: number;
  receiptsAnswered: number;
  /** Answered with something other than ESME_ROK. */
  receiptsRefused: number;
  receiptsTimedOut: number;
}

/**
 * The operator of the rig: takes every bind and every submit_sm, answers at once or after a fixed
 * latency, and sends receipts until they are answered. It outlives the gateway: what an ESME did
 * not answer waits for the next bind of the same system_id.
 */
export class Smsc implements SmscHost {
  settings: SmscSettings;
  counts: SmscCounts = zeroCounts();
  /** Which message numbers arrived, by the last eight digits of the destination. */
  readonly seen = new IndexSet();
  ledger: SmscLedger = createSmscLedger();
  /** Times of `performance.now`, for rates. */
  firstSubmitAt = 0;
  lastSubmitAt = 0;
  dateText = '';

  readonly #waiters = new Waiters();
  readonly #accounts = new Map<string, SmscAccount>();
  readonly #sessions = new Set<SmscSession>();
  readonly #responses = new DelayLine<Response>();
  readonly #lateResponses = new DelayLine<Response>();
  readonly #receipts = new DelayLine<Receipt>();
  readonly #retries = new DelayLine<Receipt>();
  readonly #random: Random;
  readonly #server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  readonly #timer: NodeJS.Timeout;
  // Starting at the clock keeps ids unique over restarts of the sink.
  #nextId = Math.floor(Date.now() / 1000) * 100_000;

  constructor(changes: SmscChanges = {}, random: Random = createSystemRandom()) {
    this.settings = changeSmscSettings(defaultSmscSettings, changes);
    this.#random = random;
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Listens; resolves with the port. */
  listen(port: number, host?: string): Promise<number> {
    return listenLocally(this.#server, port, host);
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.cut();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  change(changes: SmscChanges): void {
    this.settings = changeSmscSettings(this.settings, changes);
  }

  /** Forgets totals, numbers and ledger; receipts on their way stay on their way. */
  reset(): void {
    this.counts = zeroCounts();
    this.seen.clear();
    this.ledger = createSmscLedger();
    this.firstSubmitAt = 0;
    this.lastSubmitAt = 0;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const session of this.#sessions) session.cut();
  }

  /** Bound sessions. */
  get bound(): number {
    let bound = 0;
    for (const account of this.#accounts.values()) bound += account.sessions.size;
    return bound;
  }

  /** Receipts not yet answered: not due, waiting, or on the wire. */
  get pendingReceipts(): number {
    let pending = this.#receipts.size + this.#retries.size;
    for (const account of this.#accounts.values()) pending += account.waiting.size;
    for (const session of this.#sessions) pending += session.unanswered;
    return pending;
  }

  /** Resolves as soon as `holds` is true; it is asked whenever something arrived or was sent. */
  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  bind(systemId: string, session: SmscSession): SmscAccount {
    let account = this.#accounts.get(systemId);
    if (account === undefined) {
      account = { systemId, sessions: new Set(), waiting: new Deque() };
      this.#accounts.set(systemId, account);
    }
    account.sessions.add(session);
    this.counts.binds += 1;
    return account;
  }

  take(index: number): string {
    const now = performance.now();
    if (this.counts.submits === 0) this.firstSubmitAt = now;
    this.lastSubmitAt = now;
    this.counts.submits += 1;
    this.seen.add(index);
    this.#nextId += 1;
    return String(this.#nextId);
  }

  noteThrottled(): void {
    this.counts.throttled += 1;
  }

  noteLostResponse(): void {
    this.counts.responsesLost += 1;
  }

  respond(session: SmscSession, sequence: number, messageId: string): void {
    const { latencyMs } = this.settings;
    if (latencyMs === 0) session.respond(sequence, 0, messageId);
    else this.#responses.push({ session, sequence, messageId }, performance.now() + latencyMs);
  }

  respondLate(session: SmscSession, sequence: number, messageId: string): void {
    const { lateResponseMs } = this.settings.faults;
    this.#lateResponses.push({ session, sequence, messageId }, performance.now() + lateResponseMs);
  }

  scheduleReceipt(receipt: Receipt, atOnce: boolean): void {
    if (!this.settings.receipts) return;
    if (atOnce) receipt.account.waiting.pushBack(receipt);
    else this.#receipts.push(receipt, performance.now() + this.settings.receiptDelayMs);
  }

  retryReceipt(receipt: Receipt): void {
    this.#retries.push(receipt, performance.now() + this.settings.receiptRetryMs);
  }

  noteReceipt(receipt: Receipt, event: ReceiptRecord['event'], status: number): void {
    if (event === 'sent') this.counts.receiptsSent += 1;
    else if (event === 'timed out') this.counts.receiptsTimedOut += 1;
    else if (event === 'answered' && status === 0) this.counts.receiptsAnswered += 1;
    else if (event === 'answered') this.counts.receiptsRefused += 1;
    if (!this.settings.ledger) return;
    this.ledger.receipts.push({
      at: Date.now(),
      messageId: receipt.messageId,
      destination: receipt.handset,
      stat: receipt.delivered ? 'DELIVRD' : 'UNDELIV',
      event,
      status,
    });
  }

  settle(session: SmscSession, account: SmscAccount | null): void {
    if (account !== null) this.#fill(account, session, performance.now());
    session.flush();
    this.#waiters.check();
  }

  forget(session: SmscSession): void {
    this.#sessions.delete(session);
    this.#waiters.check();
  }

  #accept(socket: Socket): void {
    this.#sessions.add(new SmscSession(this, socket, this.#random));
  }

  #tick(): void {
    const now = performance.now();
    this.dateText = formatDate(new Date());
    for (const line of [this.#responses, this.#lateResponses]) {
      for (let due = line.take(now); due !== undefined; due = line.take(now)) {
        due.session.respond(due.sequence, 0, due.messageId);
      }
    }
    for (const line of [this.#receipts, this.#retries]) {
      for (let due = line.take(now); due !== undefined; due = line.take(now)) {
        due.account.waiting.pushBack(due);
      }
    }
    for (const account of this.#accounts.values()) {
      for (const session of account.sessions) {
        session.expireReceipts(now);
        this.#fill(account, session, now);
      }
    }
    for (const session of this.#sessions) session.flush();
    this.#waiters.check();
  }

  #fill(account: SmscAccount, session: SmscSession, now: number): void {
    for (let room = session.room; room > 0; room -= 1) {
      const receipt = account.waiting.popFront();
      if (receipt === undefined) return;
      session.sendReceipt(receipt, now, this.dateText);
    }
  }
}

interface Response {
  readonly session: SmscSession;
  readonly sequence: number;
  readonly messageId: string;
}

/** Fine enough for latencies of 100 ms, rare enough to cost nothing. */
const TICK_MS = 5;

function zeroCounts(): SmscCounts {
  return {
    binds: 0,
    submits: 0,
    throttled: 0,
    responsesLost: 0,
    receiptsSent: 0,
    receiptsAnswered: 0,
    receiptsRefused: 0,
    receiptsTimedOut: 0,
  };
}

function formatDate(date: Date): string {
  return date.toISOString().replace(/\D/g, '').slice(2, 12);
}
