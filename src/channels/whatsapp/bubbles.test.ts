import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mapContent, validateContent } from './bubbles.ts';
import { Fault } from './fault.ts';
import type { JsonObject } from './json.ts';
import type { TemplateOptions } from './templates.ts';

const options: TemplateOptions = { templates: [], plainParameters: false };
const image = {
  mediaName: 'a map',
  mediaUri: 'https://example.org/map.png',
  mimeType: 'image/jpg',
};

/** The messages of the API that a conversation becomes, or the sentence that refuses it. */
function map(
  conversation: readonly JsonObject[],
  change: { suggestions?: readonly JsonObject[]; options?: Partial<TemplateOptions> } = {},
): readonly JsonObject[] | string | null {
  const { suggestions } = change;
  const rich = JSON.stringify({ conversation, ...(suggestions && { suggestions }) });
  const content = { text: 'fallback', encoding: 'gsm7', rich } as const;
  const all = { ...options, ...change.options };
  const mapped = mapContent(content, all);
  return mapped instanceof Fault
    ? validateContent(content, all)
    : mapped.map(({ message }) => message);
}

const template = (whatsapp: JsonObject) => ({ template: { whatsapp } });
const ticket = { namespace: 'ns', element_name: 'ticket', language: { code: 'en_US' } };

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

