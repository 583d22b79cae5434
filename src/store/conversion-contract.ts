import type { Groupings, MessageId } from '../core/message.ts';
import type { KnownKey, Once } from './answer-contract.ts';

/** What an account says: an end user has used what a message said (contract §10). */
export interface ReportedConversion {
  readonly account: string;
  readonly reference: string | null;
  /** Digits. */
  readonly msisdn: string | null;
  /** Epoch milliseconds, as the account gave them. */
  readonly convertedAt: number;
  readonly notifiedAt: number | null;
}

/** A conversion as it is kept. */
export interface Conversion extends ReportedConversion {
  /** Rises with every conversion: the cursor of a list. */
  readonly sequence: number;
  readonly receivedAt: number;
  /** Null when it fits none of the account's messages. */
  readonly message: ConvertedMessage | null;
}

/** What was converted, as it was known then; it outlives the message. */
export interface ConvertedMessage {
  readonly id: MessageId;
  readonly acceptedAt: number;
  /** The connection that delivered it, or that it was sent over last. */
  readonly connection: string;
  readonly operator: string | null;
  readonly groupings: Groupings;
}

export interface ConversionRequest {
  readonly reported: ReportedConversion;
  /** The message that it fits. */
  readonly messageId: MessageId | null;
  readonly now: number;
  readonly once: Once | null;
}

/**
 * `known`: it was recorded before, or its message has a conversion already. A message converts once: what is
 * recorded first stays.
 */
export type ConversionResult = { kind: 'recorded' } | { kind: 'known' } | KnownKey;

/** What became of messages that were accepted in a window of whole hours. */
export interface ConversionCounts {
  /** By connection and operator, in their order. */
  readonly routes: readonly RouteCounts[];
  /** By custom groupings, those with most conversions first, then by sent; at most as many as were asked for. */
  readonly groupings: readonly GroupingCounts[];
  /** Conversions received in the window that fit no message. */
  readonly unmatched: number;
}

/** Each message counts once in each: a message that fell back counts as sent for both connections. */
export interface RouteCounts {
  readonly connection: string;
  readonly operator: string | null;
  /** The connection took its first part. */
  readonly sent: number;
  /** All of its parts reached the handset over the connection. */
  readonly delivered: number;
  readonly converted: number;
}

/** Each message counts once in each, as its status reports say. */
export interface GroupingCounts {
  /** Null: the rest, of accounts with more different groupings than are counted. */
  readonly groupings: Groupings | null;
  /** An operator has all of it, or it reached the handset. */
  readonly sent: number;
  readonly delivered: number;
  readonly converted: number;
}

export interface ConversionStore {
  /** Commits one conversion, with its answer if it may come again. */
  record(request: ConversionRequest): Promise<ConversionResult>;
  /** For people: conversions of an account, newest first. */
  find(query: ConversionQuery): Promise<readonly Conversion[]>;
  counts(query: CountsQuery): Promise<ConversionCounts>;
  /** Deletes conversions received and counts of messages accepted before a time, at most `limit` of each. */
  prune(before: number, limit: number): Promise<number>;
}

export interface ConversionQuery {
  readonly account: string;
  readonly reference?: string;
  readonly msisdn?: string;
  readonly messageId?: MessageId;
  /** Only those with a smaller sequence. */
  readonly before?: number;
  readonly limit: number;
}

export interface CountsQuery {
  /** Null: all accounts, for the quality of routes. */
  readonly account: string | null;
  /** Epoch milliseconds; the hours that begin from here on, and before `until`. */
  readonly from: number;
  readonly until: number;
  readonly groupingsMax: number;
}
