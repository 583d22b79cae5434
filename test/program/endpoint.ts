import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { until } from './until.ts';

/** A call that a webhook got. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What it was answered; 0 for nothing. */
  readonly answer: number;
}

/** A customer's webhook endpoint, whose answers the test decides. */
export interface Endpoint {
  readonly url: string;
  /** All calls so far, the oldest first. */
  readonly calls: readonly Call[];
  /** From now on calls are answered with this status; 0 answers none and keeps them waiting. */
  answer(status: number): void;
  /** Resolves with the calls when so many (that `accepts` them) have come. */
  until(count: number, accepts?: (call: Call) => boolean): Promise<readonly Call[]>;
  close(): void;
}

const open = new Set<Endpoint>();

/** Listens on a free port and answers 200, or `status`. */
export async function openEndpoint(status = 200, path = '/status'): Promise<Endpoint> {
  const calls: Call[] = [];
  let answer = status;
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    void text(request).then((body) => {
      calls.push({ method, url, headers, body, answer });
      if (answer !== 0) response.writeHead(answer).end();
    });
  });
  const port = await listenLocally(server);
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}${path}`,
    calls,
    answer(next) {
      answer = next;
    },
    until: (count, accepts = () => true) =>
      until(`${count} calls have come (${calls.length} came in all)`, () => {
        const found = calls.filter(accepts);
        return found.length >= count && found;
      }),
    close() {
      server.close();
      server.closeAllConnections();
      open.delete(endpoint);
    },
  };
  open.add(endpoint);
  return endpoint;
}

/** Closes every endpoint that is open. */
export function closeEndpoints(): void {
  for (const endpoint of open) endpoint.close();
}
