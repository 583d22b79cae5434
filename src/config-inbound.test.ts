import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configFile } from './config-file.ts';
import { inboundFromFile } from './config-inbound.ts';

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
const otherToken = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c12';
const key = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

function faultsOf(...accounts: readonly object[]): string[] {
  const tokens = [token, otherToken];
  const read = configFile.safeParse({
    accounts: accounts.map((one, index) => ({ id: `a${index}`, token: tokens[index], ...one })),
  });
  return read.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

test('an account that says nothing has the defaults', () => {
  const entry = configFile.parse({ accounts: [{ id: 'a', token }] }).accounts[0];
  assert.ok(entry !== undefined);
  assert.deepEqual(inboundFromFile(entry), {
    id: 'a',
    webhook: null,
    events: null,
    numbers: [],
    words: {},
    hasSessions: false,
  });
});

test('what it says is read', () => {
  const entry = configFile.parse({
    accounts: [
      {
        id: 'a',
        token,
        numbers: ['31620000000', { number: '3669', keyword: 'BREAD' }],
        inboundWebhook: { url: 'https://a.example/in', format: 'xml', signingKey: key },
        eventsWebhook: { url: 'https://a.example/events' },
        optOutWords: { SMS: { stop: ['BASTA'] } },
      },
    ],
  }).accounts[0];
  assert.ok(entry !== undefined);
  assert.deepEqual(inboundFromFile(entry), {
    id: 'a',
    webhook: { url: 'https://a.example/in', format: 'xml', signingKeys: [Buffer.alloc(24, 7)] },
    events: { url: 'https://a.example/events', signingKeys: [] },
    numbers: [
      { number: '31620000000', keyword: null },
      { number: '3669', keyword: 'BREAD' },
    ],
    words: { SMS: { stop: ['BASTA'], start: [] } },
    hasSessions: false,
  });
});

describe('what cannot work is refused', () => {
  const url = 'https://a.example/in';
  const cases: readonly (readonly [string, readonly object[], RegExp | null])[] = [
    ['two numbers', [{ numbers: ['3669'] }, { numbers: ['3670'] }], null],
    [
      'one number twice',
      [{ numbers: ['+3669'] }, { numbers: ['3669'] }],
      /accounts\.1\.numbers\.0/,
    ],
    [
      'a shared number with two keywords and one without',
      [
        { numbers: [{ number: '3669', keyword: 'A' }, '3669'] },
        { numbers: [{ number: '3669', keyword: 'B' }] },
      ],
      null,
    ],
    [
      'a shared number with one keyword twice',
      [
        { numbers: [{ number: '3669', keyword: 'bread' }] },
        { numbers: [{ number: '3669', keyword: 'Bread!' }] },
      ],
      /needs a keyword of its own/,
    ],
    ['no number', [{ numbers: ['36 69'] }], /accounts\.0\.numbers\.0/],
    [
      'GET with a placeholder',
      [{ inboundWebhook: { url: `${url}?m={message}`, format: 'get' } }],
      null,
    ],
    ['GET without', [{ inboundWebhook: { url, format: 'get' } }], /at least one of/],
    ['another form', [{ inboundWebhook: { url, format: 'yaml' } }], /inboundWebhook\.format/],
    ['a bad key', [{ eventsWebhook: { url, signingKey: 'x' } }], /whsec_/],
    ['a channel that is none', [{ optOutWords: { Fax: { stop: [] } } }], /optOutWords/],
  ];
  for (const [title, accounts, expected] of cases) {
    test(title, () => {
      const faults = faultsOf(...accounts);
      if (expected === null) assert.deepEqual(faults, []);
      else assert.match(faults.join('\n'), expected);
    });
  }

  test('a connection of an account that is none', () => {
    const settings = {};
    const connection = { name: 'op', channel: 'SMS', settings, account: 'nobody' };
    const read = configFile.safeParse({ connections: [connection] });
    assert.match(read.error?.issues[0]?.message ?? '', /no account is named "nobody"/);
  });
});
