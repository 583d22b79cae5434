import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passedOverMax } from './reasons.ts';
import type { Gate, Route, RouteRequest } from './route.ts';
import { createRouter } from './router.ts';

const connections = [
  { name: 'kpn', channel: 'SMS' },
  { name: 'odido', channel: 'SMS' },
  { name: 'meta', channel: 'WhatsApp' },
] as const;

const group = {
  name: 'dutch',
  channel: 'SMS',
  members: [
    { connection: 'kpn', weight: 1 },
    { connection: 'odido', weight: 1 },
  ],
} as const;

const usual: RouteRequest = {
  account: 'bakery',
  channels: ['SMS'],
  msisdn: '31612345678',
  from: 'Bakery',
  network: '20408',
  now: Date.UTC(2026, 2, 2, 12),
};

function explain(
  routes: readonly Route[],
  fields: Partial<RouteRequest> = {},
  shut: string[] = [],
) {
  const gateOf = (name: string): Gate => ({
    admits: () => !shut.includes(name),
    admitted() {},
    reason: () => (shut.includes(name) ? 'its link is down' : ''),
  });
  const router = createRouter(routes, connections, { groups: [group], gateOf });
  return router.explain({ ...usual, ...fields });
}

const toKpn: Route = { channel: 'SMS', connection: 'kpn', priority: 1 };
const toOdido: Route = { ...toKpn, connection: 'odido' };

describe('why a route was taken', () => {
  const cases: [routes: Route[], shut: string[], why: string][] = [
    [[toKpn], [], 'SMS over kpn: route 1 for every number at priority 1.'],
    [
      [toOdido, { ...toKpn, prefixes: ['31', '32'], accounts: ['bakery'], cost: 0.04 }],
      [],
      'SMS over kpn: route 2 for numbers in 31 of this account at priority 1 for 0.04 a part.',
    ],
    [
      [{ ...toKpn, networks: ['204'], senders: ['B*'] }],
      [],
      'SMS over kpn: route 1 for every number in networks 204 from B* at priority 1.',
    ],
    [
      [{ ...toKpn, time: { zone: 'UTC', days: ['mon'], from: '09:00', until: '17:00' } }],
      [],
      'SMS over kpn: route 1 for every number mon from 09:00 to 17:00 in UTC at priority 1.',
    ],
    [
      [{ channel: 'SMS', group: 'dutch', priority: 1 }],
      ['odido'],
      'SMS over kpn of group dutch: route 1 for every number at priority 1.',
    ],
    [
      [toKpn],
      ['kpn'],
      'SMS over kpn: route 1 for every number at priority 1. It waits there, because its link is down.',
    ],
  ];
  for (const [routes, shut, why] of cases) {
    test(why, () => {
      const { channels, plan } = explain(routes, {}, shut);
      assert.equal(channels[0]?.why, why);
      assert.equal(channels[0]?.hop?.connection, 'kpn');
      assert.equal(plan.kind, 'planned');
    });
  }
});

