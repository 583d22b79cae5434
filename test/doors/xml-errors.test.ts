import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { letPass } from '../../src/store/memory/test-commits.ts';
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
import { closeRigs, createGatewayRig, msg, token, wrap } from './gateway-rig.ts';

afterEach(closeRigs);

const good = wrap(msg());
const door: ErrorDoor = {
  good,
  send: (rig, request, options) => rig.post(request, options),
};

/** A document with this in place of its authentication. */
function authenticated(authentication: string, inner = msg()): string {
  return `<MESSAGES>${authentication}${inner}</MESSAGES>`;
}
const withToken = (text: string, inner?: string) =>
  authenticated(`<AUTHENTICATION><PRODUCTTOKEN>${text}</PRODUCTTOKEN></AUTHENTICATION>`, inner);

const invalidToken = 'Error: ERROR Invalid product token.';
const noMsg = 'Error: ERROR A MESSAGES node requires at least one MSG node';
const noFrom = 'Error: ERROR No FROM field found in a MSG node.';
const noNumbers = 'Error: ERROR No phone numbers found. Message will not be sent.';
const noBody = 'Error: ERROR No body field was found';
const notNumber = (value: string) => `Error: ERROR Rejected: Gsm '${value}' is not a number.`;

/** Bodies that are no XML, or no XML that this door takes. */
const malformed: [title: string, document: string | Buffer, twin: string | Buffer][] = [
  ['nothing', '', good],
  ['JSON', '{"messages":{}}', good],
  ['half a document', good.slice(0, -3), good],
  ['an element that is not closed', good.replace('</MSG>', ''), good],
  ['an element that is closed twice', good.replace('</MSG>', '</MSG></MSG>'), good],
  ['elements across each other', good.replace('</BODY></MSG>', '</MSG></BODY>'), good],
  [
    'a bare ampersand',
    wrap(msg({ BODY: '<BODY>R&B</BODY>' })),
    wrap(msg({ BODY: '<BODY>R&amp;B</BODY>' })),
  ],
  [
    'a bare less-than sign',
    wrap(msg({ BODY: '<BODY>1 < 2</BODY>' })),
    wrap(msg({ BODY: '<BODY>1 &lt; 2</BODY>' })),
  ],
  [
    'the end of CDATA in a text',
    wrap(msg({ BODY: '<BODY>]]></BODY>' })),
    wrap(msg({ BODY: '<BODY>]]&gt;</BODY>' })),
  ],
  [
    'an attribute without quotes',
    wrap(msg({ BODY: '<BODY TYPE=AUTO>x</BODY>' })),
    wrap(msg({ BODY: '<BODY TYPE="AUTO">x</BODY>' })),
  ],
  [
    'an attribute twice',
    wrap(msg({ BODY: '<BODY TYPE="AUTO" TYPE="AUTO">x</BODY>' })),
    wrap(msg({ BODY: '<BODY TYPE="AUTO" HEADER="">x</BODY>' })),
  ],
  [
    'an entity of HTML',
    wrap(msg({ BODY: '<BODY>a&nbsp;b</BODY>' })),
    wrap(msg({ BODY: '<BODY>a&#160;b</BODY>' })),
  ],
  [
    'a reference to U+0000',
    wrap(msg({ BODY: '<BODY>&#0;</BODY>' })),
    wrap(msg({ BODY: '<BODY>&#10;</BODY>' })),
  ],
  [
    'a reference to a surrogate',
    wrap(msg({ BODY: '<BODY>&#xD83C;</BODY>' })),
    wrap(msg({ BODY: '<BODY>&#x1F35E;</BODY>' })),
  ],
  [
    'a control character',
    wrap(msg({ BODY: '<BODY>\u0001</BODY>' })),
    wrap(msg({ BODY: '<BODY>\t</BODY>' })),
  ],
  ['two roots', `${good}<MESSAGES/>`, `${good}<!-- no more -->`],
  ['text behind the root', `${good}x`, `${good}\r\n`],
  ['a space before the declaration', ` ${good}`, good.slice(good.indexOf('<MESSAGES>'))],
  [
    'a DOCTYPE',
    good.replace('?>', '?><!DOCTYPE MESSAGES>'),
    good.replace('?>', '?><!-- MESSAGES -->'),
  ],
  ['a processing instruction', good.replace('?>', '?><?php echo ?>'), good],
  ['another root', good.replaceAll('MESSAGES', 'MESSAGE'), good],
  ['a root in small letters', good.replaceAll('MESSAGES', 'messages'), good],
  [
    'a root with a prefix',
    good.replaceAll('MESSAGES>', 'cm:MESSAGES>'),
    good.replace('<MESSAGES>', '<MESSAGES xmlns:cm="urn:x">'),
  ],
  [
    'markup within a text',
    wrap(msg({ BODY: '<BODY>a <b>b</b></BODY>' })),
    wrap(msg({ BODY: '<BODY>a &lt;b>b&lt;/b></BODY>' })),
  ],
  ['text beside elements', wrap(msg(), 'x'), wrap(msg(), ' \n ')],
  ['text in a MSG', wrap(msg({ x: 'x' })), wrap(msg({ x: '<x>x</x>' }))],
  ['two texts in a MSG', wrap(msg({ x: '<BODY>y</BODY>' })), wrap(msg(), msg())],
  ['two senders in a MSG', wrap(msg({ x: '<FROM>y</FROM>' })), wrap(msg({ x: '<from>y</from>' }))],
  [
    'two tokens',
    good.replace('</AUTHENTICATION>', `<PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>`),
    good,
  ],
  [
    'Latin-1 octets',
    Buffer.from(wrap(msg({ BODY: '<BODY>caf\u00e9</BODY>' })), 'latin1'),
    wrap(msg({ BODY: '<BODY>café</BODY>' })),
  ],
  [
    'Latin-1 that says so',
    Buffer.from(
      wrap(msg({ BODY: '<BODY>caf\u00e9</BODY>' })).replace('utf-8', 'iso-8859-1'),
      'latin1',
    ),
    good.replace('utf-8', 'iso-8859-1'),
  ],
  [
    'UTF-8 that says it is Latin-1',
    wrap(msg({ BODY: '<BODY>café</BODY>' })).replace('utf-8', 'iso-8859-1'),
    wrap(msg({ BODY: '<BODY>caf&#233;</BODY>' })).replace('utf-8', 'iso-8859-1'),
  ],
  ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), Buffer.from(`\ufeff${good}`)],
];

