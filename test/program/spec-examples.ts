import { readFileSync } from 'node:fs';

/** The folder of the examples; a name begins with the section of the specification. */
export const examplesDir = new URL('../vectors/spec/', import.meta.url);

/** How many examples each section of the specification has. */
export const examplesBySection: Readonly<Record<string, number>> = {
  '3.1': 2,
  '3.2': 1,
  '3.3': 2,
  '3.4': 2,
  '3.5': 5,
  '3.6': 3,
  '4.1': 2,
  '4.2': 1,
  '5.2': 2,
  '5.3': 2,
  '5.5': 1,
  '5.6': 1,
  '5.7': 1,
  '5.8': 1,
  '7': 1,
  '8': 2,
  '10': 1,
  '11': 10,
  '12': 1,
};

/** An example as the specification prints it. */
export function readExample(file: string): string {
  return readFileSync(new URL(file, examplesDir), 'utf8').trimEnd();
}

/** What a handset shows of a message; `rich` is what WhatsApp was given to show. */
export interface Shown {
  readonly channel: 'SMS' | 'WhatsApp';
  readonly from: string;
  readonly text: string;
  readonly encoding: string;
  readonly parts: number;
  readonly rich?: object;
}

/** A request of the specification, the answer to it, and what the handsets show. */
export interface RequestExample {
  readonly file: string;
  /** Puts a piece of a message into one; absent where the example is a whole request. */
  readonly wrap?: (piece: string) => string;
  readonly status: number;
  /** An object is JSON. */
  readonly answer: object | string;
  /** By number; what is absent gets nothing. */
  readonly shown: Readonly<Record<string, readonly Shown[]>>;
}

const businessNumber = '31850000001';

function sms(from: string, text: string, encoding = 'gsm7', parts = 1): Shown {
  return { channel: 'SMS', from, text, encoding, parts };
}

function bubble(text: string, rich: object): Shown {
  return { channel: 'WhatsApp', from: businessNumber, text, encoding: 'utf8', parts: 1, rich };
}

function textBubble(body: string): Shown {
  return bubble(body, { type: 'text', text: { body, preview_url: false } });
}

function imageBubble(caption: string, link: string): Shown {
  return bubble(`[image] ${caption} ${link}`, { type: 'image', image: { link, caption } });
}

function accepted(to: string, reference: string | null = null, parts = 1) {
  const fine = { messageDetails: null, messageErrorCode: 0 };
  return { to, status: 'Accepted', reference, parts, ...fine };
}

function rejected(to: string, messageErrorCode: number, messageDetails: string) {
  return { to, status: 'Rejected', reference: null, parts: 0, messageDetails, messageErrorCode };
}

function created(...messages: readonly object[]) {
  return { details: `Created ${messages.length} message(s)`, errorCode: 0, messages };
}

/** Contract §4.3, row 10: what is for channels without a route alone. */
const unroutable = { details: 'Message is unroutable.', errorCode: 201, messages: [] };

/** A request for the one handset that pieces of messages are sent to. */
function wrapFields(fields: string): string {
  return `{"messages":{"authentication":{"productToken":"your product token"},"msg":[{
    "from":"TestSender","to":[{"number":"0031612345678"}],
    "body":{"type":"auto","content":"Fallback Text"},${fields}}]}}`;
}

/** A conversation is a piece of rich content (spec "Media messages" and on). */
function wrapConversation(piece: string): string {
  return wrapFields(`"allowedChannels":["WhatsApp"],"richContent":${piece}`);
}

/** Suggestions stand beside a conversation, which their examples leave out. */
function wrapSuggestions(channels: readonly string[]): (piece: string) => string {
  return (piece) => {
    const isList = piece.includes('"suggestions"');
    const list = isList ? piece.trim().slice(1, -1) : `"suggestions":[${piece}]`;
    return wrapFields(`"allowedChannels":${JSON.stringify(channels)},
      "richContent":{"conversation":[{"text":"Rich Text"}],${list}}`);
  };
}

/** For RCS, which has no connection; with SMS behind it; and for WhatsApp, which has no such button. */
function suggestionRows(file: string): RequestExample[] {
  const to = '0031612345678';
  return [
    { file, wrap: wrapSuggestions(['RCS']), status: 400, answer: unroutable, shown: {} },
    {
      file,
      wrap: wrapSuggestions(['RCS', 'SMS']),
      status: 200,
      answer: created(accepted(to)),
      shown: { [to]: [sms('TestSender', 'Fallback Text')] },
    },
    {
      file,
      wrap: wrapSuggestions(['WhatsApp']),
      status: 200,
      answer: created(accepted(to)),
      shown: { [to]: [textBubble('Rich Text')] },
    },
  ];
}

