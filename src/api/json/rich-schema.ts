import { conversationItemsMax, suggestionsMax } from './limits.ts';
import {
  type Check,
  describeLeaves,
  describeList,
  describeObject,
  describeWord,
} from './rich-shapes.ts';

/** What may be in `richContent` (contract §7), which is the specification's and all SDKs' together. */

const required = { isRequired: true } as const;
const requiredLeaf = { shape: 'leaf', ...required } as const;

const media = describeObject({ mediaName: 'leaf', mediaUri: requiredLeaf, mimeType: 'leaf' });

const place = describeLeaves('latitude', 'longitude', 'label', 'searchQuery', 'radius');

const viewedPlace = describeObject(
  { latitude: 'leaf', longitude: 'leaf', label: 'leaf', searchQuery: 'leaf', radius: 'leaf' },
  (read) => {
    if (isGiven(read('searchQuery'))) return null;
    if (isGiven(read('latitude')) && isGiven(read('longitude'))) return null;
    return 'needs a searchQuery, or latitude and longitude';
  },
);

const calendar = describeLeaves('startTime', 'endTime', 'title', 'description');

const dial = describeObject({ phoneNumber: requiredLeaf }, (read) =>
  /^[\d+*#]+$/.test(String(read('phoneNumber')))
    ? null
    : 'has a phoneNumber with other characters than digits, +, * and #',
);

const payment = describeObject({
  merchantName: 'leaf',
  merchantIdentifier: 'leaf',
  description: 'leaf',
  orderReference: 'leaf',
  lineItems: describeList(describeLeaves('label', 'subText', 'type', 'amount')),
  total: 'leaf',
  recipientEmail: 'leaf',
  currencyCode: 'leaf',
  recipientCountryCode: 'leaf',
  languageCountryCode: 'leaf',
  countryCodes: describeList('leaf'),
  billingAddressRequired: 'leaf',
  shippingContactRequired: 'leaf',
  merchantSession: 'any',
});

/** The actions of contract §7.2 and the field that each cannot do without. */
const fieldByAction: ReadonlyMap<string, string | null> = new Map([
  ['Reply', null],
  ['OpenUrl', 'url'],
  ['CreateCalendarEvent', 'calendar'],
  ['Dial', 'dial'],
  ['ViewLocation', 'viewLocation'],
  ['OpenAppPage', 'page'],
  ['ShareLocation', null],
]);

const action = describeWord(...fieldByAction.keys());

/** Actions that are not known are left to the channel: providers add some every year. */
const checkSuggestion: Check = (read) => {
  const sent = String(read('action')).toLowerCase();
  const field = fieldByAction.get(action.words.get(sent) ?? '') ?? null;
  return field === null || isGiven(read(field)) ? null : `needs ${field} for its action`;
};

const suggestion = describeObject(
  {
    action: { ...required, shape: action },
    label: requiredLeaf,
    postbackdata: 'leaf',
    description: 'leaf',
    url: 'leaf',
    page: 'leaf',
    media,
    calendar,
    dial,
    viewLocation: { shape: viewedPlace, alias: 'location' },
    shareLocation: describeLeaves('RequestLocation'),
    calendarPicker: describeObject({ options: describeList(calendar) }),
    payment,
  },
  checkSuggestion,
);

const suggestions = describeList(suggestion, { itemsMax: suggestionsMax });

const contact = describeObject({
  name: describeLeaves(
    'formatted_name',
    'first_name',
    'last_name',
    'middle_name',
    'name_prefix',
    'name_suffix',
    'prefix',
    'suffix',
  ),
  birthday: 'leaf',
  addresses: describeList(
    describeLeaves('city', 'country', 'country_code', 'state', 'street', 'type', 'zip'),
  ),
  emails: describeList(describeLeaves('email', 'type')),
  org: describeLeaves('company', 'department', 'title'),
  phones: describeList(describeLeaves('phone', 'type')),
  urls: describeList(describeLeaves('url', 'type')),
});

const dateParts = ['day_of_week', 'day_of_month', 'year', 'month', 'hour', 'minute'] as const;

const templateParameter = describeObject({
  type: 'leaf',
  text: 'leaf',
  payload: 'leaf',
  media,
  image: media,
  document: media,
  video: media,
  currency: describeLeaves('fallback_value', 'code', 'amount_1000'),
  date_time: describeLeaves('fallback_value', 'timestamp', ...dateParts),
  action: 'any',
});

const template = describeObject({
  whatsapp: {
    ...required,
    shape: describeObject({
      namespace: 'leaf',
      element_name: 'leaf',
      language: describeLeaves('policy', 'code'),
      localizable_params: describeList(
        describeObject({
          default: 'leaf',
          currency: describeLeaves('currency_code', 'amount_1000'),
          date_time: describeObject({ component: describeLeaves(...dateParts) }),
        }),
      ),
      components: describeList(
        describeObject({
          type: 'leaf',
          sub_type: 'leaf',
          index: 'leaf',
          parameters: describeList(templateParameter),
        }),
      ),
    }),
  },
});

const interactive = describeObject({
  type: 'leaf',
  header: describeObject({ type: 'leaf', text: 'leaf', media }),
  body: describeLeaves('text'),
  footer: describeLeaves('text'),
  action: describeObject({
    button: 'leaf',
    buttons: describeList(
      describeObject({
        type: 'leaf',
        title: 'leaf',
        id: 'leaf',
        reply: describeLeaves('id', 'title'),
      }),
    ),
    sections: describeList(
      describeObject({
        title: 'leaf',
        rows: describeList(describeLeaves('id', 'title', 'description')),
        product_items: describeList(describeLeaves('product_retailer_id')),
      }),
    ),
    catalog_id: 'leaf',
    product_retailer_id: 'leaf',
    name: 'leaf',
    parameters: 'any',
  }),
});

/** The keys of an item one of which it needs (contract §7). */
const contents = [
  'text',
  'media',
  'location',
  'contacts',
  'template',
  'carousel',
  'interactive',
  'payment',
  'listPicker',
  'oauth2',
];

const item = describeObject(
  {
    text: 'leaf',
    header: 'leaf',
    media,
    location: place,
    contacts: { shape: describeList(contact, { takesOne: true }), alias: 'contact' },
    template,
    carousel: describeObject({
      cardWidth: describeWord('Small', 'Medium'),
      cards: {
        ...required,
        shape: describeList(describeObject({ header: 'leaf', text: 'leaf', media, suggestions }), {
          itemsMin: 1,
        }),
      },
    }),
    cardOrientation: describeWord('HORIZONTAL', 'VERTICAL'),
    interactive,
    context: describeLeaves('message_id'),
    tag: 'leaf',
    listPicker: describeObject({
      label: 'leaf',
      media,
      options: describeList(describeObject({ label: 'leaf', media })),
    }),
    payment,
    oauth2: describeObject({
      responseType: 'leaf',
      state: 'leaf',
      responseEncryptionKey: 'leaf',
      clientSecret: 'leaf',
      scope: describeList('leaf'),
    }),
    suggestions,
  },
  (read) => (contents.some((name) => isGiven(read(name))) ? null : 'holds nothing to show'),
);

export const richContentShape = describeObject({
  conversation: {
    ...required,
    shape: describeList(item, { itemsMin: 1, itemsMax: conversationItemsMax }),
  },
  suggestions,
});

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
