import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { letPass } from '../../src/store/memory/test-commits.ts';
import { createJsonRig, message, type RigOptions, sendOne, wrap } from './json-rig.ts';

/** The one element of an answer to one message, rejected. */
function rejected(to: string | null, code: number, details: string) {
  return {
    to,
    status: 'Rejected',
    reference: null,
    parts: 0,
    messageDetails: details,
    messageErrorCode: code,
  };
}

const number = '0031612345678';
const noFrom = 'No FROM field found in a MSG object.';
const badFrom = 'The FROM field is too long or holds characters that are not allowed.';
const noNumber = 'Empty mobilenumber field, MT ignored';
const toNoArray = 'TO object is an invalid type, must be an array';
const noBody = 'No body field was found';
const noContent = 'A body without content was found';
const channelsNoArray = 'ALLOWEDCHANNELS object is an invalid type, must be an array';
const unknownChannel = 'The allowedChannels hold a name that is no channel.';
const badReference = 'The reference must be 1 to 32 printable ASCII characters.';
const strictReference = 'The reference must be 1 to 32 alphanumeric characters.';
const badValidity = 'The validity is neither a date and time nor a number of hours or minutes.';
const badDcs = 'The dcs must be 0 or 8.';
const badMaximum = 'The maximumNumberOfMessageParts must be a number from 1 to 255.';
const badMinimum =
  'The minimumNumberOfMessageParts must be a number up to the maximumNumberOfMessageParts.';
const badAppKey = 'The appKey must be a GUID with hyphens.';
const appKey = '00000000-0000-0000-0000-000000000000';
const strict: RigOptions = { account: { references: 'strict' } };

interface Case {
  row: number;
  title: string;
  fields: Record<string, unknown>;
  options?: RigOptions;
  to?: string | null;
  code: number;
  details: string;
  /** The nearest thing that is right. */
  twin: Record<string, unknown>;
}