const reject = (elements: Record<string, string>) => wrap(msg(elements));
const accept = (elements: Record<string, string> = {}) => wrap(msg(elements));

/** Fields that are wrong, which the specification has no text for. */
const wrongFields: [
  reason: string,
  elements: Record<string, string>,
  twin: Record<string, string>,
][] = [
  [
    '301 The FROM field is too long or holds characters that are not allowed.',
    { FROM: '<FROM>Bakery Breda</FROM>' },
    { FROM: '<FROM>Bakery-Bred</FROM>' },
  ],
  ['305 The dcs must be 0 or 8.', { DCS: '<DCS>4</DCS>' }, { DCS: '<DCS>0</DCS>' }],
  ['305 The dcs must be 0 or 8.', { DCS: '<DCS>eight</DCS>' }, { DCS: '<DCS>8</DCS>' }],
  [
    '305 The body type must be AUTO, TEXT or BINARY.',
    { BODY: '<BODY TYPE="HTML">x</BODY>' },
    { BODY: '<BODY TYPE="text">x</BODY>' },
  ],
  [
    '305 The content of a BINARY body must be pairs of hexadecimal digits.',
    { BODY: '<BODY TYPE="BINARY">abc</BODY>' },
    { BODY: '<BODY TYPE="BINARY">abcd</BODY>' },
  ],
  [
    '305 The body header must be a user data header in hexadecimal.',
    { BODY: '<BODY HEADER="0500">x</BODY>' },
    { BODY: '<BODY HEADER="050003010201">x</BODY>' },
  ],
  [
    '305 The maximumNumberOfMessageParts must be a number from 1 to 255.',
    { MAX: '<MAXIMUMNUMBEROFMESSAGEPARTS>0</MAXIMUMNUMBEROFMESSAGEPARTS>' },
    { MAX: '<MAXIMUMNUMBEROFMESSAGEPARTS>1</MAXIMUMNUMBEROFMESSAGEPARTS>' },
  ],
  [
    '305 The minimumNumberOfMessageParts must be a number up to the maximumNumberOfMessageParts.',
    {
      MIN: '<MINIMUMNUMBEROFMESSAGEPARTS>2</MINIMUMNUMBEROFMESSAGEPARTS>',
      MAX: '<MAXIMUMNUMBEROFMESSAGEPARTS>1</MAXIMUMNUMBEROFMESSAGEPARTS>',
    },
    { MIN: '<MINIMUMNUMBEROFMESSAGEPARTS>2</MINIMUMNUMBEROFMESSAGEPARTS>' },
  ],
  [
    '305 The reference must be 1 to 32 printable ASCII characters.',
    { REFERENCE: `<REFERENCE>${'r'.repeat(33)}</REFERENCE>` },
    { REFERENCE: `<REFERENCE>${'r'.repeat(32)}</REFERENCE>` },
  ],
  [
    '305 The customGrouping2 has more than 100 characters.',
    { G: `<CUSTOMGROUPING2>${'g'.repeat(101)}</CUSTOMGROUPING2>` },
    { G: `<CUSTOMGROUPING2>${'g'.repeat(100)}</CUSTOMGROUPING2>` },
  ],
  [
    '305 The validity is neither a date and time nor a number of hours or minutes.',
    { V: '<VALIDITY>soon</VALIDITY>' },
    { V: '<VALIDITY>30m</VALIDITY>' },
  ],
  [
    '305 The validity lies in the past.',
    { V: '<VALIDITY>2017-04-20 11:50:05 GMT</VALIDITY>' },
    { V: '<VALIDITY>2026-03-03 11:50:05 GMT</VALIDITY>' },
  ],
  [
    '305 The allowedChannels hold a name that is no channel.',
    { C: '<ALLOWEDCHANNELS>Fax</ALLOWEDCHANNELS>' },
    { C: '<ALLOWEDCHANNELS>SMS</ALLOWEDCHANNELS>' },
  ],
  [
    '305 The allowedChannels hold a name that is no channel.',
    { C: '<CHANNEL>Fax</CHANNEL>' },
    { C: '<CHANNEL>SMS</CHANNEL>' },
  ],
  [
    '305 The Push channel needs an appKey.',
    { C: '<ALLOWEDCHANNELS>Push</ALLOWEDCHANNELS>' },
    { C: `<ALLOWEDCHANNELS>Push</ALLOWEDCHANNELS><APPKEY>${token}</APPKEY>` },
  ],
  [
    '305 The appKey must be a GUID with hyphens.',
    { A: '<APPKEY>app</APPKEY>' },
    { A: `<APPKEY>${token}</APPKEY>` },
  ],
];

