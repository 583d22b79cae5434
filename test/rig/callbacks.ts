import { createServer, type Socket } from 'node:net';
import { createSystemRandom, type Random } from '../../src/lib/random.ts';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { type HttpMessage, HttpReader, headerOf } from './http-reader.ts';
import { IndexSet, indexOfText } from './message-index.ts';
import { readReport } from './status-report.ts';
import { Waiters } from './waiters.ts';

/** How the customer's webhook endpoint behaves. Everything can be changed while it runs. */
export interface CallbackSettings {
  /** Keep a record of every call. */
  readonly ledger: boolean;
  /** Time before a call is answered; 0 answers within the same tick. */
  readonly delayMs: number;
  /** The chance (0 to 1) that a call is answered with 500, though it was recorded. */
  readonly fail: number;
  /** The chance that the connection is cut instead of answering. */
  readonly cut: number;
}

export const defaultCallbackSettings: CallbackSettings = {
  ledger: false,
  delayMs: 0,
  fail: 0,
  cut: 0,
};

/** One call of the gateway, as the endpoint saw it. */
export interface CallRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reference: string;
  readonly status: number;
  readonly error: string;
  /** The `webhook-id` header, by which a customer recognises a repeated delivery. */
  readonly webhookId: string | null;
  /** The HTTP status of the answer; 0 when the connection was cut. */
  readonly answer: number;
  /** Set when it was no call but a receipt over SMPP. */
  readonly over?: 'smpp';
}

/** Totals since the start or the last `reset`. */
export interface CallbackCounts {
  calls: number;
  /** Calls answered with 200. */
  accepted: number;
  /** Calls that could not be understood as a status report. */
  unreadable: number;
  /** Accepted calls by status number, 0 to 4; anything else, such as Kannel's 8 and 16, is last. */
  byStatus: [number, number, number, number, number, number];
}

/** The customer's webhook endpoint: an HTTP/1.1 server that only counts and records. */
export class Callbacks {
  settings: CallbackSettings;
  counts: CallbackCounts = zeroCounts();
  /** Which message numbers were reported, by the last eight digits of the reference. */
  readonly seen = new IndexSet();
  ledger: CallRecord[] = [];
  /** Times of `performance.now`, for rates. */
  firstCallAt = 0;
  lastCallAt = 0;

  readonly #waiters = new Waiters();
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (socket) => this.#accept(socket));

  constructor(changes: Partial<CallbackSettings> = {}, random: Random = createSystemRandom()) {
    this.settings = { ...defaultCallbackSettings, ...changes };
    this.#random = random;
  }

  /** Listens; resolves with the port. */
  listen(port: number, host?: string): Promise<number> {
    return listenLocally(this.#server, port, host);
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  change(changes: Partial<CallbackSettings>): void {
    this.settings = { ...this.settings, ...changes };
  }

  /** Forgets totals, numbers and ledger. */
  reset(): void {
    this.counts = zeroCounts();
    this.seen.clear();
    this.ledger = [];
    this.firstCallAt = 0;
    this.lastCallAt = 0;
  }

  /** Resolves as soon as `holds` is true; it is asked after every chunk that arrives. */
  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const reader = new HttpReader();
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      let answers = '';
      const understood = reader.read(chunk, (message) => {
        answers += this.#take(message);
      });
      this.#answer(socket, answers);
      if (!understood || answers.includes(CUT)) socket.destroy();
      this.#waiters.check();
    });
  }

  /** Counts a call and returns its answer. */
  #take(message: HttpMessage): string {
    const report = readReport(message);
    const answer = this.#chooseAnswer();
    const now = performance.now();
    if (this.counts.calls === 0) this.firstCallAt = now;
    this.lastCallAt = now;
    this.counts.calls += 1;
    if (report.status < 0) this.counts.unreadable += 1;
    if (answer === 200) {
      this.counts.accepted += 1;
      const slot = report.status >= 0 && report.status <= 4 ? report.status : OTHER_STATUS;
      this.counts.byStatus[slot] = (this.counts.byStatus[slot] ?? 0) + 1;
      this.seen.add(indexOfText(report.reference));
    }
    if (this.settings.ledger) {
      const webhookId = headerOf(message, 'webhook-id');
      this.ledger.push({ at: Date.now(), ...report, webhookId, answer });
    }
    return ANSWERS[answer];
  }

  #chooseAnswer(): 200 | 500 | 0 {
    const { fail, cut } = this.settings;
    if (cut > 0 && this.#random.fraction() < cut) return 0;
    if (fail > 0 && this.#random.fraction() < fail) return 500;
    return 200;
  }

  #answer(socket: Socket, answers: string): void {
    const text = answers.replaceAll(CUT, '');
    if (text === '') return;
    if (this.settings.delayMs === 0) socket.write(text, 'latin1');
    // Equal delays keep the order that pipelined calls were made in.
    else setTimeout(() => socket.write(text, 'latin1'), this.settings.delayMs).unref();
  }
}

const OTHER_STATUS = 5;

/** Stands for "cut the connection" among answers; no HTTP answer holds it. */
const CUT = '\0';

const ANSWERS = {
  200: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  500: 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n',
  0: CUT,
} as const;

function zeroCounts(): CallbackCounts {
  return { calls: 0, accepted: 0, unreadable: 0, byStatus: [0, 0, 0, 0, 0, 0] };
}
