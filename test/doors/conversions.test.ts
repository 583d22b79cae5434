import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConversionLimits } from '../../src/api/conversion/limits.ts';
import type { DoorRequest, DoorResponse } from '../../src/api/door.ts';
import { createConversionRig, jsonOf, xmlOf } from './conversion-rig.ts';
import { token } from './door-rig.ts';

const taken = 'r null 2026-03-01T09:16:00.000Z null';

/** Forms of the same report. */
const forms: { title: string; body: string | Buffer; headers?: DoorRequest['headers'] }[] = [
  { title: 'JSON', body: jsonOf() },
  { title: 'XML', body: xmlOf() },
  { title: 'JSON that says so', body: jsonOf(), headers: { 'content-type': 'application/json' } },
  { title: 'XML as text/xml', body: xmlOf(), headers: { 'content-type': 'text/xml' } },
  { title: 'XML as a form', body: xmlOf(), headers: { 'content-type': 'application/x-www-form' } },
  { title: 'JSON as text', body: ` \n${jsonOf()}`, headers: { 'content-type': 'text/plain' } },
  { title: 'JSON behind a byte order mark', body: `\ufeff${jsonOf()}` },
  { title: 'XML behind a byte order mark', body: `\ufeff${xmlOf()}` },
  { title: 'XML behind a declaration', body: `<?xml version="1.0" encoding="utf-8"?>\n${xmlOf()}` },
  { title: 'XML with attributes', body: xmlOf().replace('>', ' xmlns="urn:x" a="b">') },
  {
    title: 'names in lower case',
    body: jsonOf({ ProductToken: null, producttoken: token }).toLowerCase(),
  },
  {
    title: 'elements in capitals',
    body: xmlOf().replaceAll(/<[^>]+>/g, (tag) => tag.toUpperCase()),
  },
  { title: 'white space around values', body: xmlOf({ Reference: '\n  r\n  ' }) },
  { title: 'CDATA and a comment', body: xmlOf({ Reference: '<![CDATA[r]]><!-- x -->' }) },
  { title: 'what is not known', body: jsonOf({ Extra: { deep: [1] }, Other: 'x' }) },
  { title: 'elements that are not known', body: xmlOf({ Extra: '<a>b</a>' }) },
  { title: 'empty and null fields', body: jsonOf({ Msisdn: '', NotificationTimestamp: null }) },
  {
    title: 'a token in the header',
    body: jsonOf({ ProductToken: undefined }),
    headers: { 'x-cm-producttoken': token },
  },
  {
    title: 'a token in the header that wins',
    body: jsonOf({ ProductToken: 'x' }),
    headers: { 'x-cm-producttoken': token },
  },
  {
    title: 'a login',
    body: xmlOf({ ProductToken: undefined, Customer: '12345', Login: 'Brand', Password: 'secret' }),
  },
  {
    title: 'a login with numbers',
    body: jsonOf({ ProductToken: null, Customer: 12345, Login: 'Brand', Password: 'secret' }),
  },
  {
    title: 'the last of two keys',
    body: jsonOf({ Reference: 's' }).replace('}', ',"reference":"r"}'),
  },
];

describe('a conversion is taken as', () => {
  for (const { title, body, headers } of forms) {
    test(title, async () => {
      const rig = createConversionRig();
      const { status, body: answer } = await rig.report(body, headers);
      assert.deepEqual([status, answer], [200, '']);
      assert.equal(await rig.newest(), taken);
    });
  }

  test('a reference that is a number of nineteen digits', async () => {
    const rig = createConversionRig();
    const body = jsonOf({ Reference: 4711 }).replace('4711', '1234567890123456789');
    assert.equal((await rig.report(body)).status, 200);
    assert.match((await rig.newest()) ?? '', /^1234567890123456789 /);
  });
});

describe('times', () => {
  for (const [text, expected] of [
    ['2026-03-01T10:16:00', '2026-03-01T09:16:00.000Z'],
    ['2026-07-01T10:16:00.123', '2026-07-01T08:16:00.123Z'],
    ['2026-03-01 10:16:00.1', '2026-03-01T09:16:00.100Z'],
    ['2026-03-01T10:16:00.123456Z', '2026-03-01T10:16:00.123Z'],
    ['2026-03-01T10:16:00+05:30', '2026-03-01T04:46:00.000Z'],
    ['2026-03-01T10:16:00 Asia/Tokyo', '2026-03-01T01:16:00.000Z'],
    // The hour that Amsterdam has twice: the first of the two.
    ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
  ] as const) {
    test(text, async () => {
      const rig = createConversionRig();
      assert.equal((await rig.report(jsonOf({ ConvertedTimestamp: text }))).status, 200);
      assert.equal(await rig.newest(), `r null ${expected} null`);
    });
  }
});

