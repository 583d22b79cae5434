import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Channel, deliveryChannels } from '../core/channel-names.ts';
import { orderChannels } from './channel-order.ts';
import type { Group, Route, RouteRequest } from './route.ts';
import { createRouter } from './router.ts';

const connections = [
  { name: 'kpn', channel: 'SMS' },
  { name: 'vodafone', channel: 'SMS' },
  { name: 'meta', channel: 'WhatsApp' },
  { name: 'viber', channel: 'Viber' },
] as const;

const usual: RouteRequest = {
  account: 'bakery',
  channels: deliveryChannels,
  msisdn: '31612345678',
  from: 'Bakery',
  network: '20408',
  // A Monday, half past twelve in Amsterdam.
  now: Date.UTC(2026, 2, 2, 11, 30),
};

/** What a plan comes to, in short: "WhatsApp:meta SMS:kpn", or "unroutable". */
function plan(routes: readonly Route[], request: Partial<RouteRequest>): string {
  const result = createRouter(routes, connections).plan({ ...usual, ...request });
  if (result.kind === 'unroutable') return 'unroutable';
  return result.hops.map(({ channel, connection }) => `${channel}:${connection}`).join(' ');
}

describe('the order of channels', () => {
  const cases: {
    title: string;
    configured: Channel[] | null;
    allowed: Channel[] | null;
    order: readonly Channel[];
  }[] = [
    { title: 'neither: every channel', configured: null, allowed: null, order: deliveryChannels },
    {
      title: 'only the request: its own',
      configured: null,
      allowed: ['Viber', 'SMS'],
      order: ['Viber', 'SMS'],
    },
    {
      title: 'only the account: its own',
      configured: ['RCS', 'SMS'],
      allowed: null,
      order: ['RCS', 'SMS'],
    },
    {
      title: 'both: the request filters the account',
      configured: ['WhatsApp', 'Viber', 'SMS'],
      allowed: ['SMS', 'WhatsApp'],
      order: ['WhatsApp', 'SMS'],
    },
    { title: 'nothing in common: none', configured: ['SMS'], allowed: ['Viber'], order: [] },
    {
      title: 'only undeliverable channels allowed: none',
      configured: null,
      allowed: [],
      order: [],
    },
  ];
  for (const { title, configured, allowed, order } of cases) {
    test(title, () => assert.deepEqual(orderChannels(configured, allowed), order));
  }
});

/** Each condition with a message that meets it and one that does not. */
function conditions() {
  const over = (fields: Partial<Route>): Route[] => [
    { channel: 'SMS', connection: 'kpn', priority: 1, ...fields },
  ];
  const office = { zone: 'Europe/Amsterdam', from: '09:00', until: '17:00' };
  const rows: [string, Partial<Route>, Partial<RouteRequest>, boolean][] = [
    ['a network', { networks: ['20404', '20408'] }, {}, true],
    ['another network', { networks: ['20404'] }, {}, false],
    ['a country', { networks: ['204'] }, {}, true],
    [
      'a country of which the network is not known',
      { networks: ['204'] },
      { network: '204' },
      true,
    ],
    [
      'a network where only the country is known',
      { networks: ['20408'] },
      { network: '204' },
      false,
    ],
    ['a network where nothing is known', { networks: ['204'] }, { network: null }, false],
    ['a sender', { senders: ['Bakery'] }, {}, true],
    ['a sender in another case', { senders: ['bakery'] }, {}, true],
    ['another sender', { senders: ['Bakery'] }, { from: 'Bakery2' }, false],
    ['a sender pattern', { senders: ['Butcher', 'Bak*'] }, { from: 'Bakery2' }, true],
    ['a time', { time: office }, {}, true],
    ['another time', { time: office }, { now: Date.UTC(2026, 2, 2, 16) }, false],
  ];
  return rows.map(([title, fields, request, isServed]) => ({
    title: `${title}: ${isServed ? 'served' : 'not served'}`,
    routes: over(fields),
    request,
    expected: isServed ? 'SMS:kpn' : 'unroutable',
  }));
}

