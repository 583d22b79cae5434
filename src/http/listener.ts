import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DoorRequest, DoorResponse } from '../api/door.ts';
import { problem } from '../api/problem.ts';
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
  /** Starts the grace period's timer; returns its cancel. */
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
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  let bufferedBytes = 0;
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
  server.on('connection', countConnection);
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
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(peer) ?? 1) - 1;
      if (left === 0) perAddress.delete(peer);
      else perAddress.set(peer, left);
    });
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    counters.requests++;
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = parts.findRoute(path);
    if (route === undefined) {
      discard(request);
      write(response, problem(404, 'Not Found', 'There is nothing at this path.'));
      return;
    }
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limits.bodyBytesMax) {
      counters.refusedTooLarge++;
      refuse(request, response, route.refuse('body-too-large'));
      return;
    }
    if (bufferedBytes + declared > limits.bodyBytesTotalMax) {
      counters.refusedBusy++;
      refuse(request, response, route.refuse('busy'));
      return;
    }
    const chunks: Buffer[] = [];
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      bufferedBytes += chunk.length;
      if (received > limits.bodyBytesMax && !response.headersSent) {
        counters.refusedTooLarge++;
        chunks.length = 0;
        refuse(request, response, route.refuse('body-too-large'));
        return;
      }
      chunks.push(chunk);
    });
    request.once('close', () => {
      bufferedBytes -= received;
    });
    request.once('end', () => {
      if (response.headersSent) return;
      const first = chunks[0];
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      answer(route, response, {
        method: request.method ?? '',
        path,
        query: mark < 0 ? '' : url.slice(mark + 1),
        headers: request.headers as DoorRequest['headers'],
        body,
        peer: request.socket.remoteAddress ?? '',
      });
    });
    request.on('error', ignoreAbort);
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
    const headers: Record<string, string | number> = {
      ...done.headers,
      'content-length': Buffer.byteLength(done.body),
    };
    if (isClosing) headers['connection'] = 'close';
    response.writeHead(done.status, headers);
    response.end(done.body);
  }

  /** Answers without reading on; the connection ends, because what follows is not a request. */
  function refuse(request: IncomingMessage, response: ServerResponse, done: DoorResponse): void {
    response.shouldKeepAlive = false;
    write(response, done);
    discard(request);
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

/** Lets what is still coming run into nothing, so that the answer can be read by the other side. */
function discard(request: IncomingMessage): void {
  request.removeAllListeners('data');
  request.resume();
}

/** The other side went away in the middle: there is nobody left to tell. */
function ignoreAbort(): void {}
