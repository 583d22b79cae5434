import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { DoorRequest, DoorResponse } from '../api/door.ts';
import { problem, tooManyRequests } from '../api/problem.ts';
import type { AddressLimits } from '../lib/address-limits.ts';
import {
  guardConnections,
  type HandshakeLimits,
  type Handshakes,
  tlsServerOptions,
  watchHandshakes,
} from '../lib/handshakes.ts';
import type { ListenTls } from '../lib/net.ts';
import { createBodyReceiver, giveBack } from './bodies.ts';
import { createClientAddresses } from './client-address.ts';
import { answerClientError } from './client-errors.ts';
import { Connections } from './connections.ts';
import type { HttpLimits } from './limits.ts';
import { createWorkingMessage, type ParserWork } from './parser-work.ts';
import type { Route } from './router.ts';
import { SlicedReads } from './sliced-reads.ts';

/** What the listener has counted since the start. */
export interface HttpCounters {
  requests: number;
  refusedTooLarge: number;
  refusedBusy: number;
  failures: number;
  connectionsRefused: number;
}

export interface HttpListener {
  /** The plain port, or the one of TLS where that is alone. */
  readonly port: number;
  readonly tlsPort: number | null;
  readonly handshakes: Pick<Handshakes, 'pending' | 'failed'> | null;
  readonly counters: Readonly<HttpCounters>;
  openConnections(): number;
  /** Stops accepting, lets running requests finish for at most `graceMs`, then closes everything. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerParts {
  host: string;
  /** The plain port; null: there is none, and `tls` is given. */
  port: number | null;
  /** The port that speaks TLS; absent: there is none. */
  tls?: {
    readonly port: number;
    readonly credentials: ListenTls;
    /** Absent: `handshakeBounds`. */
    readonly bounds?: HandshakeLimits;
  };
  limits: HttpLimits;
  /** What one address may do; absent: as much as it likes. */
  addresses?: AddressLimits;
  /** Networks (CIDR) of proxies whose X-Forwarded-For is believed; absent: none. */
  trustedProxies?: readonly string[];
  findRoute(path: string): Route | undefined;
  /**
   * Called with what a door threw, and the path of its route: that of the request may name a handset or a file. The
   * stranger gets a generic answer.
   */
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
  /** How many requests of a connection are not answered to the last octet. */
  const unansweredOf = new WeakMap<Socket, number>();
  /** Connections with an answer of which only a part has been written. */
  const answering = new WeakSet<object>();
  const connections = new Connections(limits);
  const clients = createClientAddresses(parts.trustedProxies ?? []);
  const bodies = createBodyReceiver(limits, parts.after);
  const work: ParserWork = { units: 0, bodyBytesLeft: 0 };
  const reads = new SlicedReads(work, parts.after);
  let isClosing = false;

  const options = {
    IncomingMessage: createWorkingMessage(work),
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
  };
  const servers: (Server | SecureServer)[] = [];
  let port: number | null = null;
  let tlsPort: number | null = null;
  let handshakes: Handshakes | null = null;
  if (parts.port !== null) {
    const server = createServer(options, receive);
    server.on('connection', (socket: Socket) => reads.attach(socket));
    port = await start(server, parts.port, () => true);
  }
  if (parts.tls !== undefined) {
    const { credentials, bounds } = parts.tls;
    const secure = createSecureServer(
      { ...options, ...tlsServerOptions(credentials, bounds) },
      receive,
    );
    secure.on('secureConnection', (socket) => reads.attach(socket));
    handshakes = watchHandshakes(secure, credentials, clients.isProxy, bounds);
    tlsPort = await start(secure, parts.tls.port, (address) => {
      return clients.isProxy(address) || (parts.addresses?.admitConnection(address) ?? true);
    });
  }

  async function start(
    server: Server | SecureServer,
    wanted: number,
    admit: (address: string) => boolean,
  ): Promise<number> {
    server.timeout = limits.stalledTimeoutMs;
    server.on('checkContinue', receiveExpectant);
    server.on('clientError', (error, socket) => {
      answerClientError(error, socket, answering.has(socket));
    });
    guardConnections(server, (socket) => {
      const address = socket.remoteAddress ?? '';
      const isIn = admit(address) && connections.add(socket, clients.isProxy(address));
      if (!isIn) counters.connectionsRefused++;
      return isIn;
    });
    servers.push(server);
    try {
      return await open(server, parts.host, wanted);
    } catch (error) {
      for (const one of servers) one.close();
      throw error;
    }
  }

