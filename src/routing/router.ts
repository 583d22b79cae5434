import type { Channel } from '../core/channel-names.ts';
import type { Hop, Route, RoutePlan, RouteRequest, Router } from './route.ts';

/**
 * Builds a router. On each channel one route serves a message: the one with the smallest priority
 * number, among equals the one with the longest matching prefix, then one made for the account,
 * then the one that was written first.
 * @throws {RangeError} when a route names a connection that is not among `connections`, or one of another channel.
 */
export function createRouter(
  routes: readonly Route[],
  connections: readonly { readonly name: string; readonly channel: Channel }[],
): Router {
  const table = new Map<Channel, Entry[]>();
  for (const [index, route] of routes.entries()) {
    const known = connections.some(
      ({ name, channel }) => name === route.connection && channel === route.channel,
    );
    if (!known) {
      throw new RangeError(
        `route ${index + 1} leads to "${route.connection}", which is no ${route.channel} connection`,
      );
    }
    const entries = table.get(route.channel) ?? [];
    for (const prefix of route.prefixes ?? ['']) entries.push(compileEntry(route, index, prefix));
    table.set(route.channel, entries);
  }
  for (const entries of table.values()) entries.sort(compareEntries);
  return { plan: (request) => planHops(table, request) };
}

/** A route with one of its prefixes and the hops it gives, made once. */
interface Entry {
  readonly route: Route;
  readonly index: number;
  readonly prefix: string;
  readonly hop: Hop;
  /** The same as the last of a plan, where there is nothing to go on to. */
  readonly lastHop: Hop;
}

function compileEntry(route: Route, index: number, prefix: string): Entry {
  const { channel, connection } = route;
  const to = prefix === '' ? 'every number' : `numbers in ${prefix}`;
  const from = route.accounts === undefined ? '' : ` of ${route.accounts.join(', ')}`;
  const why = `${channel} over ${connection}: route ${index + 1} for ${to}${from}`;
  const lastHop = { channel, connection, timeoutMs: null, why };
  return { route, index, prefix, lastHop, hop: { ...lastHop, timeoutMs: route.waitMs ?? null } };
}

function compareEntries(a: Entry, b: Entry): number {
  return (
    a.route.priority - b.route.priority ||
    b.prefix.length - a.prefix.length ||
    Number(a.route.accounts === undefined) - Number(b.route.accounts === undefined) ||
    a.index - b.index
  );
}

function planHops(
  table: ReadonlyMap<Channel, readonly Entry[]>,
  { account, channels, msisdn }: RouteRequest,
): RoutePlan {
  const found: Entry[] = [];
  for (const channel of channels) {
    const entry = table.get(channel)?.find(({ route, prefix }) => {
      return msisdn.startsWith(prefix) && (route.accounts?.includes(account) ?? true);
    });
    if (entry !== undefined) found.push(entry);
  }
  if (found.length === 0) return { kind: 'unroutable', why: explainFailure(channels) };
  const hops = found.map((entry, step) => (step < found.length - 1 ? entry.hop : entry.lastHop));
  return { kind: 'planned', hops };
}

function explainFailure(channels: readonly Channel[]): string {
  if (channels.length === 0) {
    return 'None of the allowed channels is one that the account can be served on.';
  }
  return `No route on ${channels.join(', ')} serves this account and number.`;
}
