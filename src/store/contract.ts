import type { Live, SubmitOutcome } from '../core/lifecycle.ts';
import type { Message, MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type { StatusReport } from '../core/report.ts';
import type { Revocation } from '../core/revocation.ts';
import type { AnswerStore, KnownKey, Once } from './answer-contract.ts';
import type { ConversionStore } from './conversion-contract.ts';
import type { InboundStore, OptOutStore } from './inbound-contract.ts';

export type { AnswerStore, KeptAnswer, KnownKey, Once, RequestKey } from './answer-contract.ts';
export type { InboundQueue, QueuedInbound } from './inbound-contract.ts';

/**
 * The store, cut by user. Every writing method is one of the transactions of DESIGN §4: when its
 * promise resolves, what it promised is on disk. Methods take batches, and a store gathers the
 * batches of concurrent callers into one commit. A method rejects only when the store itself
 * failed; then nothing of the batch may be assumed written.
 *
 * `now` is always a parameter: decisions never read a clock inside the store.
 * docs/decisions/002 maps each method to one batched PostgreSQL statement.
 */
export interface Store {
  readonly intake: IntakeStore;
  readonly answers: AnswerStore;
  readonly dispatch: DispatchStore;
  readonly receipts: ReceiptStore;
  readonly outbox: OutboxStore;
  readonly inbound: InboundStore;
  readonly optOuts: OptOutStore;
  readonly conversions: ConversionStore;
  readonly leases: LeaseStore;
  readonly history: HistoryStore;
  readonly retention: RetentionStore;
  /** Finishes what has been asked for, then closes. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** T1. */
export interface IntakeStore {
  /**
   * Takes one request's messages in, all or none. Commits message, content, live state, the first
   * step's place in its lane and the wallet's debit together.
   */
  accept(request: AcceptRequest): Promise<AcceptResult>;
  /**
   * The same for a request that may come again: commits its answer beside the messages. Of two with one
   * key, however close, one is accepted; the other finds the answer. Nothing refused is kept.
   */
  acceptOnce(request: AcceptRequest, once: Once): Promise<AcceptResult | KnownKey>;
  /** Sets what is left on a wallet, only if the account has no wallet row yet. */
  openWallet(account: string, messagesLeft: number): Promise<void>;
  /** What is left on an account's wallet; null when it has none. */
  messagesLeft(account: string): Promise<number | null>;
}

export interface AcceptRequest {
  readonly account: string;
  readonly messages: readonly Message[];
  readonly now: number;
  /**
   * How the account pays: "none" has no wallet; "trial" refuses the request when too little is left; "prepaid" accepts
   * it and ends what cannot be paid with status 1 (contract §4.3).
   */
  readonly wallet: 'none' | 'trial' | 'prepaid';
}

export type AcceptResult =
  /** `queued` are the messages that were put into their lanes, `reports` those of the others. */
  | { kind: 'accepted'; queued: readonly Message[]; reports: readonly OutboxReport[] }
  | { kind: 'insufficient-balance' };

/** A place in a connection's queue. Rows are ordered by due time, then acceptance, as message ids are. */
export interface ReadyCursor {
  readonly due: number;
  readonly id: MessageId;
}

export interface DispatchStore {
  /**
   * The steps of a connection's lanes that are due, after the cursor, in order. Only the lanes' owner
   * may use a cursor: it holds in memory what lies before it. At most `limit`, without waiting.
   */
  readReady(query: {
    connection: string;
    lanes: { first: number; last: number };
    after: ReadyCursor | null;
    now: number;
    limit: number;
  }): Promise<readonly ReadyStep[]>;
  /** T1b, no-duplicate mode only: records that these steps are about to be sent, before they are. */
  intend(batch: readonly { id: MessageId; step: number }[], now: number): Promise<void>;
  /** Takes the intent back for parts that were not sent after all: they return to their lanes. */
  withdraw(batch: readonly UnsentPart[], now: number): Promise<void>;
  /**
   * T2. Facts ("accepted") are always recorded; decisions (retry, fallback, end) only if `lease` is
   * held still. Receipts that came before their id are applied here.
   */
  submitted(
    batch: readonly SubmittedPart[],
    lease: Lease | null,
    now: number,
  ): Promise<Consequences>;
  /**
   * Ends messages that the customer takes back, if nothing of them has gone out: only the lanes' owner knows
   * what is on its way, and asks for no such message. `cancelled` is in the order of `ids`.
   */
  cancel(
    ids: readonly MessageId[],
    now: number,
  ): Promise<Consequences & { cancelled: readonly boolean[] }>;
  /**
   * Gives steps that wait in their lanes to other connections, with the due times they have, if the lease of the
   * lanes is held still and nothing of a step was ever sent as far as is known here. What only the lanes'
   * owner knows to have been sent, it must not move. `moved` is in the order of the batch.
   */
  move(
    batch: readonly StepMove[],
    lease: Lease | null,
    now: number,
  ): Promise<Consequences & { moved: readonly boolean[] }>;
  /** Looks at up to `limit` messages whose due time has come. */
  sweep(now: number, limit: number): Promise<Consequences & { looked: number }>;
}

/** A step that waits for connection `from` and shall be sent by `to`, which cuts it into as many parts. */
export interface StepMove {
  readonly id: MessageId;
  readonly step: number;
  readonly from: string;
  readonly to: string;
}

export interface UnsentPart {
  readonly id: MessageId;
  readonly step: number;
  readonly part: number;
}

export interface SubmittedPart {
  readonly id: MessageId;
  readonly step: number;
  readonly part: number;
  readonly connection: string;
  readonly outcome: SubmitOutcome;
}

/** What one committed batch led to, so that dispatcher and webhooks need not read it back. */
export interface Consequences {
  readonly reports: readonly OutboxReport[];
  /** Steps that were put into a lane: retries and fallbacks. */
  readonly queued: readonly ReadyStep[];
  /** Steps that were taken out of a lane and must not be sent any more. */
  readonly unqueued: readonly { id: MessageId; step: number }[];
  /** What connections are to take back; best effort, so it is kept nowhere else. */
  readonly revoked: readonly Revocation[];
  /** How many messages a second channel has delivered as well. */
  readonly deliveredAgain: number;
}

/** T3. */
export interface ReceiptStore {
  /**
   * Records receipts. One that matches no part is parked durably and waits for T2 (DESIGN §4.5), so
   * the caller may answer the operator in either case. Results are in the order of the batch.
   */
  record(
    batch: readonly ReceiptFact[],
    now: number,
  ): Promise<Consequences & { results: readonly ReceiptResult[] }>;
  /** Tries parked receipts again, oldest first, and drops those parked before `dropBefore`. */
  sweepParked(
    now: number,
    limit: number,
    dropBefore: number,
  ): Promise<Consequences & { looked: number; dropped: number }>;
}

export type ReceiptResult =
  /** `keyIndex`: which of the provider ids matched, for learning the connection's form. */
  | { kind: 'applied'; id: MessageId; keyIndex: number }
  /** Known already: the same state of the same part was recorded before. */
  | { kind: 'duplicate'; id: MessageId; keyIndex: number }
  | { kind: 'parked' };

/** A status report that waits to be delivered, with its place in the outbox. */
export interface OutboxReport {
  readonly queue: string;
  readonly report: StatusReport;
  /** Failed deliveries so far. */
  readonly attempts: number;
  /** Epoch milliseconds; the next try is not before. */
  readonly due: number;
  /** Rises with every row: the order of one message's reports. */
  readonly sequence: number;
  /**
   * An earlier report of the same message was still in the outbox when this one was put there, so that it
   * must not go first. Always false where a queue is read, because its order says as much.
   */
  readonly isFollowing: boolean;
}

/** T4. */
export interface OutboxStore {
  /** The queues that have rows, for the start. */
  queues(): Promise<readonly string[]>;
  /** Reports of a queue that are due, in the order of due time, then sequence, after the cursor. */
  read(query: {
    queue: string;
    after: { due: number; sequence: number } | null;
    now: number;
    limit: number;
  }): Promise<readonly OutboxReport[]>;
  /** T4: these reports were taken, or are given up; their rows go, and history says how it ended. */
  told(batch: readonly ToldReport[], now: number): Promise<void>;
  /**
   * These deliveries failed: all undelivered reports of the same message wait until `due`, so that
   * their order holds (contract §8.6).
   */
  postpone(
    batch: readonly { queue: string; sequence: number; messageId: MessageId; due: number }[],
  ): Promise<void>;
}

export interface ToldReport {
  readonly queue: string;
  readonly sequence: number;
  readonly messageId: MessageId;
  readonly status: number;
  /** The HTTP status that ended it, 200 for the ESME_ROK of a receipt over SMPP; 0 when it was given up. */
  readonly httpStatus: number;
}

/** The right to decide about a resource until it expires. */
export interface Lease {
  readonly resource: string;
  readonly holder: string;
  /** Rises each time the resource changes hands; a decision under an old epoch is refused. */
  readonly epoch: number;
  readonly expiresAt: number;
}

export interface LeaseStore {
  /** Takes or renews those resources that are free, expired or held by `holder` already. */
  acquire(
    resources: readonly string[],
    holder: string,
    ttlMs: number,
    now: number,
  ): Promise<readonly Lease[]>;
  release(resources: readonly string[], holder: string): Promise<void>;
}

/** Forgetting. Small steps between which everything else gets its turn. */
export interface RetentionStore {
  /**
   * Deletes what is older than its time, at most `limit` messages of each kind, oldest first, and
   * says how many it looked at: call again until that is 0. Times are those of acceptance (content,
   * history) and of submission (correlation), epoch milliseconds. A message that has not ended, or
   * with a report that has not been told, stays.
   */
  prune(before: Retention, limit: number): Promise<number>;
}

export interface Retention {
  /** What was sent. Its message stays, with empty texts. */
  readonly content: number;
  /** Provider ids: receipts that name them are parked from then on. At least the validity cap plus 7 days. */
  readonly correlation: number;
  /** Messages with all that happened to them, their content included. */
  readonly history: number;
}

/** Reading for people: the API, the console and the command line. Never on a hot path. */
export interface HistoryStore {
  /** A message with all that happened to it; null when there is none. */
  message(id: MessageId): Promise<MessageHistory | null>;
  /** The newest messages of an account, or with a reference, newest first. */
  find(query: {
    account?: string;
    reference?: string;
    msisdn?: string;
    limit: number;
  }): Promise<readonly MessageHistory[]>;
  counts(): Promise<StoreCounts>;
}

export interface MessageHistory {
  readonly message: Message;
  readonly live: Live;
  readonly events: readonly MessageEvent[];
}

export interface MessageEvent {
  readonly at: number;
  readonly kind: 'submitted' | 'receipt' | 'report' | 'told';
  readonly step: number;
  readonly part: number;
  /** A receipt's state, a submit outcome's kind, or a status number. */
  readonly state: string;
  readonly error: number;
  /** The provider id of a submitted part, the HTTP status of a told report. */
  readonly detail: string;
}

export interface StoreCounts {
  readonly messages: number;
  readonly ready: number;
  readonly live: number;
  readonly outbox: number;
  readonly parked: number;
}
