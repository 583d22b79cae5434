import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { CMTypes, MessageApiClient, type Message as SdkMessage } from '@cmdotcom/text-sdk';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { acceptedAt, createJsonRig, token } from './json-rig.ts';

/** Sends a message of CM's own JavaScript client to the door, through a port. */
async function sendBySdk(build: (client: MessageApiClient) => SdkMessage) {
  const rig = await createJsonRig();
  const server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const { method = '' } = request;
      const answer = await rig.send(body, { method });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  const port = await listenLocally(server);
  try {
    const api = new CMTypes.MessagesApi(`http://127.0.0.1:${port}`);
    const { data } = await api.messagesSendMessage(build(new MessageApiClient(token)));
    return { data, accepted: rig.accepted };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("CM's JavaScript client", () => {
  test('sends a text', async () => {
    const { data, accepted } = await sendBySdk((client) =>
      client.createMessage().setMessage(['0031612345678', '0031612345679'], 'Bakery', 'Hoi', 'r1'),
    );
    assert.deepEqual(data, {
      details: 'Created 2 message(s)',
      errorCode: 0,
      messages: ['0031612345678', '0031612345679'].map((to) => ({
        to,
        status: 'Accepted',
        reference: 'r1',
        parts: 1,
        messageDetails: null,
        messageErrorCode: 0,
      })),
    });
    assert.deepEqual(accepted[0]?.groupings, [null, null, 'text-sdk-javascript']);
    assert.equal(accepted[0]?.expiresAt, acceptedAt + 24 * 3_600_000);
  });

  test('sends rich content with suggestions', async () => {
    const at = new Date(0);
    const { data, accepted } = await sendBySdk((client) =>
      client
        .createMessage()
        .setMessage(['0031612345678'], 'Bakery', 'Hoi')
        .setAllowedChannels(['WhatsApp', 'RCS'])
        .setConversation([
          { text: 'x', header: 'h' },
          { media: { mediaName: 'a', mediaUri: 'https://example.org/a', mimeType: 'image/png' } },
          {
            location: { latitude: 51.6, longitude: 4.77, label: 'HQ', searchQuery: '', radius: 1 },
          },
        ])
        .setSuggestion([
          { action: 'Reply', label: 'Yes', postbackdata: 'yes' },
          { action: 'OpenUrl', label: 'Look', url: 'https://example.org' },
          { action: 'Dial', label: 'Call', dial: { phoneNumber: '+31765727000' } },
          {
            action: 'CreateCalendarEvent',
            label: 'Note',
            calendar: { startTime: at, endTime: at, title: 't', description: 'd' },
          },
          { action: 'viewLocation', label: 'Go', viewLocation: { searchQuery: 'CM' } },
        ]),
    );
    assert.equal(data.errorCode, 0);
    const rich = JSON.parse(accepted[0]?.content.rich ?? '{}');
    assert.equal(rich.conversation.length, 3);
    assert.deepEqual(
      rich.suggestions.map((one: { action: string }) => one.action),
      ['Reply', 'OpenUrl', 'Dial', 'CreateCalendarEvent', 'ViewLocation'],
    );
    assert.equal(rich.suggestions[3].calendar.startTime, String(at));
  });

  test('sends a template and an interactive message', async () => {
    const template = await sendBySdk((client) =>
      client
        .createMessage()
        .setMessage(['0031612345678'], 'Bakery', 'Hoi')
        .setAllowedChannels(['WhatsApp'])
        .setTemplate({
          whatsapp: {
            namespace: 'ns',
            elementName: 'ticket',
            language: { code: 'en', policy: 'deterministic' },
            localizableParams: [],
            components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ann' }] }],
          },
        }),
    );
    assert.equal(template.data.errorCode, 0);
    const interactive = await sendBySdk((client) =>
      client
        .createMessage()
        .setMessage(['0031612345678'], 'Bakery', 'Hoi')
        .setAllowedChannels(['WhatsApp'])
        .setInteractive({
          type: 'list',
          header: { type: 'text', text: 'h' },
          body: { text: 'b' },
          footer: { text: 'f' },
          action: { button: 'Pick', sections: [{ title: 's', rows: [{ id: '1', title: 'a' }] }] },
        }),
    );
    assert.equal(interactive.data.errorCode, 0);
  });
});

describe('what other clients send (contract §3.1, §17)', () => {
  const bodies: [client: string, body: object, check?: object][] = [
    [
      'PHP: nulls, and the third grouping in lower case',
      {
        messages: {
          authentication: { producttoken: token },
          msg: [
            {
              body: { content: 'Hoi', type: 'AUTO' },
              to: [{ number: '0031612345678' }],
              from: 'Bakery',
              customgrouping3: 'text-sdk-php-3.0.1',
              minimumNumberOfMessageParts: 1,
              maximumNumberOfMessageParts: 8,
              reference: null,
              allowedChannels: ['WhatsApp'],
              richContent: {
                conversation: [{ text: 'x', tag: null, context: null }],
                suggestions: null,
              },
            },
          ],
        },
      },
      { groupings: [null, null, 'text-sdk-php-3.0.1'] },
    ],
    [
      '.NET: a discriminator first, channels without spaces',
      {
        messages: {
          authentication: { productToken: token },
          msg: [
            {
              allowedChannels: ['AppleBusinessChat', 'WhatsApp', 'GoogleBusinessMessages'],
              body: { content: 'Hoi', type: 'Auto' },
              customGrouping3: 'text-sdk-dotnet-2.8.0',
              from: 'Bakery',
              to: [{ number: '0031612345678' }],
              richContent: {
                conversation: [
                  {
                    $type: 'MediaMessage',
                    media: {
                      mediaName: 'n',
                      mediaUri: 'https://example.org/a',
                      mimeType: 'image/png',
                    },
                  },
                  { $type: 'TextMessage', text: 'x', suggestions: null },
                ],
                suggestions: [
                  {
                    $type: 'x',
                    action: 'OpenUrl',
                    label: 'l',
                    url: 'https://example.org',
                    postbackdata: null,
                  },
                ],
              },
            },
          ],
        },
      },
    ],
    [
      'Java: dcs 0 always, the place of a suggestion under location',
      {
        messages: {
          authentication: { productToken: token },
          msg: [
            {
              body: { type: 'auto', content: 'Hoi' },
              to: [{ number: '0031612345678' }],
              from: 'Bakery',
              dcs: 0,
              customGrouping: 'text-sdk-java-4.0',
              allowedChannels: ['RCS', 'SMS'],
              richContent: {
                conversation: [{ text: 'x' }],
                suggestions: [
                  {
                    action: 'viewLocation',
                    label: 'l',
                    location: { latitude: '51.6', longitude: '4.7', label: 'HQ' },
                  },
                ],
              },
            },
          ],
        },
      },
      { groupings: ['text-sdk-java-4.0', null, null] },
    ],
    [
      'Python: Media with a capital, Whatsapp',
      {
        messages: {
          authentication: { producttoken: token },
          msg: [
            {
              allowedChannels: ['Whatsapp'],
              from: '0031765727000',
              to: [{ number: '0031612345678' }],
              body: { type: 'AUTO', content: 'Hoi' },
              richContent: {
                conversation: [
                  { text: 'x' },
                  {
                    Media: {
                      mediaName: 'n',
                      mediaUri: 'https://example.org/a',
                      mimeType: 'image/png',
                    },
                  },
                ],
              },
            },
          ],
        },
      },
    ],
    [
      'Laravel: dcs and parts as strings, a GUID of 32 digits as the reference',
      {
        messages: {
          authentication: { producttoken: token },
          msg: [
            {
              from: 'Bakery',
              body: { content: 'Hoi' },
              to: [{ number: '+31612345678' }],
              dcs: '0',
              minimumNumberOfMessageParts: '1',
              maximumNumberOfMessageParts: '8',
              reference: token.replaceAll('-', ''),
            },
          ],
        },
      },
      { to: '+31612345678', msisdn: '31612345678', reference: token.replaceAll('-', '') },
    ],
    [
      'Perl: a number without prefix, a number as the reference',
      {
        messages: {
          authentication: { productToken: token },
          msg: [
            {
              from: 'Bakery',
              body: { content: 'Hoi' },
              to: [{ number: 31612345678 }],
              reference: 1,
            },
          ],
        },
      },
      { to: '31612345678', reference: '1' },
    ],
    [
      'Postman: a space before the channel',
      {
        messages: {
          authentication: { producttoken: token },
          msg: [
            {
              allowedChannels: [' SMS', 'Viber'],
              from: 'Bakery',
              to: [{ number: '0031612345678' }],
              body: { type: 'auto', content: 'Hoi' },
              richContent: {
                conversation: Array.from({ length: 6 }, () => ({ text: 'x' })),
                suggestions: [{ action: 'Openurl', label: 'l', url: 'https://example.org' }],
              },
            },
          ],
        },
      },
    ],
  ];
  for (const [client, body, check = {}] of bodies) {
    test(client, async () => {
      const rig = await createJsonRig();
      const response = await rig.send(body);
      assert.equal(JSON.parse(response.body).errorCode, 0, response.body);
      assert.partialDeepStrictEqual(rig.accepted[0], check);
    });
  }

  test('an answer is never nested deeper than five levels', async () => {
    const rig = await createJsonRig();
    const response = await rig.send({
      messages: { authentication: { productToken: token }, msg: [{}] },
    });
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(depth))
        : 0;
    assert.equal(depth(JSON.parse(response.body)), 3);
  });
});
