import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MediaKeeper } from '../contract.ts';
import { callbackBytesMax } from './limits.ts';
import { mediaGiveUpMs } from './number-inbox.ts';
import { isSigned, signBody } from './signature.ts';
import { answered, notify, setUpStage, stageStartAt } from './test-stage.ts';

test('the signature is over the octets as they came (whatsapp-cloud §11.1)', () => {
  const body = Buffer.from(
    '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"caf\\u00e9 \\ud83d\\ude00"}}]}]}',
  );
  const digest = 'a6891dbc6470865592dc5bf84c5e6e1f62db79cdd412dc6411ba1463b3781cc4';
  assert.equal(signBody('app-secret-1', body), `sha256=${digest}`);
  assert.ok(isSigned('app-secret-1', body, `sha256=${digest}`));
  for (const wrong of [digest, `sha256=${digest.slice(1)}0`, 'sha256=', '', undefined]) {
    assert.equal(isSigned('app-secret-1', body, wrong), false, String(wrong));
  }
});

describe('the handshake', () => {
  const cases: readonly (readonly [query: string, status: number, body: string])[] = [
    ['hub.mode=subscribe&hub.verify_token=verify-1&hub.challenge=1158201444', 200, '1158201444'],
    ['hub.mode=subscribe&hub.verify_token=verify-2&hub.challenge=1158201444', 403, ''],
    ['hub.mode=unsubscribe&hub.verify_token=verify-1&hub.challenge=1', 403, ''],
    ['hub.mode=subscribe&hub.verify_token=verify-1&hub.challenge=%3Cscript%3E', 400, ''],
    ['hub.mode=subscribe&hub.verify_token=verify-1', 400, ''],
    ['', 403, ''],
  ];
  for (const [query, status, body] of cases) {
    test(`${query === '' ? 'nothing' : query}: ${status}`, async (t) => {
      const { connection } = setUpStage(t);
      const request = { method: 'GET', query, headers: {}, body: Buffer.alloc(0) };
      const answer = await connection.callback?.(request);
      assert.deepEqual([answer?.status, answer?.body], [status, body]);
    });
  }
});

