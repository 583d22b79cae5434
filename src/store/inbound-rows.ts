import type { InboundMessage } from '../core/inbound.ts';
import type { OptOut } from '../core/opt-out.ts';
import type { InboundArrival, OptOutKey, QueuedInbound } from './inbound-contract.ts';

/** What the transactions of incoming messages need of a database, beside `Rows` and in the same transaction. */
export interface InboundRows extends InboundMessageRows, GroupRows, OptOutRows {}

export interface InboundMessageRows {
  insertInbound(message: InboundMessage): void;
  /**
   * Due at once, but not before earlier messages of its handset in that queue that have failed at most
   * `orderTriesMax` times. Gives it the next sequence.
   */
  queueInbound(queue: string, message: InboundMessage, now: number): QueuedInbound;
  /** Nothing happens if it is not there. */
  tellInbound(queue: string, sequence: number): void;
  /**
   * Counts a failed delivery and moves it to `due`, and with it the later ones of its handset in that queue, unless
   * it has failed more than `orderTriesMax` times.
   */
  postponeInbound(queue: string, sequence: number, due: number): void;
  /** False when the key is there and its time is not over. Else it is there from now on, until `until`. */
  putRepeatKey(key: string, until: number, now: number): boolean;
  dropRepeatKeys(now: number, limit: number): void;
}

/** The parts of a message that is not complete. */
export interface Group {
  readonly name: string;
  readonly total: number;
  /** In the order in which they came. */
  readonly parts: readonly { readonly arrival: InboundArrival; readonly sequence: number }[];
}

export interface GroupRows {
  findGroup(name: string): Group | undefined;
  /** Adds a part, which the group does not have; makes the group if there is none. */
  addPart(name: string, arrival: InboundArrival, now: number): void;
  deleteGroup(name: string): void;
  countGroups(connection: string): number;
  /** Of one connection. */
  findOldestGroup(connection: string): Group | undefined;
  /** Groups that began before a time, oldest first. */
  findOldGroups(openedBefore: number, limit: number): readonly Group[];
}

export interface OptOutRows {
  /** One that is there stays as it is. */
  putOptOut(optOut: OptOut): void;
  /** False when it was not there. */
  removeOptOut(key: OptOutKey): boolean;
}

/** What ties the parts of one message together. */
export function groupName({ message, concat }: InboundArrival): string {
  const { connection, channel, from, to } = message;
  return JSON.stringify([connection, channel, from, to, concat?.reference, concat?.total]);
}
