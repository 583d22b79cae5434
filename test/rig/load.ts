import { createConnection, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';
import { Histogram } from './histogram.ts';
import { type HttpMessage, HttpReader } from './http-reader.ts';
import type { RequestTemplate } from './request-template.ts';
import { Waiters } from './waiters.ts';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly template: RequestTemplate;
  /** Connections, each with one request at a time. */
  readonly connections: number;
  /** Messages in all, a multiple of those in one request; may be Infinity when `stop` is called. */
  readonly messages: number;
  /** The number of the first message. */
  readonly firstIndex?: number;
  /**
   * Messages per second of the open loop: requests have an intended time whether or not the
   * gateway keeps up, and latency counts from that time. null is the closed loop: every
   * connection sends its next request when the last one was answered.
   */
  readonly ratePerSecond?: number | null;
  /** The closed loop pauses while this returns false; asked before every request. */
  readonly mayStart?: () => boolean;
  /** Keep a record of every request. */
  readonly ledger?: boolean;
}

/** A request and what became of it. Times are epoch milliseconds. */
export interface RequestRecord {
  readonly firstIndex: number;
  readonly count: number;
  readonly sentAt: number;
  readonly endedAt: number;
  /** `refused`: try later, nothing was taken. `unknown`: the connection was lost, no answer came. */
  readonly outcome: 'answered' | 'refused' | 'unknown';
  /** The HTTP status; 0 when there was none. */
  readonly status: number;
  /** Messages of the request that were accepted. */
  readonly accepted: number;
}

/** Totals in messages, except `refusals`, which are answers "try later" (429 and 503). */
export interface LoadCounts {
  sent: number;
  accepted: number;
  rejected: number;
  unknown: number;
  refusals: number;
}

/** A customer who sends as fast as, or as often as, told, over connections kept alive. */
export class Load {
  readonly counts: LoadCounts = { sent: 0, accepted: 0, rejected: 0, unknown: 0, refusals: 0 };
  readonly latency = new Histogram();
  readonly ledger: RequestRecord[] = [];
  /** Times of `performance.now`, for rates. */
  firstRequestAt = 0;
  lastAnswerAt = 0;

