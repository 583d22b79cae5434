import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createConversionDoor } from '../../src/api/conversion/conversion-door.ts';
import { type ConversionLimits, defaultConversionLimits } from '../../src/api/conversion/limits.ts';
import { createConversionLogins } from '../../src/api/conversion/logins.ts';
import { createConversionsDoor } from '../../src/api/conversions/conversions-door.ts';
import type { DoorRequest, DoorResponse } from '../../src/api/door.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createMessagesDoor } from '../../src/api/messages/messages-door.ts';
import { hashPassword } from '../../src/lib/password.ts';
import {
  accept,
  accepted,
  hourMs,
  idOf,
  receipt,
  sampleMessage,
} from '../../src/store/conformance/sample.ts';
import { createMemoryStore } from '../../src/store/memory/memory-store.ts';
import { acceptedAt, demo, token } from './door-rig.ts';

/** The doors of conversions on one store. */
function createRig(limits: Partial<ConversionLimits> = {}) {
  const store = createMemoryStore();
  const clock = { now: () => acceptedAt };
  const accounts = {
    byToken: (given: string) => (given.toLowerCase() === token ? demo : null),
    byId: () => null,
    all: () => [demo],
  };
  const failures: unknown[] = [];
  let isBusy = false;
  const { conversions, history, answers } = store;
  const door = createConversionDoor({
    accounts,
    logins: createConversionLogins([
      {
        customer: '12345',
        login: 'Brand',
        passwordHash: hashPassword('secret', 2),
        account: demo,
      },
    ]),
    conversions,
    history,
    idempotency: createIdempotency({ answers, clock }),
    clock,
    isBusy: () => isBusy,
    limits,
    onFailure: (error) => failures.push(error),
  });
  const list = createConversionsDoor({ conversions, accounts, clock });
  const messages = createMessagesDoor(history, accounts, conversions);

  async function get(path: string, query = '') {
    const headers = { 'x-cm-producttoken': token };
    const request = requestOf({ method: 'GET', path, query, headers });
    const { status, body } = await (path.includes('messages') ? messages : list)(request);
    return { status, ...JSON.parse(body) };
  }
  return {
    store,
    failures,
    beBusy: () => {
      isBusy = true;
    },
    ask: (fields: Partial<DoorRequest>) => door(requestOf(fields)),
    report: (body: string | Buffer, headers: DoorRequest['headers'] = {}) =>
      door(requestOf({ body: Buffer.from(body), headers })),
    get,
    /** The newest conversion, as "reference msisdn time message". */
    async newest(): Promise<string | null> {
      const [one] = await conversions.find({ account: 'demo', limit: 1 });
      if (one === undefined) return null;
      const { reference, msisdn, convertedAt, message } = one;
      return `${reference} ${msisdn} ${new Date(convertedAt).toISOString()} ${message?.id ?? null}`;
    },
  };
}

function requestOf(fields: Partial<DoorRequest>): DoorRequest {
  const empty = { query: '', headers: {}, body: Buffer.alloc(0), peer: '192.0.2.1' };
  return { method: 'POST', path: '/v1.0/conversion', ...empty, ...fields };
}

function jsonOf(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ProductToken: token,
    Reference: 'r',
    ConvertedTimestamp: '2026-03-01T10:16:00',
    ...fields,
  });
}

function xmlOf(fields: Record<string, string | undefined> = {}): string {
  const all = {
    ProductToken: token,
    Reference: 'r',
    ConvertedTimestamp: '2026-03-01T10:16:00.000',
    ...fields,
  };
  const elements = Object.entries(all).map(([name, value]) =>
    value === undefined ? '' : `<${name}>${value}</${name}>`,
  );
  return `<Conversion>${elements.join('')}</Conversion>`;
}

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
      const rig = createRig();
      const { status, body: answer } = await rig.report(body, headers);
      assert.deepEqual([status, answer], [200, '']);
      assert.equal(await rig.newest(), taken);
    });
  }
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
      const rig = createRig();
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
      const rig = createRig();
      const refused = await rig.report(body);
      assert.deepEqual([refused.status, refused.body], [status, says]);
      assert.equal(await rig.newest(), null);
      assert.equal((await rig.report(twin)).status, 200, 'its twin is taken');
      assert.deepEqual(rig.failures, []);
    });
  }

  test('another method', async () => {
    const { status, headers, body } = await createRig().ask({ method: 'GET' });
    assert.deepEqual([status, headers['allow'], body], [405, 'POST', '']);
  });

  test('octets that are no UTF-8', async () => {
    const broken = Buffer.from(jsonOf({ Reference: 'r\u00e9' }), 'latin1');
    assert.equal((await createRig().report(broken)).status, 400);
  });

  test('want of room', async () => {
    const rig = createRig({ underWayMax: 1 });
    const [first, second] = await Promise.all([rig.report(jsonOf()), rig.report(xmlOf())]);
    assert.deepEqual([first.status, second.status], [200, 503]);
    assert.equal(second.headers['retry-after'], '1');
    assert.equal((await rig.report(jsonOf())).status, 200);
    rig.beBusy();
    assert.equal((await rig.report(jsonOf())).status, 503);
  });
});

test('of a suspect only a password is believed that has been right before', async () => {
  const rig = createRig();
  const login = { ProductToken: undefined, Customer: '12345', Login: 'Brand' };
  const ask = async (Password: string, isSuspect: boolean) =>
    (await rig.ask({ body: Buffer.from(xmlOf({ ...login, Password })), isSuspect })).status;
  assert.equal(await ask('secret', true), 401);
  assert.equal(await ask('secret', false), 200);
  assert.equal(await ask('secret', true), 200);
  assert.equal(await ask('guess', true), 401);
});