  function receiveExpectant(request: IncomingMessage, response: ServerResponse): void {
    // Who asks whether to send a body that is too large need not send it.
    const { path } = readTarget(request.url ?? '/');
    const bytesMax = bodyBytesMaxOf(parts.findRoute(path) ?? nowhere, limits);
    if (Number(request.headers['content-length'] ?? 0) <= bytesMax) response.writeContinue();
    receive(request, response);
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const unanswered = (unansweredOf.get(socket) ?? 0) + 1;
    // What comes behind the last one is not looked at; its sender will have to repeat it.
    if (unanswered > limits.pipelinedMax) return reads.ignore(socket);
    const isLast = unanswered === limits.pipelinedMax;
    if (isLast) {
      response.shouldKeepAlive = false;
      request.once('end', () => reads.ignore(socket));
    }
    unansweredOf.set(socket, isLast ? Number.POSITIVE_INFINITY : unanswered);
    response.once('close', () => {
      const left = unansweredOf.get(socket);
      if (left !== undefined) unansweredOf.set(socket, left - 1);
    });
    counters.requests++;
    const { path, query } = readTarget(request.url ?? '/');
    const route = parts.findRoute(path) ?? nowhere;
    const headers = request.headers as DoorRequest['headers'];
    const peer = clients.of(socket.remoteAddress ?? '', headers['x-forwarded-for']);
    const verdict = parts.addresses?.admitRequest(peer) ?? 'ok';
    if (verdict !== 'ok') return turnAway(request, response, route, peer, verdict);
    bodies.receive(
      request,
      bodyBytesMaxOf(route, limits),
      (body) =>
        answer(route, response, {
          method: request.method ?? '',
          path,
          query,
          headers,
          body,
          peer,
          isSuspect: parts.addresses?.isSuspect(peer) ?? false,
        }),
      (why, isCrumbled) => {
        counters[why === 'busy' ? 'refusedBusy' : 'refusedTooLarge']++;
        if (isCrumbled) reads.ignore(socket);
        refuse(request, response, route.refuse(why));
      },
    );
  }

  function answer(route: Route, response: ServerResponse, request: DoorRequest): void {
    route.door(request).then(
      (done) => {
        giveBack(request.body);
        const isTooMuch =
          done.isStranger === true && parts.addresses?.noteFailure(request.peer) === false;
        write(response, isTooMuch ? refuseFor(route, request.peer, 'stranger') : done);
      },
      (error: unknown) => {
        counters.failures++;
        parts.onFailure(route.path, error);
        write(response, problem(500, 'Internal Server Error', 'The request could not be handled.'));
      },
    );
  }

  /** What an address is told that asks too fast, or has failed too often to name an account. */
  function refuseFor(route: Route, peer: string, sender: 'anybody' | 'stranger'): DoorResponse {
    return route.refuse('too-many-requests', parts.addresses?.waitMs(peer, sender));
  }

  function write(response: ServerResponse, done: DoorResponse): void {
    if (response.headersSent || response.destroyed) return;
    writeHead(response, done);
    if (done.file === undefined) {
      response.end(done.body);
      return;
    }
    noteAnswering(response);
    // A file that cannot be read to its end breaks the connection, which tells the client.
    pipeline(done.file.open(), response, () => {});
  }

  function noteAnswering(response: ServerResponse): void {
    const { socket } = response.req;
    answering.add(socket);
    response.once('close', () => answering.delete(socket));
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

  /** An address asks too fast: it is told so, or cut off. What a proxy hands on is not the proxy's fault. */
  function turnAway(
    request: IncomingMessage,
    response: ServerResponse,
    route: Route,
    peer: string,
    verdict: 'too-fast' | 'flood',
  ): void {
    const { socket, headers } = request;
    if (verdict === 'flood' && !clients.isProxy(socket.remoteAddress ?? '')) {
      socket.destroy();
      return;
    }
    const done = refuseFor(route, peer, 'anybody');
    const isShort =
      headers['transfer-encoding'] === undefined &&
      Number(headers['content-length'] ?? 0) <= overreadBytesMax;
    // A short body is read over, so that the connection can go on: a new one would cost more.
    if (isShort) write(response, done);
    else refuse(request, response, done);
  }

  /**
   * Answers before the request is complete; the connection ends behind it. Ending it at once would cut off who
   * is still sending, most often before the answer is read.
   */
  function refuse(request: IncomingMessage, response: ServerResponse, done: DoorResponse): void {
    response.shouldKeepAlive = false;
    if (isClosing || request.headers.expect !== undefined) return write(response, done);
    noteAnswering(response);
    writeHead(response, done);
    response.write(done.body);
    request.socket.setTimeout(lingerSilenceMs);
    request.once('end', () => response.end());
  }

  return {
    port: port ?? tlsPort ?? 0,
    tlsPort,
    handshakes,
    counters,
    openConnections: () => connections.size,
    async close(graceMs) {
      isClosing = true;
      handshakes?.close();
      const last = parts.after(graceMs, () => connections.destroyAll());
      await Promise.all(servers.map(close));
      last.cancel();
    },
  };
}

function close(server: Server | SecureServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** Listens; resolves with the port that was taken. */
function open(server: Server | SecureServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** The body of a request that came too fast is read over when it says that it is no longer. */
const overreadBytesMax = 16 * 1024;

/** Who was refused and is silent for so long is not sending any more. */
const lingerSilenceMs = 1_000;

function bodyBytesMaxOf(route: Route, limits: HttpLimits): number {
  return Math.max(route.bodyBytesMax ?? 0, limits.bodyBytesMax);
}

/** Where requests go that have no route. */
const nowhere: Route = {
  path: '',
  door: () => Promise.resolve(problem(404, 'Not Found', 'There is nothing at this path.')),
  refuse: (why, waitMs) =>
    why === 'too-many-requests'
      ? tooManyRequests(waitMs)
      : problem(404, 'Not Found', 'There is nothing at this path.'),
};

/** Path and query of a request target, whose absolute form every server must take (RFC 9112 §3.2.2). */
function readTarget(target: string): { path: string; query: string } {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
