import type { Channel } from '../core/channel-names.ts';
import type { InboundMedia } from '../core/inbound.ts';
import type { SubmitOutcome } from '../core/lifecycle.ts';
import type { MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { ReceiptFact } from '../core/receipt.ts';

/**
 * A connection: a configured way out that is running. The gateway knows a channel by this contract
 * alone; docs in ARCHITECTURE.md, "How to add a channel".
 *
 * Work is pulled: a connection takes steps from its source when it has room, so that windows, rates
 * and outages push back into the queue and never pile up in memory.
 */
export interface Connection {
  readonly name: string;
  readonly channel: Channel;
  start(): void;
  /** Something may be waiting in the source. Cheap; called once per tick at most. */
  wake(): void;
  /** Takes no more work, waits for outstanding answers up to `graceMs`, then closes. */
  stop(graceMs: number): Promise<void>;
  health(): ConnectionHealth;
}

export interface ConnectionHealth {
  readonly state: 'connecting' | 'up' | 'throttled' | 'down' | 'stopped';
  /** A sentence for people: why it is not up. Empty when it is. */
  readonly reason: string;
  readonly bindsUp: number;
  readonly bindsWanted: number;
  /** Submitted and not yet answered. */
  readonly outstanding: number;
}

/** Where a connection takes its work from and where it says what became of it. */
export interface ConnectionPorts {
  /**
   * The next steps of the lanes that slot `slot` of `slots` serves, oldest first, at most
   * `room` parts (one step may exceed it). Parts that are not `waiting` were sent before and must be left out.
   * The connection owns a step until each of its waiting parts has an outcome, or it gives the step back.
   */
  take(slot: number, slots: number, room: number): readonly ReadyStep[];
  /** Steps that were taken and not sent: they return to the head of their lanes, in order. */
  giveBack(steps: readonly ReadyStep[]): void;
  /** What became of submitted parts. Batched per tick. */
  outcomes(batch: readonly PartOutcome[]): void;
  /**
   * Receipts; resolves when they are on disk. Only then may the operator be answered; a rejection
   * means that the store failed and the operator must send them again.
   */
  receipts(batch: readonly ReceiptFact[]): Promise<readonly ReceiptAnswer[]>;
  /** Incoming messages; the same rule. */
  inbound(batch: readonly InboundPart[]): Promise<void>;
}

export interface PartOutcome {
  readonly id: MessageId;
  readonly step: number;
  readonly part: number;
  /** "unknown" with `resend` true: sent, no answer; the step returns to its lane (route option onUnknown). */
  readonly outcome: SubmitOutcome | { kind: 'unknown'; resend: true };
}

export type ReceiptAnswer =
  | { kind: 'applied' | 'duplicate'; keyIndex: number }
  | { kind: 'parked' };

/** One incoming message, one part of a concatenated one, or one event, as the channel received it. */
export interface InboundPart {
  readonly connection: string;
  readonly channel: Channel;
  /** The handset as digits without prefix, or the channel's own id. */
  readonly from: string;
  /** The name that the channel gives for it. */
  readonly fromName: string | null;
  /** The number, short code or sender id that was written to. */
  readonly to: string;
  /** Text, or hexadecimal when `isBinary`. Empty for pure media. */
  readonly text: string;
  readonly isBinary: boolean;
  /** A user data header that is not concatenation, hexadecimal with its length octet. */
  readonly udh: string | null;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly operator: string | null;
  /** Set when this is a part of a longer message. */
  readonly concat: { reference: number; total: number; sequence: number } | null;
  /**
   * The provider's own id of it, the same when it is sent again: what was taken under this id before is passed
   * over. Null where there is none; then the same content within a short time counts as a repetition.
   */
  readonly providerId: string | null;
  /** What `MediaKeeper` has kept. */
  readonly media: InboundMedia | null;
  /** `message.custom` or `event.custom` of contract §9 as JSON text of an object; null when there is nothing. */
  readonly custom: string | null;
  /** The provider's id of the message, ours or the handset's own, that this is a reply to. */
  readonly context: string | null;
  /** Set when this is an event (contract §9.7), such as "SuggestionClick", and no message. */
  readonly event: string | null;
}

/** Keeps files that handsets sent, and serves them to customers (contract §9.6). */
export interface MediaKeeper {
  /**
   * Resolves when the file is on disk, with the address under which the customer fetches it; or says why it is not
   * kept. Rejects when the disk fails: then the provider must not be answered yet.
   */
  keep(file: {
    /** Of the provider; what is no media type is served as `application/octet-stream`. */
    readonly contentType: string;
    readonly bytes: Uint8Array;
  }): Promise<{ readonly uri: string } | { readonly refused: 'too-large' | 'full' }>;
}