describe('why the others were passed over', () => {
  const office = { zone: 'Europe/Amsterdam', from: '15:00', until: '17:00' };
  const cases: [other: Route, shut: string[], reason: string][] = [
    [{ ...toOdido, priority: 2 }, [], 'odido (route 2): its priority is 2, and 1 goes first'],
    [toOdido, [], 'odido (route 2): it comes later in the list'],
    [{ ...toOdido, priority: 0 }, ['odido'], 'odido (route 2): its link is down'],
    [{ ...toOdido, prefixes: ['32', '4'] }, [], 'odido (route 2): it is for numbers in 32, 4'],
    [{ ...toOdido, accounts: ['butcher'] }, [], 'odido (route 2): it is for other accounts'],
    [
      { ...toOdido, prefixes: ['32', '31'], accounts: ['butcher'] },
      [],
      'odido (route 2): it is for other accounts',
    ],
    [
      { ...toOdido, networks: ['20404'] },
      [],
      "odido (route 2): it is for networks 20404, and the number's is 20408",
    ],
    [{ ...toOdido, senders: ['X*'] }, [], 'odido (route 2): it is for senders X*'],
    [
      { ...toOdido, time: office },
      [],
      'odido (route 2): it is open from 15:00 to 17:00 in Europe/Amsterdam',
    ],
    [
      { ...toOdido, senders: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
      [],
      'odido (route 2): it is for senders a, b, c, d, e and 2 more',
    ],
  ];
  for (const [other, shut, reason] of cases) {
    test(reason, () => {
      const [sms] = explain([toKpn, other], {}, shut).channels;
      assert.equal(sms?.hop?.connection, 'kpn');
      assert.deepEqual(sms?.passedOver, [reason]);
    });
  }

  const best: [Partial<Route>, Partial<Route>, string][] = [
    [{ prefixes: ['31'] }, {}, 'its prefix is shorter'],
    [{ accounts: ['bakery'] }, {}, 'it is not for this account alone'],
    [{ cost: 1 }, {}, 'what it costs is not known'],
    [{ cost: 1 }, { cost: 2 }, 'a part costs 2 there'],
  ];
  for (const [chosen, other, reason] of best) {
    test(reason, () => {
      const [sms] = explain([
        { ...toOdido, ...other },
        { ...toKpn, ...chosen },
      ]).channels;
      assert.deepEqual(sms?.passedOver, [`odido (route 1): ${reason}`]);
    });
  }

  test('of a group, the others have other numbers or cannot take any', () => {
    const routes: Route[] = [{ channel: 'SMS', group: 'dutch', priority: 1 }];
    const [sms] = explain(routes).channels;
    const chosen = sms?.hop?.connection ?? '';
    const other = chosen === 'kpn' ? 'odido' : 'kpn';
    assert.deepEqual(sms?.passedOver, [
      `${other} (route 1): the number falls into the share of ${chosen}`,
    ]);
    assert.deepEqual(explain(routes, {}, [chosen]).channels[0]?.passedOver, [
      `${chosen} (route 1): its link is down`,
    ]);
  });

  test('of weighted routes, the others have other numbers', () => {
    const [sms] = explain([
      { ...toKpn, weight: 1 },
      { ...toOdido, weight: 1 },
    ]).channels;
    assert.match(sms?.passedOver[0] ?? '', /: the number falls into the share of another route$/);
  });

  test('no more reasons are listed than a person reads', () => {
    const many = (count: number): Route[] =>
      Array.from({ length: count }, (_, index) => ({ ...toOdido, prefixes: [`4${index}`] }));
    const list = (count: number) => explain([toKpn, ...many(count)]).channels[0]?.passedOver;
    assert.equal(list(passedOverMax)?.length, passedOverMax);
    assert.match(list(passedOverMax)?.at(-1) ?? '', /numbers in/);
    assert.equal(list(passedOverMax + 1)?.length, passedOverMax);
    assert.equal(list(passedOverMax + 1)?.at(-1), '2 more');
    assert.equal(list(5_000)?.at(-1), `${5_000 - passedOverMax + 1} more`);
  });
});

describe('why a channel is left out', () => {
  const channels = ['WhatsApp', 'SMS'] as const;
  const toMeta: Route = { channel: 'WhatsApp', connection: 'meta', priority: 1 };
  const cases: [title: string, routes: Route[], shut: string[], why: string][] = [
    ['no route', [toKpn], [], 'There is no route for WhatsApp.'],
    [
      'none that serves it',
      [{ ...toMeta, prefixes: ['32'] }, toKpn],
      [],
      'None of its routes serves this message.',
    ],
    [
      'none that can take it',
      [toMeta, toKpn],
      ['meta'],
      'None of its connections can take messages now, and a later channel can.',
    ],
  ];
  for (const [title, routes, shut, why] of cases) {
    test(title, () => {
      const explained = explain(routes, { channels }, shut);
      const [whatsApp, sms] = explained.channels;
      assert.deepEqual([whatsApp?.hop, whatsApp?.cost, whatsApp?.why], [null, null, why]);
      assert.equal(sms?.hop?.connection, 'kpn');
      assert.equal(explained.why, 'SMS over kpn.');
    });
  }
});

describe('the whole in a sentence', () => {
  const toMeta: Route = { channel: 'WhatsApp', connection: 'meta', priority: 1 };
  const cases: [routes: Route[], channels: RouteRequest['channels'], why: string][] = [
    [[toMeta, toKpn], ['WhatsApp', 'SMS'], 'WhatsApp over meta, then SMS over kpn.'],
    [[], ['SMS', 'Viber'], 'No route on SMS, Viber serves this message.'],
    [[toKpn], [], 'None of the allowed channels is one that the account can be served on.'],
  ];
  for (const [routes, channels, why] of cases) {
    test(why, () => assert.equal(explain(routes, { channels }).why, why));
  }
});
