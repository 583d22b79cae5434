import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Gate, Group, Route, RouteRequest } from './route.ts';
import { createRouter } from './router.ts';

const connections = [
  { name: 'kpn', channel: 'SMS' },
  { name: 'odido', channel: 'SMS' },
  { name: 'vodafone', channel: 'SMS' },
  { name: 'spare', channel: 'SMS' },
  { name: 'meta', channel: 'WhatsApp' },
] as const;

const groups: Group[] = [
  {
    name: 'dutch',
    channel: 'SMS',
    members: [
      { connection: 'kpn', weight: 3 },
      { connection: 'odido', weight: 1 },
      { connection: 'vodafone', weight: 0 },
    ],
  },
];

const toGroup: Route = { channel: 'SMS', group: 'dutch', priority: 1 };
const toSpare: Route = { channel: 'SMS', connection: 'spare', priority: 2 };
const toMeta: Route = { channel: 'WhatsApp', connection: 'meta', priority: 1, waitMs: 60_000 };

function request(index: number, fields: Partial<RouteRequest> = {}): RouteRequest {
  return {
    account: 'bakery',
    channels: ['SMS'],
    msisdn: `316${String(index).padStart(8, '0')}`,
    from: 'Bakery',
    network: null,
    now: 0,
    ...fields,
  };
}

/** A router over connections of which those named take nothing. */
function createRig(routes: readonly Route[], ...shut: string[]) {
  const admitted: string[] = [];
  const gateOf = (connection: string): Gate => ({
    admits: () => !shut.includes(connection),
    admitted: () => void admitted.push(connection),
    reason: () => (shut.includes(connection) ? 'its link is down' : ''),
  });
  const router = createRouter(routes, connections, { groups, gateOf });
  const plan = (index: number, fields: Partial<RouteRequest> = {}): string => {
    const result = router.plan(request(index, fields));
    if (result.kind === 'unroutable') return 'unroutable';
    return result.hops
      .map(
        ({ connection, timeoutMs }) => `${connection}${timeoutMs === null ? '' : ' for a while'}`,
      )
      .join(', ');
  };
  return { router, plan, admitted };
}

const numbers = 20_000;

function countPlans(plan: (index: number) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < numbers; index++) {
    const name = plan(index);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function assertShare(count: number | undefined, share: number): void {
  const actual = (count ?? 0) / numbers;
  assert.ok(Math.abs(actual - share) < 0.015, `${actual} is not about ${share}`);
}

describe('a group', () => {
  test('shares numbers by weight, and what has none only stands in', () => {
    const counts = countPlans(createRig([toGroup]).plan);
    assertShare(counts['kpn'], 3 / 4);
    assertShare(counts['odido'], 1 / 4);
    assert.deepEqual(Object.keys(counts).toSorted(), ['kpn', 'odido']);
  });

  test('any weights are respected', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(weights, (list) => {
        const sum = list.reduce((total, weight) => total + weight, 0);
        fc.pre(sum > 0);
        const names = ['kpn', 'odido', 'vodafone', 'spare'];
        const members = list.map((weight, index) => ({ connection: names[index] ?? '', weight }));
        const router = createRouter([{ ...toGroup, group: 'any' }], connections, {
          groups: [{ name: 'any', channel: 'SMS', members }],
        });
        const counts = countPlans((index) => {
          const result = router.plan(request(index));
          return result.kind === 'planned' ? (result.hops[0]?.connection ?? '') : '';
        });
        for (const { connection, weight } of members) assertShare(counts[connection], weight / sum);
      }),
      { numRuns: 12 },
    );
  });

  test('gives a number the same connection each time, whoever asks and however', () => {
    fc.assert(
      fc.property(fc.nat(numbers), fc.string(), (index, account) => {
        const rig = createRig([toGroup]);
        const planned = rig.plan(index);
        assert.equal(createRig([toGroup]).plan(index, { account, from: account }), planned);
        const explained = rig.router.explain(request(index)).plan;
        assert.deepEqual(explained, rig.router.plan(request(index)));
      }),
    );
  });

  test('when a member is out only its numbers move, in proportion to the rest', () => {
    const before = createRig([toGroup]);
    const after = createRig([toGroup], 'odido');
    let moved = 0;
    for (let index = 0; index < 2_000; index++) {
      const [was, is] = [before.plan(index), after.plan(index)];
      assert.notEqual(is, 'odido');
      if (was !== 'odido') assert.equal(is, was);
      else moved++;
    }
    assert.ok(moved > 400);
  });

  const cases: [title: string, shut: string[], connections: string[]][] = [
    ['with all members out but one, that one has all', ['kpn', 'vodafone'], ['odido']],
    ['one without weight stands in when the others are out', ['kpn', 'odido'], ['vodafone']],
    ['with the whole group out the next route serves', ['kpn', 'odido', 'vodafone'], ['spare']],
    [
      'with everything out messages wait where they belong',
      ['kpn', 'odido', 'vodafone', 'spare'],
      ['kpn', 'odido'],
    ],
  ];
  for (const [title, shut, expected] of cases) {
    test(title, () => {
      const { plan } = createRig([toGroup, toSpare], ...shut);
      const seen = new Set<string>();
      for (let index = 0; index < 200; index++) seen.add(plan(index));
      assert.deepEqual([...seen].toSorted(), expected);
    });
  }
});

