import { type Dispatcher, Pool } from 'undici';
import type { Clock } from './clock.ts';
import { parseRetryAfter } from './retry-after.ts';

/**
 * The way out to providers, whose address the operator of the gateway has configured. Unlike
 * `guarded-http.ts`, which is for URLs that customers chose, it may go to any network, reads the answer,
 * and tells whether a request that failed can have reached the other side (DESIGN §10).
 */
export interface ProviderHttp {
  /** Never rejects: whatever happens is one of the outcomes. */
  send(request: ProviderRequest): Promise<ProviderOutcome>;
  close(): Promise<void>;
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  /** For the whole exchange, connecting included. */
  readonly timeoutMs: number;
  /** More than this of an answer is not read: it then counts as none. */
  readonly answerBytesMax: number;
}

export type ProviderOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: Buffer;
      readonly contentType: string;
      /** Null without a usable Retry-After. */
      readonly retryAfterMs: number | null;
    }
  /** Nothing was sent: refused, name not found, no connection in time. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** It was sent, in part at least, and no whole answer came. */
  | { readonly kind: 'unanswered'; readonly reason: string };

export interface ProviderHttpSettings {
  readonly clock: Clock;
  /** Connections to one origin; more requests than that wait for one. */
  readonly connectionsPerOrigin?: number;
  /** PEM certificates to trust instead of the well-known ones. */
  readonly ca?: string;
}

const connectTimeoutMs = 5_000;
const headerBytesMax = 16 * 1024;
const sweepPeriodMs = 100;

/** Keeps connections alive, one request at a time on each; follows no redirect; heeds no proxy variable. */
export function createProviderHttp(settings: ProviderHttpSettings): ProviderHttp {
  const { clock, ca } = settings;
  const pools = new Map<string, Pool>();
  const open = new Set<Exchange>();
  let isClosed = false;

  // One timer for all deadlines, as they are per request and requests are many.
  const sweep = clock.every(sweepPeriodMs, () => {
    const now = clock.monotonic();
    for (const exchange of open) if (exchange.deadline <= now) exchange.giveUp('no answer in time');
  });

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, {
      connections: settings.connectionsPerOrigin ?? 64,
      pipelining: 1,
      maxHeaderSize: headerBytesMax,
      // Deadlines are our own, over the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: connectTimeoutMs,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(ca === undefined ? {} : { ca }),
      },
    });
    pools.set(origin, pool);
    return pool;
  }

  return {
    send(request) {
      if (isClosed) return Promise.resolve({ kind: 'unsent', reason: 'the client is closed' });
      const url = URL.parse(request.url);
      if (url === null) return Promise.resolve({ kind: 'unsent', reason: 'the URL is none' });
      const { method, headers, body } = request;
      return new Promise((resolve) => {
        const exchange = new Exchange(request, clock, (outcome) => {
          open.delete(exchange);
          resolve(outcome);
        });
        open.add(exchange);
        poolOf(url.origin).dispatch(
          { method, path: url.pathname + url.search, headers, body },
          exchange,
        );
      });
    },
    async close() {
      isClosed = true;
      sweep.cancel();
      for (const exchange of open) exchange.giveUp('the client is closed');
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** One request and what becomes of it. */
class Exchange implements Dispatcher.DispatchHandler {
  /** Monotonic milliseconds. */
  readonly deadline: number;
  readonly #bytesMax: number;
  readonly #clock: Clock;
  readonly #finish: (outcome: ProviderOutcome) => void;
  #isOver = false;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #contentType = '';
  #retryAfterMs: number | null = null;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(
    { timeoutMs, answerBytesMax }: ProviderRequest,
    clock: Clock,
    finish: (outcome: ProviderOutcome) => void,
  ) {
    this.deadline = clock.monotonic() + timeoutMs;
    this.#bytesMax = answerBytesMax;
    this.#clock = clock;
    this.#finish = finish;
  }

  giveUp(reason: string): void {
    this.#fail(reason);
    this.#controller?.abort(new Error(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // From here on octets may be on their way. What was given up before is stopped before that.
    if (this.#isOver) controller.abort(new Error('given up'));
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Interim answers (1xx) come before the real one.
    if (status < 200) return;
    this.#status = status;
    this.#contentType = only(headers['content-type']);
    this.#retryAfterMs = parseRetryAfter(only(headers['retry-after']), this.#clock.now());
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#bytesMax) this.giveUp('the answer is too long');
    else if (!this.#isOver) this.#pieces.push(Buffer.from(piece));
  }

  onResponseEnd(): void {
    this.#end({
      kind: 'answered',
      status: this.#status,
      body: Buffer.concat(this.#pieces),
      contentType: this.#contentType,
      retryAfterMs: this.#retryAfterMs,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(describe(error));
  }

  #fail(reason: string): void {
    this.#end({ kind: this.#controller === null ? 'unsent' : 'unanswered', reason });
  }

  #end(outcome: ProviderOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#finish(outcome);
  }
}

function only(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

/** A short reason; several addresses that failed together carry no message of their own. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