const badBody = 'The body is neither a conversion in JSON nor one in XML.';
const badAccount = 'No account has this ProductToken, or this Customer, Login and Password.';
const { fieldCharactersMax, fieldsMax, depthMax, bodyBytesMax } = defaultConversionLimits;
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const elements = (count: number) => xmlOf({ Extra: '<a/>'.repeat(count - 5) });

/** What is refused, and the nearest thing that is not. */
const refusals: { title: string; body: string; status: number; says: string; twin: string }[] = [
  { title: 'nothing', body: '', status: 400, says: badBody, twin: jsonOf() },
  {
    title: 'half a document',
    body: jsonOf().slice(0, -1),
    status: 400,
    says: badBody,
    twin: jsonOf(),
  },
  { title: 'a list', body: `[${jsonOf()}]`, status: 400, says: badBody, twin: jsonOf() },
  {
    title: 'half an element',
    body: xmlOf().slice(0, -1),
    status: 400,
    says: badBody,
    twin: xmlOf(),
  },
  {
    title: 'another root',
    body: xmlOf().replaceAll('Conversion>', 'Conversions>'),
    status: 400,
    says: badBody,
    twin: xmlOf(),
  },
  {
    title: 'text between fields of the root',
    body: `x${xmlOf()}`,
    status: 400,
    says: badBody,
    twin: xmlOf(),
  },
  {
    title: 'a DOCTYPE',
    body: `<!DOCTYPE Conversion>${xmlOf()}`,
    status: 400,
    says: badBody,
    twin: `<!-- c -->${xmlOf()}`,
  },
  {
    title: 'an entity',
    body: `<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xmlOf({ Reference: '&a;' })}`,
    status: 400,
    says: badBody,
    twin: xmlOf({ Reference: '&amp;' }),
  },
  {
    title: 'an element twice',
    body: xmlOf().replace('</Conversion>', '<reference>s</reference></Conversion>'),
    status: 400,
    says: badBody,
    twin: xmlOf().replace('</Conversion>', '<other>s</other></Conversion>'),
  },
  {
    title: 'an element inside a field',
    body: xmlOf({ Reference: '<b>r</b>' }),
    status: 400,
    says: badBody,
    twin: xmlOf({ Extra: '<b>r</b>' }),
  },
  {
    title: 'a list for a field',
    body: jsonOf({ Reference: ['r'] }),
    status: 400,
    says: badBody,
    twin: jsonOf({ Extra: ['r'] }),
  },
  {
    title: 'a truth for a field',
    body: jsonOf({ Reference: true }),
    status: 400,
    says: badBody,
    twin: jsonOf({ Reference: 1 }),
  },
  {
    title: 'a long value in JSON',
    body: jsonOf({ Reference: 'r'.repeat(fieldCharactersMax + 1) }),
    status: 400,
    says: badBody,
    twin: jsonOf({ Reference: 'r'.repeat(fieldCharactersMax) }),
  },
  {
    title: 'a long value in XML',
    body: xmlOf({ Reference: 'r'.repeat(fieldCharactersMax + 1) }),
    status: 400,
    says: badBody,
    twin: xmlOf({ Reference: 'r'.repeat(fieldCharactersMax) }),
  },
  {
    title: 'too deep a list',
    body: jsonOf().replace('}', `,"x":${deep(depthMax)}}`),
    status: 400,
    says: badBody,
    twin: jsonOf().replace('}', `,"x":${deep(depthMax - 1)}}`),
  },
  {
    title: 'too many elements',
    body: elements(fieldsMax + 1),
    status: 400,
    says: badBody,
    twin: elements(fieldsMax),
  },
  {
    title: 'a large body',
    body: jsonOf().padEnd(bodyBytesMax + 1),
    status: 413,
    says: 'The request is too large.',
    twin: jsonOf().padEnd(bodyBytesMax),
  },
  {
    title: 'no credentials',
    body: jsonOf({ ProductToken: null }),
    status: 401,
    says: badAccount,
    twin: jsonOf(),
  },
  {
    title: 'a token of nobody',
    body: jsonOf({ ProductToken: '00000000-0000-0000-0000-000000000000' }),
    status: 401,
    says: badAccount,
    twin: jsonOf({ ProductToken: token.toUpperCase() }),
  },
  {
    title: 'a token that is none',
    body: jsonOf({ ProductToken: 'x' }),
    status: 401,
    says: badAccount,
    twin: jsonOf(),
  },
  ...['Customer', 'Login', 'Password'].map((field) => {
    const login = {
      ProductToken: undefined,
      Customer: '12345',
      Login: 'Brand',
      Password: 'secret',
    };
    const title = `a login with another ${field}`;
    return {
      title,
      body: xmlOf({ ...login, [field]: 'x' }),
      status: 401,
      says: badAccount,
      twin: xmlOf(login),
    };
  }),
  {
    title: 'half a login',
    body: xmlOf({ ProductToken: undefined, Customer: '12345', Login: 'Brand' }),
    status: 401,
    says: badAccount,
    twin: xmlOf(),
  },
  {
    title: 'neither reference nor number',
    body: jsonOf({ Reference: ' ' }),
    status: 400,
    says: 'Give a Reference or an Msisdn.',
    twin: jsonOf({ Reference: null, Msisdn: 31612345678 }),
  },
  {
    title: 'a number that is none',
    body: jsonOf({ Msisdn: '12x' }),
    status: 400,
    says: 'The Msisdn is not a number.',
    twin: jsonOf({ Msisdn: '+31 6 12345678' }),
  },
  {
    title: 'no time',
    body: jsonOf({ ConvertedTimestamp: null }),
    status: 400,
    says: 'Give a ConvertedTimestamp.',
    twin: jsonOf(),
  },
  {
    title: 'a day that there is not',
    body: jsonOf({ ConvertedTimestamp: '2026-02-29T10:16:00' }),
    status: 400,
    says: 'The ConvertedTimestamp is not a date and time.',
    twin: jsonOf({ ConvertedTimestamp: '2028-02-29T10:16:00' }),
  },
  {
    title: 'a notification at no time',
    body: jsonOf({ NotificationTimestamp: 'now' }),
    status: 400,
    says: 'The NotificationTimestamp is not a date and time.',
    twin: jsonOf({ NotificationTimestamp: '2026-03-01T10:16:01.000' }),
  },
];