describe('the message of a conversion', () => {
  /** Three messages, oldest first, and one of another account. */
  async function createFilledRig() {
    const rig = createRig();
    const number = { msisdn: '31612345678', to: '0031612345678', acceptedAt };
    await accept(rig.store, [
      sampleMessage(1, { ...number, reference: 'a', groupings: ['orders', null, null] }),
      sampleMessage(2, { ...number, reference: 'b' }),
      sampleMessage(3, { reference: 'a', acceptedAt, operator: '20408' }),
    ]);
    await accept(rig.store, [sampleMessage(4, { ...number, reference: 'a', account: 'other' })]);
    for (const index of [1, 2, 3]) {
      await rig.store.dispatch.submitted([accepted(index, `id${index}`)], null, acceptedAt);
    }
    await rig.store.receipts.record([receipt('id1'), receipt('id3')], acceptedAt);
    return rig;
  }

  for (const { title, fields, index } of [
    { title: 'the newest with the reference', fields: { Reference: 'a' }, index: 3 },
    {
      title: 'the newest to the number',
      fields: { Reference: null, Msisdn: '0031612345678' },
      index: 2,
    },
    { title: 'the one with both', fields: { Reference: 'a', Msisdn: '31612345678' }, index: 1 },
    {
      title: 'none if one does not fit',
      fields: { Reference: 'a', Msisdn: '31612345679' },
      index: null,
    },
    { title: 'none with a reference of nobody', fields: { Reference: 'A' }, index: null },
  ]) {
    test(`is ${title}`, async () => {
      const rig = await createFilledRig();
      await rig.report(jsonOf(fields));
      const [one] = await rig.store.conversions.find({ account: 'demo', limit: 1 });
      assert.equal(one?.message?.id ?? null, index === null ? null : idOf(index));
    });
  }

  test('is shown with it, and counted with its route', async () => {
    const rig = await createFilledRig();
    const times = { NotificationTimestamp: '2026-03-02T13:00:01.500' };
    const first = { ConvertedTimestamp: '2026-03-02T13:00:00', ...times };
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678', ...first }));
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678', ...first }));
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678' }));
    await rig.report(jsonOf({ Reference: 'nobody' }));
    const shown = {
      convertedAt: '2026-03-02T12:00:00.000Z',
      notifiedAt: '2026-03-02T12:00:01.500Z',
      receivedAt: '2026-03-02T12:00:00.000Z',
    };
    const { conversion } = await rig.get(`/api/messages/${idOf(1)}`);
    assert.deepEqual(conversion, shown);
    assert.equal((await rig.get(`/api/messages/${idOf(2)}`)).conversion, null);

    const { conversions, next } = await rig.get('/api/conversions', 'to=%2B31612345678&limit=1');
    const message = {
      id: idOf(1),
      connection: 'op',
      operator: null,
      customGroupings: ['orders', null, null],
    };
    assert.deepEqual(conversions, [{ reference: 'a', msisdn: '31612345678', ...shown, message }]);
    const rest = await rig.get('/api/conversions', `to=0031612345678&before=${next}`);
    assert.deepEqual(rest.conversions, []);
    assert.equal((await rig.get('/api/conversions')).conversions.length, 2);
    assert.equal((await rig.get('/api/conversions', 'reference=nobody')).conversions.length, 1);

    const counts = await rig.get('/api/conversions/counts');
    assert.deepEqual(counts, {
      status: 200,
      from: '2026-03-01T12:00:00.000Z',
      until: '2026-03-02T12:00:00.000Z',
      total: { sent: 0, delivered: 0, converted: 0 },
      routes: [],
      groupings: [],
      unmatched: 0,
    });
    const until = new Date(acceptedAt + hourMs).toISOString();
    const hour = await rig.get('/api/conversions/counts', `until=${until}&from=2026-03-02 12:00Z`);
    assert.deepEqual(hour, {
      status: 200,
      from: '2026-03-02T12:00:00.000Z',
      until,
      total: { sent: 3, delivered: 2, converted: 1 },
      routes: [
        { connection: 'op', operator: null, sent: 2, delivered: 1, converted: 1 },
        { connection: 'op', operator: '20408', sent: 1, delivered: 1, converted: 0 },
      ],
      groupings: [
        { customGroupings: ['orders', null, null], sent: 1, delivered: 1, converted: 1 },
        { customGroupings: [null, null, null], sent: 2, delivered: 1, converted: 0 },
      ],
      unmatched: 1,
    });
  });

  for (const [path, query, status] of [
    ['/api/conversions', 'limit=0', 400],
    ['/api/conversions', 'limit=101', 400],
    ['/api/conversions', 'limit=100', 200],
    ['/api/conversions', 'to=x', 400],
    ['/api/conversions', 'before=x', 400],
    ['/api/conversions/counts', 'from=x', 400],
    ['/api/conversions/counts', 'until=x', 400],
    ['/api/conversions/counts', 'from=2026-03-02T10:00&until=2026-03-02T09:00', 400],
    ['/api/conversions/counts', 'from=2026-01-01T00:00Z&until=2026-04-01T00:00:01Z', 400],
    ['/api/conversions/counts', 'from=2026-01-01T00:00Z&until=2026-04-01T00:00Z', 200],
    ['/api/conversions/nothing', '', 404],
  ] as const) {
    test(`GET ${path}?${query} is ${status}`, async () => {
      assert.equal((await createRig().get(path, query)).status, status);
    });
  }
});

test('a conversion with an Idempotency-Key says in its own way what is wrong with it', async () => {
  const rig = createRig();
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
