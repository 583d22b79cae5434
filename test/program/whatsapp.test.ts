import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { signatureHeader, signBody } from '../../src/channels/whatsapp/signature.ts';
import { deliveryErrors } from '../../src/core/status.ts';
import { changeHandset, send, sendAccepted, textTo, untilShown } from './customer.ts';
import { type Call, closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram, tokenSecret } from './program.ts';

/* WhatsApp from the door to the phone and back: the whole program with its rehearsal stage. */

let program: Program;
let reports: Endpoint;
let inbound: Endpoint;

before(async () => {
  reports = await openEndpoint();
  inbound = await openEndpoint();
  program = await startProgram({
    config: {
      rehearsal: true,
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          statusWebhook: { url: reports.url },
          inboundWebhook: { url: inbound.url },
        },
      ],
    },
  });
});

after(async () => {
  closeEndpoints();
  await cleanUp();
});

/** What the reports of a reference say: status, error and channel. */
async function untilTold(reference: string, count: number): Promise<string[]> {
  const calls = await reports.until(count, ({ body }) => body.includes(`"${reference}"`));
  return calls.map(({ body }) => {
    const { status, channel } = JSON.parse(body).messages.msg;
    return [status.code, status.errorCode, channel].filter(Boolean).join(' ');
  });
}

let lastNumber = 0;

/** A number that nothing was sent to yet. */
function newNumber(): string {
  return `0031640111${String(111 + lastNumber++)}`;
}

interface Sketch {
  readonly items?: readonly object[];
  readonly channels?: readonly string[];
  readonly fields?: object;
}

function message(number: string, reference: string, sketch: Sketch = {}): object {
  const { items, channels = ['WhatsApp'], fields } = sketch;
  return textTo(number, `body of ${reference}`, {
    reference,
    allowedChannels: channels,
    ...(items === undefined ? {} : { richContent: { conversation: items } }),
    ...fields,
  });
}

const media = {
  mediaName: 'a map',
  mediaUri: 'https://example.org/map.png',
  mimeType: 'image/png',
};
const buttons = {
  interactive: {
    type: 'button',
    body: { text: 'White or brown?' },
    action: {
      buttons: ['White', 'Brown'].map((title) => ({ reply: { id: `id-${title}`, title } })),
    },
  },
};

describe('a message over WhatsApp', () => {
  test('several items are bubbles in order, one message, delivered and read', async () => {
    const number = newNumber();
    const items = [
      { text: 'First *bold*' },
      { media },
      { location: { latitude: '51.6', longitude: '4.7', label: 'HQ', searchQuery: 'Street' } },
      { contacts: [{ name: { formatted_name: 'Ann B', first_name: 'Ann' } }] },
      buttons,
    ];
    await sendAccepted(program, [message(number, 'w-many', { items })]);
    const { messages } = await untilShown(program, number, 5);
    assert.deepEqual(
      messages.map(({ text }) => text),
      [
        'First *bold*',
        '[image] a map https://example.org/map.png',
        '[location] HQ Street 51.6,4.7',
        '[contacts] Ann B',
        'White or brown? [White] [Brown]',
      ],
    );
    assert.deepEqual(await untilTold('w-many', 3), ['0 whatsapp', '2 whatsapp', '4 whatsapp']);
  });

  test('without rich content the body is the bubble', async () => {
    const number = newNumber();
    await sendAccepted(program, [message(number, 'w-body')]);
    const { messages } = await untilShown(program, number);
    assert.equal(messages[0]?.text, 'body of w-body');
    assert.equal(messages[0]?.channel, 'WhatsApp');
  });

  test('a template in the old form, as the specification has it', async () => {
    const number = newNumber();
    const whatsapp = {
      namespace: 'ns',
      element_name: 'ticket',
      language: { policy: 'fallback', code: 'en_US' },
      localizable_params: [
        { default: 'Ann' },
        { default: '€10.50', currency: { currency_code: 'EUR', amount_1000: 10500 } },
      ],
    };
    await sendAccepted(program, [
      message(number, 'w-old', { items: [{ template: { whatsapp } }] }),
    ]);
    const { messages } = await untilShown(program, number);
    assert.equal(messages[0]?.text, '[template ticket] Ann €10.50');
  });

  test('content that WhatsApp does not take is 305, unless another channel takes the message', async () => {
    const gif = [{ media: { ...media, mimeType: 'image/gif' } }];
    const refused = await send(program, [message(newNumber(), 'w-gif', { items: gif })]);
    assert.equal(refused.status, 400);
    assert.deepEqual(
      [refused.messages[0]?.messageErrorCode, refused.messages[0]?.messageDetails],
      [305, 'The richContent.conversation[0].media.mimeType is none that WhatsApp takes.'],
    );
    const number = newNumber();
    const channels = ['WhatsApp', 'SMS'];
    await sendAccepted(program, [message(number, 'w-gif-2', { items: gif, channels })]);
    const { messages } = await untilShown(program, number);
    assert.equal(messages[0]?.channel, 'SMS');
    assert.deepEqual(await untilTold('w-gif-2', 2), ['0 sms', '2 sms']);
  });

  test('a number that asks for an error gets it, every error of the specification', async () => {
    const errors = Object.keys(deliveryErrors);
    await sendAccepted(
      program,
      errors.map((error) => message(`00316130000${error.padStart(2, '0')}`, `w-e-${error}`)),
    );
    for (const error of errors) {
      assert.deepEqual(await untilTold(`w-e-${error}`, 2), ['0 whatsapp', `3 ${error} whatsapp`]);
    }
  });
});

