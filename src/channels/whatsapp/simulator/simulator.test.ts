import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sleep, systemClock } from '../../../lib/clock.ts';
import { createProviderHttp } from '../../../lib/provider-http.ts';
import { createSeededRandom } from '../../../lib/random.ts';
import { createHandsets, type Handsets } from '../../../rehearsal/handsets.ts';
import { type JsonObject, parseJson, readList, readObject, readText } from '../json.ts';
import { isSigned, signatureHeader } from '../signature.ts';
import { openCallbackListener } from '../test-callbacks.ts';
import { GraphSimulator } from './simulator.ts';

interface Rig {
  readonly simulator: GraphSimulator;
  readonly handsets: Handsets;
  /** Statuses and messages in the order in which they came; false ones are left out. */
  readonly told: JsonObject[];
  /** Calls with a signature that is not right. */
  forged(): number;
  send(message: JsonObject, change?: { token?: string; id?: string }): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly wamid: string;
  readonly retryAfterMs: number | null;
}

const text = { type: 'text', text: { body: 'é😀' } };

async function start(t: TestContext, settings: JsonObject = {}): Promise<Rig> {
  const told: JsonObject[] = [];
  let forged = 0;
  const listener = await openCallbackListener(() => ({
    callback({ method, query, headers, body }) {
      if (method === 'GET') {
        const challenge = new URLSearchParams(query).get('hub.challenge') ?? '';
        return Promise.resolve({ status: 200, body: challenge, verdict: 'taken' });
      }
      if (!isSigned('secret', body, headers[signatureHeader])) {
        forged++;
        return Promise.resolve({ status: 401, body: '', verdict: 'forged' });
      }
      for (const change of readList(
        readObject(readList(readObject(parseJson(body.toString()))['entry'])[0])['changes'],
      )) {
        const value = readObject(readObject(change)['value']);
        for (const one of [...readList(value['statuses']), ...readList(value['messages'])]) {
          told.push(readObject(one));
        }
      }
      return Promise.resolve({ status: 200, body: '', verdict: 'taken' });
    },
  }));
  const handsets = createHandsets({ clock: systemClock });
  const line = { token: 'token', appSecret: 'secret', verifyToken: 'verify' };
  const simulator = new GraphSimulator(
    { clock: systemClock, random: createSeededRandom(1), handsets },
    {
      numbers: { 1: { ...line, displayNumber: '31850000001', callbackUrl: listener.url } },
      ...settings,
    },
  );
  const port = await simulator.listen();
  const http = createProviderHttp({ clock: systemClock });
  t.after(async () => {
    await simulator.close();
    await http.close();
    await listener.close();
  });
  return {
    simulator,
    handsets,
    told,
    forged: () => forged,
    async send(message, { token = 'token', id = '1' } = {}) {
      const outcome = await http.send({
        method: 'POST',
        url: `http://127.0.0.1:${port}/v25.0/${id}/messages`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messaging_product: 'whatsapp', to: '31612345678', ...message }),
        timeoutMs: 5_000,
        answerBytesMax: 10_000,
      });
      if (outcome.kind !== 'answered') {
        return { status: 0, code: outcome.kind, wamid: '', retryAfterMs: null };
      }
      const body = readObject(parseJson(outcome.body.toString()));
      const wamid = readText(readObject(readList(body['messages'])[0])['id']);
      const { status, retryAfterMs } = outcome;
      return { status, code: readObject(body['error'])['code'], wamid, retryAfterMs };
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(systemClock, 5);
}

const statusesOf = (told: readonly JsonObject[]) => told.map(({ status }) => readText(status));

test('a message is sent, delivered and read, and its opaque data comes back', {
  timeout: 60_000,
}, async (t) => {
  const { send, told, handsets } = await start(t);
  handsets.change('31612345678', { readsAfterMs: 0 });
  const { status, wamid } = await send({ ...text, biz_opaque_callback_data: 'mine' });
  assert.equal(status, 200);
  await until(() => told.length === 3);
  // Calls overtake each other, as in life.
  assert.deepEqual(statusesOf(told).toSorted(), ['delivered', 'read', 'sent']);
  for (const one of told) {
    assert.deepEqual([one['id'], one['biz_opaque_callback_data']], [wamid, 'mine']);
  }
  assert.equal(handsets.find('31612345678')?.inbox.messages[0]?.text, 'é😀');
});