const cases: Case[] = [
  {
    row: 1,
    title: 'no from',
    fields: { from: undefined },
    code: 301,
    details: noFrom,
    twin: { from: 'B' },
  },
  {
    row: 1,
    title: 'null for from',
    fields: { from: null },
    code: 301,
    details: noFrom,
    twin: { from: 0 },
  },
  {
    row: 1,
    title: 'an empty from',
    fields: { from: '' },
    code: 301,
    details: noFrom,
    twin: { from: '0' },
  },
  {
    row: 1,
    title: 'a blank from',
    fields: { from: '  ' },
    code: 301,
    details: noFrom,
    twin: { from: ' B' },
  },
  {
    row: 2,
    title: '12 characters',
    fields: { from: 'Bakery Breda' },
    code: 301,
    details: badFrom,
    twin: { from: 'Bakery-Bred' },
  },
  {
    row: 2,
    title: '17 digits',
    fields: { from: '12345678901234567' },
    code: 301,
    details: badFrom,
    twin: { from: '1234567890123456' },
  },
  {
    row: 2,
    title: '17 digits after 00',
    fields: { from: '0012345678901234567' },
    code: 301,
    details: badFrom,
    twin: { from: '001234567890123456' },
  },
  {
    row: 2,
    title: '17 digits after a plus',
    fields: { from: '+12345678901234567' },
    code: 301,
    details: badFrom,
    twin: { from: '+1234567890123456' },
  },
  {
    row: 2,
    title: '12 characters of digits and a letter',
    fields: { from: '31612345678x' },
    code: 301,
    details: badFrom,
    twin: { from: '3161234567x' },
  },
  {
    row: 2,
    title: 'a line break',
    fields: { from: 'Bake\nry' },
    code: 301,
    details: badFrom,
    twin: { from: 'CM Telecom' },
  },
  {
    row: 2,
    title: 'a letter outside ASCII',
    fields: { from: 'Bäckerei' },
    code: 301,
    details: badFrom,
    twin: { from: 'CM.com' },
  },
  {
    row: 2,
    title: 'a sender id where SMS is possible',
    fields: { from: 'agent_of_a_bakery', allowedChannels: ['RCS', 'SMS'] },
    code: 301,
    details: badFrom,
    twin: { from: 'agent_of_a_bakery', allowedChannels: ['RCS'] },
  },
  {
    row: 2,
    title: 'a sender id of 129 characters',
    fields: { from: 'é'.repeat(129), allowedChannels: ['Viber'] },
    code: 301,
    details: badFrom,
    twin: { from: 'é'.repeat(128), allowedChannels: ['Viber'] },
  },
  {
    row: 2,
    title: 'a sender id with a control character',
    fields: { from: 'agent\u0000', allowedChannels: ['Viber'] },
    code: 301,
    details: badFrom,
    twin: { from: 'agent😀', allowedChannels: ['Viber'] },
  },
  {
    row: 3,
    title: 'no to',
    fields: { to: undefined },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 3,
    title: 'null for to',
    fields: { to: null },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 3,
    title: 'an empty to',
    fields: { to: [] },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 4,
    title: 'an object for to',
    fields: { to: { number } },
    to: null,
    code: 302,
    details: toNoArray,
    twin: { to: [{ number }] },
  },
  {
    row: 4,
    title: 'a text for to',
    fields: { to: number },
    to: null,
    code: 302,
    details: toNoArray,
    twin: {},
  },
  {
    row: 4,
    title: 'a number for to',
    fields: { to: 5 },
    to: null,
    code: 302,
    details: toNoArray,
    twin: {},
  },
  {
    row: 5,
    title: 'no number',
    fields: { to: [{}] },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 5,
    title: 'null for the number',
    fields: { to: [{ number: null }] },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 5,
    title: 'a null recipient',
    fields: { to: [null] },
    to: null,
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 5,
    title: 'an empty number',
    fields: { to: [{ number: '' }] },
    to: '',
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 5,
    title: 'a blank id',
    fields: { allowedChannels: ['Instagram'], to: [{ number: ' ' }] },
    to: ' ',
    code: 302,
    details: noNumber,
    twin: {},
  },
  {
    row: 5,
    title: 'a blank number',
    fields: { to: [{ number: ' ' }] },
    to: ' ',
    code: 302,
    details: noNumber,
    twin: { to: [{ number: ' 0031612345678 ' }] },
  },
  ...[
    ['0031612345678x', '0031612345678'],
    ['00', '001234567'],
    ['00123456', '+123 4567'],
    ['001234567890123456', '00123456789012345'],
    ['x', '31612345678'],
    ["'; drop", '+31 (0)76-572.70.00'],
    ['٠٠٣١٦١٢٣٤٥٦٧٨', '31-6-12345678'],
  ].map(([bad = '', good = '']) => ({
    row: 6,
    title: `the number ${bad}`,
    fields: { to: [{ number: bad }] },
    to: bad,
    code: 303,
    details: `Gsm '${bad}' is not a number.`,
    twin: { to: [{ number: good }] },
  })),
  { row: 7, title: 'no body', fields: { body: undefined }, code: 304, details: noBody, twin: {} },
  {
    row: 7,
    title: 'null for the body',
    fields: { body: null },
    code: 304,
    details: noBody,
    twin: {},
  },
  {
    row: 8,
    title: 'a body without content',
    fields: { body: {} },
    code: 304,
    details: noContent,
    twin: { body: { content: 'x' } },
  },
  {
    row: 8,
    title: 'null for the content',
    fields: { body: { content: null } },
    code: 304,
    details: noContent,
    twin: { body: { content: 0 } },
  },
  {
    row: 8,
    title: 'an empty content',
    fields: { body: { content: '' } },
    code: 304,
    details: noContent,
    twin: { body: { content: ' ' } },
  },
  ...[['SMS'], ['Voice', 'WhatsApp'], ['Push', 'WhatsApp'], ['WhatsApp', 'SMS'], undefined].map(
    (allowedChannels) => ({
      row: 8,
      title: `an empty content with rich content over ${allowedChannels?.join() ?? 'any'}`,
      fields: {
        appKey,
        body: { content: '' },
        richContent: { conversation: [{ text: 'x' }] },
        allowedChannels,
      },
      code: 304,
      details: noContent,
      twin: {
        body: { content: '' },
        richContent: { conversation: [{ text: 'x' }] },
        allowedChannels: ['WhatsApp', 'RCS', 'Viber'],
      },
    }),
  ),
  ...['SMS', {}, 5, true].map((allowedChannels) => ({
    row: 9,
    title: `${JSON.stringify(allowedChannels)} for allowedChannels`,
    fields: { allowedChannels },
    code: 305,
    details: channelsNoArray,
    twin: { allowedChannels: ['SMS'] },
  })),
  ...[['Smoke'], ['SMS', 'Smoke'], [''], ['S'.repeat(65)], ['SM-S'], [5]].map(
    (allowedChannels) => ({
      row: 10,
      title: `the channels ${JSON.stringify(allowedChannels)}`,
      fields: { allowedChannels },
      code: 305,
      details: unknownChannel,
      twin: { allowedChannels: [' S M S '] },
    }),
  ),
  {
    row: 10,
    title: 'a body type that is none',
    fields: { body: { type: 'HTML', content: 'x' } },
    code: 305,
    details: 'The body type must be AUTO, TEXT or BINARY.',
    twin: { body: { type: 'text', content: 'x' } },
  },
  {
    row: 10,
    title: 'binary content that is not hexadecimal',
    fields: { body: { type: 'BINARY', content: '0x5' } },
    code: 305,
    details: 'The content of a BINARY body must be pairs of hexadecimal digits.',
    twin: { body: { type: 'Binary', content: 'C0ffee' } },
  },
  ...[4, 'GSM', 0.5, -1, ''].map((dcs) => ({
    row: 10,
    title: `dcs ${JSON.stringify(dcs)}`,
    fields: { dcs, body: { content: 'x' } },
    code: 305,
    details: badDcs,
    twin: { dcs, body: { type: 'auto', content: 'x' } },
  })),
  ...[0, 256, -1, 1.5, 'many', Infinity].map((maximum) => ({
    row: 10,
    title: `maximumNumberOfMessageParts ${maximum}`,
    fields: { maximumNumberOfMessageParts: maximum === Infinity ? '1e999' : maximum },
    code: 305,
    details: badMaximum,
    twin: { maximumNumberOfMessageParts: 255 },
  })),
  ...[
    [3, 2],
    [256, undefined],
    [-1, undefined],
    [0.5, 8],
    ['few', 8],
  ].map(([minimum, maximum]) => ({
    row: 10,
    title: `${minimum} to ${maximum ?? 'any number of'} parts`,
    fields: { minimumNumberOfMessageParts: minimum, maximumNumberOfMessageParts: maximum },
    code: 305,
    details: badMinimum,
    twin: { minimumNumberOfMessageParts: 2, maximumNumberOfMessageParts: 2 },
  })),
  ...['x'.repeat(33), '', 'Bäcker', 'a\tb'].map((reference) => ({
    row: 10,
    title: `the reference ${JSON.stringify(reference)}`,
    fields: { reference },
    code: 305,
    details: badReference,
    twin: { reference: 'x'.repeat(32) },
  })),
  ...['x'.repeat(33), '', 'order-4711', 'order 4711'].map((reference) => ({
    row: 10,
    title: `the reference ${JSON.stringify(reference)} in strict mode`,
    fields: { reference },
    options: strict,
    code: 305,
    details: strictReference,
    twin: { reference: 'Order4711' },
  })),
  ...['customGrouping', 'customGrouping2', 'customGrouping3'].map((field) => ({
    row: 10,
    title: `a ${field} of 101 characters`,
    fields: { [field]: '😀'.repeat(101) },
    code: 305,
    details: `The ${field} has more than 100 characters.`,
    twin: { [field]: '😀'.repeat(100) },
  })),
  {
    row: 10,
    title: 'a validity that is none',
    fields: { validity: 'soon' },
    code: 305,
    details: badValidity,
    twin: { validity: '2h' },
  },
  {
    row: 10,
    title: 'a validity in the past',
    fields: { validity: '2026-03-02 11:59:59 GMT' },
    code: 305,
    details: 'The validity lies in the past.',
    twin: { validity: '2026-03-02 12:00:01 GMT' },
  },
  ...['app', appKey.replaceAll('-', ''), 5].map((key) => ({
    row: 10,
    title: `the appKey ${JSON.stringify(key)}`,
    fields: { appKey: key },
    code: 305,
    details: badAppKey,
    twin: { appKey },
  })),
  {
    row: 10,
    title: 'Push alone without appKey',
    fields: { allowedChannels: ['Push'] },
    code: 305,
    details: 'The Push channel needs an appKey.',
    twin: { allowedChannels: ['Push', 'SMS'] },
  },
  {
    row: 10,
    title: 'rich content without a conversation',
    fields: { richContent: {} },
    code: 305,
    details: 'The richContent.conversation is missing.',
    twin: { richContent: { conversation: [{ text: 'x' }] } },
  },
];

