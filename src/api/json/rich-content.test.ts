import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readRichContent } from './rich-content.ts';

const text = { text: 'x' };
const media = { mediaName: 'map', mediaUri: 'https://example.org/map.png', mimeType: 'image/png' };
const reply = { action: 'Reply', label: 'Yes' };

/** Rich content as it is kept, parsed; what is wrong with it throws. */
function keep(source: object): unknown {
  const read = readRichContent(JSON.parse(JSON.stringify(source)));
  assert.ok('json' in read, 'fault' in read ? read.fault : '');
  return JSON.parse(read.json);
}

function keepItem(item: object): unknown {
  return keep({ conversation: [item] });
}

describe('rich content is kept as the specification spells it (contract §7)', () => {
  const calendar = {
    startTime: '2018-02-05T00:00:00',
    endTime: '2018-02-08T00:00:00',
    title: 'Demo',
    description: 'd',
  };
  const wholes: [title: string, item: object][] = [
    ['text', text],
    ['media', { media }],
    ['text and media', { text: 'x', media }],
    [
      'location, with texts',
      {
        location: {
          latitude: '51.603802',
          longitude: '4.770821',
          label: 'HQ',
          searchQuery: 'K 30',
        },
      },
    ],
    [
      'location, with numbers',
      { location: { latitude: 51.603802, longitude: 4.770821, radius: 3 } },
    ],
    [
      'contacts',
      {
        contacts: [
          {
            name: {
              formatted_name: 'CM Developer',
              last_name: 'D',
              name_prefix: 'Dr',
              suffix: 'jr',
            },
            birthday: '2000-01-31',
            addresses: [
              {
                city: 'Breda',
                country: 'Netherlands',
                country_code: 'NL',
                state: 'NB',
                street: 'K 30',
                type: 'WORK',
                zip: '4825 BD',
              },
            ],
            emails: [{ email: 'a@example.org', type: 'WORK' }],
            org: { company: 'CM', department: 'Dev', title: 'Dr' },
            phones: [{ phone: '+31', type: 'CELL' }],
            urls: [{ url: 'https://example.org', type: 'WORK' }],
          },
        ],
      },
    ],
    [
      'the old form of a template',
      {
        template: {
          whatsapp: {
            namespace: 'ns',
            element_name: 'ticket',
            language: { policy: 'fallback', code: 'en_US' },
            localizable_params: [
              { default: 'Name' },
              { default: 'EUR 10.50', currency: { currency_code: 'EUR', amount_1000: 10500 } },
              {
                default: 'Saturday',
                date_time: {
                  component: {
                    day_of_week: 'Saturday',
                    day_of_month: 6,
                    year: 2019,
                    month: 7,
                    hour: 13,
                    minute: 0,
                  },
                },
              },
            ],
          },
        },
      },
    ],
    [
      'the new form of a template',
      {
        template: {
          whatsapp: {
            namespace: 'ns',
            element_name: 'ticket',
            language: { policy: 'deterministic', code: 'en' },
            components: [
              { type: 'header', parameters: [{ type: 'image', media }] },
              {
                type: 'header',
                parameters: [
                  { type: 'image', image: media },
                  { type: 'document', document: media },
                  { type: 'video', video: media },
                ],
              },
              {
                type: 'body',
                parameters: [
                  { type: 'text', text: 'Ann' },
                  {
                    type: 'currency',
                    currency: { fallback_value: 'EUR 10.50', code: 'EUR', amount_1000: 10500 },
                  },
                  {
                    type: 'date_time',
                    date_time: { fallback_value: 'Saturday', timestamp: 1562418000 },
                  },
                  {
                    type: 'date_time',
                    date_time: { fallback_value: 'Saturday', day_of_week: 6, year: 2019 },
                  },
                ],
              },
              {
                type: 'button',
                sub_type: 'quick_reply',
                index: 0,
                parameters: [{ type: 'payload', payload: 'yes-4711' }],
              },
            ],
          },
        },
      },
    ],
    [
      'a carousel',
      {
        carousel: {
          cardWidth: 'Medium',
          cards: [{ header: 'h', text: 't', media, suggestions: [reply] }, { text: 'u' }],
        },
      },
    ],
    [
      'a rich card',
      { text: 't', header: 'h', media, cardOrientation: 'HORIZONTAL', suggestions: [reply] },
    ],
    [
      'interactive, a list',
      {
        interactive: {
          type: 'list',
          header: { type: 'text', text: 'h' },
          body: { text: 'b' },
          footer: { text: 'f' },
          action: {
            button: 'Pick',
            sections: [{ title: 't', rows: [{ id: '1', title: 'a', description: 'd' }] }],
          },
        },
      },
    ],
    [
      'interactive, buttons and products',
      {
        interactive: {
          type: 'button',
          header: { type: 'image', media },
          action: {
            buttons: [{ type: 'reply', reply: { id: '1', title: 'Yes' } }],
            sections: [{ product_items: [{ product_retailer_id: 'p' }] }],
            catalog_id: 'c',
            product_retailer_id: 'p',
            name: 'cta_url',
            parameters: { display_text: 'x', Url: ['kept', { as: 'sent' }] },
          },
        },
      },
    ],
    ['an answer to a message', { text: 'x', context: { message_id: 'wamid' }, tag: 'HUMAN_AGENT' }],
    ['a list picker', { listPicker: { label: 'l', media, options: [{ label: 'a', media }] } }],
    [
      'a payment',
      {
        payment: {
          merchantName: 'm',
          merchantIdentifier: 'i',
          lineItems: [{ label: 'l', subText: 's', type: 'final', amount: 10.5 }],
          currencyCode: 'EUR',
          countryCodes: ['NL'],
          billingAddressRequired: true,
          shippingContactRequired: false,
          merchantSession: { anything: [{ At: 'all' }] },
        },
      },
    ],
    [
      'oauth2',
      {
        oauth2: {
          responseType: 'code',
          state: 's',
          responseEncryptionKey: 'k',
          clientSecret: 'c',
          scope: ['a', 'b'],
        },
      },
    ],
  ];
  for (const [title, item] of wholes) {
    test(title, () => {
      assert.deepEqual(keepItem(item), { conversation: [item] });
      assert.deepEqual(keepItem(capitalise(item)), { conversation: [item] });
    });
  }

  const suggestions: [title: string, suggestion: object, kept?: object][] = [
    ['Reply', { ...reply, postbackdata: 'p', description: 'd', media }],
    ['OpenUrl', { action: 'OpenUrl', label: 'l', url: 'market://details?id=cm.com' }],
    [
      'openUrl',
      { action: 'openUrl', label: 'l', url: 'u' },
      { action: 'OpenUrl', label: 'l', url: 'u' },
    ],
    [
      'Openurl',
      { action: 'Openurl', label: 'l', url: 'u' },
      { action: 'OpenUrl', label: 'l', url: 'u' },
    ],
    [
      'OPENURL',
      { action: 'OPENURL', label: 'l', url: 'u' },
      { action: 'OpenUrl', label: 'l', url: 'u' },
    ],
    ['CreateCalendarEvent', { action: 'CreateCalendarEvent', label: 'l', calendar }],
    ['Dial', { action: 'Dial', label: 'l', dial: { phoneNumber: '+31*1#' } }],
    [
      'Dial with PhoneNumber',
      { action: 'Dial', label: 'l', dial: { PhoneNumber: '+310612345' } },
      { action: 'Dial', label: 'l', dial: { phoneNumber: '+310612345' } },
    ],
    [
      'viewLocation',
      {
        action: 'viewLocation',
        label: 'l',
        viewLocation: { latitude: '51', longitude: 0, label: 'x' },
      },
      {
        action: 'ViewLocation',
        label: 'l',
        viewLocation: { latitude: '51', longitude: 0, label: 'x' },
      },
    ],
    [
      'viewLocation under location',
      { action: 'ViewLocation', label: 'l', location: { searchQuery: 'CM' } },
      { action: 'ViewLocation', label: 'l', viewLocation: { searchQuery: 'CM' } },
    ],
    ['OpenAppPage', { action: 'OpenAppPage', label: 'l', page: 'p' }],
    [
      'ShareLocation',
      { action: 'ShareLocation', label: 'l', shareLocation: { RequestLocation: true } },
    ],
    [
      'an action to come',
      { action: 'Teleport', label: 'l', calendarPicker: { options: [calendar] } },
    ],
  ];
  for (const [title, suggestion, kept = suggestion] of suggestions) {
    test(`the suggestion ${title}`, () => {
      const whole = { conversation: [text], suggestions: [kept] };
      assert.deepEqual(keep({ conversation: [text], suggestions: [suggestion] }), whole);
      assert.deepEqual(
        keep({ conversation: [text], suggestions: [{ ...suggestion, URL: undefined }] }),
        whole,
      );
    });
  }

  test('contact is contacts, and one is a list', () => {
    const contact = { name: { formatted_name: 'A' } };
    const whole = { conversation: [{ contacts: [contact] }] };
    assert.deepEqual(keepItem({ contact }), whole);
    assert.deepEqual(keepItem({ contact: [contact] }), whole);
    assert.deepEqual(keepItem({ contacts: contact }), whole);
    assert.deepEqual(keepItem({ contacts: [contact], contact: null }), whole);
  });

  test('nulls and unknown keys are left out, of two spellings the last stays', () => {
    assert.deepEqual(
      keepItem({
        $type: 'MediaMessage',
        Text: 'first',
        text: 'last',
        tag: null,
        context: null,
        constructor: {},
        media: { ...media, mediaName: null, $type: 'X' },
      }),
      {
        conversation: [
          { text: 'last', media: { mediaUri: media.mediaUri, mimeType: 'image/png' } },
        ],
      },
    );
  });

  test('keys of strangers never become keys of ours', () => {
    const source = JSON.parse('{"conversation":[{"text":"x","__proto__":{"polluted":1}}]}');
    const read = readRichContent(source);
    assert.ok('json' in read && read.json === '{"conversation":[{"text":"x"}]}');
    assert.ok(!('polluted' in {}));
  });

  test('it counts the bubbles', () => {
    const read = readRichContent({ Conversation: [text, text, text] });
    assert.ok('items' in read);
    assert.equal(read.items, 3);
  });
});

