import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { CMTypes, MessageApiClient } from '@cmdotcom/text-sdk';
import { certificate } from './cm-certificate.ts';
import { openCmProxy } from './cm-proxy.ts';
import { changeHandset, untilShown } from './customer.ts';
import { closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from './program.ts';

/*
 * CM's own client, unmodified and used as its page says. It calls https://gw.cmtelecom.com; what
 * leads that name to the gateway is outside of it: a proxy in HTTPS_PROXY that ends TLS, and a
 * certificate the process trusts.
 */

let program: Program;
let endpoint: Endpoint;
let proxy: Awaited<ReturnType<typeof openCmProxy>>;
const client = new MessageApiClient(token);

before(async () => {
  endpoint = await openEndpoint();
  program = await startProgram({
    config: {
      rehearsal: true,
      accounts: [{ id: 'shop', token: tokenSecret, statusWebhook: { url: endpoint.url } }],
    },
  });
  proxy = await openCmProxy(program.port);
  setDefaultCACertificates([certificate]);
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy']) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
  process.env['HTTPS_PROXY'] = proxy.url;
});

after(async () => {
  proxy.close();
  closeEndpoints();
  await cleanUp();
});

/** The body that the client's promise resolves to, for messages that were all accepted. */
function created(recipients: readonly string[], reference: string | null, parts = 1) {
  return {
    details: `Created ${recipients.length} message(s)`,
    errorCode: 0,
    messages: recipients.map((to) => ({
      to,
      status: 'Accepted',
      reference,
      parts,
      messageDetails: null,
      messageErrorCode: 0,
    })),
  };
}

/** What the gateway answered when the client's promise rejects, as the client's users find it. */
async function rejectionOf(sent: Promise<unknown>): Promise<{ status: unknown; data: unknown }> {
  const error = await sent.then(
    () => assert.fail('the promise did not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error && 'response' in error);
  const { response } = error;
  assert.ok(typeof response === 'object' && response !== null);
  assert.ok('status' in response && 'data' in response);
  return { status: response.status, data: response.data };
}

/** The statuses that the customer's endpoint was told of a reference, in order. */
async function untilTold(reference: string, count: number): Promise<string[]> {
  const calls = await endpoint.until(count, ({ body }) => body.includes(`"${reference}"`));
  return calls.map(({ body }) => JSON.parse(body).messages.msg.status.code);
}

describe("CM's JavaScript client over TLS", () => {
  test('one text: accepted, on the handset, and reported to the endpoint', async () => {
    const { status, data } = await client.sendTextMessage(
      ['0031612345678'],
      'Bakery',
      'Your bread is ready: €2,50',
      'single',
    );
    assert.equal(status, 200);
    assert.deepEqual(data, created(['0031612345678'], 'single'));
    const { messages } = await untilShown(program, '0031612345678');
    assert.equal(messages[0]?.text, 'Your bread is ready: €2,50');
    assert.equal(messages[0]?.from, 'Bakery');
    assert.deepEqual(await untilTold('single', 2), ['0', '2']);
    const told = endpoint.calls.find(({ body }) => body.includes('"single"'));
    assert.match(told?.body ?? '', /"customGrouping3":"text-sdk-javascript"/);
    assert.deepEqual([...new Set(proxy.asked)], ['gw.cmtelecom.com:443']);
  });

  test('many recipients and a long text: each in the order given, each handset has it whole', async () => {
    const text = `${'Fresh bread every morning. '.repeat(12)}👩‍🍳`;
    const recipients = Array.from({ length: 50 }, (_, i) => `00316200${String(10_000 + i)}`);
    const { status, data } = await client.sendTextMessage(recipients, 'Bakery', text, 'batch');
    assert.equal(status, 200);
    assert.deepEqual(data, created(recipients, 'batch', 5));
    for (const number of [recipients[0], recipients[49]]) {
      const { messages } = await untilShown(program, number ?? '');
      assert.equal(messages[0]?.text, text);
      assert.equal(messages[0]?.parts, 5);
    }
    await untilTold('batch', 100);
  });

  test('no reference is null', async () => {
    const { data } = await client.sendTextMessage(['0031612345679'], 'Bakery', 'Hoi');
    assert.deepEqual(data, created(['0031612345679'], null));
  });

  test('some recipients wrong: 200, and the client sees which', async () => {
    const { status, data } = await client.sendTextMessage(
      ['0031612345680', 'nobody'],
      'Bakery',
      'Hoi',
      'mixed',
    );
    assert.equal(status, 200);
    assert.equal(data.details, 'Created 1 message(s)');
    assert.equal(data.errorCode, 201);
    assert.deepEqual(data.messages[1], {
      to: 'nobody',
      status: 'Rejected',
      reference: 'mixed',
      parts: 0,
      messageDetails: "Gsm 'nobody' is not a number.",
      messageErrorCode: 303,
    });
  });

  test('a wrong token: its promise rejects with 400 and the text', async () => {
    const stranger = new MessageApiClient('00000000-0000-0000-0000-000000000000');
    const { status, data } = await rejectionOf(
      stranger.sendTextMessage(['0031612345678'], 'Bakery', 'Hoi'),
    );
    assert.equal(status, 400);
    assert.deepEqual(data, {
      details: 'No account found for the given authentication',
      errorCode: 101,
      messages: [],
    });
  });
});

const media = {
  mediaName: 'cm.com',
  mediaUri: 'https://example.org/logo.png',
  mimeType: 'image/png',
};
const at = new Date('2026-12-24T16:00:00Z');

type CmMessage = ReturnType<MessageApiClient['createMessage']>;

interface Bubble {
  readonly text: string;
  /** What WhatsApp was given to show. */
  readonly rich: object;
}

/** What its builder can make besides a text, and what a phone shows of it in WhatsApp; null where that has no such thing. */
const rich: readonly [
  title: string,
  build: (message: CmMessage) => CmMessage,
  bubbles: readonly Bubble[] | null,
][] = [
  [
    'text and media with suggestions',
    (message) =>
      message.setConversation([{ text: 'Our logo!', header: 'Look' }, { media }]).setSuggestion([
        { action: 'openUrl', label: 'Click me', url: 'https://example.org' },
        { action: 'Reply', label: 'Yes', postbackdata: 'yes' },
        { action: 'Dial', label: 'Call', dial: { phoneNumber: '+31765727000' } },
        { action: 'viewLocation', label: 'Go', viewLocation: { searchQuery: 'Breda' } },
        {
          action: 'CreateCalendarEvent',
          label: 'Note',
          calendar: { startTime: at, endTime: at, title: 'Bread', description: 'Fetch it' },
        },
      ]),
    [
      {
        text: 'Look\nOur logo!',
        rich: { type: 'text', text: { body: 'Look\nOur logo!', preview_url: false } },
      },
      {
        text: '[image] cm.com https://example.org/logo.png',
        rich: {
          type: 'image',
          image: { link: 'https://example.org/logo.png', caption: 'cm.com' },
        },
      },
    ],
  ],
  [
    'replies',
    (message) =>
      message.setConversation([{ text: 'Is it warm?' }]).setSuggestion([
        { action: 'Reply', label: 'Yes', postbackdata: 'warm' },
        { action: 'Reply', label: 'No' },
      ]),
    [
      {
        text: 'Is it warm? [Yes] [No]',
        rich: {
          type: 'interactive',
          interactive: {
            type: 'button',
            body: { text: 'Is it warm?' },
            action: {
              buttons: [
                { type: 'reply', reply: { id: 'warm', title: 'Yes' } },
                { type: 'reply', reply: { id: 'No', title: 'No' } },
              ],
            },
          },
        },
      },
    ],
  ],
  [
    'a location',
    (message) =>
      message.setConversation([{ location: { latitude: 51.6, longitude: 4.77, label: 'HQ' } }]),
    [
      {
        text: '[location] HQ 51.6,4.77',
        rich: { type: 'location', location: { latitude: 51.6, longitude: 4.77, name: 'HQ' } },
      },
    ],
  ],
  [
    'contacts',
    (message) =>
      message.setConversation([
        {
          contacts: [
            {
              name: { formattedName: 'Bakery', firstName: 'Bakery' },
              phones: [{ phone: '+31765727000', type: 'WORK' }],
              emails: [{ email: 'bread@example.org' }],
            },
          ],
        },
      ]),
    [
      {
        text: '[contacts] Bakery',
        rich: {
          type: 'contacts',
          contacts: [
            {
              name: { formatted_name: 'Bakery', first_name: 'Bakery' },
              phones: [{ phone: '+31765727000', type: 'WORK' }],
              emails: [{ email: 'bread@example.org' }],
            },
          ],
        },
      },
    ],
  ],
  [
    'a carousel',
    (message) =>
      message.setConversation([
        {
          carousel: {
            cardWidth: CMTypes.Carousel.CardWidthEnum.Medium,
            cards: [
              { header: 'One', media },
              { header: 'Two', media },
            ],
          },
        },
      ]),
    null,
  ],
  [
    'a WhatsApp template',
    (message) =>
      message.setTemplate({
        whatsapp: {
          namespace: 'ns',
          elementName: 'ready',
          language: { code: 'en', policy: 'deterministic' },
          localizableParams: [],
          components: [
            { type: 'header', parameters: [{ type: 'image', image: media }] },
            { type: 'body', parameters: [{ type: 'text', text: 'Ann' }] },
          ],
        },
      }),
    [
      {
        text: '[template ready] https://example.org/logo.png Ann',
        rich: {
          type: 'template',
          template: {
            name: 'ready',
            language: { policy: 'deterministic', code: 'en' },
            components: [
              {
                type: 'header',
                parameters: [{ type: 'image', image: { link: 'https://example.org/logo.png' } }],
              },
              { type: 'body', parameters: [{ type: 'text', text: 'Ann' }] },
            ],
          },
        },
      },
    ],
  ],
  [
    'a WhatsApp template of the old form',
    (message) =>
      message.setTemplate({
        whatsapp: {
          namespace: 'ns',
          elementName: 'ticket',
          language: { code: 'en', policy: 'fallback' },
          localizableParams: [
            { _default: 'Ann' },
            { _default: '€10.50', currency: { currency_code: 'EUR', amount_1000: 10_500 } },
          ],
          components: [],
        },
      }),
    [
      {
        text: '[template ticket] Ann €10.50',
        rich: {
          type: 'template',
          template: {
            name: 'ticket',
            language: { policy: 'deterministic', code: 'en' },
            components: [
              {
                type: 'body',
                parameters: [
                  { type: 'text', text: 'Ann' },
                  {
                    type: 'currency',
                    currency: { fallback_value: '€10.50', code: 'EUR', amount_1000: 10_500 },
                  },
                ],
              },
            ],
          },
        },
      },
    ],
  ],
  [
    'a WhatsApp list',
    (message) =>
      message.setInteractive({
        type: 'list',
        header: { type: 'text', text: 'Bread' },
        body: { text: 'Which one?' },
        footer: { text: 'Thank you' },
        action: { button: 'Pick', sections: [{ title: 'White', rows: [{ id: '1', title: 'A' }] }] },
      }),
    [
      {
        text: 'Bread Which one? [A]',
        rich: {
          type: 'interactive',
          interactive: {
            type: 'list',
            header: { type: 'text', text: 'Bread' },
            body: { text: 'Which one?' },
            footer: { text: 'Thank you' },
            action: {
              button: 'Pick',
              sections: [{ title: 'White', rows: [{ id: '1', title: 'A' }] }],
            },
          },
        },
      },
    ],
  ],
];

describe('its rich messages', () => {
  for (const [index, [title, build, bubbles]] of rich.entries()) {
    const make = (number: string, reference: string) =>
      build(
        client
          .createMessage()
          .setMessage([number], 'Bakery', `In short: ${title}`, reference)
          .setAllowedChannels(['WhatsApp', 'RCS', 'SMS']),
      );

    const arrivesBySms = async (number: string, reference: string) => {
      const { status, data } = await make(number, reference).send();
      assert.equal(status, 200);
      assert.deepEqual(data, created([number], reference));
      const { messages } = await untilShown(program, number);
      assert.deepEqual(
        messages.map(({ channel, from, text }) => [channel, from, text]),
        [['SMS', 'Bakery', `In short: ${title}`]],
      );
      assert.deepEqual(await untilTold(reference, 2), ['0', '2']);
      const last = endpoint.calls.findLast(({ body }) => body.includes(`"${reference}"`));
      assert.match(last?.body ?? '', /"channel":"sms"/);
    };

    test(`${title}: with SMS behind, the text arrives where there is no WhatsApp`, async () => {
      const number = `003163111110${index}`;
      await changeHandset(program, number, { apps: { WhatsApp: false } });
      await arrivesBySms(number, `rich-${index}`);
    });

    if (bubbles === null) {
      test(`${title}: WhatsApp has none, so the text arrives by SMS`, async () => {
        await arrivesBySms(`003163111120${index}`, `app-${index}`);
      });
      continue;
    }
    test(`${title}: on WhatsApp the phone shows it, and its user reads it`, async () => {
      const number = `003163111120${index}`;
      await changeHandset(program, number, { readsAfterMs: 0 });
      const { status, data } = await make(number, `app-${index}`).send();
      assert.equal(status, 200);
      assert.deepEqual(data, created([number], `app-${index}`));
      const { messages } = await untilShown(program, number, bubbles.length);
      assert.deepEqual(
        messages.map(({ channel, text, rich: given }) => ({ channel, text, rich: given })),
        bubbles.map((bubble) => ({ channel: 'WhatsApp', ...bubble })),
      );
      assert.deepEqual(await untilTold(`app-${index}`, 3), ['0', '2', '4']);
      const last = endpoint.calls.findLast(({ body }) => body.includes(`"app-${index}"`));
      assert.match(last?.body ?? '', /"channel":"whatsapp"/);
    });
  }

  test('only for a channel without a route: its promise rejects with 400', async () => {
    const sent = client
      .createMessage()
      .setMessage(['0031612345678'], 'Bakery', 'Hoi')
      .setAllowedChannels(['RCS'])
      .setConversation([{ text: 'Hoi' }])
      .send();
    const { status, data } = await rejectionOf(sent);
    assert.equal(status, 400);
    assert.deepEqual(data, { details: 'Message is unroutable.', errorCode: 201, messages: [] });
  });
});