  readonly #options: LoadOptions;
  readonly #waiters = new Waiters();
  readonly #lines: Line[] = [];
  readonly #idle: Line[] = [];
  readonly #refused = new DelayLine<Request>();
  readonly #perRequest: number;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | null = null;
  #startedAt = 0;
  #started = 0;
  #open = 0;
  #stopping = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#perRequest = options.template.perRequest;
    if (Number.isFinite(options.messages) && options.messages % this.#perRequest !== 0) {
      throw new Error(`${options.messages} messages are no multiple of ${this.#perRequest}`);
    }
    const rate = options.ratePerSecond ?? null;
    this.#intervalMs = rate === null ? 0 : (this.#perRequest * 1000) / rate;
  }

  /** Sends everything; resolves when every request has ended and the connections are closed. */
  async run(): Promise<void> {
    this.#startedAt = performance.now();
    for (let i = 0; i < this.#options.connections; i += 1) {
      this.#lines.push(new Line(this.#options, this));
    }
    this.#timer = setInterval(() => this.#pump(), TICK_MS);
    await this.#waiters.when(() => this.#finished());
    clearInterval(this.#timer);
    for (const line of this.#lines) line.close();
  }

  /** Starts no more requests; `run` resolves when those under way have ended. */
  stop(): void {
    this.#stopping = true;
    this.#waiters.check();
  }

  /** Resolves as soon as `holds` is true; it is asked after every answer. */
  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  lineIdle(line: Line): void {
    this.#idle.push(line);
    this.#pump();
  }

  lineLost(line: Line): void {
    const at = this.#idle.indexOf(line);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  requestEnded(request: Request, answer: HttpMessage | null): void {
    const now = performance.now();
    const status = answer === null ? 0 : Number(answer.startLine.slice(9, 12));
    const refused = status === 429 || status === 503;
    const accepted = answer === null ? 0 : this.#options.template.accepted(status, answer.body);
    this.#open -= 1;
    this.lastAnswerAt = now;
    if (answer === null) this.counts.unknown += this.#perRequest;
    else if (refused) this.counts.refusals += 1;
    else {
      this.counts.accepted += accepted;
      this.counts.rejected += this.#perRequest - accepted;
      this.latency.record(now - request.intendedAt);
    }
    if (refused) this.#refused.push(request, now + REFUSED_PAUSE_MS);
    if (this.#options.ledger === true) {
      this.ledger.push({
        firstIndex: request.firstIndex,
        count: this.#perRequest,
        sentAt: request.sentAt,
        endedAt: Date.now(),
        outcome: answer === null ? 'unknown' : refused ? 'refused' : 'answered',
        status,
        accepted,
      });
    }
    this.#waiters.check();
  }

  #pump(): void {
    const now = performance.now();
    while (this.#idle.length > 0) {
      const request = this.#next(now);
      if (request === null) break;
      const line = this.#idle.pop();
      if (line === undefined) break;
      if (this.firstRequestAt === 0) this.firstRequestAt = now;
      this.#open += 1;
      line.send(request);
    }
    this.#waiters.check();
  }

  #next(now: number): Request | null {
    if (this.#stopping) return null;
    const again = this.#refused.take(now);
    if (again !== undefined) return again;
    if (this.#started * this.#perRequest >= this.#options.messages) return null;
    const intendedAt =
      this.#intervalMs === 0 ? now : this.#startedAt + this.#started * this.#intervalMs;
    if (intendedAt > now || this.#options.mayStart?.() === false) return null;
    const firstIndex = (this.#options.firstIndex ?? 0) + this.#started * this.#perRequest;
    this.#started += 1;
    this.counts.sent += this.#perRequest;
    return { firstIndex, intendedAt, sentAt: 0 };
  }

  #finished(): boolean {
    if (this.#open > 0) return false;
    if (this.#stopping) return true;
    return this.#refused.size === 0 && this.#started * this.#perRequest >= this.#options.messages;
  }
}

interface Request {
  readonly firstIndex: number;
  readonly intendedAt: number;
  sentAt: number;
}

/** One connection, opened again whenever it is lost. */
class Line {
  readonly #options: LoadOptions;
  readonly #load: Load;
  readonly #bytes: Buffer;
  /** Every read goes here, which spares an allocation per answer. */
  readonly #input = Buffer.allocUnsafeSlow(16 * 1024);
  #socket: Socket;
  #request: Request | null = null;
  #closed = false;

  constructor(options: LoadOptions, load: Load) {
    this.#options = options;
    this.#load = load;
    this.#bytes = options.template.create();
    this.#socket = this.#connect();
  }

  send(request: Request): void {
    this.#request = request;
    request.sentAt = Date.now();
    this.#options.template.fill(this.#bytes, request.firstIndex);
    // The buffer is written again only after the answer came, so the socket is done with it.
    this.#socket.write(this.#bytes);
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #connect(): Socket {
    const { host, port } = this.#options;
    const reader = new HttpReader();
    const socket = createConnection({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: this.#input,
        callback: (bytes) => {
          const chunk = this.#input.subarray(0, bytes);
          if (!reader.read(chunk, (answer) => this.#answered(answer))) socket.destroy();
          return true;
        },
      },
    });
    socket.once('connect', () => this.#load.lineIdle(this));
    socket.on('error', () => {});
    socket.once('close', () => this.#lost());
    return socket;
  }

  #answered(answer: HttpMessage): void {
    const request = this.#request;
    if (request === null) {
      this.#socket.destroy();
      return;
    }
    this.#request = null;
    this.#load.requestEnded(request, answer);
    this.#load.lineIdle(this);
  }

  #lost(): void {
    this.#load.lineLost(this);
    const request = this.#request;
    this.#request = null;
    if (request !== null) this.#load.requestEnded(request, null);
    if (this.#closed) return;
    setTimeout(() => {
      if (!this.#closed) this.#socket = this.#connect();
    }, RECONNECT_MS).unref();
  }
}

/** The grain of the open loop's intended times. */
const TICK_MS = 1;
const RECONNECT_MS = 20;
const REFUSED_PAUSE_MS = 20;
