import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { deliveryErrors } from '../../src/core/status.ts';
import { send, sendAccepted, textTo, untilState } from './customer.ts';
import { type Call, closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram } from './program.ts';

/** Key of 32 octets, as a customer would make it. */
const signingKey = Buffer.from('it is a secret, of 32 characters');

const ids = ['json', 'xml', 'get', 'some', 'prepaid', 'g404', 'g500', 'g201', 'dead'] as const;
type Id = (typeof ids)[number];

/** The product token of an account, and the variable its configuration names. */
const tokens = new Map<Id, string>(
  ids.map((id, index) => [id, `00000000-1111-4222-8333-00000000000${index}`]),
);
const variableOf = (id: Id) => `CHAPPE_TOKEN_${id.toUpperCase()}`;
const tokenOf = (id: Id) => tokens.get(id) ?? '';

const endpoints = new Map<Id, Endpoint>();
let program: Program;

/** The answers that a test call gets in the beginning; 200 for the others. */
const firstAnswers: Partial<Record<Id, number>> = { g404: 404, g500: 500, g201: 201 };

const settings: Partial<Record<Id, object>> = {
  json: { signingKey: { env: 'CHAPPE_SIGNING_KEY' } },
  xml: { format: 'xml', signingKey: { env: 'CHAPPE_SIGNING_KEY' } },
  get: { format: 'get', signingKey: { env: 'CHAPPE_SIGNING_KEY' } },
  some: { statuses: ['delivered', 'failed'] },
};

before(async () => {
  for (const id of ids) {
    const path = id === 'get' ? '/status?from=chappe' : '/status';
    endpoints.set(id, await openEndpoint(firstAnswers[id] ?? 200, path));
  }
  program = await startProgram({
    environment: {
      CHAPPE_SIGNING_KEY: `whsec_${signingKey.toString('base64')}`,
      ...Object.fromEntries(ids.map((id) => [variableOf(id), tokenOf(id)])),
    },
    config: {
      rehearsal: true,
      accounts: ids.map((id) => ({
        id,
        token: { env: variableOf(id) },
        channels: ['SMS'],
        statusWebhook: { url: endpointOf(id).url, ...settings[id] },
        ...(id === 'prepaid' ? { wallet: { kind: 'prepaid', messages: 1 } } : {}),
      })),
    },
  });
});

after(async () => {
  closeEndpoints();
  await cleanUp();
});

function endpointOf(id: Id): Endpoint {
  const endpoint = endpoints.get(id);
  assert.ok(endpoint !== undefined);
  return endpoint;
}

/** What a call to the JSON endpoint says. */
function readJson(call: Call): Record<string, string> & { status: Record<string, string> } {
  return JSON.parse(call.body).messages.msg;
}

/** The calls about a reference, once there are so many. */
function untilTold(id: Id, reference: string, count: number): Promise<readonly Call[]> {
  const about = new RegExp(`[">=]${reference}["<&]`);
  return endpointOf(id).until(count, ({ url, body }) => about.test(url + body));
}

