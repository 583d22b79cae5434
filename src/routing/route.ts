import type { Channel } from '../core/channel-names.ts';

/**
 * A rule that says which connection may serve which messages. What is absent sets no condition; a
 * message has to meet all that are there.
 */
export interface Route {
  readonly channel: Channel;
  /** The name of the connection that serves it; a route has either this or a group. */
  readonly connection?: string | undefined;
  /** The name of the group whose members share its messages. */
  readonly group?: string | undefined;
  /** Digits, one of which the recipient's number begins with. */
  readonly prefixes?: readonly string[] | undefined;
  /** MCC, or MCC and MNC, one of which the recipient's network begins with. */
  readonly networks?: readonly string[] | undefined;
  /** Senders as patterns; see `createSenderMatcher`. */
  readonly senders?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly time?: TimeOfDay | undefined;
  /** The smaller number goes first. */
  readonly priority: number;
  /** What a part costs, in the operator's own unit; among equals the cheaper route goes first. */
  readonly cost?: number | undefined;
  /** Routes that are equal in all else share their messages by weight; absent: the first in the list has them all. */
  readonly weight?: number | undefined;
  /** With a fallback behind it: go on when nothing final is known after this time; absent: wait. */
  readonly waitMs?: number | undefined;
}

/** When a route is open, by the clocks of a time zone. */
export interface TimeOfDay {
  /** An IANA name, such as Europe/Amsterdam. */
  readonly zone: string;
  /** On which days it opens; absent: all. */
  readonly days?: readonly Weekday[] | undefined;
  /** "HH:MM"; when `until` is not after `from`, it lies on the next day. */
  readonly from: string;
  /** "HH:MM", up to "24:00"; that minute is outside. */
  readonly until: string;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** Connections of one channel that stand in for each other. */
export interface Group {
  readonly name: string;
  readonly channel: Channel;
  readonly members: readonly GroupMember[];
}

export interface GroupMember {
  readonly connection: string;
  /** Its share of the numbers, in proportion; with 0 it only stands in for the others. */
  readonly weight: number;
}

/** What a plan has to know of a message. */
export interface RouteRequest {
  readonly account: string;
  /** The channels that may be tried, in order; see `orderChannels`. */
  readonly channels: readonly Channel[];
  /** The recipient as digits without prefix, or the channel's own id. */
  readonly msisdn: string;
  readonly from: string;
  /** The recipient's MCC and MNC, or the MCC alone where only the country is known; else null. */
  readonly network: string | null;
  /** Epoch milliseconds, for the time of day. */
  readonly now: number;
}

/** One step of a plan: how a message is tried on one channel. */
export interface Hop {
  readonly channel: Channel;
  readonly connection: string;
  /** Null on the last hop, and where the route does not limit its wait. */
  readonly timeoutMs: number | null;
}

export type RoutePlan =
  /** At least one hop; each is tried when the one before it has failed. */
  { readonly kind: 'planned'; readonly hops: readonly Hop[] } | { readonly kind: 'unroutable' };

/** The way of a message in words, for people. */
export interface Explanation {
  readonly plan: RoutePlan;
  /** A sentence about the whole. */
  readonly why: string;
  /** One for each channel that may be tried, in their order. */
  readonly channels: readonly ChannelExplanation[];
}

export interface ChannelExplanation {
  readonly channel: Channel;
  /** Null when the channel is left out. */
  readonly hop: Hop | null;
  /** What a part costs; null when that is not known or nothing is sent. */
  readonly cost: number | null;
  /** The rule that chose the connection, or why there is none. */
  readonly why: string;
  /** Each route and connection that was not taken, with its reason; at most `passedOverMax`. */
  readonly passedOver: readonly string[];
}

/** Plans the way of messages. Replaced as a whole when the routes change. */
export interface Router {
  /** On the way of every message. A connection that is on trial counts it. */
  plan(request: RouteRequest): RoutePlan;
  /** What `plan` would say, with the reasons; nothing is counted. */
  explain(request: RouteRequest): Explanation;
  /**
   * Another connection that can take a message of this channel now; null when there is none. For
   * what waits on a connection that went down.
   */
  findOther(request: RouteRequest, channel: Channel, than: string): string | null;
}

/** Whether a connection can take messages right now. */
export interface Gate {
  admits(): boolean;
  /** A message was planned over it. */
  admitted(): void;
  /** Why it does not admit, to follow "because"; empty when it does. */
  reason(): string;
}
