import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Channel, deliveryChannels } from '../core/channel-names.ts';
import { orderChannels } from './channel-order.ts';
import type { Route } from './route.ts';
import { createRouter } from './router.ts';

const connections = [
  { name: 'kpn', channel: 'SMS' },
  { name: 'vodafone', channel: 'SMS' },
  { name: 'meta', channel: 'WhatsApp' },
  { name: 'viber', channel: 'Viber' },
] as const;

/** What a plan comes to, in short: "WhatsApp:meta SMS:kpn", or "unroutable". */
function plan(
  routes: readonly Route[],
  request: { account?: string; channels?: readonly Channel[]; msisdn?: string },
): string {
  const result = createRouter(routes, connections).plan({
    account: request.account ?? 'bakery',
    channels: request.channels ?? deliveryChannels,
    msisdn: request.msisdn ?? '31612345678',
  });
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
      const planned = router.plan({ account: 'bakery', channels, msisdn: '31612345678' });
      return planned.kind === 'planned' ? planned.hops.map(({ timeoutMs }) => timeoutMs) : [];
    };
    assert.deepEqual(timeouts(['WhatsApp', 'SMS']), [60_000, null]);
    assert.deepEqual(timeouts(['SMS', 'WhatsApp']), [30_000, null]);
    assert.deepEqual(timeouts(['WhatsApp']), [null]);
  });

  test('every plan says why, and so does every refusal', () => {
    const router = createRouter(
      [{ channel: 'SMS', connection: 'kpn', prefixes: ['31'], accounts: ['bakery'], priority: 1 }],
      connections,
    );
    const ask = (channels: readonly Channel[], msisdn: string) =>
      router.plan({ account: 'bakery', channels, msisdn });
    assert.deepEqual(ask(['SMS'], '31612345678'), {
      kind: 'planned',
      hops: [
        {
          channel: 'SMS',
          connection: 'kpn',
          timeoutMs: null,
          why: 'SMS over kpn: route 1 for numbers in 31 of bakery',
        },
      ],
    });
    assert.deepEqual(ask(['SMS', 'Viber'], '4915112345678'), {
      kind: 'unroutable',
      why: 'No route on SMS, Viber serves this account and number.',
    });
    assert.deepEqual(ask([], '31612345678'), {
      kind: 'unroutable',
      why: 'None of the allowed channels is one that the account can be served on.',
    });
  });

  for (const route of [
    { channel: 'SMS', connection: 'nowhere', priority: 1 },
    { channel: 'Viber', connection: 'kpn', priority: 1 },
  ] as const) {
    test(`a route to ${route.connection} on ${route.channel} cannot be built`, () => {
      assert.throws(() => createRouter([route], connections), RangeError);
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
          const planned = createRouter(routes, connections).plan({ account, channels, msisdn });
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
