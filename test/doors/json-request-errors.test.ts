import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderRequestError } from '../../src/api/json/response.ts';
import { acceptedAt, createJsonRig, message, type RigOptions, token, wrap } from './json-rig.ts';

const jsonType = { 'content-type': 'application/json; charset=utf-8' };

/** The bytes of a whole-request error. */
function envelope(details: string, errorCode: number): string {
  return `{"details":"${details}","errorCode":${errorCode},"messages":[]}`;
}

const good = wrap(message());

function withToken(productToken: unknown, messages: object = { msg: [message()] }): object {
  return { messages: { authentication: { productToken }, ...messages } };
}

const invalidJson = { status: 400, body: envelope('Invalid JSON', 202) };
const invalidToken = { status: 400, body: envelope('Invalid product token.', 103) };
const noAccount = {
  status: 400,
  body: envelope('No account found for the given authentication', 101),
};
const insufficient = { status: 400, body: envelope('Insufficient balance.', 102) };
const notArray = {
  status: 400,
  body: envelope('MSG object is an invalid type, must be an array', 203),
};
const noMsg = {
  status: 400,
  body: envelope('A MESSAGES object requires at least one MSG object', 203),
};
const tooManyMsg = {
  status: 400,
  body: envelope('A MESSAGES object allows at most 1000 MSG objects', 203),
};
const unroutable = { status: 400, body: envelope('Message is unroutable.', 201) };

const otherToken = token.replace('5', '6');
const emptyWallet: RigOptions = { account: { wallet: 'trial' }, messagesLeft: 0 };
const manyMsg = wrap(...Array.from({ length: 1_001 }, () => message()));

interface Case {
  title: string;
  row: string;
  body: unknown;
  options?: RigOptions;
  expected: { status: number; body: string };
}

/** Values of types that their fields can never have. */
const impossible: [field: string, value: unknown][] = [
  ['from', {}],
  ['from', true],
  ['from', ['Bakery']],
  ['to', ['0031612345678']],
  ['to', [31612345678]],
  ['to', [{ number: {} }]],
  ['to', [{ number: false }]],
  ['body', 'Your bread'],
  ['body', []],
  ['body', { content: {} }],
  ['body', { content: 'x', type: [] }],
  ['allowedChannels', [{}]],
  ['allowedChannels', [true]],
  ['reference', {}],
  ['customGrouping', []],
  ['customGrouping2', {}],
  ['customGrouping3', true],
  ['validity', {}],
  ['dcs', {}],
  ['dcs', true],
  ['minimumNumberOfMessageParts', []],
  ['maximumNumberOfMessageParts', false],
  ['appKey', {}],
  ['hybridAppKey', []],
  ['richContent', 'rich'],
  ['richContent', []],
];

const cases: Case[] = [
  { row: '2', title: 'an empty body', body: '', expected: invalidJson },
  { row: '2', title: 'half a document', body: '{"messages":', expected: invalidJson },
  { row: '2', title: 'XML', body: '<MESSAGES/>', expected: invalidJson },
  { row: '2', title: 'a trailing comma', body: '{"messages":{},}', expected: invalidJson },
  {
    row: '2',
    title: 'a text that is not UTF-8',
    body: Buffer.concat([Buffer.from('{"messages":{"a":"'), Buffer.of(0xff), Buffer.from('"}}')]),
    expected: invalidJson,
  },
  { row: '3', title: 'an array at the top', body: [good], expected: invalidJson },
  { row: '3', title: 'a text at the top', body: '"messages"', expected: invalidJson },
  { row: '3', title: 'null at the top', body: 'null', expected: invalidJson },
  { row: '3', title: 'no messages', body: {}, expected: invalidJson },
  { row: '3', title: 'null for messages', body: { messages: null }, expected: invalidJson },
  { row: '3', title: 'an array for messages', body: { messages: [] }, expected: invalidJson },
  {
    row: '3',
    title: 'a text for authentication',
    body: { messages: { authentication: token, msg: [message()] } },
    expected: invalidJson,
  },
  { row: '3', title: 'an object for the token', body: withToken({}), expected: invalidJson },
  { row: '3', title: 'a truth value for the token', body: withToken(true), expected: invalidJson },
  { row: '3', title: 'a text among msg', body: wrap('hello'), expected: invalidJson },
  { row: '3', title: 'an array among msg', body: wrap([]), expected: invalidJson },
  ...impossible.map(([field, value]) => ({
    row: '3',
    title: `${JSON.stringify(value)} for ${field}`,
    body: wrap(message({ [field]: value })),
    expected: invalidJson,
  })),
  { row: '4', title: 'no token', body: { messages: { msg: [message()] } }, expected: invalidToken },
  { row: '4', title: 'null for the token', body: withToken(null), expected: invalidToken },
  { row: '4', title: 'an empty token', body: withToken(''), expected: invalidToken },
  { row: '4', title: 'a number for the token', body: withToken(5), expected: invalidToken },
  {
    row: '4',
    title: 'a token without hyphens',
    body: withToken(token.replaceAll('-', '')),
    expected: invalidToken,
  },
  { row: '4', title: 'a token in braces', body: withToken(`{${token}}`), expected: invalidToken },
  { row: '5', title: 'an unknown token', body: withToken(otherToken), expected: noAccount },
  { row: '6', title: 'an empty trial', body: good, options: emptyWallet, expected: insufficient },
  {
    row: '6',
    title: 'a trial that was never opened',
    body: good,
    options: { account: { wallet: 'trial' } },
    expected: insufficient,
  },
  {
    row: '6',
    title: 'a trial with one message left for two',
    body: wrap(message(), message()),
    options: { account: { wallet: 'trial' }, messagesLeft: 1 },
    expected: insufficient,
  },
  {
    row: '7',
    title: 'an object for msg',
    body: withToken(token, { msg: message() }),
    expected: notArray,
  },
  {
    row: '7',
    title: 'a text for msg',
    body: withToken(token, { msg: 'hello' }),
    expected: notArray,
  },
  { row: '8', title: 'no msg', body: withToken(token, {}), expected: noMsg },
  { row: '8', title: 'null for msg', body: withToken(token, { msg: null }), expected: noMsg },
  { row: '8', title: 'an empty msg', body: withToken(token, { msg: [] }), expected: noMsg },
  { row: '9', title: '1001 msg', body: manyMsg, expected: tooManyMsg },
  {
    row: '10',
    title: 'no route at all',
    body: good,
    options: { routes: [] },
    expected: unroutable,
  },
  {
    row: '10',
    title: 'no route for either message',
    body: wrap(message(), message({ to: [{ number: '004915112345678' }] })),
    options: { routes: [{ channel: 'SMS', connection: 'SMS', prefixes: ['33'], priority: 1 }] },
    expected: unroutable,
  },
  {
    row: '10',
    title: 'a channel that is known and not delivered over',
    body: wrap(message({ allowedChannels: ['Voice'] })),
    expected: unroutable,
  },
];

