import { z } from 'zod';
import { count, type FaultList, name, refuseTwins } from './config-values.ts';
import { type Channel, deliveryChannels } from './core/channel-names.ts';
import { type BreakerSettings, defaultBreaker } from './routing/breaker.ts';
import { weekdays } from './routing/route.ts';
import { isTimeZone, parseTime } from './routing/time-of-day.ts';
import { demoAccountId } from './stage-names.ts';

const timeText = z
  .string()
  .refine((text) => parseTime(text) !== null, 'must be a time such as "09:00"');

/** When a route is open, by the clocks of a zone. */
const time = z
  .strictObject({
    zone: z.string().refine(isTimeZone, 'must be a time zone such as Europe/Amsterdam'),
    days: z.array(z.enum(weekdays)).min(1).optional(),
    from: timeText.refine((text) => text !== '24:00', 'must be before 24:00'),
    until: timeText,
  })
  .refine(({ from, until }) => from !== until, 'must not open and close at the same time');

export const route = z
  .strictObject({
    channel: z.enum(deliveryChannels),
    /** One of the two. */
    connection: name.optional(),
    group: name.optional(),
    /** Leading digits of the numbers it serves; absent: all. */
    prefixes: z
      .array(
        z
          .string()
          .regex(/^[1-9]\d{0,14}$/, 'must be digits that begin with a country code, without 00'),
      )
      .min(1)
      .optional(),
    networks: z
      .array(z.string().regex(/^\d{3}(?:\d{2,3})?$/, 'must be an MCC, or MCC and MNC, as digits'))
      .min(1)
      .optional(),
    senders: z.array(z.string().min(1)).min(1).optional(),
    accounts: z.array(name).min(1).optional(),
    time: time.optional(),
    /** The smaller number goes first. */
    priority: z.int().min(0).default(100),
    /** Of a part, in any unit that is the same everywhere; among equals the cheaper goes first. */
    cost: z.number().min(0).optional(),
    /** Among equals, its share of the numbers. */
    weight: z.number().positive().optional(),
    /** With a fallback behind it: go on when nothing final is known after this time. */
    waitMs: count.optional(),
  })
  .refine(
    ({ connection, group }) => (connection === undefined) !== (group === undefined),
    'must have either a connection or a group',
  );

export const group = z
  .strictObject({
    name,
    channel: z.enum(deliveryChannels),
    members: z
      .array(z.strictObject({ connection: name, weight: z.number().min(0).default(1) }))
      .min(1, 'must have a member'),
  })
  .refine(
    ({ members }) => members.length === 0 || members.some(({ weight }) => weight > 0),
    'must have a member with a weight above 0',
  );

const share = z.number().positive().max(1);

const breakerFields = {
  windowMs: count.default(defaultBreaker.windowMs),
  answersMin: count.default(defaultBreaker.answersMin),
  failedShare: share.default(defaultBreaker.failedShare),
  failuresInRow: count.default(defaultBreaker.failuresInRow),
  throttledShare: share.default(defaultBreaker.throttledShare),
  downMs: z.int().min(0).default(defaultBreaker.downMs),
  openMs: count.default(defaultBreaker.openMs),
  openLongestMs: count.default(defaultBreaker.openLongestMs),
  trialsPerSecond: count.default(defaultBreaker.trialsPerSecond),
  trialsGood: count.default(defaultBreaker.trialsGood),
} as const satisfies Record<keyof BreakerSettings, unknown>;

/** When a connection is passed over; see `BreakerSettings`. */
export const breaker = z.strictObject(breakerFields).prefault({});

interface RoutingFile {
  readonly accounts: readonly { readonly id: string }[];
  readonly connections: readonly Way[];
  readonly groups: readonly z.infer<typeof group>[];
  readonly routes: readonly z.infer<typeof route>[];
}

interface Way {
  readonly name: string;
  readonly channel: Channel;
}

/** Everything that routes and groups name has to be there, and of their channel. */
export function refuseLostRoutes(file: RoutingFile, faults: FaultList): void {
  refuseTwins(file.groups, (one) => one.name, 'groups', 'name', faults);
  for (const [index, { channel, members }] of file.groups.entries()) {
    const seen = new Set<string>();
    for (const [place, { connection }] of members.entries()) {
      const path = ['groups', index, 'members', place, 'connection'];
      const message = seen.has(connection)
        ? `"${connection}" is in this group already`
        : judgeWay('connection', connection, channel, file.connections);
      if (message !== null) faults.addIssue({ code: 'custom', path, message });
      seen.add(connection);
    }
  }
  for (const [index, one] of file.routes.entries()) {
    const { channel, connection, group: to } = one;
    const [kind, wanted, known] =
      connection === undefined
        ? (['group', to, file.groups] as const)
        : (['connection', connection, file.connections] as const);
    const message = wanted === undefined ? null : judgeWay(kind, wanted, channel, known);
    if (message !== null) {
      faults.addIssue({ code: 'custom', path: ['routes', index, kind], message });
    }
    for (const [place, id] of (one.accounts ?? []).entries()) {
      if (id === demoAccountId || file.accounts.some((account) => account.id === id)) continue;
      const path = ['routes', index, 'accounts', place];
      faults.addIssue({ code: 'custom', path, message: `no account is named "${id}"` });
    }
  }
}

/** What is wrong with a way out by this name; null when nothing is. */
function judgeWay(
  kind: 'connection' | 'group',
  wanted: string,
  channel: Channel,
  known: readonly Way[],
): string | null {
  const way = known.find((one) => one.name === wanted);
  if (way === undefined) return `no ${kind} is named "${wanted}"`;
  if (way.channel === channel) return null;
  return `"${wanted}" is a ${kind} for ${way.channel}, not ${channel}`;
}
