import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mapContent, validateContent } from './bubbles.ts';
import { Fault } from './fault.ts';
import type { JsonObject } from './json.ts';
import { image, map, options, template, ticket } from './test-bubbles.ts';

describe('what is sent', () => {
  const cases: readonly (readonly [title: string, item: JsonObject, message: JsonObject])[] = [
    [
      'text',
      { text: 'Your total is *$10.50*.' },
      { type: 'text', text: { body: 'Your total is *$10.50*.', preview_url: false } },
    ],
    [
      'text with an address, which gets a preview',
      { text: 'See HTTP://example.org now' },
      { type: 'text', text: { body: 'See HTTP://example.org now', preview_url: true } },
    ],
    [
      'a reply to a message',
      { text: 'Yes', context: { message_id: 'wamid.1' } },
      {
        type: 'text',
        text: { body: 'Yes', preview_url: false },
        context: { message_id: 'wamid.1' },
      },
    ],
    [
      'an image with its name as the caption',
      { media: image },
      { type: 'image', image: { link: image.mediaUri, caption: 'a map' } },
    ],
    [
      'an image with a text as the caption',
      { media: image, text: 'Here' },
      { type: 'image', image: { link: image.mediaUri, caption: 'Here' } },
    ],
    [
      'audio, whose name is not shown',
      { media: { ...image, mimeType: 'audio/acc' } },
      { type: 'audio', audio: { link: image.mediaUri } },
    ],
    [
      'a document with its file name',
      { media: { ...image, mediaName: 'bill.pdf', mimeType: 'document/pdf' } },
      { type: 'document', document: { link: image.mediaUri, filename: 'bill.pdf' } },
    ],
    [
      'a file without a type, by the end of its address',
      { media: { mediaUri: 'https://example.org/v.MP4?x=1' } },
      { type: 'video', video: { link: 'https://example.org/v.MP4?x=1' } },
    ],
    [
      "a location in the specification's strings",
      {
        location: {
          latitude: '51.603802',
          longitude: '4.770821',
          label: 'CM HQ',
          searchQuery: 'Konijnenberg 30',
        },
      },
      {
        type: 'location',
        location: {
          latitude: 51.603802,
          longitude: 4.770821,
          name: 'CM HQ',
          address: 'Konijnenberg 30',
        },
      },
    ],
    [
      'contacts, with the parts of names in either spelling',
      {
        contacts: [
          {
            addresses: [{ city: 'Breda', country_code: 'NL', type: 'WORK' }],
            name: { formatted_name: 'CM Developer', name_prefix: 'Dr' },
            phones: [{ phone: '+31 6', type: 'CELL' }],
          },
        ],
      },
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'CM Developer', prefix: 'Dr' },
            addresses: [{ city: 'Breda', country_code: 'NL', type: 'WORK' }],
            phones: [{ phone: '+31 6', type: 'CELL' }],
          },
        ],
      },
    ],
    [
      "the specification's own template, in the old form",
      template({
        namespace: 'your namespace id here',
        element_name: 'TEMPLATE_NAME',
        language: { policy: 'fallback', code: 'en_US' },
        localizable_params: [
          { default: 'Name' },
          { default: 'Event' },
          {
            default: 'Saturday 6, July',
            date_time: { component: { day_of_week: 'Saturday', day_of_month: 6, year: 2019 } },
          },
          { default: '€10.50', currency: { currency_code: 'EUR', amount_1000: 10500 } },
        ],
      }),
      {
        type: 'template',
        template: {
          name: 'TEMPLATE_NAME',
          language: { policy: 'deterministic', code: 'en_US' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Name' },
                { type: 'text', text: 'Event' },
                { type: 'date_time', date_time: { fallback_value: 'Saturday 6, July' } },
                {
                  type: 'currency',
                  currency: { fallback_value: '€10.50', code: 'EUR', amount_1000: 10500 },
                },
              ],
            },
          ],
        },
      },
    ],
    [
      'a template in the new form',
      template({
        ...ticket,
        components: [
          { type: 'header', parameters: [{ type: 'image', media: image }] },
          { type: 'body', parameters: [{ type: 'text', text: 'Ann' }] },
          {
            type: 'button',
            sub_type: 'quick_reply',
            index: 0,
            parameters: [{ type: 'payload', payload: 'yes' }],
          },
        ],
      }),
      {
        type: 'template',
        template: {
          name: 'ticket',
          language: { policy: 'deterministic', code: 'en_US' },
          components: [
            {
              type: 'header',
              parameters: [{ type: 'image', image: { link: image.mediaUri } }],
            },
            { type: 'body', parameters: [{ type: 'text', text: 'Ann' }] },
            {
              type: 'button',
              sub_type: 'quick_reply',
              index: '0',
              parameters: [{ type: 'payload', payload: 'yes' }],
            },
          ],
        },
      },
    ],
    [
      'a template without parameters',
      template(ticket),
      {
        type: 'template',
        template: { name: 'ticket', language: { policy: 'deterministic', code: 'en_US' } },
      },
    ],
    [
      'reply buttons',
      {
        interactive: {
          type: 'button',
          body: { text: 'Well?' },
          action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
        },
      },
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'Well?' },
          action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
        },
      },
    ],
    [
      'a list',
      {
        interactive: {
          type: 'list',
          header: { type: 'text', text: 'Menu' },
          body: { text: 'Choose' },
          footer: { text: 'today' },
          action: {
            button: 'Open',
            sections: [{ rows: [{ id: '1', title: 'Soup', description: 'hot' }] }],
          },
        },
      },
      {
        type: 'interactive',
        interactive: {
          type: 'list',
          header: { type: 'text', text: 'Menu' },
          body: { text: 'Choose' },
          footer: { text: 'today' },
          action: {
            button: 'Open',
            sections: [{ rows: [{ id: '1', title: 'Soup', description: 'hot' }] }],
          },
        },
      },
    ],
    [
      'a product',
      {
        interactive: { type: 'product', action: { catalog_id: 'c', product_retailer_id: 'p' } },
      },
      {
        type: 'interactive',
        interactive: { type: 'product', action: { catalog_id: 'c', product_retailer_id: 'p' } },
      },
    ],
  ];
  for (const [title, item, message] of cases) {
    test(title, () => assert.deepEqual(map([item]), [message]));
  }

  test('items are bubbles in their order', () => {
    const mapped = map([{ text: 'one' }, { media: image }, { text: 'three' }]);
    assert.deepEqual(Array.isArray(mapped) && mapped.map(({ type }) => type), [
      'text',
      'image',
      'text',
    ]);
  });

  test('without rich content the body is the only bubble', () => {
    const mapped = mapContent({ text: 'Hi', encoding: 'ucs2', rich: null }, options);
    assert.deepEqual(mapped, [
      { message: { type: 'text', text: { body: 'Hi', preview_url: false } }, isTemplate: false },
    ]);
  });

  test('currencies and dates are plain text where templates take nothing else', () => {
    const mapped = map(
      [
        template({
          ...ticket,
          localizable_params: [
            { default: '€1', currency: { currency_code: 'EUR', amount_1000: 1000 } },
          ],
        }),
      ],
      { options: { plainParameters: true } },
    );
    assert.match(JSON.stringify(mapped), /"parameters":\[\{"type":"text","text":"€1"\}\]/);
  });
});

