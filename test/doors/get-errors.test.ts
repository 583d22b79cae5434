import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import {
  closeRigs,
  createGatewayRig,
  type GatewayRigOptions,
  parameters,
  token,
} from './gateway-rig.ts';

afterEach(closeRigs);

const otherToken = token.replace('5', '6');
const unknown = 'Error: ERROR Unknown error';
const badToken = (value: string) =>
  `Error: ERROR Parameter 'producttoken' contains an invalid value: '${value}'`;
const noAccount = 'Error: ERROR No account found for the given authentication';
const insufficient = 'Error: ERROR Insufficient balance.';
const noSender = 'Error: ERROR No sender name provided';
const badTo = (value: string) =>
  `Error: ERROR Parameter 'to' contains an invalid value: '${value}'`;
const noBody = "Error: ERROR Parameter 'body' is required";
const unrouteable = 'Error: ERROR Message is unrouteable.';

const emptyTrial: GatewayRigOptions = { account: { wallet: 'trial' }, messagesLeft: 0 };
const good = parameters();

interface Case {
  row: number;
  title: string;
  query: string;
  options?: GatewayRigOptions;
  expected: string;
  /** What stands in `X-Chappe-Reason`. */
  reason?: string;
  /** The nearest thing that is accepted. */
  twin: string;
  twinOptions?: GatewayRigOptions;
}

const cases: Case[] = [
  { row: 1, title: 'nothing', query: '', expected: badToken(''), twin: good },
  {
    row: 1,
    title: 'no producttoken',
    query: parameters({ producttoken: undefined }),
    expected: badToken(''),
    twin: good,
  },
  {
    row: 1,
    title: 'an empty producttoken',
    query: parameters({ producttoken: '' }),
    expected: badToken(''),
    twin: good,
  },
  {
    row: 1,
    title: 'no GUID',
    query: parameters({ producttoken: 'secret' }),
    expected: badToken('secret'),
    twin: parameters({ producttoken: token.toUpperCase() }),
  },
  {
    row: 1,
    title: 'a GUID without hyphens',
    query: parameters({ producttoken: token.replaceAll('-', '') }),
    expected: badToken(token.replaceAll('-', '')),
    twin: good,
  },
  {
    row: 1,
    title: 'two of them',
    query: `${good}&producttoken=${token}`,
    expected: badToken(`${token},${token}`),
    twin: good,
  },
  {
    row: 1,
    title: 'markup, as it is',
    query: parameters({ producttoken: '<b>$&' }),
    expected: badToken('<b>$&'),
    twin: good,
  },
  {
    row: 1,
    title: 'several lines, shown as one',
    query: parameters({ producttoken: 'a\r\nb' }),
    expected: badToken('a  b'),
    twin: good,
  },
  {
    row: 1,
    title: 'a long one, shown cut off',
    query: parameters({ producttoken: 'x'.repeat(101) }),
    expected: badToken(`${'x'.repeat(100)}...`),
    twin: good,
  },
  {
    row: 2,
    title: 'the token of nobody',
    query: parameters({ producttoken: otherToken }),
    expected: noAccount,
    twin: good,
  },
  {
    row: 2,
    title: 'an account that has closed this door',
    query: good,
    options: { account: { closedDoors: ['get'] } },
    expected: noAccount,
    twin: good,
    twinOptions: { account: { closedDoors: ['xml'] } },
  },
  {
    row: 3,
    title: 'an empty trial',
    query: good,
    options: emptyTrial,
    expected: insufficient,
    twin: good,
    twinOptions: { ...emptyTrial, messagesLeft: 1 },
  },
  {
    row: 4,
    title: 'no from',
    query: parameters({ from: undefined }),
    expected: noSender,
    twin: parameters({ from: '0' }),
  },
  {
    row: 4,
    title: 'an empty from',
    query: parameters({ from: '' }),
    expected: noSender,
    twin: parameters({ from: 'CM Telecom' }),
  },
  {
    row: 4,
    title: 'a blank from',
    query: good.replace('Bakery', '+%20'),
    expected: noSender,
    twin: good.replace('Bakery', 'CM+Telecom'),
  },
  { row: 5, title: 'no to', query: parameters({ to: undefined }), expected: badTo(''), twin: good },
  { row: 5, title: 'an empty to', query: parameters({ to: '' }), expected: badTo(''), twin: good },
  {
    row: 5,
    title: 'letters',
    query: parameters({ to: '003161234567x' }),
    expected: badTo('003161234567x'),
    twin: parameters({ to: '+31 6 1234-5678' }),
  },
  {
    row: 5,
    title: 'two numbers',
    query: parameters({ to: '0031612345678,0031612345679' }),
    expected: badTo('0031612345678,0031612345679'),
    twin: good,
  },
  {
    row: 5,
    title: 'to given twice',
    query: `${good}&to=0031612345679`,
    expected: badTo('0031612345678,0031612345679'),
    twin: good,
  },
  {
    row: 5,
    title: 'too many digits',
    query: parameters({ to: '001234567890123456' }),
    expected: badTo('001234567890123456'),
    twin: parameters({ to: '00123456789012345' }),
  },
  {
    row: 5,
    title: 'letters beyond ASCII',
    query: parameters({ to: 'né' }),
    expected: badTo('né'),
    twin: good,
  },
  {
    row: 6,
    title: 'no body',
    query: parameters({ body: undefined }),
    expected: noBody,
    twin: parameters({ body: ' ' }),
  },
  {
    row: 6,
    title: 'an empty body',
    query: parameters({ body: '' }),
    expected: noBody,
    twin: parameters({ body: '0' }),
  },
  {
    row: 6,
    title: 'a body without a value',
    query: `${parameters({ body: undefined })}&body`,
    expected: noBody,
    twin: `${parameters({ body: undefined })}&body==`,
  },
  {
    row: 7,
    title: 'no route',
    query: good,
    options: { routes: [] },
    expected: unrouteable,
    twin: good,
  },
  {
    row: 7,
    title: 'an account without SMS',
    query: good,
    options: { account: { channels: ['WhatsApp'] } },
    expected: unrouteable,
    twin: good,
    twinOptions: { account: { channels: ['WhatsApp', 'SMS'] } },
  },
  {
    row: 8,
    title: 'a sender that is too long',
    query: parameters({ from: 'Bakery Breda' }),
    expected: unknown,
    reason: '301 The FROM field is too long or holds characters that are not allowed.',
    twin: parameters({ from: 'Bakery-Bred' }),
  },
  {
    row: 8,
    title: 'a reference that is too long',
    query: parameters({ reference: 'r'.repeat(33) }),
    expected: unknown,
    reason: '305 The reference must be 1 to 32 printable ASCII characters.',
    twin: parameters({ reference: 'r'.repeat(32) }),
  },
  {
    row: 8,
    title: 'a reference that is not strict',
    query: parameters({ reference: 'a-b' }),
    options: { account: { references: 'strict' } },
    expected: unknown,
    reason: '305 The reference must be 1 to 32 alphanumeric characters.',
    twin: parameters({ reference: 'ab' }),
    twinOptions: { account: { references: 'strict' } },
  },
  {
    row: 8,
    title: 'a body twice',
    query: `${good}&body=x`,
    expected: unknown,
    reason: 'A parameter must not be there twice.',
    twin: `${good}&text=x`,
  },
  {
    row: 8,
    title: 'a sender twice, in another case',
    query: `${good}&FROM=Bakery`,
    expected: unknown,
    reason: 'A parameter must not be there twice.',
    twin: good,
  },
  {
    row: 8,
    title: 'Latin-1',
    query: `${parameters({ body: undefined })}&body=caf%E9`,
    expected: unknown,
    reason: 'The parameters must be UTF-8.',
    twin: `${parameters({ body: undefined })}&body=caf%C3%A9`,
  },
  {
    row: 8,
    title: 'an app that is none, of an account with Push',
    query: parameters({ appkey: 'app' }),
    options: { account: { channels: ['Push', 'SMS'] } },
    expected: unknown,
    reason: '305 The appKey must be a GUID with hyphens.',
    twin: parameters({ appkey: 'app' }),
  },
];

