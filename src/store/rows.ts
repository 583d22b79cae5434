import type { Live } from '../core/lifecycle.ts';
import type { Content, Groupings, Message, MessageId, Step } from '../core/message.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type { StatusReport } from '../core/report.ts';
import type { Lease, MessageEvent, OutboxReport } from './contract.ts';

/**
 * What the transactions need of a database: rows, nothing else. The transactions are written once
 * over it; a store implements it (docs/decisions/002). All calls happen inside one transaction, see
 * what it wrote before, and are undone together when it fails.
 */
export interface Rows
  extends LaneRows,
    PartRows,
    ParkedRows,
    ReportRows,
    LeaseRows,
    WalletRows,
    TallyRows {
  /** Throws when the id is taken: ids are ours, so that is a bug. */
  insertMessage(message: Message, live: Live): void;
  findLife(id: MessageId): Life | undefined;
  /** What is sent. Empty texts when retention has removed it. */
  readContent(id: MessageId): Content;
  putLive(id: MessageId, live: Live): void;
  /** Other connections for steps that were not sent. What is in a lane must be put there anew. */
  putPlan(id: MessageId, plan: readonly Step[]): void;
  /** False when the same event is there: same kind, step, part, state and detail. */
  insertEvent(id: MessageId, event: MessageEvent): boolean;
  /** Messages whose due time has come, the longest overdue first. */
  findDue(now: number, limit: number): readonly MessageId[];
}

/** A message without its content: what lifecycle and reports need. */
export type Envelope = Omit<Message, 'content'>;

/** What is left of a content that retention has removed. */
export const noContent: Content = {
  text: '',
  encoding: 'gsm7',
  udh: null,
  partsMax: 1,
  rich: null,
  appKey: null,
};

/** The same without the content, if a store holds it along with the rest. */
export function dropContent(envelope: Envelope): Envelope {
  const { content: _, ...rest }: Envelope & { content?: unknown } = envelope;
  return rest;
}

/** A message as a transaction sees it: what never changes, and what does. */
export interface Life {
  readonly envelope: Envelope;
  readonly live: Live;
}

/** The lanes. A message has at most one row there, that of its active step. */
export interface LaneRows {
  /** Puts a step into its lane, in place of the message's row if there is one. */
  queue(id: MessageId, step: number, due: number): void;
  /** False when the step was in no lane. */
  unqueue(id: MessageId, step: number): boolean;
  /** When the step that is in a lane is due there; null when the message has none or it is another. */
  findQueuedDue(id: MessageId, step: number): number | null;
}

/** The place of a part: which message, which step of it, which part of that. */
export interface PartRef {
  readonly id: MessageId;
  readonly step: number;
  readonly part: number;
}

/** From a provider's id to the part it was given to. */
export interface PartRows {
  /** Provider ids come back over the years: the newest part has it. */
  putPart(connection: string, providerId: string, ref: PartRef, now: number): void;
  findPart(connection: string, providerId: string): PartRef | undefined;
  /** The ids under which a part was ever accepted; none when retention has removed them. */
  findProviderIds(ref: PartRef): readonly string[];
}

/** A receipt that matched no part yet. */
export interface ParkedReceipt {
  readonly key: number;
  readonly fact: ReceiptFact;
  readonly parkedAt: number;
}

export interface ParkedRows {
  /** Does nothing when a receipt with the same connection, first key and state is parked already. */
  park(fact: ReceiptFact, now: number, lookAt: number): void;
  /** Parked receipts that name this id among their keys, oldest first. */
  findParked(connection: string, providerId: string): readonly ParkedReceipt[];
  /** Parked receipts whose next look has come, in the order of that time. */
  findParkedDue(now: number, limit: number): readonly ParkedReceipt[];
  deferParked(key: number, lookAt: number): void;
  unpark(key: number): void;
  /** Drops up to `limit` of those parked before a time and says how many. */
  dropParked(before: number, limit: number): number;
}

/** What a new report needs beyond its text. */
export interface NewReport {
  readonly queue: string;
  readonly report: StatusReport;
  readonly step: number;
}

/** The outbox. A message has at most one report of each status. */
export interface ReportRows {
  /**
   * Due at once, but not before the untold reports of its message in that queue, so that their order
   * holds over postponements and restarts (contract §8.6). Gives it the next sequence.
   */
  insertReport(report: NewReport): OutboxReport;
  /** Takes a report out of the outbox; nothing happens if it is not there. */
  tellReport(id: MessageId, status: number, httpStatus: number, now: number): void;
  /** Counts a failed delivery of one report and moves all of its message's in that queue to `due`. */
  postponeReports(queue: string, sequence: number, id: MessageId, due: number): void;
}

export interface LeaseRows {
  /** The row of a resource, also when it has expired; a released one has no holder. */
  findLease(resource: string): Lease | undefined;
  putLease(lease: Lease): void;
}

/** What became of messages, counted by the hour of their acceptance. */
export interface TallyRows {
  /** Counts a message at one of its connections, and its operator. */
  tally(of: TallyOf, connection: string, what: Tallied): void;
  /** Counts a message by its groupings, or with the rest if that hour of its account has `groupingsCountedMax` others. */
  tallyGroupings(of: TallyOf, what: Tallied): void;
}

/** What is counted: whose message, when it was accepted, where it went. An `Envelope` is one. */
export interface TallyOf {
  readonly account: string;
  readonly acceptedAt: number;
  readonly operator: string | null;
  readonly groupings: Groupings;
}

export type Tallied = 'sent' | 'delivered' | 'converted';

/** Different groupings that are counted apart in an hour of an account (specification "Custom groupings"). */
export const groupingsCountedMax = 1_000;

export const tallyHourMs = 60 * 60 * 1000;

export interface WalletRows {
  findWallet(account: string): number | undefined;
  putWallet(account: string, messagesLeft: number): void;
}
