import { afterEach, describe } from 'node:test';
import {
  type ErrorCase,
  type ErrorDoor,
  emptyTrial,
  insufficient,
  noAccount,
  type OrderCase,
  otherToken,
  testErrors,
  testOrder,
  testRefusals,
  unknown,
  unrouteable,
} from './gateway-errors.ts';
import { closeRigs, parameters, token } from './gateway-rig.ts';

afterEach(closeRigs);

const badToken = (value: string) =>
  `Error: ERROR Parameter 'producttoken' contains an invalid value: '${value}'`;
const noSender = 'Error: ERROR No sender name provided';
const badTo = (value: string) =>
  `Error: ERROR Parameter 'to' contains an invalid value: '${value}'`;
const noBody = "Error: ERROR Parameter 'body' is required";

const good = parameters();
const door: ErrorDoor = {
  good,
  send: (rig, request, options) => rig.get(String(request), options),
};

const cases: ErrorCase[] = [
  { row: 1, title: 'nothing', request: '', expected: badToken(''), twin: good },
  {
    row: 1,
    title: 'no producttoken',
    request: parameters({ producttoken: undefined }),
    expected: badToken(''),
    twin: good,
  },
  {
    row: 1,
    title: 'an empty producttoken',
    request: parameters({ producttoken: '' }),
    expected: badToken(''),
    twin: good,
  },
  {
    row: 1,
    title: 'no GUID',
    request: parameters({ producttoken: 'secret' }),
    expected: badToken('secret'),
    twin: parameters({ producttoken: token.toUpperCase() }),
  },
  {
    row: 1,
    title: 'a GUID without hyphens',
    request: parameters({ producttoken: token.replaceAll('-', '') }),
    expected: badToken(token.replaceAll('-', '')),
    twin: good,
  },
  {
    row: 1,
    title: 'two of them',
    request: `${good}&producttoken=${token}`,
    expected: badToken(`${token},${token}`),
    twin: good,
  },
  {
    row: 1,
    title: 'markup, as it is',
    request: parameters({ producttoken: '<b>$&' }),
    expected: badToken('<b>$&'),
    twin: good,
  },
  {
    row: 1,
    title: 'several lines, shown as one',
    request: parameters({ producttoken: 'a\r\nb' }),
    expected: badToken('a  b'),
    twin: good,
  },
  {
    row: 1,
    title: 'a long one, shown cut off',
    request: parameters({ producttoken: 'x'.repeat(101) }),
    expected: badToken(`${'x'.repeat(100)}...`),
    twin: good,
  },
  {
    row: 2,
    title: 'the token of nobody',
    request: parameters({ producttoken: otherToken }),
    expected: noAccount,
    twin: good,
  },
  {
    row: 2,
    title: 'an account that has closed this door',
    request: good,
    options: { account: { closedDoors: ['get'] } },
    expected: noAccount,
    twin: good,
    twinOptions: { account: { closedDoors: ['xml'] } },
  },
  {
    row: 3,
    title: 'an empty trial',
    request: good,
    options: emptyTrial,
    expected: insufficient,
    twin: good,
    twinOptions: { ...emptyTrial, messagesLeft: 1 },
  },
  {
    row: 4,
    title: 'no from',
    request: parameters({ from: undefined }),
    expected: noSender,
    twin: parameters({ from: '0' }),
  },
  {
    row: 4,
    title: 'an empty from',
    request: parameters({ from: '' }),
    expected: noSender,
    twin: parameters({ from: 'CM Telecom' }),
  },
  {
    row: 4,
    title: 'a blank from',
    request: good.replace('Bakery', '+%20'),
    expected: noSender,
    twin: good.replace('Bakery', 'CM+Telecom'),
  },
  {
    row: 5,
    title: 'no to',
    request: parameters({ to: undefined }),
    expected: badTo(''),
    twin: good,
  },
  {
    row: 5,
    title: 'an empty to',
    request: parameters({ to: '' }),
    expected: badTo(''),
    twin: good,
  },
  {
    row: 5,
    title: 'letters',
    request: parameters({ to: '003161234567x' }),
    expected: badTo('003161234567x'),
    twin: parameters({ to: '+31 6 1234-5678' }),
  },
  {
    row: 5,
    title: 'two numbers',
    request: parameters({ to: '0031612345678,0031612345679' }),
    expected: badTo('0031612345678,0031612345679'),
    twin: good,
  },
  {
    row: 5,
    title: 'to given twice',
    request: `${good}&to=0031612345679`,
    expected: badTo('0031612345678,0031612345679'),
    twin: good,
  },
  {
    row: 5,
    title: 'too many digits',
    request: parameters({ to: '001234567890123456' }),
    expected: badTo('001234567890123456'),
    twin: parameters({ to: '00123456789012345' }),
  },
  {
    row: 5,
    title: 'letters beyond ASCII',
    request: parameters({ to: 'né' }),
    expected: badTo('né'),
    twin: good,
  },
  {
    row: 6,
    title: 'no body',
    request: parameters({ body: undefined }),
    expected: noBody,
    twin: parameters({ body: ' ' }),
  },
  {
    row: 6,
    title: 'an empty body',
    request: parameters({ body: '' }),
    expected: noBody,
    twin: parameters({ body: '0' }),
  },
  {
    row: 6,
    title: 'a body without a value',
    request: `${parameters({ body: undefined })}&body`,
    expected: noBody,
    twin: `${parameters({ body: undefined })}&body==`,
  },
  {
    row: 7,
    title: 'no route',
    request: good,
    options: { routes: [] },
    expected: unrouteable,
    twin: good,
  },
  {
    row: 7,
    title: 'an account without SMS',
    request: good,
    options: { account: { channels: ['WhatsApp'] } },
    expected: unrouteable,
    twin: good,
    twinOptions: { account: { channels: ['WhatsApp', 'SMS'] } },
  },
  {
    row: 8,
    title: 'a sender that is too long',
    request: parameters({ from: 'Bakery Breda' }),
    expected: unknown,
    reason: '301 The FROM field is too long or holds characters that are not allowed.',
    twin: parameters({ from: 'Bakery-Bred' }),
  },
  {
    row: 8,
    title: 'a reference that is too long',
    request: parameters({ reference: 'r'.repeat(33) }),
    expected: unknown,
    reason: '305 The reference must be 1 to 32 printable ASCII characters.',
    twin: parameters({ reference: 'r'.repeat(32) }),
  },
  {
    row: 8,
    title: 'a reference that is not strict',
    request: parameters({ reference: 'a-b' }),
    options: { account: { references: 'strict' } },
    expected: unknown,
    reason: '305 The reference must be 1 to 32 alphanumeric characters.',
    twin: parameters({ reference: 'ab' }),
    twinOptions: { account: { references: 'strict' } },
  },
  {
    row: 8,
    title: 'a body twice',
    request: `${good}&body=x`,
    expected: unknown,
    reason: 'A parameter must not be there twice.',
    twin: `${good}&text=x`,
  },
  {
    row: 8,
    title: 'a sender twice, in another case',
    request: `${good}&FROM=Bakery`,
    expected: unknown,
    reason: 'A parameter must not be there twice.',
    twin: good,
  },
  {
    row: 8,
    title: 'Latin-1',
    request: `${parameters({ body: undefined })}&body=caf%E9`,
    expected: unknown,
    reason: 'The parameters must be UTF-8.',
    twin: `${parameters({ body: undefined })}&body=caf%C3%A9`,
  },
  {
    row: 8,
    title: 'an app that is none, of an account with Push',
    request: parameters({ appkey: 'app' }),
    options: { account: { channels: ['Push', 'SMS'] } },
    expected: unknown,
    reason: '305 The appKey must be a GUID with hyphens.',
    twin: parameters({ appkey: 'app' }),
  },
];

/** Each has its own fault and all that come after it in the table. */
const order: OrderCase[] = [
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

describe('errors of the GET gateway (contract §6)', () => {
  testErrors(door, cases);
  testRefusals(door, ['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']);
});

testOrder(door, order);