describe('what is refused, and why', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${index}`, title: `${index}` }));
  const list = (sections: unknown) => ({
    interactive: { type: 'list', body: { text: 'x' }, action: { button: 'Open', sections } },
  });
  const buttons = (...titles: string[]) => ({
    interactive: {
      type: 'button',
      body: { text: 'x' },
      action: { buttons: titles.map((title) => ({ reply: { id: title, title } })) },
    },
  });
  const products = (count: number) => ({
    interactive: {
      type: 'product_list',
      header: { type: 'text', text: 'x' },
      body: { text: 'x' },
      action: {
        catalog_id: 'c',
        sections: [
          { product_items: Array.from({ length: count }, () => ({ product_retailer_id: 'p' })) },
        ],
      },
    },
  });
  const cases: readonly (readonly [good: JsonObject | null, bad: JsonObject, sentence: string])[] =
    [
      [
        { text: '😀'.repeat(4096) },
        { text: 'x'.repeat(4097) },
        'The richContent.conversation[0].text has more than 4096 characters.',
      ],
      [
        { media: { ...image, mediaName: 'x'.repeat(1024) } },
        { media: { ...image, mediaName: 'x'.repeat(1025) } },
        'The richContent.conversation[0].media.mediaName has more than 1024 characters.',
      ],
      [
        { media: { ...image, mimeType: 'Image/PNG' } },
        { media: { ...image, mimeType: 'image/gif' } },
        'The richContent.conversation[0].media.mimeType is none that WhatsApp takes.',
      ],
      [
        { media: { ...image, mediaUri: 'http://example.org/a' } },
        { media: { ...image, mediaUri: 'ftp://example.org/a' } },
        'The richContent.conversation[0].media.mediaUri must be an http or https address.',
      ],
      [
        { media: { ...image, mimeType: 'audio/mp3' } },
        { media: { ...image, mimeType: 'audio/mp3' }, text: 'x' },
        'The richContent.conversation[0].text cannot stand beside audio: make it an item of its own.',
      ],
      [
        { location: { latitude: 90, longitude: -180 } },
        { location: { latitude: 90.1, longitude: 0 } },
        'The richContent.conversation[0].location.latitude must be -90 to 90.',
      ],
      [
        null,
        { location: { searchQuery: 'Breda' } },
        'The richContent.conversation[0].location.latitude must be -90 to 90.',
      ],
      [
        { contacts: [{ name: { formatted_name: 'A', suffix: 'Jr' } }] },
        { contacts: [{ name: { formatted_name: 'A' } }] },
        'The richContent.conversation[0].contacts[0].name needs another part beside formatted_name, such as first_name.',
      ],
      [
        { contacts: [{ name: { formatted_name: 'A', first_name: 'A' }, birthday: '2000-01-02' }] },
        { contacts: [{ name: { formatted_name: 'A', first_name: 'A' }, birthday: '2 Jan' }] },
        'The richContent.conversation[0].contacts[0].birthday must be written YYYY-MM-DD.',
      ],
      [
        template(ticket),
        template({ ...ticket, element_name: 'my ticket' }),
        'The richContent.conversation[0].template.whatsapp.element_name must be letters, digits and underscores.',
      ],
      [
        template({ ...ticket, language: { code: 'pt_BR' } }),
        template({ ...ticket, language: {} }),
        'The richContent.conversation[0].template.whatsapp.language.code must be a language such as en or en_US.',
      ],
      [
        template({ ...ticket, localizable_params: [{ default: 'a    b' }] }),
        template({ ...ticket, localizable_params: [{ default: 'a     b' }] }),
        'The richContent.conversation[0].template.whatsapp.localizable_params[0].default may have no line break, no tab and no five spaces in a row.',
      ],
      [
        null,
        template({
          ...ticket,
          localizable_params: [{ default: '€1', currency: { currency_code: 'EUR' } }],
        }),
        'The richContent.conversation[0].template.whatsapp.localizable_params[0].currency.amount_1000 must be a whole number.',
      ],
      [
        null,
        template({ ...ticket, components: [{ type: 'button', sub_type: 'url', index: 10 }] }),
        'The richContent.conversation[0].template.whatsapp.components[0].index must be 0 to 9.',
      ],
      [
        buttons('a', 'b', 'c'),
        buttons('a', 'b', 'c', 'd'),
        'The richContent.conversation[0].interactive.action.buttons must be 1 to 3 buttons.',
      ],
      [
        buttons('x'.repeat(20)),
        buttons('x'.repeat(21)),
        'The richContent.conversation[0].interactive.action.buttons[0].reply.title has more than 20 characters.',
      ],
      [
        null,
        buttons('a', 'a'),
        'The richContent.conversation[0].interactive.action.buttons[1].reply.title is used twice.',
      ],
      [
        list([{ rows: rows(10) }]),
        list([{ rows: rows(11) }]),
        'The richContent.conversation[0].interactive.action.sections have more than 10 rows together.',
      ],
      [
        list([
          { title: 'A', rows: rows(1) },
          { title: 'B', rows: rows(1) },
        ]),
        list([{ title: 'A', rows: rows(1) }, { rows: rows(1) }]),
        'The richContent.conversation[0].interactive.action.sections[1].title is missing.',
      ],
      [
        products(30),
        products(31),
        'The richContent.conversation[0].interactive.action.sections must hold 1 to 30 products.',
      ],
      [
        null,
        { carousel: { cards: [] } },
        'The richContent.conversation[0].carousel cannot be shown by WhatsApp.',
      ],
      [
        null,
        { location: { latitude: 1, longitude: 1 }, text: 'x' },
        'The richContent.conversation[0].text cannot stand beside location: make it an item of its own.',
      ],
    ];
  for (const [good, bad, sentence] of cases) {
    test(sentence, () => {
      assert.equal(map([bad]), sentence);
      if (good !== null) assert.ok(Array.isArray(map([good])), `${JSON.stringify(map([good]))}`);
    });
  }

  test('what a template takes is known from the configuration', () => {
    const rules = [
      {
        name: 'ticket',
        language: 'en_US',
        category: null,
        header: 'none',
        body: 1,
        buttons: 0,
      },
    ] as const;
    const ask = (whatsapp: JsonObject) =>
      map([template(whatsapp)], { options: { templates: rules } });
    const of = (count: number) => ({
      ...ticket,
      localizable_params: Array.from({ length: count }, () => ({ default: 'x' })),
    });
    assert.ok(Array.isArray(ask(of(1))));
    const place = 'The richContent.conversation[0].template.whatsapp';
    assert.equal(ask(of(2)), `${place} has 2 body parameters where the template takes 1.`);
    assert.equal(
      ask({ ...of(1), element_name: 'other' }),
      `${place}.element_name is no approved template.`,
    );
    assert.equal(
      ask({ ...of(1), language: { code: 'en' } }),
      `${place}.language.code is not one the template exists in: en_US.`,
    );
  });

  test('the body alone has its own sentence', () => {
    const text = 'x'.repeat(4097);
    assert.equal(
      validateContent({ text, encoding: 'gsm7', rich: null }, options),
      'The body.content has more than 4096 characters.',
    );
    assert.equal(
      validateContent({ text: '00', encoding: 'binary', rich: null }, options),
      'The body.type is BINARY, which WhatsApp cannot show.',
    );
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