const cases: ErrorCase[] = [
  ...malformed.map(([title, request, twin]) => ({
    row: 2,
    title,
    request,
    expected: unknown,
    twin,
  })),
  {
    row: 3,
    title: 'no AUTHENTICATION',
    request: authenticated(''),
    expected: invalidToken,
    twin: good,
  },
  {
    row: 3,
    title: 'no PRODUCTTOKEN',
    request: authenticated('<AUTHENTICATION/>'),
    expected: invalidToken,
    twin: good,
  },
  {
    row: 3,
    title: 'an empty PRODUCTTOKEN',
    request: withToken(''),
    expected: invalidToken,
    twin: withToken(token),
  },
  {
    row: 3,
    title: 'a token without hyphens',
    request: withToken(token.replaceAll('-', '')),
    expected: invalidToken,
    twin: withToken(token.toUpperCase()),
  },
  {
    row: 3,
    title: 'a token in braces',
    request: withToken(`{${token}}`),
    expected: invalidToken,
    twin: withToken(`\n  ${token}\n`),
  },
  {
    row: 3,
    title: 'a token outside AUTHENTICATION',
    request: authenticated(`<PRODUCTTOKEN>${token}</PRODUCTTOKEN>`),
    expected: invalidToken,
    twin: withToken(`<![CDATA[${token}]]>`),
  },
  {
    row: 3,
    title: 'elements in small letters',
    request: authenticated(
      `<authentication><producttoken>${token}</producttoken></authentication>`,
    ),
    expected: invalidToken,
    twin: good,
  },
  {
    row: 3,
    title: 'the login of old times',
    request: authenticated('<CUSTOMER ID="1"/><USER LOGIN="a" PASSWORD="b"/>'),
    expected: invalidToken,
    twin: good,
  },
  {
    row: 4,
    title: 'the token of nobody',
    request: withToken(otherToken),
    expected: noAccount,
    twin: withToken(token),
  },
  {
    row: 5,
    title: 'an empty trial',
    request: good,
    options: emptyTrial,
    expected: insufficient,
    twin: good,
    twinOptions: { ...emptyTrial, messagesLeft: 1 },
  },
  {
    row: 5,
    title: 'a trial with one message left for two',
    request: wrap(msg(), msg()),
    options: { ...emptyTrial, messagesLeft: 1 },
    expected: insufficient,
    twin: wrap(msg(), msg()),
    twinOptions: { ...emptyTrial, messagesLeft: 2 },
  },
  {
    row: 5,
    title: 'an empty trial without MSG',
    request: wrap(),
    options: emptyTrial,
    expected: insufficient,
    twin: good,
  },
  { row: 6, title: 'no MSG', request: wrap(), expected: noMsg, twin: good },
  {
    row: 6,
    title: 'a MSG in small letters',
    request: wrap('<msg/>'),
    expected: noMsg,
    twin: good,
  },
  {
    row: 6,
    title: 'a MSG within something else',
    request: wrap(`<x>${msg()}</x>`),
    expected: noMsg,
    twin: wrap('<x><y/></x>', msg()),
  },
  {
    row: 7,
    title: 'no FROM',
    request: reject({ FROM: '' }),
    expected: noFrom,
    twin: accept({ FROM: '<FROM>0</FROM>' }),
  },
  {
    row: 7,
    title: 'an empty FROM',
    request: reject({ FROM: '<FROM/>' }),
    expected: noFrom,
    twin: accept({ FROM: '<FROM>CM Telecom</FROM>' }),
  },
  {
    row: 7,
    title: 'a blank FROM',
    request: reject({ FROM: '<FROM> \n </FROM>' }),
    expected: noFrom,
    twin: accept({ FROM: '<FROM>\n  Bakery\n</FROM>' }),
  },
  { row: 7, title: 'an empty MSG', request: wrap('<MSG/>'), expected: noFrom, twin: good },
  {
    row: 7,
    title: 'no FROM in the last of many',
    request: wrap(msg(), msg(), msg({ FROM: '' })),
    expected: noFrom,
    twin: wrap(msg(), msg(), msg()),
  },
  { row: 8, title: 'no TO', request: reject({ TO: '' }), expected: noNumbers, twin: accept() },
  {
    row: 8,
    title: 'an empty TO',
    request: reject({ TO: '<TO></TO>' }),
    expected: noNumbers,
    twin: accept(),
  },
  {
    row: 8,
    title: 'a blank TO beside a good one',
    request: reject({ TO2: '<TO> </TO>' }),
    expected: noNumbers,
    twin: accept({ TO2: '<TO>0031612345679</TO>' }),
  },
  {
    row: 9,
    title: 'letters',
    request: reject({ TO: '<TO>003161234567x</TO>' }),
    expected: notNumber('003161234567x'),
    twin: accept({ TO: '<TO>+31 6 1234-5678</TO>' }),
  },
  {
    row: 9,
    title: 'too few digits',
    request: reject({ TO: '<TO>00123456</TO>' }),
    expected: notNumber('00123456'),
    twin: accept({ TO: '<TO>001234567</TO>' }),
  },
  {
    row: 9,
    title: 'too many digits',
    request: reject({ TO: '<TO>001234567890123456</TO>' }),
    expected: notNumber('001234567890123456'),
    twin: accept({ TO: '<TO>00123456789012345</TO>' }),
  },
  {
    row: 9,
    title: 'a bad one beside good ones',
    request: reject({ TO2: '<TO>$&amp;</TO><TO>0031612345679</TO>' }),
    expected: notNumber('$&'),
    twin: accept({ TO2: '<TO>0031612345679</TO>' }),
  },
  {
    row: 9,
    title: 'letters beyond ASCII',
    request: reject({ TO: '<TO>né</TO>' }),
    expected: notNumber('né'),
    twin: accept(),
  },
  {
    row: 9,
    title: 'several lines, shown as one',
    request: reject({ TO: '<TO>0031612345678\nError: x</TO>' }),
    expected: notNumber('0031612345678 Error: x'),
    twin: accept(),
  },
  {
    row: 9,
    title: 'a long one, shown cut off',
    request: reject({ TO: `<TO>${'1'.repeat(500)}</TO>` }),
    expected: notNumber(`${'1'.repeat(100)}...`),
    twin: accept(),
  },
  {
    row: 10,
    title: 'no BODY',
    request: reject({ BODY: '' }),
    expected: noBody,
    twin: accept({ BODY: '<BODY> </BODY>' }),
  },
  {
    row: 10,
    title: 'an empty BODY',
    request: reject({ BODY: '<BODY/>' }),
    expected: noBody,
    twin: accept({ BODY: '<BODY><![CDATA[x]]></BODY>' }),
  },
  ...wrongFields.map(([reason, elements, twin]) => ({
    row: 2,
    title: reason,
    request: reject(elements),
    expected: unknown,
    reason,
    twin: accept(twin),
  })),
  {
    row: 2,
    title: '1001 MSG',
    request: wrap(...Array.from({ length: 1_001 }, () => msg())),
    expected: unknown,
    reason: '203 A MESSAGES object allows at most 1000 MSG objects',
    twin: wrap(...Array.from({ length: 1_000 }, () => msg())),
  },
  {
    row: 2,
    title: '1001 recipients of a MSG',
    request: reject({ TO: '<TO>0031612345678</TO>'.repeat(1_001) }),
    expected: unknown,
    reason: '302 A TO object allows at most 1000 numbers',
    twin: accept({ TO: '<TO>0031612345678</TO>'.repeat(1_000) }),
  },
  {
    row: 11,
    title: 'no route',
    request: good,
    options: { routes: [] },
    expected: unrouteable,
    twin: good,
  },
  {
    row: 11,
    title: 'no route for the second of two',
    request: wrap(msg(), msg({ TO: '<TO>004915112345678</TO>' })),
    options: { routes: [{ channel: 'SMS', connection: 'SMS', prefixes: ['31'], priority: 1 }] },
    expected: unrouteable,
    twin: wrap(msg(), msg({ TO: '<TO>004915112345678</TO>' })),
  },
  {
    row: 11,
    title: 'a channel that is known and not delivered over',
    request: reject({ C: '<ALLOWEDCHANNELS>Voice</ALLOWEDCHANNELS>' }),
    expected: unrouteable,
    twin: accept({ C: '<ALLOWEDCHANNELS>Voice,SMS</ALLOWEDCHANNELS>' }),
  },
];