describe('per-message errors (contract §4.4)', () => {
  for (const { row, title, fields, options, to = number, code, details, twin } of cases) {
    test(`row ${row}: ${title}`, async () => {
      // A number that is Infinity only after it was parsed.
      const rig = await createJsonRig(options);
      const body = JSON.stringify(wrap(message(fields))).replaceAll('"1e999"', '1e999');
      const response = await rig.send(body);
      const reference = echoOf(fields['reference']);
      assert.equal(response.status, 400);
      assert.equal(
        response.body,
        JSON.stringify({
          details: 'Created 0 message(s)',
          errorCode: 201,
          messages: [{ ...rejected(to, code, details), reference }],
        }),
      );
      assert.deepEqual(rig.accepted, []);

      const good = await sendOne(twin, options);
      assert.deepEqual([good.status, good.errorCode, good.failures], [200, 0, 0]);
    });
  }

  for (const [verdict, code, details] of [
    ['spam', 401, 'Message has been spam filtered.'],
    ['blacklisted', 402, 'Message has been blacklisted.'],
    ['refused', 403, 'Message has been rejected.'],
  ] as const) {
    test(`row 11: ${verdict}`, async () => {
      const rig = await createJsonRig({
        screen: ({ account, from, msisdn, text }) => {
          assert.deepEqual([account, from], ['demo', 'Bakery']);
          return msisdn === '31612345678' && text === 'Buy now' ? verdict : null;
        },
      });
      const answer = await rig.sendMessages(
        message({ body: { content: 'Buy now' } }),
        message({ body: { content: 'Buy later' } }),
      );
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.messages[0], rejected(number, code, details));
      assert.equal(answer.messages[1]?.status, 'Accepted');
    });
  }

  test('row 12: no route for one message while another has one', async () => {
    const rig = await createJsonRig({
      routes: [{ channel: 'SMS', connection: 'SMS', prefixes: ['31'], priority: 1 }],
    });
    const to = [{ number }, { number: '004915112345678' }];
    const answer = await rig.sendMessages(message({ to }));
    assert.equal(answer.status, 200);
    assert.equal(answer.errorCode, 201);
    assert.equal(answer.details, 'Created 1 message(s)');
    assert.deepEqual(
      answer.messages[1],
      rejected('004915112345678', 403, 'Message is unroutable.'),
    );
  });

  test('row 13: the store takes one chunk of a request and not the next', async () => {
    const failure = new Error('the disk is full');
    let commits = 0;
    const rig = await createJsonRig({
      commit(transaction) {
        if (++commits === 2) return transaction.reject(failure);
        letPass(transaction);
      },
    });
    const to = Array.from({ length: 1_000 }, () => ({ number }));
    const answer = await rig.sendMessages(message({ to }), message({ to }), message());
    assert.equal(answer.status, 200);
    assert.equal(answer.errorCode, 201);
    assert.equal(answer.details, 'Created 1001 message(s)');
    const codes = answer.messages.map((one) => one.messageErrorCode);
    assert.deepEqual(codes, [...Array(1_000).fill(0), ...Array(1_000).fill(500), 0]);
    assert.deepEqual(answer.messages[1_000], rejected(number, 500, 'Unknown Error'));
    assert.equal(rig.accepted.length, 1_001);
    assert.deepEqual(rig.failures, [failure]);
  });
});

