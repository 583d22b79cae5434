import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validateContent } from './bubbles.ts';
import type { JsonObject } from './json.ts';
import { image, map, options, template, ticket } from './test-bubbles.ts';

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
