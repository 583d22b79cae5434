/** Outgoing HTTP behind an interface; the guarded client and the simulation implement it. */
export interface HttpClient {
  /** Never rejects: whatever happens is one of the outcomes. */
  send(request: HttpRequest): Promise<HttpOutcome>;
  close(): Promise<void>;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body: string | null;
  /** For the whole exchange, connecting included. */
  timeoutMs: number;
}

export type HttpOutcome =
  /** The other side answered. `retryAfterMs` when it sent a usable Retry-After. */
  | { kind: 'answered'; status: number; retryAfterMs?: number }
  /** The guard does not allow this target; trying again makes no sense until the URL changes. */
  | { kind: 'forbidden'; reason: string }
  /** No answer: refused, reset, timed out, name not found. */
  | { kind: 'failed'; reason: string };