describe('suggestions', () => {
  const reply = (label: string, postbackdata?: string) => ({
    action: 'Reply',
    label,
    ...(postbackdata !== undefined && { postbackdata }),
  });
  const open = { action: 'OpenUrl', label: 'Visit', url: 'https://example.org' };
  const shown: readonly (readonly [string, JsonObject[], string])[] = [
    ['up to three replies are buttons', [reply('Yes', 'y-1'), reply('No')], 'button'],
    ['an address is a button of its own', [open], 'cta_url'],
  ];
  for (const [title, suggestions, type] of shown) {
    test(title, () => {
      const mapped = map([{ text: 'Well?' }], { suggestions });
      assert.match(JSON.stringify(mapped), new RegExp(`"interactive":\\{"type":"${type}"`));
    });
  }
  const left: readonly (readonly [string, JsonObject[]])[] = [
    ['four replies', ['a', 'b', 'c', 'd'].map((label) => reply(label))],
    ['replies beside an address', [reply('Yes'), open]],
    ['a label that is too long', [reply('x'.repeat(21))]],
    ['two equal labels', [reply('Yes'), reply('Yes')]],
    ['a call', [{ action: 'Dial', label: 'Call', dial: { phoneNumber: '1' } }]],
  ];
  for (const [title, suggestions] of left) {
    test(`${title}: the text goes out alone`, () => {
      assert.deepEqual(map([{ text: 'Well?' }], { suggestions }), [
        { type: 'text', text: { body: 'Well?', preview_url: false } },
      ]);
    });
  }
  test('the postback data is what comes back', () => {
    const mapped = JSON.stringify(map([{ text: 'Well?' }], { suggestions: [reply('Yes', 'y-1')] }));
    assert.match(mapped, /\{"id":"y-1","title":"Yes"\}/);
  });
});

test('anything at all is mapped or refused, never thrown at', () => {
  const keys = ['text', 'media', 'location', 'contacts', 'template', 'interactive', 'whatsapp'];
  const more = ['action', 'sections', 'rows', 'buttons', 'components', 'parameters', 'type'];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.string(),
      fc.integer(),
      fc.constantFrom('list', 'button', 'text', 'image', null, true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys, ...more), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 4 }),
      tree,
      (conversation, suggestions) => {
        const rich = JSON.stringify({ conversation, suggestions });
        const content = { text: 'x', encoding: 'gsm7', rich } as const;
        const mapped = mapContent(content, options);
        const sentence = validateContent(content, options);
        assert.equal(sentence !== null, mapped instanceof Fault);
        if (!(mapped instanceof Fault)) assert.equal(mapped.length, conversation.length);
      },
    ),
  );
});
