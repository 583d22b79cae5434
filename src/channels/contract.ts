import type { Channel } from '../core/channel-names.ts';
import type { InboundPart } from '../core/inbound.ts';
import type { SubmitOutcome } from '../core/lifecycle.ts';
import type { MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type { Revocation } from '../core/revocation.ts';

export type { InboundPart } from '../core/inbound.ts';

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
  /** What it must be told before `start`; absent where it needs to know nothing of the time before. */
  readonly recall?: Recall;
  /**
   * Takes back what has gone out in vain, where the channel can. Best effort, resolves nothing: what becomes of
   * the messages is told by receipts, and what cannot be asked now is never asked.
   */
  revoke?(batch: readonly Revocation[]): void;
  /** What became of it since the start; null where nothing can be taken back. */
  readonly revocations?: Readonly<RevocationCounts> | null;
  /** Takes what the provider calls us with over HTTP, at `/callbacks/<name of the connection>`. */
  callback?(request: CallbackRequest): Promise<CallbackAnswer>;
}

/** What decides what a connection may send, and was known before the gateway was started again. */
export interface Recall {
  /** Handsets that wrote over it so long ago at most, and of these the latest so many. */
  readonly withinMs: number;
  readonly handsetsMax: number;
  /** Called once, before `start`, with the last message of each of them, in epoch milliseconds; the earliest first. */
  take(heard: readonly { readonly from: string; readonly at: number }[]): void;
}

/** Parts that were to be taken back. Those neither done nor refused were not asked for, or not answered. */
export interface RevocationCounts {
  asked: number;
  /** The provider took them back. */
  done: number;
  /** It did not: mostly because they were delivered already. */
  refused: number;
}

/** A call of a provider, as it came: a signature is over the raw octets. */
export interface CallbackRequest {
  readonly method: string;
  /** The raw query string without "?". */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface CallbackAnswer {
  readonly status: number;
  readonly body: string;
  /**
   * `taken`: what it brought is on disk. `forged`: it does not come from the provider. `malformed`: it makes no sense.
   * `failed`: the store or a download failed, and the provider must come again.
   */
  readonly verdict: 'taken' | 'forged' | 'malformed' | 'failed';
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