describe('routes with weights', () => {
  const weighted = (connection: string, weight?: number): Route => ({
    channel: 'SMS',
    connection,
    priority: 1,
    weight,
  });

  test('share among equals', () => {
    const { plan } = createRig([weighted('kpn', 1), weighted('odido', 4)]);
    const counts = countPlans(plan);
    assertShare(counts['kpn'], 1 / 5);
    assertShare(counts['odido'], 4 / 5);
  });

  test('stand in for each other, then come those without a weight', () => {
    const routes = [weighted('spare'), weighted('kpn', 1), weighted('odido', 4)];
    assert.equal(createRig(routes, 'odido').plan(1), 'kpn');
    assert.equal(createRig(routes, 'odido', 'kpn').plan(1), 'spare');
  });

  test('do not share across a priority, a prefix or a cost', () => {
    const best: Partial<Route>[] = [{ priority: 0 }, { prefixes: ['316'] }, { cost: 1 }];
    for (const fields of best) {
      const { plan } = createRig([weighted('kpn', 100), { ...weighted('odido', 1), ...fields }]);
      assert.deepEqual(countPlans(plan), { odido: numbers });
    }
  });

  test('a share goes only to what serves the message', () => {
    const { plan } = createRig([{ ...weighted('kpn', 9), senders: ['X'] }, weighted('odido', 1)]);
    assert.deepEqual(countPlans(plan), { odido: numbers });
  });
});

describe('a channel', () => {
  const routes = [toMeta, toGroup, toSpare];
  const group = ['kpn', 'odido', 'vodafone'];
  const both = { channels: ['WhatsApp', 'SMS'] } as const;
  const cases: [title: string, shut: string[], expected: string][] = [
    ['with all well is tried before the next', [], 'meta for a while, kpn'],
    ['is given up when it can take nothing and a later one can', ['meta'], 'kpn'],
    ['is not given up while another route of it can', group, 'meta for a while, spare'],
    [
      'behind one that can take messages stays as the fallback',
      [...group, 'spare'],
      'meta for a while, kpn',
    ],
    [
      'is not given up when nothing else can take anything',
      ['meta', ...group, 'spare'],
      'meta for a while, kpn',
    ],
  ];
  for (const [title, shut, expected] of cases) {
    test(title, () => assert.equal(createRig(routes, ...shut).plan(0, both), expected));
  }
});

describe('what a plan counts', () => {
  test('a planned message counts on each of its connections, an explained one on none', () => {
    const { router, plan, admitted } = createRig([toMeta, toSpare]);
    router.explain(request(1, { channels: ['WhatsApp', 'SMS'] }));
    assert.deepEqual(admitted, []);
    plan(1, { channels: ['WhatsApp', 'SMS'] });
    assert.deepEqual(admitted, ['meta', 'spare']);
  });
});

describe('any routes and any health', () => {
  const names = ['kpn', 'odido', 'vodafone', 'spare'];
  const anyRoute = fc
    .record({
      to: fc.constantFrom('kpn', 'odido', 'dutch', 'meta'),
      prefixes: fc.option(fc.uniqueArray(fc.constantFrom('31', '316', '32'), { minLength: 1 }), {
        nil: undefined,
      }),
      accounts: fc.option(fc.constantFrom(['bakery'], ['butcher']), { nil: undefined }),
      senders: fc.option(fc.constantFrom(['Bak*'], ['X']), { nil: undefined }),
      priority: fc.nat(1),
      cost: fc.option(fc.nat(1), { nil: undefined }),
      weight: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    })
    .map(({ to, ...rest }): Route => {
      const channel = to === 'meta' ? 'WhatsApp' : 'SMS';
      return { channel, ...(to === 'dutch' ? { group: to } : { connection: to }), ...rest };
    });
  const anyChannels = fc.uniqueArray(fc.constantFrom('SMS' as const, 'WhatsApp' as const));

  test('are explained as they are planned, and nothing usable is left for something that is not', () => {
    fc.assert(
      fc.property(
        fc.array(anyRoute, { maxLength: 8 }),
        fc.subarray([...names, 'meta']),
        anyChannels,
        fc.nat(1_000),
        (routes, shut, channels, index) => {
          const { router } = createRig(routes, ...shut);
          const asked = request(index, { channels });
          const planned = router.plan(asked);
          const explained = router.explain(asked);
          assert.deepEqual(explained.plan, planned);
          assert.deepEqual(
            explained.channels.map(({ channel }) => channel),
            channels,
          );
          const hops = planned.kind === 'planned' ? planned.hops : [];
          assert.deepEqual(
            explained.channels.flatMap(({ hop }) => hop ?? []),
            hops,
          );
          for (const [step, { channel, connection }] of hops.entries()) {
            if (!shut.includes(connection)) continue;
            // It waits, so nothing that could send at once was there: neither here nor further on.
            assert.equal(router.findOther(asked, channel, connection), null);
            for (const later of hops.slice(step + 1)) assert.ok(shut.includes(later.connection));
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('another connection', () => {
  test('is a member that can take messages, or else the next route', () => {
    const find = (...shut: string[]) =>
      createRig([toGroup, toSpare], ...shut).router.findOther(request(0), 'SMS', 'kpn');
    assert.equal(find('kpn'), 'odido');
    assert.equal(find('kpn', 'odido'), 'vodafone');
    assert.equal(find('kpn', 'odido', 'vodafone'), 'spare');
  });

  test('there is none when none can, on another channel, or when it is not needed any more', () => {
    const find = (channel: 'SMS' | 'WhatsApp', ...shut: string[]) =>
      createRig([toMeta, toSpare], ...shut).router.findOther(request(0), channel, 'meta');
    assert.equal(find('WhatsApp', 'meta'), null);
    assert.equal(find('WhatsApp'), null);
    assert.equal(createRig([]).router.findOther(request(0), 'SMS', 'kpn'), null);
  });
});