const refusals: readonly (readonly [
  title: string,
  message: JsonObject,
  change: { token?: string; id?: string },
  status: number,
  code: number,
])[] = [
  ['a wrong token', text, { token: 'other' }, 401, 190],
  ['an unknown number id', text, { id: '2' }, 400, 33],
  ['no recipient', { ...text, to: '' }, {}, 400, 131008],
  ['a recipient that is none', { ...text, to: 'me' }, {}, 400, 131009],
  ['a text that is too long', { type: 'text', text: { body: 'x'.repeat(4097) } }, {}, 400, 131009],
  ['a type that is unknown', { type: 'hologram', hologram: {} }, {}, 400, 131051],
  ['media without a link', { type: 'image', image: {} }, {}, 400, 131008],
  ['audio with a caption', { type: 'audio', audio: { id: '1', caption: 'x' } }, {}, 400, 131009],
  [
    'an unknown template',
    { type: 'template', template: { name: 'x', language: { code: 'en' } } },
    {},
    404,
    132001,
  ],
  [
    'a paused template',
    { type: 'template', template: { name: 'paused', language: { code: 'en' } } },
    {},
    400,
    132015,
  ],
  [
    'a wrong number of parameters',
    { type: 'template', template: { name: 'one', language: { code: 'en' } } },
    {},
    400,
    132000,
  ],
];
for (const [title, message, change, status, code] of refusals) {
  test(`${title}: ${code}`, { timeout: 60_000 }, async (t) => {
    const templates = [
      { name: 'one', language: 'en', body: 1 },
      { name: 'paused', language: 'en', status: 'PAUSED' },
    ];
    const { send } = await start(t, { templates });
    const answer = await send(message, change);
    assert.deepEqual([answer.status, answer.code], [status, code]);
  });
}

test('too fast for the number is 130429 with a wait, too fast for a pair 131056', {
  timeout: 60_000,
}, async (t) => {
  const { send, simulator } = await start(t, { rate: 3 });
  for (let n = 0; n < 3; n++) assert.equal((await send(text)).status, 200);
  const throttled = await send(text);
  assert.deepEqual([throttled.code, throttled.retryAfterMs], [130429, 1_000]);
  await simulator.set({ rate: 1_000, pairBurst: 1 });
  assert.equal((await send(text)).status, 200);
  assert.equal((await send(text)).code, 131056);
  assert.equal((await send({ ...text, to: '31687654321' })).status, 200);
  assert.deepEqual(simulator.stats().refused, { 130429: 1, 131056: 1 });
});

const failures: readonly (readonly [
  string,
  Parameters<Handsets['change']>[1],
  JsonObject,
  number,
])[] = [
  ['a phone without WhatsApp', { apps: { WhatsApp: false } }, {}, 131026],
  ['a number that is nobody', { unknown: true }, {}, 131026],
  ['free text outside the window', {}, { enforceWindow: true }, 131047],
];
for (const [title, patch, settings, code] of failures) {
  test(`${title} fails later, with ${code}`, { timeout: 60_000 }, async (t) => {
    const { send, told, handsets } = await start(t, settings);
    handsets.change('31612345678', patch);
    assert.equal((await send(text)).status, 200);
    await until(() => told.length === 1);
    assert.deepEqual(
      [told[0]?.['status'], readObject(readList(told[0]?.['errors'])[0])['code']],
      ['failed', code],
    );
  });
}

test('who has written may be written to', { timeout: 60_000 }, async (t) => {
  const { send, told, simulator, handsets } = await start(t, { enforceWindow: true });
  const result = simulator.actor.act(
    handsets.use('31612345678'),
    { do: 'write', channel: 'WhatsApp', to: '+31850000001', text: 'Hi' },
    null,
  );
  assert.equal(result, 'done');
  await send(text);
  await until(() => told.length >= 3);
  assert.deepEqual(
    [told[0]?.['type'], ...statusesOf(told.slice(1, 3))],
    ['text', 'sent', 'delivered'],
  );
});

test('who blocked the number gets nothing, and nobody is told', { timeout: 60_000 }, async (t) => {
  const { send, told, handsets } = await start(t, { sentAfterMs: 0, deliveredAfterMs: 0 });
  handsets.change('31612345678', { optedOut: true });
  handsets.change('31687654321', { readsAfterMs: null });
  await send(text);
  await send({ ...text, to: '31687654321' });
  await until(() => told.length === 3);
  assert.deepEqual(statusesOf(told.filter((one) => one['recipient_id'] === '31612345678')), [
    'sent',
  ]);
  assert.deepEqual(handsets.find('31612345678')?.inbox.messages, []);
});

test('a cut answer is a message that was taken all the same', { timeout: 60_000 }, async (t) => {
  const { send, told } = await start(t, { dropAnswerShare: 1 });
  assert.equal((await send(text)).code, 'unanswered');
  await until(() => told.length >= 2);
});

test('callbacks are repeated, doubled, forged and lost as it is told', {
  timeout: 60_000,
}, async (t) => {
  const { send, told, simulator, handsets, forged } = await start(t, {
    callbackDuplicateShare: 1,
    callbackForgeShare: 1,
  });
  handsets.change('31612345678', { readsAfterMs: null });
  await send(text);
  await until(() => told.length === 4);
  assert.ok(forged() >= 2);
  await simulator.set({ callbackDuplicateShare: 0, callbackLoseShare: 1 });
  await send(text);
  await until(() => simulator.stats().callbacks.lost === 2);
  assert.equal(told.length, 4);
});

test('a status may come before the answer', { timeout: 60_000 }, async (t) => {
  const { send, told } = await start(t, { statusFirst: true, answerDelayMs: 200, sentAfterMs: 0 });
  const answer = send(text);
  await until(() => told.length > 0);
  const { wamid } = await answer;
  assert.equal(told[0]?.['id'], wamid);
});
