import type { Door } from '../api/door.ts';
import { json, problem } from '../api/problem.ts';

/** How many received calls are kept to look at; the oldest go. */
export const callbacksKept = 200;

export interface ReceivedCallback {
  readonly at: string;
  readonly method: string;
  readonly contentType: string;
  /** The query string of a GET report, else empty. */
  readonly query: string;
  readonly body: string;
}

/**
 * The rehearsal's own webhook endpoint: the demo account's status reports are sent here over real
 * HTTP, so that they can be seen without an endpoint of one's own. `GET` on the same path lists them.
 */
export function createCallbacksDoor(nowIso: () => string): Door {
  const kept: ReceivedCallback[] = [];
  return async (request) => {
    if (request.method === 'GET' && request.query === '') return json(200, { callbacks: kept });
    if (request.method !== 'POST' && request.method !== 'GET') {
      return problem(405, 'Method Not Allowed', 'Use POST to report and GET to look.');
    }
    kept.push({
      at: nowIso(),
      method: request.method,
      contentType: request.headers['content-type'] ?? '',
      query: request.query,
      body: request.body.toString('utf8'),
    });
    if (kept.length > callbacksKept) kept.shift();
    return { status: 200, headers: {}, body: '' };
  };
}