/** Writes every key with a capital, except where keys are the provider's own. */
function capitalise(value: unknown): object {
  const walk = (inner: unknown, name: string): unknown => {
    if (['parameters', 'merchantSession'].includes(name) && !Array.isArray(inner)) return inner;
    if (Array.isArray(inner)) return inner.map((one) => walk(one, ''));
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, field]) => [
        key.charAt(0).toUpperCase() + key.slice(1),
        walk(field, key),
      ]),
    );
  };
  return Object(walk(value, ''));
}

test('what is kept is kept again, unchanged, and any JSON is read or faulted', () => {
  const leaf = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
  const name = fc.constantFrom(
    'text',
    'Media',
    'mediaUri',
    'contact',
    'location',
    'suggestions',
    'ACTION',
    'label',
    'url',
    'carousel',
    'cards',
    'template',
    'whatsapp',
    'components',
    'parameters',
    'interactive',
    'x',
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 3 }),
      fc.option(value),
      (conversation, suggestions) => {
        const items = conversation.map((one) => ({ ...Object(one), text: 'x' }));
        const source = JSON.parse(JSON.stringify({ conversation: items, suggestions }));
        const read = readRichContent(source);
        if ('fault' in read) return;
        const again = readRichContent(JSON.parse(read.json));
        assert.deepEqual(again, read);
      },
    ),
    { numRuns: 1_000 },
  );
});
