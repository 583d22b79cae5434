import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { DoorRequest, DoorResponse } from '../api/door.ts';
import { problem } from '../api/problem.ts';
import { createBodyReceiver } from './bodies.ts';
import type { HttpLimits } from './limits.ts';
import type { Route } from './router.ts';

/** What the listener has counted since the start. */
export interface HttpCounters {
  requests: number;
  refusedTooLarge: number;
  refusedBusy: number;
  failures: number;
  connectionsRefused: number;
}

export interface HttpListener {
  readonly port: number;
  readonly counters: Readonly<HttpCounters>;
  openConnections(): number;
  /** Stops accepting, lets running requests finish for at most `graceMs`, then closes everything. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerParts {
  host: string;
  port: number;
  limits: HttpLimits;
  findRoute(path: string): Route | undefined;
  /** Called with what a door threw; the stranger gets the route's generic answer. */
  onFailure(path: string, error: unknown): void;
  /** Starts a timer; returns its cancel. */
  after(delayMs: number, run: () => void): { cancel(): void };
}

/**
 * The one HTTP listener in front of all doors: limits, bodies, routing and nothing else. It reads a
 * body into one buffer and calls the door; it never logs a query or a body (DESIGN §10).
 */
export async function listenHttp(parts: ListenerParts): Promise<HttpListener> {
  const { limits } = parts;
  const counters: HttpCounters = {
    requests: 0,
    refusedTooLarge: 0,
    refusedBusy: 0,
    failures: 0,
    connectionsRefused: 0,
  };
  /** Every open connection, and how many of its requests are not answered to the last octet. */
  const sockets = new Map<Socket, number>();
  const perAddress = new Map<string, number>();
  const bodies = createBodyReceiver(limits, parts.after);
  let isClosing = false;

  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    },
    receive,
  );
  server.maxConnections = limits.connectionsMax;
  server.timeout = limits.stalledTimeoutMs;
  server.on('connection', countConnection);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Who asks whether to send a body that is too large need not send it.
    const { path } = readTarget(request.url ?? '/');
    const bytesMax = bodyBytesMaxOf(parts.findRoute(path) ?? nowhere, limits);
    if (Number(request.headers['content-length'] ?? 0) <= bytesMax) response.writeContinue();
    receive(request, response);
  });
  await open(server, parts.host, parts.port);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : parts.port;

  function countConnection(socket: Socket): void {
    const peer = socket.remoteAddress ?? '';
    const count = (perAddress.get(peer) ?? 0) + 1;
    if (count > limits.connectionsPerAddressMax) {
      counters.connectionsRefused++;
      socket.destroy();
      return;
    }
    perAddress.set(peer, count);
    sockets.set(socket, 0);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(peer) ?? 1) - 1;
      if (left === 0) perAddress.delete(peer);
      else perAddress.set(peer, left);
    });
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const unanswered = (sockets.get(socket) ?? 0) + 1;
    if (unanswered > limits.pipelinedMax) return;
    const isLast = unanswered === limits.pipelinedMax;
    if (isLast) response.shouldKeepAlive = false;
    // What comes behind the last one is not looked at; its sender will have to repeat it.
    sockets.set(socket, isLast ? Number.POSITIVE_INFINITY : unanswered);
    response.once('close', () => {
      const left = sockets.get(socket);
      if (left !== undefined) sockets.set(socket, left - 1);
    });
    counters.requests++;
    const { path, query } = readTarget(request.url ?? '/');
    const route = parts.findRoute(path) ?? nowhere;
    bodies.receive(
      request,
      bodyBytesMaxOf(route, limits),
      (body) =>
        answer(route, response, {
          method: request.method ?? '',
          path,
          query,
          headers: request.headers as DoorRequest['headers'],
          body,
          peer: request.socket.remoteAddress ?? '',
        }),
      (why) => {
        counters[why === 'busy' ? 'refusedBusy' : 'refusedTooLarge']++;
        refuse(request, response, route.refuse(why));
      },
    );
  }

  function answer(route: Route, response: ServerResponse, request: DoorRequest): void {
    route.door(request).then(
      (done) => write(response, done),
      (error: unknown) => {
        counters.failures++;
        parts.onFailure(request.path, error);
        write(response, problem(500, 'Internal Server Error', 'The request could not be handled.'));
      },
    );
  }

  function write(response: ServerResponse, done: DoorResponse): void {
    if (response.headersSent || response.destroyed) return;
    writeHead(response, done);
    if (done.file === undefined) response.end(done.body);
    // A file that cannot be read to its end breaks the connection, which tells the client.
    else pipeline(done.file.open(), response, () => {});
  }

  function writeHead(response: ServerResponse, done: DoorResponse): void {
    const headers: Record<string, string | number> = { ...done.headers };
    // RFC 9110 §8.6: none with 204.
    if (done.status !== 204) {
      headers['content-length'] = done.file?.octets ?? Buffer.byteLength(done.body);
    }
    if (isClosing) headers['connection'] = 'close';
    response.writeHead(done.status, headers);
  }

  /**
   * Answers before the request is complete; the connection ends behind it. Ending it at once would cut off who
   * is still sending, most often before the answer is read.
   */
  function refuse(request: IncomingMessage, response: ServerResponse, done: DoorResponse): void {
    response.shouldKeepAlive = false;
    if (isClosing || request.headers.expect !== undefined) return write(response, done);
    writeHead(response, done);
    response.write(done.body);
    request.socket.setTimeout(lingerSilenceMs);
    request.once('end', () => response.end());
  }

  return {
    port,
    counters,
    openConnections: () => sockets.size,
    close(graceMs) {
      isClosing = true;
      return new Promise((resolve) => {
        const last = parts.after(graceMs, () => server.closeAllConnections());
        server.close(() => {
          last.cancel();
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function open(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Who was refused and is silent for so long is not sending any more. */
const lingerSilenceMs = 1_000;

function bodyBytesMaxOf(route: Route, limits: HttpLimits): number {
  return Math.max(route.bodyBytesMax ?? 0, limits.bodyBytesMax);
}

/** Where requests go that have no route. */
const nowhere: Route = {
  path: '',
  door: () => Promise.resolve(problem(404, 'Not Found', 'There is nothing at this path.')),
  refuse: () => problem(404, 'Not Found', 'There is nothing at this path.'),
};

/** Path and query of a request target, whose absolute form every server must take (RFC 9112 §3.2.2). */
function readTarget(target: string): { path: string; query: string } {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