describe('whole-request errors (contract §4.3)', () => {
  for (const { title, row, body, options, expected } of cases) {
    test(`row ${row}: ${title}`, async () => {
      const rig = await createJsonRig(options);
      const response = await rig.send(body);
      const { isStranger, ...answer } = response;
      assert.deepEqual(answer, { ...expected, headers: jsonType });
      assert.equal(isStranger ?? false, /"errorCode":10[13],/.test(expected.body));
      assert.deepEqual(rig.accepted, []);
    });
  }

  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) {
    test(`row 1: ${method} gets 405 and an empty body`, async () => {
      const rig = await createJsonRig();
      const response = await rig.send(good, { method });
      assert.deepEqual(response, { status: 405, headers: { allow: 'POST' }, body: '' });
    });
  }

  test('row 11: a broken store gets 500, and the log is told', async () => {
    const broken = new Error('the disk is gone');
    const rig = await createJsonRig({ commit: (transaction) => transaction.reject(broken) });
    const response = await rig.send(good);
    assert.deepEqual(response, {
      status: 500,
      headers: jsonType,
      body: envelope('Unknown Error', 999),
    });
    assert.deepEqual(rig.failures, [broken]);
  });

  test('the same without a fault is accepted', async () => {
    for (const options of [
      {},
      { account: { wallet: 'trial' }, messagesLeft: 1 },
      { account: { wallet: 'prepaid' }, messagesLeft: 0 },
    ] satisfies RigOptions[]) {
      const rig = await createJsonRig(options);
      assert.deepEqual(await rig.send(good), {
        status: 200,
        headers: jsonType,
        body: '{"details":"Created 1 message(s)","errorCode":0,"messages":[{"to":"0031612345678","status":"Accepted","reference":null,"parts":1,"messageDetails":null,"messageErrorCode":0}]}',
      });
      assert.deepEqual(rig.failures, []);
    }
  });

  test('a prepaid account without credit is told by a report', async () => {
    const rig = await createJsonRig({
      account: {
        wallet: 'prepaid',
        statusWebhook: {
          url: 'https://example.org',
          format: 'json',
          statuses: 31,
          signingKeys: [],
        },
      },
      messagesLeft: 0,
    });
    assert.equal((await rig.send(good)).status, 200);
    assert.deepEqual(rig.accepted, []);
    assert.deepEqual(
      rig.reports.map(({ queue, report }) => [queue, report.status]),
      [['status:demo', 1]],
    );
  });
});