describe('the choice of a route', () => {
  const cases: {
    title: string;
    routes: Route[];
    request: Parameters<typeof plan>[1];
    expected: string;
  }[] = [
    {
      title: 'channels are tried in the order asked for',
      routes: [
        { channel: 'SMS', connection: 'kpn', priority: 1 },
        { channel: 'WhatsApp', connection: 'meta', priority: 9 },
      ],
      request: { channels: ['WhatsApp', 'SMS'] },
      expected: 'WhatsApp:meta SMS:kpn',
    },
    {
      title: 'a channel without a route is left out',
      routes: [{ channel: 'SMS', connection: 'kpn', priority: 1 }],
      request: { channels: ['Viber', 'SMS', 'Push'] },
      expected: 'SMS:kpn',
    },
    {
      title: 'the smaller priority goes first, whatever its prefix',
      routes: [
        { channel: 'SMS', connection: 'kpn', prefixes: ['316'], priority: 2 },
        { channel: 'SMS', connection: 'vodafone', priority: 1 },
      ],
      request: {},
      expected: 'SMS:vodafone',
    },
    {
      title: 'among equals the longest prefix goes first',
      routes: [
        { channel: 'SMS', connection: 'kpn', prefixes: ['31', '49'], priority: 1 },
        { channel: 'SMS', connection: 'vodafone', prefixes: ['44', '316'], priority: 1 },
      ],
      request: {},
      expected: 'SMS:vodafone',
    },
    {
      title: 'a prefix that does not match is no route',
      routes: [
        { channel: 'SMS', connection: 'kpn', prefixes: ['32', '3161234567890'], priority: 1 },
      ],
      request: {},
      expected: 'unroutable',
    },
    {
      title: 'among equals a route of the account goes first',
      routes: [
        { channel: 'SMS', connection: 'kpn', priority: 1 },
        { channel: 'SMS', connection: 'vodafone', accounts: ['bakery'], priority: 1 },
      ],
      request: {},
      expected: 'SMS:vodafone',
    },
    {
      title: "another account's route is none",
      routes: [{ channel: 'SMS', connection: 'kpn', accounts: ['butcher'], priority: 1 }],
      request: {},
      expected: 'unroutable',
    },
    {
      title: 'among equals in everything the first goes first',
      routes: [
        { channel: 'SMS', connection: 'vodafone', priority: 1 },
        { channel: 'SMS', connection: 'kpn', priority: 1 },
      ],
      request: {},
      expected: 'SMS:vodafone',
    },
    {
      title: 'among equals the cheaper goes first, and a cost that is not known last',
      routes: [
        { channel: 'SMS', connection: 'vodafone', priority: 1 },
        { channel: 'SMS', connection: 'kpn', priority: 1, cost: 0.04 },
      ],
      request: {},
      expected: 'SMS:kpn',
    },
    {
      title: 'a longer prefix goes before a lower cost',
      routes: [
        { channel: 'SMS', connection: 'vodafone', priority: 1, cost: 0 },
        { channel: 'SMS', connection: 'kpn', prefixes: ['31'], priority: 1, cost: 0.04 },
      ],
      request: {},
      expected: 'SMS:kpn',
    },
    ...conditions(),
    {
      title: 'without routes nothing is routable',
      routes: [],
      request: {},
      expected: 'unroutable',
    },
    {
      title: 'without channels nothing is routable',
      routes: [{ channel: 'SMS', connection: 'kpn', priority: 1 }],
      request: { channels: [] },
      expected: 'unroutable',
    },
  ];
  for (const { title, routes, request, expected } of cases) {
    test(title, () => assert.equal(plan(routes, request), expected));
  }

  test('a wait counts only with a fallback behind it', () => {
    const router = createRouter(
      [
        { channel: 'WhatsApp', connection: 'meta', priority: 1, waitMs: 60_000 },
        { channel: 'SMS', connection: 'kpn', priority: 1, waitMs: 30_000 },
      ],
      connections,
    );
    const timeouts = (channels: readonly Channel[]) => {
      const planned = router.plan({ ...usual, channels });
      return planned.kind === 'planned' ? planned.hops.map(({ timeoutMs }) => timeoutMs) : [];
    };
    assert.deepEqual(timeouts(['WhatsApp', 'SMS']), [60_000, null]);
    assert.deepEqual(timeouts(['SMS', 'WhatsApp']), [30_000, null]);
    assert.deepEqual(timeouts(['WhatsApp']), [null]);
  });

  const groups: Group[] = [
    { name: 'empty', channel: 'SMS', members: [] },
    { name: 'lost', channel: 'SMS', members: [{ connection: 'nowhere', weight: 1 }] },
  ];
  for (const [title, route] of Object.entries<Route>({
    'an unknown connection': { channel: 'SMS', connection: 'nowhere', priority: 1 },
    'a connection of another channel': { channel: 'Viber', connection: 'kpn', priority: 1 },
    'an unknown group': { channel: 'SMS', group: 'nowhere', priority: 1 },
    'a group without members': { channel: 'SMS', group: 'empty', priority: 1 },
    'a group with an unknown member': { channel: 'SMS', group: 'lost', priority: 1 },
    'a group of another channel': { channel: 'Viber', group: 'lost', priority: 1 },
    nowhere: { channel: 'SMS', priority: 1 },
  })) {
    test(`a route to ${title} cannot be built`, () => {
      assert.throws(() => createRouter([route], connections, { groups }), RangeError);
    });
  }

  test('a plan holds each channel once, in order, over a route that matches', () => {
    const channel = fc.constantFrom<Channel>('SMS', 'WhatsApp', 'Viber');
    const prefix = fc.stringMatching(/^[1-3]{1,3}$/);
    const anyRoute = fc
      .record({
        of: fc.constantFrom(...connections),
        prefixes: fc.option(fc.array(prefix, { minLength: 1, maxLength: 3 }), { nil: undefined }),
        accounts: fc.option(fc.constant(['bakery']), { nil: undefined }),
        priority: fc.nat(2),
      })
      .map(({ of, ...rest }): Route => ({ channel: of.channel, connection: of.name, ...rest }));
    fc.assert(
      fc.property(
        fc.array(anyRoute, { maxLength: 8 }),
        fc.uniqueArray(channel),
        fc.constantFrom('bakery', 'butcher'),
        fc.stringMatching(/^[1-3]{4}$/),
        (routes, channels, account, msisdn) => {
          const matching = (route: Route) =>
            (route.prefixes?.some((one) => msisdn.startsWith(one)) ?? true) &&
            (route.accounts?.includes(account) ?? true);
          const planned = createRouter(routes, connections).plan({
            ...usual,
            account,
            channels,
            msisdn,
          });
          const hops = planned.kind === 'planned' ? planned.hops : [];
          assert.deepEqual(
            hops.map((hop) => hop.channel),
            channels.filter((one) => routes.some((r) => r.channel === one && matching(r))),
          );
          for (const hop of hops) {
            const rivals = routes.filter((r) => r.channel === hop.channel && matching(r));
            const best = Math.min(...rivals.map((r) => r.priority));
            assert.ok(rivals.some((r) => r.connection === hop.connection && r.priority === best));
          }
        },
      ),
    );
  });
});
