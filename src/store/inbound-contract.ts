import type { Channel } from '../core/channel-names.ts';
import type { Concat, InboundMessage } from '../core/inbound.ts';
import type { Groupings, MessageId } from '../core/message.ts';
import type { OptOut } from '../core/opt-out.ts';

/** An incoming message that waits for an account's webhook or for one of its SMPP sessions. */
export interface QueuedInbound {
  /** `inbound:<account>` for the webhook, `event:<account>` for that of events, `smpp:<account>` for the sessions. */
  readonly queue: string;
  readonly message: InboundMessage;
  /** Failed deliveries so far. */
  readonly attempts: number;
  /** Epoch milliseconds; the next try is not before. */
  readonly due: number;
  /** Rises with every row. */
  readonly sequence: number;
  /**
   * An earlier message of the same handset was still in the queue when this one was put there, so that it must not go
   * first. Always false where a queue is read, because its order says as much.
   */
  readonly isFollowing: boolean;
}

/** Incoming messages on their way to the account. */
export interface InboundQueue {
  /** The queues that have rows, for the start. */
  queues(): Promise<readonly string[]>;
  /** Messages of a queue that are due, in the order of due time, then sequence, after the cursor. */
  read(query: {
    queue: string;
    after: { due: number; sequence: number } | null;
    now: number;
    limit: number;
  }): Promise<readonly QueuedInbound[]>;
  /** These were taken, or are given up; their rows go. */
  told(batch: readonly { queue: string; sequence: number }[], now: number): Promise<void>;
  /**
   * These deliveries failed and wait until `due`. Later messages of the same handset in that queue wait with them, so
   * that their order holds; after `orderTriesMax` failures nobody waits for a message any more.
   */
  postpone(batch: readonly { queue: string; sequence: number; due: number }[]): Promise<void>;
}

/** So many failures of one message hold the later ones of its handset back. */
export const orderTriesMax = 3;

/** Incoming messages, from the operator to the queues of the account. */
export interface InboundStore {
  readonly queue: InboundQueue;
  /**
   * T5. Takes what channels received: a message goes to its queues, a part to its group, and the last part of a
   * group makes a message of it, all in one commit, so the operator may be answered. Results are in the order of
   * the batch.
   */
  record(
    batch: readonly InboundArrival[],
    bounds: InboundBounds,
    now: number,
  ): Promise<InboundConsequences & { results: readonly InboundResult[] }>;
  /**
   * Delivers what came of long messages that began before `openedBefore`, and forgets keys whose time is over, so
   * many of each at most.
   */
  sweep(
    now: number,
    openedBefore: number,
    limits: { readonly groups: number; readonly keys: number },
  ): Promise<InboundConsequences>;
  /** The message that each of these answers; null where there is none. Never on the writer's thread. */
  answered(batch: readonly AnsweredQuery[]): Promise<readonly (AnsweredMessage | null)[]>;
  /**
   * When handsets last wrote over each of these connections, whoever's the message was: those that did since then, of
   * each connection the latest `limit`, and of these the earliest first. Never on the writer's thread.
   */
  lastHeard(query: {
    readonly connections: readonly string[];
    /** Epoch milliseconds. */
    readonly since: number;
    readonly limit: number;
  }): Promise<readonly LastHeard[]>;
  /** For people: the newest incoming messages of an account, newest first. */
  find(query: {
    account: string;
    from?: string;
    /** Only those before the one with this id, which is the cursor. */
    before?: MessageId;
    limit: number;
  }): Promise<readonly InboundHistory[]>;
}

/** What a channel received, with all that was found out about it. */
export interface InboundArrival {
  /** Of a part, with the part's own text. */
  readonly message: InboundMessage;
  /** None: it is kept, and nobody gets it. */
  readonly queues: readonly string[];
  readonly concat: Concat | null;
  /** The same as of one that came before `repeatUntil` of that one: it is passed over. */
  readonly repeatKey: string;
  /** Epoch milliseconds until which a repetition is known. */
  readonly repeatUntil: number;
  /** What a word in it asks for. */
  readonly optOut: 'add' | 'remove' | null;
}

/** How much may wait for missing parts. */
export interface InboundBounds {
  /** Open groups of one connection; beyond it the oldest is delivered as what came. */
  readonly groupsMax: number;
}

export type InboundResult =
  /** It came before. */
  | 'repeated'
  /** It waits for the other parts. */
  | 'waiting'
  /** It is a message of an account. */
  | 'queued'
  /** It is kept, and nobody gets it. */
  | 'unassigned';

export interface InboundConsequences {
  readonly queued: readonly QueuedInbound[];
  readonly optedOut: readonly OptOut[];
  readonly optedIn: readonly OptOutKey[];
  /** Groups that were ended without all of their parts. */
  readonly incomplete: number;
  /** Messages that nobody gets. */
  readonly unassigned: number;
}

/** What is asked to find the outbound message that an incoming one answers (contract §9.1). */
export interface AnsweredQuery {
  readonly channel: Channel;
  readonly connection: string;
  readonly from: string;
  readonly to: string;
  /** The provider's id of the message that was replied to. */
  readonly context: string | null;
  /** Only messages of these accounts; null: of any. */
  readonly accounts: readonly string[] | null;
  /** Epoch milliseconds: older messages are not looked at, unless `context` names them. */
  readonly since: number;
}

export interface AnsweredMessage {
  readonly id: MessageId;
  readonly account: string;
  readonly reference: string | null;
  readonly groupings: Groupings;
  /** Whether the provider named it, and not only sender and number fit. */
  readonly isContext: boolean;
}

/** The last message of a handset over a connection. */
export interface LastHeard {
  readonly connection: string;
  /** The handset, as in `InboundMessage`. */
  readonly from: string;
  /** Epoch milliseconds: the message's `receivedAt`. */
  readonly at: number;
}

export interface InboundHistory {
  /** With an empty text when retention has removed it. */
  readonly message: InboundMessage;
  /** The queues in which it still waits. */
  readonly waiting: readonly { readonly queue: string; readonly attempts: number }[];
}

export type OptOutKey = Pick<OptOut, 'account' | 'channel' | 'number'>;

/** Who wants no messages of whom. */
export interface OptOutStore {
  /** In the order of account, channel, number, after the cursor; of all accounts when `account` is null. */
  list(query: {
    account: string | null;
    after: OptOutKey | null;
    limit: number;
  }): Promise<readonly OptOut[]>;
  /** One that is there stays as it is. */
  put(batch: readonly OptOut[]): Promise<void>;
  /** Says of each whether it was there. */
  remove(batch: readonly OptOutKey[]): Promise<readonly boolean[]>;
}