/** Each has its own fault and all that come after it in the table, some of them before it in the document. */
const order: OrderCase[] = [
  ['2', '<MESSAGES><AUTHENTICATION/>', unknown, emptyTrial],
  ['3', authenticated('', '<MSG/>'), invalidToken, emptyTrial],
  ['4', withToken(otherToken, '<MSG/>'), noAccount, emptyTrial],
  ['5', wrap('<MSG/>'), insufficient, emptyTrial],
  ['6', wrap('<x/>'), noMsg, { routes: [] }],
  ['7', wrap(msg({ TO: '<TO>x</TO>' }), '<MSG/>'), noFrom, { routes: [] }],
  ['8', wrap(msg({ TO: '<TO>x</TO>' }), msg({ TO: '' })), noNumbers, { routes: [] }],
  [
    '9',
    wrap(msg({ BODY: '' }), msg({ TO: '<TO>a</TO>' }), msg({ TO: '<TO>b</TO>' })),
    notNumber('a'),
    { routes: [] },
  ],
  ['9', reject({ TO2: '<TO>a</TO>', BODY: '' }), notNumber('a'), { routes: [] }],
  ['10', wrap(msg({ DCS: '<DCS>4</DCS>' }), msg({ BODY: '' })), noBody, { routes: [] }],
  ['2, a field', wrap(msg(), msg({ DCS: '<DCS>4</DCS>' })), unknown, { routes: [] }],
];

