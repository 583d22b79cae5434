import type { Channel } from '../core/channel-names.ts';
import type { ChannelExplanation, Explanation, RoutePlan, RouteRequest } from './route.ts';
import { type ChannelTable, type Choice, type Entry, findMismatch } from './route-table.ts';

/** Reasons against routes and connections that one channel's explanation lists. */
export const passedOverMax = 20;

/** Names and digits that one reason lists. */
const listedMax = 5;

/**
 * Puts a plan into words. The decision was made before: here the same table is walked once more to
 * say of everything that was not taken why not.
 */
export function explainPlan(
  table: ReadonlyMap<Channel, ChannelTable>,
  request: RouteRequest,
  choices: readonly Choice[],
  plan: RoutePlan,
): Explanation {
  const hops = plan.kind === 'planned' ? plan.hops : [];
  const channels = request.channels.map((channel): ChannelExplanation => {
    const step = choices.findIndex(({ entry }) => entry.route.channel === channel);
    const choice = choices[step];
    const routes = table.get(channel)?.byRoute ?? [];
    return {
      channel,
      hop: hops[step] ?? null,
      cost: choice?.entry.route.cost ?? null,
      why: choice === undefined ? explainAbsence(channel, routes, request) : explainChoice(choice),
      passedOver: listPassedOver(routes, request, choice),
    };
  });
  return { plan, why: explainWhole(request, choices), channels };
}

function explainWhole({ channels }: RouteRequest, choices: readonly Choice[]): string {
  if (choices.length > 0) {
    const steps = choices.map(
      ({ entry, target }) => `${entry.route.channel} over ${target.connection}`,
    );
    return `${steps.join(', then ')}.`;
  }
  if (channels.length === 0) {
    return 'None of the allowed channels is one that the account can be served on.';
  }
  return `No route on ${channels.join(', ')} serves this message.`;
}

function explainChoice({ entry, target, isUsable }: Choice): string {
  const { channel, group } = entry.route;
  const of = group === undefined ? '' : ` of group ${group}`;
  const why = `${channel} over ${target.connection}${of}: ${describeEntry(entry)}.`;
  return isUsable ? why : `${why} It waits there, because ${target.gate.reason()}.`;
}

type RouteEntries = ChannelTable['byRoute'];

function explainAbsence(channel: Channel, routes: RouteEntries, request: RouteRequest): string {
  if (routes.length === 0) return `There is no route for ${channel}.`;
  const isServed = routes.some((entries) => findServing(entries, request) !== undefined);
  return isServed
    ? `None of its connections can take messages now, and a later channel can.`
    : `None of its routes serves this message.`;
}

function findServing(entries: readonly Entry[], request: RouteRequest): Entry | undefined {
  return entries.find((entry) => findMismatch(entry, request) === null);
}

/** What serves the message and was not taken comes first, then what does not serve it. */
function listPassedOver(
  routes: RouteEntries,
  request: RouteRequest,
  choice: Choice | undefined,
): readonly string[] {
  const shown: string[] = [];
  const others: (readonly Entry[])[] = [];
  let more = 0;
  for (const entries of routes) {
    const entry = findServing(entries, request);
    if (entry === undefined) others.push(entries);
    // With thousands of routes, most of the words would be for nobody.
    else if (shown.length <= passedOverMax) shown.push(...explainServing(entry, choice));
    else more += entry.targets.length - Number(entry === choice?.entry);
  }
  for (const entries of others) {
    if (shown.length <= passedOverMax) shown.push(explainMismatch(entries, request));
    else more++;
  }
  if (shown.length <= passedOverMax) return shown;
  more += shown.length - (passedOverMax - 1);
  return [...shown.slice(0, passedOverMax - 1), `${more} more`];
}

/** Of a route that would do: why it, or each other member of the chosen one's group, was not taken. */
function explainServing(entry: Entry, choice: Choice | undefined): readonly string[] {
  const isChosen = entry === choice?.entry;
  return entry.targets.flatMap(({ connection, gate }) => {
    if (isChosen && connection === choice.target.connection) return [];
    const who = `${connection} (${nameRoute(entry)})`;
    const reason = gate.reason();
    if (reason !== '') return [`${who}: ${reason}`];
    if (choice === undefined) return [];
    if (isChosen) return [`${who}: the number falls into the share of ${choice.target.connection}`];
    return [`${who}: ${compareRoutes(entry, choice.entry)}`];
  });
}

function compareRoutes(later: Entry, chosen: Entry): string {
  const { route } = later;
  if (route.priority !== chosen.route.priority) {
    return `its priority is ${route.priority}, and ${chosen.route.priority} goes first`;
  }
  if (later.prefix.length !== chosen.prefix.length) return 'its prefix is shorter';
  if ((later.accounts === null) !== (chosen.accounts === null))
    return 'it is not for this account alone';
  if (route.cost !== chosen.route.cost) {
    return route.cost === undefined
      ? 'what it costs is not known'
      : `a part costs ${route.cost} there`;
  }
  if (route.weight !== undefined) return 'the number falls into the share of another route';
  return 'it comes later in the list';
}

function explainMismatch(entries: readonly Entry[], request: RouteRequest): string {
  // Of a route with several prefixes, the one that fits says more than those that do not.
  const fitting = entries.find((entry) => findMismatch(entry, request) !== 'prefix');
  const entry = fitting ?? entries[0];
  if (entry === undefined) return '';
  const { route } = entry;
  const who = `${route.connection ?? `group ${route.group}`} (${nameRoute(entry)})`;
  switch (findMismatch(entry, request)) {
    case 'prefix':
      return `${who}: it is for numbers in ${list(route.prefixes ?? [])}`;
    case 'account':
      return `${who}: it is for other accounts`;
    case 'network':
      return `${who}: it is for networks ${list(route.networks ?? [])}, and the number's is ${request.network ?? 'not known'}`;
    case 'sender':
      return `${who}: it is for senders ${list(route.senders ?? [])}`;
    case 'time':
      return `${who}: it is open ${describeTime(entry)}`;
    case null:
      return '';
  }
}

function nameRoute({ index }: Entry): string {
  return `route ${index + 1}`;
}

function describeEntry(entry: Entry): string {
  const { prefix, route } = entry;
  const { accounts, networks, senders, time, cost } = route;
  const words = [
    `${nameRoute(entry)} for ${prefix === '' ? 'every number' : `numbers in ${prefix}`}`,
  ];
  if (networks !== undefined) words.push(`in networks ${list(networks)}`);
  if (senders !== undefined) words.push(`from ${list(senders)}`);
  if (accounts !== undefined) words.push('of this account');
  if (time !== undefined) words.push(describeTime(entry));
  words.push(`at priority ${route.priority}`);
  if (cost !== undefined) words.push(`for ${cost} a part`);
  return words.join(' ');
}

function describeTime({ route: { time } }: Entry): string {
  if (time === undefined) return '';
  const { days, from, until, zone } = time;
  return `${days === undefined ? '' : `${days.join(', ')} `}from ${from} to ${until} in ${zone}`;
}

function list(items: readonly string[]): string {
  if (items.length <= listedMax) return items.join(', ');
  return `${items.slice(0, listedMax).join(', ')} and ${items.length - listedMax} more`;
}