/** Checks a signature as Standard Webhooks 1.0 describes it, with nothing of ours. */
function assertSigned(call: Call, content: string): void {
  const { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': given } = call.headers;
  assert.ok(typeof id === 'string' && typeof stamp === 'string' && typeof given === 'string');
  assert.ok(Math.abs(Number(stamp) - Date.now() / 1000) < 300, `stamped ${stamp}`);
  const hmac = createHmac('sha256', signingKey).update(`${id}.${stamp}.${content}`).digest();
  const [version, signature = ''] = given.split(',');
  assert.equal(version, 'v1');
  assert.ok(timingSafeEqual(Buffer.from(signature, 'base64'), hmac));
}

/** Asserts that a report's time is now, in the local time of Amsterdam (contract §8.4). */
function assertNow(time: string | undefined): void {
  assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  const local = new Date().toLocaleString('sv-SE', { timeZone: 'Europe/Amsterdam' });
  const now = Date.parse(`${local.replace(' ', 'T')}Z`);
  assert.ok(Math.abs(Date.parse(`${time}Z`) - now) < 60_000, `${time} is not now, ${local}`);
}

const groupings = {
  customGrouping: 'orders & "more"',
  customGrouping2: 'Bréda <NL>',
  customGrouping3: 'web',
};

describe('the test call (contract §8.1)', () => {
  // All three at once: the next test call comes seconds after the first, and later each time.
  test('an endpoint that does not answer 200 is not used; once it does it gets all that waited', async () => {
    await Promise.all((['g404', 'g500', 'g201'] as const).map(passTestCall));
  });

  async function passTestCall(id: Id): Promise<void> {
    const endpoint = endpointOf(id);
    const reference = `${id}-1`;
    await sendAccepted(program, [textTo('0031612341115', 'Hoi', { reference })], tokenOf(id));
    await untilState(program, reference, ['delivered'], tokenOf(id));
    const [testCall] = await endpoint.until(1);
    assert.equal(readJson(testCall ?? assert.fail()).status['code'], '');
    for (const call of endpoint.calls) assert.equal(readJson(call)['reference'], '');
    await program.prints(new RegExp(`not used .* it answered ${firstAnswers[id]}.*account=${id}`));
    endpoint.answer(200);
    const calls = await untilTold(id, reference, 2);
    assert.deepEqual(
      calls.map((call) => readJson(call).status['code']),
      ['0', '2'],
    );
  }
});

describe('each format carries every field of a report (contract §8.2 to §8.5)', () => {
  test('JSON', async () => {
    await sendAccepted(
      program,
      [textTo('0031612341101', 'Hoi', { reference: 'j-1', ...groupings })],
      tokenOf('json'),
    );
    const calls = await untilTold('json', 'j-1', 2);
    const reports = calls.map(readJson);
    assert.deepEqual(
      reports.map(({ status }) => status),
      ['0', '2'].map((code) => ({ code, errorCode: '', errorDescription: '' })),
    );
    for (const [index, call] of calls.entries()) {
      const { received, send: sent, status: _, ...others } = reports[index] ?? assert.fail();
      assert.deepEqual(others, {
        to: '0031612341101',
        reference: 'j-1',
        operator: '20408',
        channel: 'sms',
        ...groupings,
      });
      assertNow(received);
      assertNow(sent);
      assert.equal(call.method, 'POST');
      assert.equal(call.url, '/status');
      assert.equal(call.headers['content-type'], 'application/json');
      assertSigned(call, call.body);
    }
  });

  test('XML', async () => {
    await sendAccepted(
      program,
      [textTo('0031600000024', 'Hoi', { reference: 'x-1', ...groupings })],
      tokenOf('xml'),
    );
    const [first, second] = await untilTold('xml', 'x-1', 2);
    assert.ok(first !== undefined && second !== undefined);
    assert.match(first.body, /<CODE>0<\/CODE><ERRORCODE><\/ERRORCODE>/);
    const times = [...second.body.matchAll(/(?:SENT|RECEIVED)="([^"]*)"/g)].map(([, time]) => time);
    times.forEach(assertNow);
    assert.equal(
      second.body.replaceAll(/(SENT|RECEIVED)="[^"]*"/g, '$1=""'),
      '<?xml version="1.0" encoding="utf-8"?>\n<MESSAGES SENT=""><MSG RECEIVED="">' +
        '<TO>0031600000024</TO><REFERENCE>x-1</REFERENCE><STATUS><CODE>3</CODE>' +
        '<ERRORCODE>24</ERRORCODE><ERRORDESCRIPTION>Message not delivered because the ' +
        'recipient was unreachable</ERRORDESCRIPTION></STATUS><CHANNEL>sms</CHANNEL>' +
        '<OPERATOR></OPERATOR><CUSTOMGROUPING>orders &amp; &quot;more&quot;</CUSTOMGROUPING>' +
        '<CUSTOMGROUPING2>Bréda &lt;NL&gt;</CUSTOMGROUPING2>' +
        '<CUSTOMGROUPING3>web</CUSTOMGROUPING3></MSG></MESSAGES>',
    );
    assert.equal(second.method, 'POST');
    assert.equal(second.headers['content-type'], 'application/xml');
    assertSigned(second, second.body);
  });

  test('GET, to a URL that has a query already', async () => {
    await sendAccepted(
      program,
      [textTo('+31612341102', 'Hoi', { reference: 'g-1', ...groupings })],
      tokenOf('get'),
    );
    const calls = await untilTold('get', 'g-1', 2);
    for (const [index, call] of calls.entries()) {
      const { searchParams } = new URL(call.url, 'http://localhost');
      const { CREATED_S, DATETIME_S, ...others } = Object.fromEntries(searchParams);
      assertNow(CREATED_S);
      assertNow(DATETIME_S);
      assert.deepEqual(others, {
        from: 'chappe',
        GSM: '+31612341102',
        REFERENCE: 'g-1',
        STATUS: index === 0 ? '0' : '2',
        STATUSDESCRIPTION: '',
        STANDARDERRORTEXT: '',
        OPERATOR: '20408',
        CHANNEL: 'sms',
        CUSTOMGROUPING: groupings.customGrouping,
        CUSTOMGROUPING2: groupings.customGrouping2,
        CUSTOMGROUPING3: groupings.customGrouping3,
      });
      assert.equal(call.method, 'GET');
      assert.equal(call.body, '');
      assertSigned(call, call.url.slice(call.url.indexOf('?') + 1));
    }
  });
});

/** Errors that an operator refuses with: the message never began, so it is rejected. */
const refusals = new Set([20, 22, 28, 29, 30, 31, 33, 34, 35, 36, 37]);

describe('what becomes of a message', () => {
  test('a number that asks for an error gets it, every error of the specification', async () => {
    const errors = Object.keys(deliveryErrors).map(Number);
    const msg = errors.map((error) =>
      textTo(`00316120000${String(error).padStart(2, '0')}`, 'Hoi', {
        reference: `error-${error}`,
      }),
    );
    await sendAccepted(program, msg, tokenOf('json'));
    const told = await Promise.all(
      errors.map(async (error) => {
        // Nothing was ever taken by the operator where the submit itself is refused.
        const count = error === 20 || error === 22 ? 1 : 2;
        const calls = await untilTold('json', `error-${error}`, count);
        return calls.map((call) => readJson(call).status).slice(-1)[0];
      }),
    );
    assert.deepEqual(
      told,
      Object.entries(deliveryErrors).map(([error, { text }]) => ({
        code: refusals.has(Number(error)) ? '1' : '3',
        errorCode: error,
        errorDescription: text,
      })),
    );
  });

  test('each message is told its states in order, once, under an id for each', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => ({ number: `003161235${1000 + i}` }));
    const from = { from: 'Bakery', body: { type: 'auto', content: 'Hoi' }, reference: 'many' };
    await sendAccepted(program, [{ ...from, to: numbers }], tokenOf('json'));
    const calls = await untilTold('json', 'many', 200);
    const codes = new Map<string, string[]>();
    for (const call of calls) {
      const { to = '', status } = readJson(call);
      codes.set(to, [...(codes.get(to) ?? []), status['code'] ?? '']);
    }
    for (const { number } of numbers) assert.deepEqual(codes.get(number), ['0', '2'], number);
    assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 200);
  });

  test('an account is told only the statuses it wants', async () => {
    await sendAccepted(
      program,
      [
        textTo('0031612341103', 'Hoi', { reference: 's-1' }),
        textTo('0031600000024', 'Hoi', { reference: 's-2' }),
      ],
      tokenOf('some'),
    );
    assert.equal(
      readJson((await untilTold('some', 's-1', 1))[0] ?? assert.fail()).status['code'],
      '2',
    );
    assert.equal(
      readJson((await untilTold('some', 's-2', 1))[0] ?? assert.fail()).status['code'],
      '3',
    );
    // The test call and the two.
    assert.equal(endpointOf('some').calls.length, 3);
  });

  test('a prepaid account without credit: accepted, and a report says rejected', async () => {
    const msg = [1, 2].map((i) => textTo(`003161234111${i}`, 'Hoi', { reference: `p-${i}` }));
    const answer = await send(program, msg, tokenOf('prepaid'));
    assert.equal(answer.status, 200);
    assert.equal(answer.errorCode, 0);
    const first = await untilTold('prepaid', 'p-1', 2);
    assert.deepEqual(
      first.map((call) => readJson(call).status['code']),
      ['0', '2'],
    );
    const [second] = await untilTold('prepaid', 'p-2', 1);
    assert.equal(readJson(second ?? assert.fail()).status['code'], '1');
  });
});

describe('a dead endpoint', () => {
  test('does not keep reports from others', async () => {
    const dead = endpointOf('dead');
    await dead.until(1);
    dead.answer(0);
    const recipients = Array.from({ length: 300 }, (_, i) => ({ number: `003161236${1000 + i}` }));
    const body = { type: 'auto', content: 'Hoi' };
    await sendAccepted(program, [{ from: 'Bakery', to: recipients, body }], tokenOf('dead'));
    await dead.until(1, ({ answer }) => answer === 0);
    const live = { from: 'Bakery', to: recipients.slice(0, 50), body, reference: 'live' };
    await sendAccepted(program, [live], tokenOf('json'));
    await untilTold('json', 'live', 100);
  });
});