describe('what a stranger sends', () => {
  const status = { id: 'w', status: 'delivered', recipient_id: '31612345678' };
  const good = notify({ statuses: [status] });

  test('a forged or missing signature is refused before anything is read', async (t) => {
    const { callBack, ports } = setUpStage(t);
    for (const signature of ['', 'sha256=00', signBody('another', Buffer.from('x'))]) {
      const answer = await callBack(good, { signature });
      assert.deepEqual([answer.status, answer.verdict], [401, 'forged']);
    }
    assert.equal(ports.receiptsSeen.length, 0);
  });

  test('too many octets are refused, as many as Meta sends are not', async (t) => {
    const { callBack } = setUpStage(t);
    const padded = (bytes: number) => {
      const text = JSON.stringify(good);
      return text + ' '.repeat(bytes - Buffer.byteLength(text));
    };
    assert.equal((await callBack(padded(callbackBytesMax))).status, 200);
    assert.equal((await callBack(padded(callbackBytesMax + 1))).status, 413);
  });

  const malformed: readonly (readonly [string, string])[] = [
    ['no JSON', '<xml/>'],
    ['nothing', ''],
    ['no notification', '{"object":"page"}'],
    ['JSON that is deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['an array', '[]'],
  ];
  for (const [title, body] of malformed) {
    test(`${title} makes no sense`, async (t) => {
      const { callBack } = setUpStage(t);
      assert.equal((await callBack(body)).verdict, 'malformed');
    });
  }

  test('what is wrong is passed over, what stands beside it is not', async (t) => {
    const { callBack, ports } = setUpStage(t);
    const statuses = [null, 7, { id: 'w' }, { status: 'sent' }, { ...status, status: 'deleted' }];
    const messages = [null, {}, { from: '1' }, { id: 'x' }];
    const answer = await callBack(notify({ statuses: [...statuses, status], messages }));
    assert.equal(answer.status, 200);
    assert.equal(ports.receiptsSeen.length, 1);
    assert.equal(ports.inboundSeen.length, 0);
  });

  test('a number that is not ours is nobody, and one of another app is not spoken for', async (t) => {
    const { callBack, ports, numbers } = setUpStage(t);
    assert.equal((await callBack(notify({ statuses: [status] }, '999'))).status, 200);
    const own = numbers.get('1061');
    assert.ok(own);
    numbers.set('2000', { ...own, phoneNumberId: '2000', appSecret: 'another' });
    assert.equal((await callBack(notify({ statuses: [status] }, '2000'))).status, 200);
    assert.equal(ports.receiptsSeen.length, 0);
  });

  test('no signed body can throw', async (t) => {
    const { callBack } = setUpStage(t);
    const value = fc.jsonValue({ maxDepth: 4 });
    const list = fc.array(value, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          statuses: fc.oneof(list, value),
          messages: fc.oneof(list, value),
          user_preferences: fc.oneof(list, value),
        }),
        value,
        async (change, contacts) => {
          assert.equal((await callBack(notify({ ...change, contacts }))).status, 200);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('statuses', () => {
  const cases: readonly (readonly [
    status: Record<string, unknown>,
    state: string | null,
    error: number,
  ])[] = [
    [{ status: 'sent' }, 'enroute', 0],
    [{ status: 'delivered' }, 'delivered', 0],
    [{ status: 'read' }, 'read', 0],
    [{ status: 'played' }, 'read', 0],
    [{ status: 'failed', errors: [{ code: 131026 }] }, 'failed', 23],
    [{ status: 'failed', errors: [{ code: 131047 }] }, 'failed', 20],
    [{ status: 'failed', errors: [{ code: 131049 }] }, 'failed', 28],
    [{ status: 'failed' }, 'failed', 5],
    [{ status: 'deleted' }, null, 0],
    [{ status: 'warning' }, null, 0],
  ];
  for (const [status, state, error] of cases) {
    test(`${JSON.stringify(status)} is ${state ?? 'nothing'}`, async (t) => {
      const { callBack, ports } = setUpStage(t);
      const at = stageStartAt - 5_000;
      await callBack(
        notify({ statuses: [{ id: 'wamid.1', timestamp: String(at / 1000), ...status }] }),
      );
      const facts = ports.receiptsSeen.map((fact) => [fact.state, fact.error, fact.at]);
      assert.deepEqual(facts, state === null ? [] : [[state, error, at]]);
    });
  }

  test('a time is seconds or milliseconds, and never still to come', async (t) => {
    const { callBack, ports } = setUpStage(t);
    const times = [stageStartAt - 1, Math.floor(stageStartAt / 1000) - 60, stageStartAt, 'soon'];
    await callBack(
      notify({
        statuses: times.map((timestamp) => ({ id: 'w', status: 'sent', timestamp })),
      }),
    );
    assert.deepEqual(
      ports.receiptsSeen.map(({ at }) => stageStartAt - at),
      [1, 60_000, 0, 0],
    );
  });

  test('all entries and changes are one batch, answered when it is on disk', async (t) => {
    const { connection, ports, callBack } = setUpStage(t);
    assert.ok(connection.callback);
    const one = notify({ statuses: [{ id: 'a', status: 'read' }] });
    const other = notify({ statuses: [{ id: 'b', status: 'sent' }] });
    const entry = [one['entry'], other['entry']].flat();
    const store = Promise.withResolvers<readonly []>();
    ports.answerReceipts = () => store.promise;
    let isAnswered = false;
    const answer = callBack({ ...one, entry }).finally(() => (isAnswered = true));
    await Promise.resolve();
    assert.deepEqual(
      ports.receiptsSeen.map(({ providerIds }) => providerIds[0]),
      ['a', 'b'],
    );
    assert.equal(isAnswered, false);
    store.resolve([]);
    assert.equal((await answer).verdict, 'taken');
  });

  test('when the store fails Meta is to come again', async (t) => {
    const { callBack, ports } = setUpStage(t);
    ports.answerReceipts = () => Promise.reject(new Error('disk full'));
    const answer = await callBack(notify({ statuses: [{ id: 'a', status: 'read' }] }));
    assert.deepEqual([answer.status, answer.verdict], [503, 'failed']);
    ports.answerInbound = () => Promise.reject(new Error('disk full'));
    const message = { id: 'x', from: '1', type: 'text', text: { body: 'Hi' } };
    assert.equal((await callBack(notify({ messages: [message] }))).status, 503);
  });
});

describe('incoming messages', () => {
  const from = { from: '31612345678', id: 'wamid.in', timestamp: '1795359800' };
  const cases: readonly (readonly [
    message: Record<string, unknown>,
    text: string,
    custom: unknown,
    context: string | null,
  ])[] = [
    [{ type: 'text', text: { body: 'Hi' } }, 'Hi', null, null],
    [
      { type: 'text', text: { body: 'Yes' }, context: { from: '1', id: 'wamid.out' } },
      'Yes',
      null,
      'wamid.out',
    ],
    [
      {
        type: 'location',
        location: { latitude: 51.5, longitude: 4.5, name: 'HQ', address: 'Street 1' },
      },
      '',
      {
        message_type: 'location',
        location: { latitude: '51.5', longitude: '4.5', label: 'HQ', searchQuery: 'Street 1' },
      },
      null,
    ],
    [
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Ann' } }] },
      '',
      { message_type: 'contacts', contacts: [{ name: { formatted_name: 'Ann' } }] },
      null,
    ],
    [
      {
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } },
        context: { id: 'wamid.out' },
      },
      'Yes',
      { message_type: 'interactive', interactive: { type: 'button_reply', id: 'y', title: 'Yes' } },
      'wamid.out',
    ],
    [
      {
        type: 'interactive',
        interactive: {
          type: 'list_reply',
          list_reply: { id: '1', title: 'Soup', description: 'hot' },
        },
      },
      'Soup',
      {
        message_type: 'interactive',
        interactive: { type: 'list_reply', id: '1', title: 'Soup', description: 'hot' },
      },
      null,
    ],
    [
      { type: 'button', button: { payload: 'stop-1', text: 'Stop' } },
      'Stop',
      {
        message_type: 'button',
        interactive: { type: 'button_reply', id: 'stop-1', title: 'Stop' },
      },
      null,
    ],
    [
      { type: 'reaction', reaction: { message_id: 'wamid.out', emoji: '👍' } },
      '👍',
      { message_type: 'reaction', reaction: { emoji: '👍' } },
      'wamid.out',
    ],
    [
      { type: 'image', image: { id: 'm1', mime_type: 'image/jpeg', caption: 'Look' } },
      'Look',
      { message_type: 'image' },
      null,
    ],
    [
      { type: 'voice', voice: { id: 'm1', mime_type: 'audio/ogg' } },
      '',
      { message_type: 'voice', voice: true },
      null,
    ],
    [
      { type: 'system', system: { body: 'Ann changed', type: 'user_changed_number', wa_id: '3' } },
      'Ann changed',
      {
        message_type: 'system',
        system: { body: 'Ann changed', type: 'user_changed_number', wa_id: '3' },
      },
      null,
    ],
    [
      { type: 'order', order: { catalog_id: 'c' } },
      '',
      { message_type: 'order', order: { catalog_id: 'c' } },
      null,
    ],
    [
      { type: 'unsupported', errors: [{ code: 131051 }] },
      '',
      { message_type: 'unsupported', errors: [{ code: 131051 }] },
      null,
    ],
    [{}, '', { message_type: 'unsupported' }, null],
  ];
  for (const [message, text, custom, context] of cases) {
    test(JSON.stringify(message), async (t) => {
      const { callBack, ports } = setUpStage(t);
      const contacts = [{ wa_id: '31612345678', profile: { name: 'Ann' } }];
      assert.equal(
        (await callBack(notify({ contacts, messages: [{ ...from, ...message }] }))).status,
        200,
      );
      const [part] = ports.inboundSeen;
      assert.deepEqual(
        { ...part, custom: JSON.parse(part?.custom ?? 'null') },
        {
          connection: 'meta',
          channel: 'WhatsApp',
          from: '31612345678',
          fromName: 'Ann',
          to: '31201234567',
          text,
          isBinary: false,
          udh: null,
          receivedAt: 1795359800000,
          operator: null,
          concat: null,
          providerId: 'wamid.in',
          media: null,
          custom,
          context,
          event: null,
        },
      );
    });
  }

  test('a user without a number goes by the id that WhatsApp gives', async (t) => {
    const { callBack, ports } = setUpStage(t);
    const message = { id: 'x', from_user_id: 'NL.1349', type: 'text', text: { body: 'Hi' } };
    await callBack(notify({ messages: [message] }));
    assert.equal(ports.inboundSeen[0]?.from, 'NL.1349');
  });

  test('a repetition is passed over', async (t) => {
    const { callBack, ports } = setUpStage(t);
    const body = notify({ messages: [{ ...from, type: 'text', text: { body: 'Hi' } }] });
    assert.equal((await callBack(body)).status, 200);
    assert.equal((await callBack(body)).status, 200);
    assert.equal(ports.inboundSeen.length, 1);
  });
});

describe('a file that a handset sent', () => {
  const bytes = Buffer.from('picture');
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const kept: MediaKeeper = { keep: () => Promise.resolve({ uri: 'https://gw.example/f/1' }) };
  const message = (change: Record<string, unknown> = {}) =>
    notify({
      messages: [
        {
          from: '31612345678',
          id: 'wamid.in',
          timestamp: String(stageStartAt / 1000),
          type: 'document',
          document: {
            id: '77',
            mime_type: 'application/pdf',
            sha256,
            filename: 'a.pdf',
            ...change,
          },
        },
      ],
    });
  const about = (url: string) => answered(200, { url, mime_type: 'application/pdf' });

  test('is fetched with the token and kept before Meta is answered', async (t) => {
    const { callBack, ports, provider } = setUpStage(t, {}, kept);
    provider.respond = ({ url }) =>
      url.includes('/77')
        ? about('https://lookaside.fbsbx.com/x')
        : { ...answered(200, ''), body: bytes };
    assert.equal((await callBack(message())).status, 200);
    assert.deepEqual(
      provider.calls.map(({ request }) => [request.url, request.headers['authorization']]),
      [
        ['https://graph.facebook.com/v25.0/77?phone_number_id=1061', 'Bearer token-1'],
        ['https://lookaside.fbsbx.com/x', 'Bearer token-1'],
      ],
    );
    assert.deepEqual(ports.inboundSeen[0]?.media, {
      uri: 'https://gw.example/f/1',
      contentType: 'application/pdf',
      title: 'a.pdf',
    });
  });

  test('at a strange address is not fetched, and our token does not go there', async (t) => {
    for (const url of [
      'https://evil.example/x',
      'http://lookaside.fbsbx.com/x',
      'https://fbsbx.com.evil.example/x',
      'file:///etc/passwd',
      'https://evilfbsbx.com/x',
    ]) {
      const { callBack, ports, provider } = setUpStage(t, {}, kept);
      provider.respond = () => about(url);
      assert.equal((await callBack(message())).status, 200);
      assert.equal(provider.calls.length, 1, url);
      assert.equal(ports.inboundSeen[0]?.media, null);
    }
  });

  test('with another content than was signed for is left out', async (t) => {
    const { callBack, ports, provider } = setUpStage(t, {}, kept);
    provider.respond = ({ url }) =>
      url.includes('/77')
        ? about('https://lookaside.fbsbx.com/x')
        : { ...answered(200, ''), body: Buffer.from('other') };
    assert.equal((await callBack(message())).status, 200);
    assert.equal(ports.inboundSeen[0]?.media, null);
  });

  test('that cannot be had now makes Meta come again, for an hour', async (t) => {
    const { callBack, ports, provider, clock } = setUpStage(t, {}, kept);
    provider.respond = () => ({ kind: 'unanswered', reason: 'no answer in time' });
    assert.equal((await callBack(message())).status, 503);
    assert.equal(ports.inboundSeen.length, 0);
    await clock.advance(mediaGiveUpMs + 1);
    assert.equal((await callBack(message())).status, 200);
    assert.equal(ports.inboundSeen[0]?.media, null);
  });

  test('whose id is no id is not asked for', async (t) => {
    const { callBack, provider } = setUpStage(t, {}, kept);
    assert.equal((await callBack(message({ id: '../../me' }))).status, 200);
    assert.equal(provider.calls.length, 0);
  });

  test('that the disk cannot take makes Meta come again', async (t) => {
    const failing = { keep: () => Promise.reject(new Error('disk full')) };
    const { callBack, provider } = setUpStage(t, {}, failing);
    provider.respond = ({ url }) =>
      url.includes('/77')
        ? about('https://lookaside.fbsbx.com/x')
        : { ...answered(200, ''), body: bytes };
    assert.equal((await callBack(message())).status, 503);
  });
});