describe('a conversion is refused for', () => {
  for (const { title, body, status, says, twin } of refusals) {
    test(title, async () => {
      const rig = createConversionRig();
      const refused = await rig.report(body);
      assert.deepEqual([refused.status, refused.body], [status, says]);
      assert.equal(await rig.newest(), null);
      assert.equal((await rig.report(twin)).status, 200, 'its twin is taken');
      assert.deepEqual(rig.failures, []);
    });
  }

  test('another method', async () => {
    const { status, headers, body } = await createConversionRig().ask({ method: 'GET' });
    assert.deepEqual([status, headers['allow'], body], [405, 'POST', '']);
  });

  test('octets that are no UTF-8', async () => {
    const broken = Buffer.from(jsonOf({ Reference: 'r\u00e9' }), 'latin1');
    assert.equal((await createConversionRig().report(broken)).status, 400);
  });

  test('want of room', async () => {
    const rig = createConversionRig({ underWayMax: 1 });
    const [first, second] = await Promise.all([rig.report(jsonOf()), rig.report(xmlOf())]);
    assert.deepEqual([first.status, second.status], [200, 503]);
    assert.equal(second.headers['retry-after'], '1');
    assert.equal((await rig.report(jsonOf())).status, 200);
    rig.beBusy();
    assert.equal((await rig.report(jsonOf())).status, 503);
  });
});

test('of a suspect only a password is believed that has been right before', async () => {
  const rig = createConversionRig();
  const login = { ProductToken: undefined, Customer: '12345', Login: 'Brand' };
  const ask = async (Password: string, isSuspect: boolean) =>
    (await rig.ask({ body: Buffer.from(xmlOf({ ...login, Password })), isSuspect })).status;
  assert.equal(await ask('secret', true), 401);
  assert.equal(await ask('secret', false), 200);
  assert.equal(await ask('secret', true), 200);
  assert.equal(await ask('guess', true), 401);
});

test('a conversion with an Idempotency-Key says in its own way what is wrong with it', async () => {
  const rig = createConversionRig();
  const headers = { 'idempotency-key': 'k' };
  const first: DoorResponse = await rig.report(jsonOf(), headers);
  assert.deepEqual([first.status, first.body], [200, '']);
  assert.deepEqual(await rig.report(jsonOf(), headers), first);
  const other = await rig.report(jsonOf({ Reference: 's' }), headers);
  assert.equal(other.status, 422);
  assert.equal(
    other.body,
    'The Idempotency-Key belongs to a request that asked for something else.',
  );
  assert.equal(
    (await rig.report(jsonOf({ Reference: 's' }), { 'idempotency-key': '' })).status,
    400,
  );
  assert.equal(await rig.newest(), taken);
});
