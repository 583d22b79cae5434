import type { Channel } from '../core/channel-names.ts';
import { hashDestination } from '../core/lane.ts';
import { explainPlan } from './reasons.ts';
import type { Gate, Group, Hop, Route, RoutePlan, RouteRequest, Router } from './route.ts';
import {
  type ChannelTable,
  type Choice,
  compileRoutes,
  type Entry,
  findMismatch,
  type RoutedConnection,
  type Target,
  type Tier,
} from './route-table.ts';
import { scoreShare } from './share.ts';

export interface RouterOptions {
  readonly groups?: readonly Group[];
  /** Whether a connection can take messages; absent: all always can. */
  gateOf?(connection: string): Gate;
}

/**
 * Builds a router. On each channel one route serves a message: the one with the smallest priority
 * number, among equals the one with the longest matching prefix, then one made for the account,
 * then the cheapest; those that are still equal share by weight, or else the first in the list has it.
 *
 * A connection that can take nothing now is passed over: the other members of its group stand in,
 * then the next route. A channel none of whose connections can take anything is left out if a later one can.
 * @throws {RangeError} when a route or a group names what is not there or belongs to another channel.
 */
export function createRouter(
  routes: readonly Route[],
  connections: readonly RoutedConnection[],
  { groups = [], gateOf = () => openGate }: RouterOptions = {},
): Router {
  const table = compileRoutes(routes, connections, groups, gateOf);
  return {
    plan(request) {
      const choices = choose(table, request);
      for (const { target } of choices) target.gate.admitted();
      return toPlan(choices);
    },
    explain(request) {
      const choices = choose(table, request);
      return explainPlan(table, request, choices, toPlan(choices));
    },
    findOther(request, channel, than) {
      const choice = chooseOn(table.get(channel), request);
      if (choice === null || !choice.isUsable || choice.target.connection === than) return null;
      choice.target.gate.admitted();
      return choice.target.connection;
    },
  };
}

const openGate: Gate = { admits: () => true, admitted() {}, reason: () => '' };

const noChoice: readonly Choice[] = [];

/** The connections of a plan, in order. */
function choose(
  table: ReadonlyMap<Channel, ChannelTable>,
  request: RouteRequest,
): readonly Choice[] {
  const [only] = request.channels;
  if (only !== undefined && request.channels.length === 1) {
    const choice = chooseOn(table.get(only), request);
    return choice === null ? noChoice : [choice];
  }
  const choices: Choice[] = [];
  let lastUsable = -1;
  for (const channel of request.channels) {
    const choice = chooseOn(table.get(channel), request);
    if (choice === null) continue;
    if (choice.isUsable) lastUsable = choices.length;
    choices.push(choice);
  }
  // A fallback that is down now may be up when its turn comes; what goes out now should not wait.
  for (let index = lastUsable - 1; index >= 0; index--) {
    if (choices[index]?.isUsable === false) choices.splice(index, 1);
  }
  return choices;
}

function chooseOn(table: ChannelTable | undefined, request: RouteRequest): Choice | null {
  if (table === undefined) return null;
  let waiting: Choice | null = null;
  for (const tier of table.tiersFor(request.msisdn)) {
    for (const entry of orderShares(tier, request)) {
      const target = chooseTarget(entry, request.msisdn);
      if (target.gate.admits()) return { entry, target, isUsable: true };
      waiting ??= { entry, target, isUsable: false };
    }
  }
  return waiting;
}

const none: readonly Entry[] = [];

/** The entries of a tier that serve a message, the one whose share it falls into first. */
function orderShares(tier: Tier, request: RouteRequest): readonly Entry[] {
  const [only] = tier;
  if (tier.length === 1 && only !== undefined) {
    return findMismatch(only, request) === null ? tier : none;
  }
  const hash = hashDestination(request.msisdn);
  const score = ({ seed, route }: Entry) => scoreShare(hash, seed, route.weight ?? 0);
  const matching = tier.filter((entry) => findMismatch(entry, request) === null);
  return matching.sort((a, b) => compareScores(score(a), score(b)));
}

/** Infinities are equal, and their difference is no number. */
function compareScores(a: number, b: number): number {
  return a < b ? -1 : Number(a > b);
}

/** The member whose share the number falls into, of those that can take it; of all if none can. */
function chooseTarget({ targets }: Entry, msisdn: string): Target {
  const [first] = targets;
  if (first === undefined) throw new Error('a route leads somewhere');
  if (targets.length === 1) return first;
  const hash = hashDestination(msisdn);
  let best = first;
  let bestScore = Number.NaN;
  let isBestUsable = false;
  for (const target of targets) {
    const isUsable = target.gate.admits();
    if (isBestUsable && !isUsable) continue;
    const score = scoreShare(hash, target.seed, target.weight);
    const isBetter = Number.isNaN(bestScore) || isUsable !== isBestUsable || score < bestScore;
    if (!isBetter) continue;
    best = target;
    bestScore = score;
    isBestUsable = isUsable;
  }
  return best;
}

const unroutable: RoutePlan = { kind: 'unroutable' };

function toPlan(choices: readonly Choice[]): RoutePlan {
  const [first] = choices;
  if (first === undefined) return unroutable;
  if (choices.length === 1) return first.target.alone;
  const last = choices.length - 1;
  const hops: Hop[] = choices.map(({ target }, step) =>
    step < last ? target.hop : target.lastHop,
  );
  return { kind: 'planned', hops };
}
