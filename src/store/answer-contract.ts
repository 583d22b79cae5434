/** What makes a request the same one when it comes again (docs/reference/idempotency.md). */
export interface RequestKey {
  readonly account: string;
  /** A hash of the key that the customer chose. */
  readonly key: string;
  /** A hash of all that was asked. */
  readonly fingerprint: string;
}

/** A request that is carried out once, and what it is answered each time. */
export interface Once extends RequestKey {
  readonly answer: KeptAnswer;
  /** Epoch milliseconds; the key is free again then. */
  readonly expiresAt: number;
  /** Keys that the account may have at a time. */
  readonly keysMax: number;
}

/** An answer over HTTP as it was given. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why a request with a key is not carried out. */
export type KnownKey =
  | { kind: 'repeated'; answer: KeptAnswer }
  /** The key belongs to a request that asked for something else. */
  | { kind: 'key-reused' }
  | { kind: 'keys-too-many' };

/** The answers to requests that may come again. */
export interface AnswerStore {
  /** What is known of a key; null when it is free. */
  find(key: RequestKey, now: number): Promise<KnownKey | null>;
  /** Deletes at most `limit` answers that have expired and says how many. */
  prune(now: number, limit: number): Promise<number>;
}