describe('errors of the GET gateway (contract §6)', () => {
  for (const { row, title, query, options, expected, reason, twin, twinOptions } of cases) {
    test(`row ${row}: ${title}`, async () => {
      const rig = await createGatewayRig(options);
      const answer = await rig.get(query);
      assert.deepEqual([answer.status, answer.body], [200, expected]);
      assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(expected)));
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(answer.headers.get('x-chappe-reason'), reason);
      assert.deepEqual([rig.accepted, rig.failures], [[], []]);

      const other = await createGatewayRig(twinOptions);
      const accepted = await other.get(twin);
      assert.deepEqual([accepted.status, accepted.body], [200, ''], 'the twin');
      assert.equal(other.accepted.length, 1);
    });
  }

  test('row 8: a broken store, and the log is told', async () => {
    const broken = new Error('the disk is gone');
    const rig = await createGatewayRig({ commit: (transaction) => transaction.reject(broken) });
    const answer = await rig.get(good);
    assert.deepEqual([answer.status, answer.body], [200, unknown]);
    assert.deepEqual(rig.failures, [broken]);
  });

  for (const method of ['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) {
    test(`${method} gets 400 and nothing, and sends nothing`, async () => {
      const rig = await createGatewayRig();
      const answer = await rig.get(good, { method });
      assert.deepEqual([answer.status, answer.body], [400, '']);
      assert.deepEqual(rig.accepted, []);
    });
  }

  for (const [admission, status, text] of [
    ['busy', 503, 'Error: ERROR The gateway is busy, try again.'],
    ['too-fast', 429, 'Error: ERROR Too many requests.'],
  ] as const) {
    test(`${admission}: ${status} with Retry-After, and a body that is not blank`, async () => {
      const rig = await createGatewayRig({ admit: () => admission });
      const answer = await rig.get(good);
      assert.deepEqual([answer.status, answer.body], [status, text]);
      assert.equal(answer.headers.get('retry-after'), '1');
    });
  }
});

describe('the order of errors: the earlier row wins', () => {
  /** Each has its own fault and all that come after it in the table. */
  const faults: [row: number, query: string, expected: string, options?: GatewayRigOptions][] = [
    [1, 'producttoken=x', badToken('x'), emptyTrial],
    [2, `producttoken=${otherToken}`, noAccount, emptyTrial],
    [3, `producttoken=${token}`, insufficient, emptyTrial],
    [4, `producttoken=${token}`, noSender, { routes: [] }],
    [5, `producttoken=${token}&from=F&to=x`, badTo('x'), { routes: [] }],
    [
      6,
      `producttoken=${token}&from=F&to=0031612345678&reference=${'r'.repeat(33)}`,
      noBody,
      { routes: [] },
    ],
    [7, good, unrouteable, { routes: [] }],
  ];
  for (const [row, query, expected, options] of faults) {
    test(`row ${row}: ${expected}`, async () => {
      const rig = await createGatewayRig(options);
      assert.equal((await rig.get(query)).body, expected);
      assert.deepEqual(rig.accepted, []);
    });
  }
});