describe('a phone', () => {
  const channels = ['WhatsApp', 'SMS'];

  test('without WhatsApp gets the body by SMS, at once the next time', async () => {
    const number = newNumber();
    await changeHandset(program, number, { apps: { WhatsApp: false } });
    await sendAccepted(program, [message(number, 'p-none', { items: [{ text: 'x' }], channels })]);
    const { messages } = await untilShown(program, number);
    assert.deepEqual([messages[0]?.channel, messages[0]?.text], ['SMS', 'body of p-none']);
    assert.equal((await untilTold('p-none', 2)).at(-1), '2 sms');
    // That it has no WhatsApp is known now, so nothing is told of an attempt there.
    await sendAccepted(program, [message(number, 'p-none-2', { channels })]);
    assert.deepEqual(await untilTold('p-none-2', 2), ['0 sms', '2 sms']);
  });

  test('that is off gets its message when it is on', async () => {
    const number = newNumber();
    await changeHandset(program, number, { on: false });
    await sendAccepted(program, [message(number, 'p-off')]);
    assert.deepEqual(await untilTold('p-off', 1), ['0 whatsapp']);
    await changeHandset(program, number, { on: true, readsAfterMs: null });
    assert.deepEqual(await untilTold('p-off', 2), ['0 whatsapp', '2 whatsapp']);
  });

  test('out of coverage for a moment gets its message afterwards', async () => {
    const number = newNumber();
    await changeHandset(program, number, { outOfCoverageMs: 400 });
    await sendAccepted(program, [message(number, 'p-far')]);
    await untilShown(program, number);
    assert.equal((await untilTold('p-far', 2)).at(-1), '2 whatsapp');
  });

  test('whose user answers: the answer bears the reference of the message', async () => {
    const number = newNumber();
    await changeHandset(program, number, { readsAfterMs: 0, answer: 'Thanks!' });
    await sendAccepted(program, [message(number, 'p-answer')]);
    const [call] = await inbound.until(1, ({ body }) => body.includes('Thanks!'));
    const { reference, message: said, channel } = readInbound(call);
    assert.deepEqual([reference, said.text, channel], ['p-answer', 'Thanks!', 'WhatsApp']);
  });

  test('whose user taps, reacts and reads', async () => {
    const number = newNumber();
    await changeHandset(program, number, { readsAfterMs: null });
    await sendAccepted(program, [message(number, 'p-tap', { items: [buttons] })]);
    const { messages } = await untilShown(program, number);
    const id = messages[0]?.id;
    assert.equal(await act(number, { do: 'tap', message: id, choice: 'Brown' }), 204);
    const [tap] = await inbound.until(1, ({ body }) => body.includes('id-Brown'));
    const tapped = readInbound(tap);
    assert.deepEqual([tapped.reference, tapped.message.text], ['p-tap', 'Brown']);
    assert.deepEqual(tapped.message.custom['interactive'], {
      type: 'button_reply',
      id: 'id-Brown',
      title: 'Brown',
    });
    assert.deepEqual(await untilTold('p-tap', 3), ['0 whatsapp', '2 whatsapp', '4 whatsapp']);
    assert.equal(await act(number, { do: 'react', message: id, emoji: '👍' }), 204);
    const [reaction] = await inbound.until(1, ({ body }) => body.includes('👍'));
    assert.equal(readInbound(reaction).reference, 'p-tap');
    assert.equal(await act(number, { do: 'read', message: id }), 204);
    assert.equal(await act(number, { do: 'tap', message: id, choice: 'Rye' }), 409);
    assert.equal(await act(number, { do: 'reply', message: 999, text: 'x' }), 404);
    assert.equal(await act(number, { do: 'sing', message: id }), 422);
  });
});