/** A reference comes back as long as it is short enough to be repeated. */
function echoOf(reference: unknown): string | null {
  return typeof reference === 'string' ? reference : null;
}

describe('the order of per-message errors: the earlier row wins', () => {
  /** One fault of each row that can stand beside all those after it, with the code it has alone. */
  const faults: { row: number; fields: Record<string, unknown>; details: string }[] = [
    { row: 1, fields: { from: null }, details: noFrom },
    { row: 2, fields: { from: 'far too long for SMS' }, details: badFrom },
    { row: 3, fields: { to: null }, details: noNumber },
    { row: 4, fields: { to: {} }, details: toNoArray },
    { row: 5, fields: { to: [{ number: null }] }, details: noNumber },
    { row: 6, fields: { to: [{ number: 'x' }] }, details: "Gsm 'x' is not a number." },
    { row: 7, fields: { body: null }, details: noBody },
    { row: 8, fields: { body: {} }, details: noContent },
    { row: 9, fields: { allowedChannels: {} }, details: channelsNoArray },
    { row: 10, fields: { validity: 'soon' }, details: badValidity },
    { row: 10.5, fields: { dcs: 5, body: { content: 'x' } }, details: badDcs },
    { row: 12, fields: {}, details: 'Message is unroutable.' },
  ];
  for (const [index, first] of faults.entries()) {
    for (const second of faults.slice(index + 1)) {
      const clash = Object.keys(first.fields).some((field) => field in second.fields);
      const isWithinRow10 = first.row === 10 && second.row === 10.5;
      if (clash || isWithinRow10) continue;
      test(`row ${first.row} before row ${second.row}`, async () => {
        const rig = await createJsonRig({ routes: [] });
        // Beside a message with a fault of its own, so that no route is not the whole answer.
        const answer = await rig.sendMessages(
          message({ ...second.fields, ...first.fields }),
          message({ from: null }),
        );
        assert.equal(answer.messages[0]?.messageDetails, first.details);
      });
    }
  }

  test('row 11 is between the fields and the routes', async () => {
    const rig = await createJsonRig({ routes: [], screen: () => 'spam' });
    const answer = await rig.sendMessages(message(), message({ validity: 'soon' }));
    assert.deepEqual(
      answer.messages.map((one) => one.messageErrorCode),
      [401, 305],
    );
  });
});