describe('the order of whole-request errors: the earlier row wins', () => {
  /** Each has its own fault and all that come after it in the table. */
  const faults: Case[] = [
    { row: '2', title: 'not JSON', body: 'x', options: emptyWallet, expected: invalidJson },
    {
      row: '3',
      title: 'an impossible type before a bad token and no msg',
      body: { messages: { authentication: { productToken: 'x' }, msg: [{ from: {} }] } },
      options: emptyWallet,
      expected: invalidJson,
    },
    {
      row: '4',
      title: 'a bad token before no account, an empty trial and a bad msg',
      body: withToken('x', { msg: 'y' }),
      options: emptyWallet,
      expected: invalidToken,
    },
    {
      row: '5',
      title: 'no account before an empty trial and a bad msg',
      body: withToken(otherToken, { msg: 'y' }),
      options: emptyWallet,
      expected: noAccount,
    },
    {
      row: '6',
      title: 'an empty trial before a msg that is no array',
      body: withToken(token, { msg: 'y' }),
      options: emptyWallet,
      expected: insufficient,
    },
    {
      row: '6',
      title: 'an empty trial before an empty msg',
      body: withToken(token, { msg: [] }),
      options: emptyWallet,
      expected: insufficient,
    },
    {
      row: '6',
      title: 'an empty trial before 1001 msg',
      body: manyMsg,
      options: emptyWallet,
      expected: insufficient,
    },
    {
      row: '6',
      title: 'an empty trial before faults of messages and no route',
      body: wrap(message({ from: null }), message()),
      options: { ...emptyWallet, routes: [] },
      expected: insufficient,
    },
    {
      row: '9',
      title: '1001 msg before no route',
      body: manyMsg,
      options: { routes: [] },
      expected: tooManyMsg,
    },
  ];
  for (const { title, row, body, options, expected } of faults) {
    test(`row ${row}: ${title}`, async () => {
      const rig = await createJsonRig(options);
      const { isStranger: _, ...answer } = await rig.send(body);
      assert.deepEqual(answer, { ...expected, headers: jsonType });
    });
  }

  test('row 10 gives way to a list as soon as one message has another fault', async () => {
    const rig = await createJsonRig({ routes: [] });
    const answer = await rig.sendMessages(message(), message({ from: null }));
    assert.equal(answer.status, 400);
    assert.equal(answer.details, 'Created 0 message(s)');
    assert.deepEqual(
      answer.messages.map((one) => [one.messageErrorCode, one.messageDetails]),
      [
        [403, 'Message is unroutable.'],
        [301, 'No FROM field found in a MSG object.'],
      ],
    );
  });
});

describe('the token (contract §2.1)', () => {
  const header = (value: string) => ({ headers: { 'x-cm-producttoken': value } });
  const bare = { messages: { msg: [message()] } };
  const cases: { title: string; body: unknown; header?: string; status: number; code?: number }[] =
    [
      { title: 'in the body', body: good, status: 200 },
      { title: 'in capitals', body: withToken(token.toUpperCase()), status: 200 },
      { title: 'in the header alone', body: bare, header: token, status: 200 },
      {
        title: 'in the header with spaces around it',
        body: bare,
        header: ` ${token} `,
        status: 200,
      },
      { title: 'the same in both', body: good, header: token, status: 200 },
      {
        title: 'in the header, another in the body',
        body: withToken(otherToken),
        header: token,
        status: 200,
      },
      { title: 'another in the header', body: good, header: otherToken, status: 400, code: 101 },
      { title: 'none in the header but a text', body: good, header: 'x', status: 400, code: 103 },
      { title: 'an empty header counts as none', body: good, header: '', status: 200 },
    ];
  for (const { title, body, header: value, status, code = 0 } of cases) {
    test(title, async () => {
      const rig = await createJsonRig();
      const response = await rig.send(body, value === undefined ? {} : header(value));
      assert.equal(response.status, status);
      assert.equal(JSON.parse(response.body).errorCode, code);
    });
  }
});

describe('refusals of the gateway itself (contract §4.2)', () => {
  test('too large: 413', () => {
    assert.deepEqual(renderRequestError('body-too-large'), {
      status: 413,
      headers: jsonType,
      body: envelope('The request is too large.', 202),
    });
  });

  for (const { admit, status, details } of [
    { admit: 'busy', status: 503, details: 'The gateway is busy, try again.' },
    { admit: 'too-fast', status: 429, details: 'Too many requests.' },
  ] as const) {
    test(`${admit}: ${status} with Retry-After`, async () => {
      const rig = await createJsonRig({ admit: () => admit });
      assert.deepEqual(await rig.send(good), {
        status,
        headers: { ...jsonType, 'retry-after': '1' },
        body: envelope(details, 500),
      });
      assert.deepEqual(rig.accepted, []);
    });
  }

  test('the account and the number of messages decide about admission', async () => {
    const asked: [string, number][] = [];
    const rig = await createJsonRig({
      admit(account, messages) {
        asked.push([account.id, messages]);
        return 'ok';
      },
    });
    await rig.sendMessages(
      message(),
      message({ to: [{ number: '0031612345678' }, { number: '0031612345679' }] }),
      message({ to: [] }),
    );
    assert.deepEqual(asked, [['demo', 4]]);
    assert.equal(rig.accepted.length, 3);
    assert.ok(rig.accepted.every((one) => one.acceptedAt === acceptedAt));
  });
});