describe('calls that do not come from the provider', () => {
  const path = '/callbacks/rehearsal-whatsapp';

  async function call(body: string, signature?: string): Promise<number> {
    const headers = signature === undefined ? {} : { [signatureHeader]: signature };
    const response = await fetch(`${program.url}${path}`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  }

  const sign = (body: string) => signBody('rehearse', Buffer.from(body));

  test('are refused and counted; the messages they speak of are as before', async () => {
    const number = newNumber();
    await changeHandset(program, number, { readsAfterMs: null });
    await sendAccepted(program, [message(number, 'f-1')]);
    const { messages } = await untilShown(program, number);
    await untilTold('f-1', 2);
    const id = messages[0]?.providerId;
    const value = {
      metadata: { phone_number_id: '1000' },
      statuses: [{ id, status: 'failed', errors: [{ code: 131026 }] }],
    };
    const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value }] }] });
    assert.equal(await call(body), 401);
    assert.equal(await call(body, 'sha256=00'), 401);
    assert.equal(await call(`${body} `, sign(body)), 401);
    assert.equal(await call('x'.repeat(3 * 1024 * 1024 + 1), 'sha256=00'), 413);
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    assert.equal(await call(deep, sign(deep)), 400);
    assert.equal(await call('{"entry":', sign('{"entry":')), 400);
    // A replay of something true changes nothing, however late it comes.
    assert.deepEqual([await call(body, sign(body)), await call(body, sign(body))], [200, 200]);
    assert.deepEqual(await untilTold('f-1', 2), ['0 whatsapp', '2 whatsapp']);
    const metrics = await (await fetch(`${program.url}/metrics`)).text();
    const count = (verdict: string) =>
      new RegExp(`chappe_callbacks_total\\{[^}]*verdict="${verdict}"\\} (\\d+)`).exec(metrics)?.[1];
    assert.deepEqual([count('forged'), count('malformed')], ['3', '3']);
  });

  test('find nothing at the name of no connection, or of one without callbacks', async () => {
    for (const name of ['nobody', 'rehearsal', '', '../livez']) {
      const response = await fetch(`${program.url}/callbacks/${name}`, { method: 'POST' });
      assert.ok([404, 405].includes(response.status) || name === '../livez', name);
      await response.text();
    }
  });
});

async function act(number: string, action: object): Promise<number> {
  const response = await fetch(`${program.url}/api/handsets/${number}/actions`, {
    method: 'POST',
    body: JSON.stringify(action),
  });
  await response.text();
  return response.status;
}

interface InboundCall {
  readonly reference: string;
  readonly channel: string;
  readonly message: { readonly text: string; readonly custom: Record<string, unknown> };
}

function readInbound(call: Call | undefined): InboundCall {
  assert.ok(call !== undefined);
  return JSON.parse(call.body);
}
