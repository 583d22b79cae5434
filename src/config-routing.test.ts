import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configFile } from './config-file.ts';
import { defaultBreaker } from './routing/breaker.ts';

const connections = [
  { name: 'kpn', channel: 'SMS', settings: {} },
  { name: 'odido', channel: 'SMS', settings: {} },
  { name: 'meta', channel: 'WhatsApp', settings: {} },
];
const dutch = { name: 'dutch', channel: 'SMS', members: [{ connection: 'kpn' }] };
const toKpn = { channel: 'SMS', connection: 'kpn' };
const time = { zone: 'Europe/Amsterdam', days: ['mon'], from: '09:00', until: '17:00' };

/** "place: message" for each fault. */
function faultsOf(file: Record<string, unknown>): string[] {
  const checked = configFile.safeParse({ connections, ...file });
  return checked.success
    ? []
    : checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('routes in the configuration', () => {
  const good: [title: string, route: object][] = [
    ['a connection', {}],
    ['a group', { connection: undefined, group: 'dutch' }],
    [
      'all conditions',
      {
        prefixes: ['31'],
        networks: ['204', '20408', '310410'],
        senders: ['Bak*'],
        accounts: ['demo'],
        time,
        priority: 0,
        cost: 0,
        weight: 0.5,
        waitMs: 1,
      },
    ],
    ['a time over midnight', { time: { ...time, from: '22:00', until: '06:00' } }],
    ['a whole day', { time: { ...time, from: '00:00', until: '24:00' } }],
  ];
  for (const [title, route] of good) {
    test(`${title} is taken`, () => {
      assert.deepEqual(faultsOf({ groups: [dutch], routes: [{ ...toKpn, ...route }] }), []);
    });
  }

  const bad: [route: object, fault: string | RegExp][] = [
    [{ connection: 'nowhere' }, 'routes.0.connection: no connection is named "nowhere"'],
    [{ connection: 'meta' }, 'routes.0.connection: "meta" is a connection for WhatsApp, not SMS'],
    [{ connection: undefined, group: 'nowhere' }, 'routes.0.group: no group is named "nowhere"'],
    [
      { channel: 'WhatsApp', connection: undefined, group: 'dutch' },
      'routes.0.group: "dutch" is a group for SMS, not WhatsApp',
    ],
    [{ connection: undefined }, 'routes.0: must have either a connection or a group'],
    [{ group: 'dutch' }, 'routes.0: must have either a connection or a group'],
    [{ accounts: ['nobody'] }, 'routes.0.accounts.0: no account is named "nobody"'],
    [
      { prefixes: ['+31'] },
      'routes.0.prefixes.0: must be digits that begin with a country code, without 00',
    ],
    [{ networks: ['20'] }, 'routes.0.networks.0: must be an MCC, or MCC and MNC, as digits'],
    [{ networks: ['2040'] }, 'routes.0.networks.0: must be an MCC, or MCC and MNC, as digits'],
    [{ networks: ['2040812'] }, 'routes.0.networks.0: must be an MCC, or MCC and MNC, as digits'],
    [{ networks: [] }, /^routes\.0\.networks: /],
    [{ senders: [''] }, /^routes\.0\.senders\.0: /],
    [{ weight: 0 }, /^routes\.0\.weight: /],
    [{ cost: -1 }, /^routes\.0\.cost: /],
    [{ waitMs: 0 }, /^routes\.0\.waitMs: /],
    [
      { time: { ...time, zone: 'Europe/Atlantis' } },
      'routes.0.time.zone: must be a time zone such as Europe/Amsterdam',
    ],
    [{ time: { ...time, from: '9:00' } }, 'routes.0.time.from: must be a time such as "09:00"'],
    [{ time: { ...time, until: '24:01' } }, 'routes.0.time.until: must be a time such as "09:00"'],
    [{ time: { ...time, from: '24:00' } }, 'routes.0.time.from: must be before 24:00'],
    [
      { time: { ...time, until: '09:00' } },
      'routes.0.time: must not open and close at the same time',
    ],
    [{ time: { ...time, days: [] } }, /^routes\.0\.time\.days: /],
    [{ time: { ...time, days: ['monday'] } }, /^routes\.0\.time\.days\.0: /],
    [{ group: undefined, preifx: ['31'] }, /^routes\.0: .*preifx/],
  ];
  for (const [route, fault] of bad) {
    test(`${JSON.stringify(route)} is refused`, () => {
      const faults = faultsOf({ groups: [dutch], routes: [{ ...toKpn, ...route }] });
      assert.equal(faults.length, 1, faults.join('; '));
      if (typeof fault === 'string') assert.deepEqual(faults, [fault]);
      else assert.match(faults[0] ?? '', fault);
    });
  }
});

describe('groups in the configuration', () => {
  test('a member without a weight has 1', () => {
    const file = configFile.parse({ connections, groups: [dutch] });
    assert.deepEqual(file.groups[0]?.members, [{ connection: 'kpn', weight: 1 }]);
  });

  const member = (connection: string, weight?: number) => ({ connection, weight });
  const bad: [groups: object[], fault: string][] = [
    [[{ ...dutch, members: [] }], 'groups.0.members: must have a member'],
    [
      [{ ...dutch, members: [member('nowhere')] }],
      'groups.0.members.0.connection: no connection is named "nowhere"',
    ],
    [
      [{ ...dutch, members: [member('kpn'), member('meta')] }],
      'groups.0.members.1.connection: "meta" is a connection for WhatsApp, not SMS',
    ],
    [
      [{ ...dutch, members: [member('kpn'), member('kpn')] }],
      'groups.0.members.1.connection: "kpn" is in this group already',
    ],
    [
      [{ ...dutch, members: [member('kpn', 0), member('odido', 0)] }],
      'groups.0: must have a member with a weight above 0',
    ],
    [[dutch, dutch], 'groups.1.name: is used twice; each must be its own'],
  ];
  for (const [groups, fault] of bad) {
    test(fault, () => assert.deepEqual(faultsOf({ groups }), [fault]));
  }

  test('a member with weight 0 stands in for the others', () => {
    const groups = [{ ...dutch, members: [member('kpn', 1), member('odido', 0)] }];
    assert.deepEqual(faultsOf({ groups }), []);
  });
});

describe('health in the configuration', () => {
  test('without a word it has the defaults', () => {
    assert.deepEqual(configFile.parse({}).health, defaultBreaker);
  });

  for (const [health, place] of [
    [{ failedShare: 0 }, 'failedShare'],
    [{ failedShare: 1.1 }, 'failedShare'],
    [{ windowMs: 0 }, 'windowMs'],
    [{ trialsGood: 0.5 }, 'trialsGood'],
    [{ downMs: -1 }, 'downMs'],
  ] as const) {
    test(`${JSON.stringify(health)} is refused`, () => {
      const faults = faultsOf({ health });
      assert.equal(faults.length, 1);
      assert.match(faults[0] ?? '', new RegExp(`^health\\.${place}: `));
    });
  }
});
