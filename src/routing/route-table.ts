import type { Channel } from '../core/channel-names.ts';
import { hashDestination } from '../core/lane.ts';
import type { Gate, Group, Hop, Route, RoutePlan, RouteRequest } from './route.ts';
import { createSenderMatcher } from './sender-pattern.ts';
import { createTimeTest } from './time-of-day.ts';

/** A route with one of its prefixes, ready to be asked. */
export interface Entry {
  readonly route: Route;
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly prefix: string;
  readonly accounts: ReadonlySet<string> | null;
  readonly networks: readonly string[] | null;
  readonly hasSender: ((sender: string) => boolean) | null;
  readonly isOpenAt: ((now: number) => boolean) | null;
  /** For its share among routes of the same rank. */
  readonly seed: number;
  /** One for a connection, several for a group. */
  readonly targets: readonly Target[];
}

/** A connection that an entry leads to, with the hops it gives, made once. */
export interface Target {
  readonly connection: string;
  readonly weight: number;
  readonly seed: number;
  readonly gate: Gate;
  readonly hop: Hop;
  /** The same as the last of a plan, where there is nothing to go on to. */
  readonly lastHop: Hop;
  /** The plan that is this hop and no other, which is what most plans are. */
  readonly alone: RoutePlan;
}

/** What serves a message on one channel. */
export interface Choice {
  readonly entry: Entry;
  readonly target: Target;
  /** Whether it can take a message now; if not, the message waits there for better times. */
  readonly isUsable: boolean;
}

/** Entries of the same rank that share messages by weight; mostly a single one. */
export type Tier = readonly Entry[];

/** The entries of one channel in the order in which they are asked. */
export interface ChannelTable {
  /** The entries of each route, for explanations. */
  readonly byRoute: readonly (readonly Entry[])[];
  /** Those whose prefix can be the number's, in the same order. */
  tiersFor(msisdn: string): readonly Tier[];
}

export interface RoutedConnection {
  readonly name: string;
  readonly channel: Channel;
}

/** @throws {RangeError} when a route or a group names what is not there or belongs to another channel. */
export function compileRoutes(
  routes: readonly Route[],
  connections: readonly RoutedConnection[],
  groups: readonly Group[],
  gateOf: (connection: string) => Gate,
): ReadonlyMap<Channel, ChannelTable> {
  const entries = new Map<Channel, Entry[]>();
  for (const [index, route] of routes.entries()) {
    const targets = findTargets(route, index, connections, groups, gateOf);
    const list = entries.get(route.channel) ?? [];
    for (const prefix of route.prefixes ?? ['']) {
      list.push(compileEntry(route, index, prefix, targets));
    }
    entries.set(route.channel, list);
  }
  return new Map(
    Array.from(entries, ([channel, list]) => [channel, createTable(list.sort(compareEntries))]),
  );
}

function findTargets(
  route: Route,
  index: number,
  connections: readonly RoutedConnection[],
  groups: readonly Group[],
  gateOf: (connection: string) => Gate,
): readonly Target[] {
  const { channel, connection, group: name } = route;
  const group = groups.find((one) => one.name === name && one.channel === channel);
  const members = connection === undefined ? group?.members : [{ connection, weight: 1 }];
  if (members === undefined || members.length === 0) {
    throw new RangeError(`route ${index + 1} leads to "${name}", which is no ${channel} group`);
  }
  return members.map(({ connection: to, weight }) => {
    if (!connections.some((one) => one.name === to && one.channel === channel)) {
      throw new RangeError(
        `route ${index + 1} leads to "${to}", which is no ${channel} connection`,
      );
    }
    const lastHop: Hop = { channel, connection: to, timeoutMs: null };
    const hop = route.waitMs === undefined ? lastHop : { ...lastHop, timeoutMs: route.waitMs };
    const alone: RoutePlan = { kind: 'planned', hops: [lastHop] };
    const seed = hashDestination(to);
    return { connection: to, weight, seed, gate: gateOf(to), hop, lastHop, alone };
  });
}

function compileEntry(
  route: Route,
  index: number,
  prefix: string,
  targets: readonly Target[],
): Entry {
  const { accounts, networks, senders, time, connection, group } = route;
  return {
    route,
    index,
    prefix,
    accounts: accounts === undefined ? null : new Set(accounts),
    networks: networks ?? null,
    hasSender: senders === undefined ? null : createSenderMatcher(senders),
    isOpenAt: time === undefined ? null : createTimeTest(time),
    seed: hashDestination(`route to ${connection ?? group}`),
    targets,
  };
}

/** The order of rank, and within a rank those that share before the others, as they were written. */
function compareEntries(a: Entry, b: Entry): number {
  return (
    compareRank(a, b) ||
    Number(a.route.weight === undefined) - Number(b.route.weight === undefined) ||
    a.index - b.index
  );
}

function compareRank(a: Entry, b: Entry): number {
  return (
    a.route.priority - b.route.priority ||
    b.prefix.length - a.prefix.length ||
    Number(a.accounts === null) - Number(b.accounts === null) ||
    compareCosts(a.route.cost, b.route.cost)
  );
}

/** A cost that nobody wrote down comes last. */
function compareCosts(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}

/** A list is kept for each beginning of a number of this length: at most a thousand. */
const leadDigits = 3;
const leadPattern = /^\d{3}/;

function createTable(entries: readonly Entry[]): ChannelTable {
  const tiers = cutTiers(entries);
  const byLead = new Map<string, readonly Tier[]>();
  return {
    byRoute: groupByRoute(entries),
    tiersFor(msisdn) {
      // Ids of other channels are anything at all, and would fill the map.
      if (entries.length === 1 || !leadPattern.test(msisdn)) return tiers;
      const lead = msisdn.slice(0, leadDigits);
      const known = byLead.get(lead);
      if (known !== undefined) return known;
      const found = cutTiers(
        entries.filter(({ prefix }) => prefix.startsWith(lead) || lead.startsWith(prefix)),
      );
      byLead.set(lead, found);
      return found;
    },
  };
}

function groupByRoute(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const byRoute = new Map<number, Entry[]>();
  for (const entry of entries) {
    const list = byRoute.get(entry.index);
    if (list === undefined) byRoute.set(entry.index, [entry]);
    else list.push(entry);
  }
  return [...byRoute.values()];
}

function cutTiers(entries: readonly Entry[]): readonly Tier[] {
  const tiers: Entry[][] = [];
  for (const entry of entries) {
    const tier = tiers.at(-1);
    const first = tier?.[0];
    const isShared = first?.route.weight !== undefined && entry.route.weight !== undefined;
    if (isShared && compareRank(first, entry) === 0) tier?.push(entry);
    else tiers.push([entry]);
  }
  return tiers;
}

export type Mismatch = 'prefix' | 'account' | 'network' | 'sender' | 'time';

/** The first condition that a message does not meet; null when the entry serves it. */
export function findMismatch(entry: Entry, request: RouteRequest): Mismatch | null {
  if (!request.msisdn.startsWith(entry.prefix)) return 'prefix';
  if (entry.accounts !== null && !entry.accounts.has(request.account)) return 'account';
  if (entry.networks !== null && !isIn(entry.networks, request.network)) return 'network';
  if (entry.hasSender !== null && !entry.hasSender(request.from)) return 'sender';
  if (entry.isOpenAt !== null && !entry.isOpenAt(request.now)) return 'time';
  return null;
}

function isIn(networks: readonly string[], network: string | null): boolean {
  if (network === null) return false;
  for (const one of networks) if (network.startsWith(one)) return true;
  return false;
}
