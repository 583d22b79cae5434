import type { Channel } from '../core/channel-names.ts';

/** A rule that says which connection may serve which messages. */
export interface Route {
  readonly channel: Channel;
  /** The name of the connection that serves it. */
  readonly connection: string;
  /** Digits, one of which the recipient's number begins with; absent: every number. */
  readonly prefixes?: readonly string[] | undefined;
  /** The accounts it is for; absent: all. */
  readonly accounts?: readonly string[] | undefined;
  /** The smaller number goes first. */
  readonly priority: number;
  /** With a fallback behind it: go on when nothing final is known after this time; absent: wait. */
  readonly waitMs?: number | undefined;
}

/** What a plan has to know of a message. */
export interface RouteRequest {
  readonly account: string;
  /** The channels that may be tried, in order; see `orderChannels`. */
  readonly channels: readonly Channel[];
  /** The recipient as digits without prefix, or the channel's own id. */
  readonly msisdn: string;
}

/** One step of a plan: how a message is tried on one channel. */
export interface Hop {
  readonly channel: Channel;
  readonly connection: string;
  /** Null on the last hop, and where the route does not limit its wait. */
  readonly timeoutMs: number | null;
  /** The rule that chose it, in words. */
  readonly why: string;
}

export type RoutePlan =
  /** At least one hop; each is tried when the one before it has failed. */
  | { readonly kind: 'planned'; readonly hops: readonly Hop[] }
  | { readonly kind: 'unroutable'; readonly why: string };

/** Plans the way of messages. Replaced as a whole when the routes change. */
export interface Router {
  plan(request: RouteRequest): RoutePlan;
}