describe('errors of the XML gateway (contract §5.3)', () => {
  testErrors(door, cases);
  testRefusals(door, ['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE']);
});

testOrder(door, order);

describe('all or nothing', () => {
  test('one bad number of a thousand, and no message is made', async () => {
    const rig = await createGatewayRig({ account: { wallet: 'trial' }, messagesLeft: 5_000 });
    const many = Array.from({ length: 999 }, () => msg());
    const refused = await rig.post(wrap(...many, msg({ TO: '<TO>x</TO>' })));
    assert.equal(refused.body, notNumber('x'));
    assert.deepEqual([rig.accepted, rig.reports], [[], []]);
    assert.equal(await rig.messagesLeft(), 5_000);
  });

  test('a large request is one transaction', async () => {
    let accepts = 0;
    const rig = await createGatewayRig({
      commit(transaction) {
        if (transaction.kind.startsWith('accept')) accepts++;
        letPass(transaction);
      },
    });
    const to = '<TO>0031612345678</TO>'.repeat(1_000);
    const answer = await rig.post(wrap(msg({ TO: to }), msg({ TO: to }), msg({ TO: to })));
    assert.deepEqual([answer.status, answer.body], [200, '']);
    assert.equal(rig.accepted.length, 3_000);
    assert.equal(accepts, 1);
  });
});
