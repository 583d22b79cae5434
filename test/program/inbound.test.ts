import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { send, sendAccepted, textTo, untilShown } from './customer.ts';
import { type Call, closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from './program.ts';
import { until } from './until.ts';

/** The forms of contract §9, each an account with a short code of its own. */
const forms = ['json', 'flat-json', 'xml', 'get'] as const;
type Form = (typeof forms)[number];
const codes: Readonly<Record<Form, string>> = {
  json: '3661',
  'flat-json': '3662',
  xml: '3663',
  get: '3664',
};
const query =
  '?key=1&s={sender}&r={receiver}&m={message}&o={operator}&ref={reference}&t={time}&c={channel}';

const endpoints = new Map<Form, Endpoint>();
let program: Program;

function endpointOf(form: Form): Endpoint {
  return endpoints.get(form) ?? assert.fail();
}

/** The token of the account "json" is the one of all tests. */
function tokenOf(form: Form): string {
  return form === 'json' ? token : `00000000-1111-4222-8333-0000000${codes[form]}0`;
}

before(async () => {
  for (const form of forms) {
    endpoints.set(form, await openEndpoint(204, form === 'get' ? `/in${query}` : '/in'));
  }
  program = await startProgram({
    environment: Object.fromEntries(
      forms.filter((form) => form !== 'json').map((form) => [variableOf(form), tokenOf(form)]),
    ),
    config: {
      rehearsal: true,
      accounts: forms.map((form) => ({
        id: form,
        token: form === 'json' ? tokenSecret : { env: variableOf(form) },
        channels: ['SMS'],
        numbers: [codes[form]],
        inboundWebhook: { url: endpointOf(form).url, format: form },
      })),
    },
  });
});

after(async () => {
  closeEndpoints();
  await cleanUp();
});

function variableOf(form: Form): string {
  return `CHAPPE_TOKEN_${form.replace('-', '_').toUpperCase()}`;
}

interface InboundPage {
  readonly messages: readonly { readonly text: string; readonly waiting: readonly unknown[] }[];
  readonly next: string | null;
}

interface OptOutPage {
  readonly optOuts: readonly { readonly channel: string; number: string; cause: string }[];
  readonly next: string | null;
}

/** What a person does on a virtual phone. */
async function write(number: string, to: string, text: string): Promise<Response> {
  return fetch(`${program.url}/api/handsets/${number}/messages`, {
    method: 'POST',
    body: JSON.stringify({ to, text }),
  });
}

/** The call that says so. */
async function untilTold(form: Form, text: string): Promise<Call> {
  const encoded = encodeURIComponent(text);
  const [call] = await endpointOf(form).until(
    1,
    ({ url, body }) => url.includes(encoded) || body.includes(text),
  );
  return call ?? assert.fail();
}

function ask(path: string, options: RequestInit = {}, productToken = token): Promise<Response> {
  const headers = { 'x-cm-producttoken': productToken };
  return fetch(`${program.url}${path}`, { ...options, headers });
}

describe('a handset answers', () => {
  const told: Readonly<Record<Form, (call: Call) => void>> = {
    json({ method, headers, body }) {
      assert.deepEqual([method, headers['content-type']], ['POST', 'application/json']);
      const { timeUtc, ...rest } = JSON.parse(body);
      assert.deepEqual(rest, {
        reference: 'order-json',
        messageContext: '',
        from: { number: '+31612345671', name: '' },
        to: { number: '3661' },
        message: {
          text: 'Thanks, json!',
          media: { mediaUri: '', contentType: '', title: '' },
          custom: {},
        },
        groupings: ['orders', 'breda', ''],
        channel: 'SMS',
      });
      assert.ok(Math.abs(Date.parse(`${timeUtc}Z`) - Date.now()) < 60_000, timeUtc);
    },
    'flat-json'({ body }) {
      assert.equal(
        body,
        '{"reference":"order-flat-json","from":"0031612345672","to":"3662","body":"Thanks, flat-json!","groupings":["orders","breda",""]}',
      );
    },
    xml({ headers, body }) {
      assert.equal(headers['content-type'], 'application/xml');
      assert.match(body, /<RECEIVER>3663<\/RECEIVER><MESSAGE>Thanks, xml!<\/MESSAGE>/);
      assert.match(body, /<SENDER OPERATOR="\d*">0031612345673<\/SENDER>/);
      assert.match(body, /<REFERENCE>order-xml<\/REFERENCE>/);
    },
    get({ method, url }) {
      assert.equal(method, 'GET');
      const values = new URL(url, 'http://x').searchParams;
      assert.deepEqual(
        ['key', 's', 'r', 'm', 'ref', 'c'].map((name) => values.get(name)),
        ['1', '0031612345674', '3664', 'Thanks, get!', 'order-get', 'SMS'],
      );
    },
  };
  for (const [index, form] of forms.entries()) {
    test(`and the account's webhook gets it as ${form}, once`, async () => {
      const number = `003161234567${index + 1}`;
      const fields = {
        from: codes[form],
        reference: `order-${form}`,
        customGrouping: 'orders',
        customGrouping2: 'breda',
      };
      await sendAccepted(program, [textTo(number, 'Ready', fields)], tokenOf(form));
      await untilShown(program, number);
      const text = `Thanks, ${form}!`;
      const written = await write(number, codes[form], text);
      assert.deepEqual([written.status, await written.json()], [202, { parts: 1 }]);
      const call = await untilTold(form, text);
      told[form](call);
      assert.match(String(call.headers['webhook-id']), /^[0-9a-f]{32}$/);
      await program.prints(new RegExp(`inbound .*${text}.*answers order-${form}`));
    });
  }

  test('with a long text in two alphabets, and it arrives whole', async () => {
    for (const text of ['Bread and butter. '.repeat(30), 'Ψωμί και βούτυρο 🧈. '.repeat(20)]) {
      assert.equal((await write('0031612000001', '3661', text)).status, 202);
      const call = await untilTold('json', text);
      assert.equal(JSON.parse(call.body).message.text, text);
    }
  });

  test('and people see it, the latest first', async () => {
    for (const text of ['one', 'two', 'three']) {
      await write('0031612000002', '3661', text);
      await untilTold('json', `"text":"${text}"`);
    }
    const page = async (path: string) => {
      const { messages, next }: InboundPage = JSON.parse(await (await ask(path)).text());
      return { texts: messages.map(({ text }) => text), next, messages };
    };
    const first = await page('/api/inbound?from=%2B31612000002&limit=2');
    assert.deepEqual(first.texts, ['three', 'two']);
    const second = await page(`/api/inbound?from=31612000002&limit=2&before=${first.next}`);
    assert.deepEqual([second.texts, second.next], [['one'], null]);
    await until('nothing waits', async () => {
      const { messages } = await page('/api/inbound?limit=100');
      return messages.every(({ waiting }) => waiting.length === 0);
    });
    const others = await (await ask('/api/inbound', {}, tokenOf('xml'))).text();
    assert.ok(!others.includes('three'), 'another account does not');
  });

  const refused: readonly (readonly [string, number])[] = [
    ['{"to":"3661"}', 422],
    ['{"to":"36 61","text":"x"}', 422],
    ['{"to":"3661","text":"x","extra":1}', 422],
    ['{"to":"3661","text":"x","channel":"Fax"}', 422],
    ['{"to":"3661","text":"x","channel":"Viber"}', 409],
    ['{', 400],
    [JSON.stringify({ to: '3661', text: 'x'.repeat(4_097) }), 422],
    ['x'.repeat(64 * 1024 + 1), 413],
  ];
  for (const [body, status] of refused) {
    test(`but not with ${body.slice(0, 40)}: ${status}`, async () => {
      const url = `${program.url}/api/handsets/0031612000003/messages`;
      assert.equal((await fetch(url, { method: 'POST', body })).status, status);
    });
  }
});

describe('STOP', () => {
  const number = '0031612999901';
  const list = async (query = ''): Promise<OptOutPage> =>
    JSON.parse(await (await ask(`/api/opt-outs${query}`)).text());
  const optOuts = async () => (await list()).optOuts;

  test('is told, listed and honoured, and START lifts it', async () => {
    await sendAccepted(program, [textTo(number, 'Ready')]);
    await write(number, '3661', ' stop! ');
    await untilTold('json', '" stop! "');
    const [listed] = await optOuts();
    assert.deepEqual(
      [listed?.channel, listed?.number, listed?.cause],
      ['SMS', '31612999901', 'word'],
    );
    const answer = await send(program, [textTo(number, 'Again'), textTo('0031612999902', 'You')]);
    assert.deepEqual(
      answer.messages.map(({ status, messageErrorCode, messageDetails }) => [
        status,
        messageErrorCode,
        messageDetails,
      ]),
      [
        ['Rejected', 402, 'Message has been blacklisted.'],
        ['Accepted', 0, null],
      ],
    );
    await sendAccepted(program, [textTo(number, 'Of another account')], tokenOf('xml'));
    await write(number, '3661', 'Start');
    await untilTold('json', '"Start"');
    assert.deepEqual(await optOuts(), []);
    await sendAccepted(program, [textTo(number, 'Welcome back')]);
  });

  test('can be said over the API as well, in any form of a number', async () => {
    const body = JSON.stringify({
      optOuts: [
        { channel: 'SMS', number: '+31 6 1299 9903' },
        { channel: 'WhatsApp', number: '0031612999903' },
      ],
    });
    assert.equal((await ask('/api/opt-outs', { method: 'POST', body })).status, 204);
    const rejected = await send(program, [textTo('0031612999903', 'Hi')]);
    assert.equal(rejected.messages[0]?.messageErrorCode, 402);
    const page = await list('?limit=1');
    assert.deepEqual([page.optOuts[0]?.channel, page.next], ['SMS', 'SMS/31612999903']);
    const rest = await list(`?after=${encodeURIComponent(page.next ?? '')}`);
    assert.deepEqual([rest.optOuts[0]?.channel, rest.next], ['WhatsApp', null]);
    for (const [path, status] of [
      ['SMS/%2B31612999903', 204],
      ['SMS/31612999903', 404],
      ['Fax/31612999903', 404],
      ['SMS', 404],
      ['WhatsApp/31612999903', 204],
    ] as const) {
      const removed = await ask(`/api/opt-outs/${path}`, { method: 'DELETE' });
      assert.equal(removed.status, status, path);
    }
    await sendAccepted(program, [textTo('0031612999903', 'Hi')]);
  });

  const wrong: readonly (readonly [string, RequestInit, number, string?])[] = [
    ['', { method: 'POST', body: '{' }, 400],
    ['', { method: 'POST', body: '{"optOuts":[]}' }, 400],
    ['', { method: 'POST', body: '{"optOuts":[{"channel":"Fax","number":"31612345678"}]}' }, 400],
    ['', { method: 'POST', body: '{"optOuts":[{"channel":"SMS","number":"abc"}]}' }, 422],
    ['', { method: 'PUT' }, 405],
    ['/SMS/31612345678', { method: 'GET' }, 405],
    ['?limit=0', {}, 400],
    ['?limit=1001', {}, 400],
    ['?after=x', {}, 400],
    ['', {}, 401, 'nobody'],
  ];
  for (const [path, options, status, productToken] of wrong) {
    test(`${options.method ?? 'GET'} ${path} ${typeof options.body === 'string' ? options.body : ''}: ${status}`, async () => {
      assert.equal((await ask(`/api/opt-outs${path}`, options, productToken)).status, status);
    });
  }
});

describe('received files', () => {
  test('there is nothing at a guessed address', async () => {
    const url = `${program.url}/fileproxy/files/${'0'.repeat(32)}`;
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await fetch(url, { method })).status, 404);
    }
    assert.equal((await fetch(`${program.url}/fileproxy/files/..%2fchappe.db`)).status, 404);
    assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
  });
});