const greek = 'Κείμενο διαθέσιμο σε όλες τις γλώσσες';
const longText =
  'Using these settings we can send SMS messages that contain more than 160 characters as if it is one message. Please do note that this limits the length of one message to 153 characters.';
const conversationalCommerce = 'https://www.cm.com/cdn/web/nl-nl/blog/conversational-commerce.jpg';
const noRoute = 'Message is unroutable.';

/** Every request of the specification. Its answers and other texts are rows of the tests themselves. */
export const requestExamples: readonly RequestExample[] = [
  { file: '3.1-sending-messages.json', status: 400, answer: unroutable, shown: {} },
  {
    file: '3.1-phone-number.txt',
    wrap: (number) => wrapFields('').replace('0031612345678', number).replace(',}', '}'),
    status: 200,
    answer: created(accepted('0031765727000')),
    shown: { '0031765727000': [sms('TestSender', 'Fallback Text')] },
  },
  {
    file: '3.2-batch-messages.json',
    status: 200,
    answer: {
      details: 'Created 2 message(s)',
      errorCode: 201,
      messages: [
        rejected('00447911123456', 403, noRoute),
        rejected('00447911123457', 403, noRoute),
        accepted('00447911123458'),
        accepted('00447911123459'),
      ],
    },
    shown: {
      '00447911123458': [sms('OtherSender', 'Other Test message')],
      '00447911123459': [sms('OtherSender', 'Other Test message')],
    },
  },
  {
    file: '3.3-references-and-custom-groupings.json',
    status: 200,
    answer: created(accepted('00447911123456', 'your_reference')),
    shown: { '00447911123456': [sms('SenderName', 'Test message')] },
  },
  {
    file: '3.3-channel-fallback.txt',
    wrap: wrapFields,
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: { '0031612345678': [textBubble('Fallback Text')] },
  },
  {
    // The phone with this number has no WhatsApp.
    file: '3.3-channel-fallback.txt',
    wrap: (piece) => wrapFields(piece).replace('0031612345678', '0031612345670'),
    status: 200,
    answer: created(accepted('0031612345670')),
    shown: { '0031612345670': [sms('TestSender', 'Fallback Text')] },
  },
  {
    file: '3.4-validity-period.json',
    status: 400,
    answer: {
      details: 'Created 0 message(s)',
      errorCode: 201,
      messages: [rejected('00447911123456', 305, 'The validity lies in the past.')],
    },
    shown: {},
  },
  {
    file: '3.5-conversation.json',
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [
        textBubble('A rich content text message'),
        imageBubble('conversational-commerce', conversationalCommerce),
      ],
    },
  },
  ...suggestionRows('3.5-suggestions-open-url.json'),
  ...suggestionRows('3.5-suggestion-create-calendar-event.json'),
  ...suggestionRows('3.5-suggestion-dial.json'),
  ...suggestionRows('3.5-suggestion-view-location.json'),
  {
    file: '4.1-auto-detect.json',
    status: 200,
    answer: created(accepted('00447911123456')),
    shown: { '00447911123456': [sms('SenderName', greek, 'ucs2')] },
  },
  {
    file: '4.1-custom-dcs.json',
    status: 200,
    answer: created(accepted('00447911123456')),
    shown: { '00447911123456': [sms('SenderName', greek, 'ucs2')] },
  },
  {
    file: '4.2-multipart.json',
    status: 200,
    answer: created(accepted('00447911123456', null, 2)),
    shown: { '00447911123456': [sms('SenderName', longText, 'gsm7', 2)] },
  },
  {
    file: '5.2-body.json',
    status: 200,
    answer: created(accepted('00316012345678')),
    shown: { '00316012345678': [textBubble('Message Text')] },
  },
  {
    file: '5.2-rich-content.json',
    status: 200,
    answer: created(accepted('00316012345678')),
    shown: {
      '00316012345678': [
        textBubble('A text message with *bold* formatting in a speech bubble.'),
        textBubble('Another speech bubble'),
        imageBubble('and an image', conversationalCommerce),
      ],
    },
  },
  {
    file: '5.3-text.json',
    status: 200,
    answer: created(accepted('00316012345678')),
    shown: {
      '00316012345678': [
        textBubble('A text message with *bold* formatting in a speech bubble.'),
        textBubble('Another speech bubble'),
      ],
    },
  },
  {
    // One example a line: a bubble of as many lines, broken as the specification says.
    file: '5.3-formatting.txt',
    wrap: (lines) => wrapConversation(JSON.stringify({ conversation: [{ text: lines }] })),
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [
        textBubble(
          "Your total is *$10.50*.\nWelcome to _WhatsApp_!\nThis is ~better~ best!\n```print 'Hello World';```",
        ),
      ],
    },
  },
  {
    file: '5.5-template.json',
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [
        bubble('[template TEMPLATE_NAME] Name Event Saturday 6, July €10.50', {
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
                    currency: { fallback_value: '€10.50', code: 'EUR', amount_1000: 10_500 },
                  },
                ],
              },
            ],
          },
        }),
      ],
    },
  },
  {
    file: '5.6-media.json',
    wrap: wrapConversation,
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [imageBubble('conversational-commerce', conversationalCommerce)],
    },
  },
  {
    file: '5.7-location.json',
    wrap: wrapConversation,
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [
        bubble('[location] CM HQ Konijnenberg 30 51.603802,4.770821', {
          type: 'location',
          location: {
            latitude: 51.603802,
            longitude: 4.770821,
            name: 'CM HQ',
            address: 'Konijnenberg 30',
          },
        }),
      ],
    },
  },
  {
    file: '5.8-contacts.json',
    wrap: wrapConversation,
    status: 200,
    answer: created(accepted('0031612345678')),
    shown: {
      '0031612345678': [
        bubble('[contacts] CM Developer', {
          type: 'contacts',
          contacts: [
            {
              name: { formatted_name: 'CM Developer', last_name: 'Your last name' },
              addresses: [
                {
                  street: 'Konijnenberg 30',
                  city: 'Breda',
                  zip: '4825 BD',
                  country: 'Netherlands',
                  country_code: 'NL',
                  type: 'WORK',
                },
              ],
            },
          ],
        }),
      ],
    },
  },
  { file: '7-viber.json', status: 400, answer: unroutable, shown: {} },
  { file: '8-push.json', status: 400, answer: unroutable, shown: {} },
  {
    file: '8-push-or-sms.json',
    status: 200,
    answer: created(accepted('00447911123456')),
    shown: {
      '00447911123456': [sms('SenderName', 'This message will be delivered as a push message.')],
    },
  },
  {
    file: '11-message.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', 'Test message')] },
  },
  {
    file: '11-batches.xml',
    status: 200,
    answer: '',
    shown: {
      '00447911123456': [sms('SenderName', 'Test message')],
      '00447911123457': [sms('SenderName', 'Test message')],
      '00447911123458': [sms('OtherSender', 'Other Test message')],
      '00447911123459': [sms('OtherSender', 'Other Test message')],
    },
  },
  {
    file: '11-references.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', 'Test message')] },
  },
  {
    file: '11-unicode.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', greek, 'ucs2')] },
  },
  {
    file: '11-auto-detect.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', greek, 'ucs2')] },
  },
  {
    file: '11-multipart.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', longText, 'gsm7', 2)] },
  },
  {
    file: '11-custom-grouping.xml',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', 'This message uses custom groupings')] },
  },
  {
    // It has one `</MSG>` too many (contract §18, row 19).
    file: '11-push.xml',
    status: 200,
    answer: 'Error: ERROR Unknown error',
    shown: {},
  },
  {
    // Without that, ALLOWEDCHANNELS decides, and Push has no connection (contract §5.2).
    file: '11-push.xml',
    wrap: (document) => document.replace('  </MSG>\n  </MSG>', '  </MSG>'),
    status: 200,
    answer: 'Error: ERROR Message is unrouteable.',
    shown: {},
  },
  {
    file: '11-hybrid.xml',
    status: 200,
    answer: '',
    shown: {
      '00447911123456': [sms('SenderName', 'This message will be delivered as a push message.')],
    },
  },
  {
    file: '12-get.url',
    status: 200,
    answer: '',
    shown: { '00447911123456': [sms('SenderName', 'Example message text')] },
  },
];
