import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of the API, as it came. */
export interface GraphCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The bearer token; empty without one. */
  readonly token: string;
  readonly body: Buffer;
}

/** What the caller gets; `cut` cuts the connection in its place. */
export type GraphAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly contentType: string;
      readonly body: string | Buffer;
      readonly retryAfterS: number | null;
    }
  | { readonly kind: 'cut' };

/** The largest body of a call. */
export const callBytesMax: number = 1024 * 1024;

/** The HTTP side of the simulated Graph API, on loopback. */
export class GraphServer {
  readonly #handle: (call: GraphCall, answer: (answer: GraphAnswer) => void) => void;
  #server: Server | null = null;
  #port = 0;

  constructor(handle: (call: GraphCall, answer: (answer: GraphAnswer) => void) => void) {
    this.#handle = handle;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port as before when it was down. */
  async listen(port = this.#port): Promise<number> {
    const server = createServer({ noDelay: true }, (request, response) => {
      this.#receive(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port }, resolve);
    });
    const address = server.address();
    this.#port = isAddress(address) ? address.port : port;
    return this.#port;
  }

  /** Cuts all connections and takes no new ones. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > callBytesMax) request.destroy();
      else pieces.push(piece);
    });
    request.on('error', () => {});
    request.once('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const call: GraphCall = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
        body: Buffer.concat(pieces),
      };
      this.#handle(call, (answer) => write(response, answer));
    });
  }
}

function write(response: ServerResponse, answer: GraphAnswer): void {
  if (response.destroyed) return;
  if (answer.kind === 'cut') {
    response.destroy();
    return;
  }
  const { status, contentType, body, retryAfterS } = answer;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
  });
  response.end(body);
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
