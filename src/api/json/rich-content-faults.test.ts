import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conversationItemsMax, richCharactersMax, suggestionsMax } from './limits.ts';
import { readRichContent } from './rich-content.ts';

const text = { text: 'x' };
const reply = { action: 'Reply', label: 'Yes' };

function faultOf(source: object): string {
  const read = readRichContent(JSON.parse(JSON.stringify(source)));
  return 'fault' in read ? read.fault : 'none';
}

describe('what is wrong with rich content is said with its place', () => {
  const suggest = (suggestion: object) => ({ conversation: [text], suggestions: [suggestion] });
  const item = (one: object) => ({ conversation: [text, one] });
  const cases: [source: object, fault: string][] = [
    [{}, 'The richContent.conversation is missing.'],
    [{ conversation: null }, 'The richContent.conversation is missing.'],
    [{ conversation: '' }, 'The richContent.conversation is missing.'],
    [{ conversation: text }, 'The richContent.conversation must be an array.'],
    [{ conversation: [] }, 'The richContent.conversation must not be empty.'],
    [{ conversation: ['x'] }, 'The richContent.conversation[0] must be an object.'],
    [{ conversation: [text, null] }, 'The richContent.conversation[1] must be an object.'],
    [item({}), 'The richContent.conversation[1] holds nothing to show.'],
    [item({ text: '' }), 'The richContent.conversation[1] holds nothing to show.'],
    [item({ header: 'x', tag: 'y' }), 'The richContent.conversation[1] holds nothing to show.'],
    [item({ text: {} }), 'The richContent.conversation[1].text must be text or a number.'],
    [item({ text: [] }), 'The richContent.conversation[1].text must be text or a number.'],
    [item({ media: 'x' }), 'The richContent.conversation[1].media must be an object.'],
    [item({ media: {} }), 'The richContent.conversation[1].media.mediaUri is missing.'],
    [
      item({ media: { mediaUri: '' } }),
      'The richContent.conversation[1].media.mediaUri is missing.',
    ],
    [item({ contacts: 'x' }), 'The richContent.conversation[1].contacts must be an array.'],
    [item({ template: {} }), 'The richContent.conversation[1].template.whatsapp is missing.'],
    [item({ carousel: {} }), 'The richContent.conversation[1].carousel.cards is missing.'],
    [
      item({ carousel: { cards: [] } }),
      'The richContent.conversation[1].carousel.cards must not be empty.',
    ],
    [
      item({ carousel: { cards: [{ text: 'x', suggestions: [{ label: 'x' }] }] } }),
      'The richContent.conversation[1].carousel.cards[0].suggestions[0].action is missing.',
    ],
    [{ conversation: [text], suggestions: reply }, 'The richContent.suggestions must be an array.'],
    [suggest({ action: 'Reply' }), 'The richContent.suggestions[0].label is missing.'],
    [suggest({ label: 'x' }), 'The richContent.suggestions[0].action is missing.'],
    [suggest({ label: '', action: 'Reply' }), 'The richContent.suggestions[0].label is missing.'],
    [
      suggest({ label: 'x', action: 'openurl' }),
      'The richContent.suggestions[0] needs url for its action.',
    ],
    [
      suggest({ label: 'x', action: 'OpenUrl', url: '' }),
      'The richContent.suggestions[0] needs url for its action.',
    ],
    [
      suggest({ label: 'x', action: 'CreateCalendarEvent' }),
      'The richContent.suggestions[0] needs calendar for its action.',
    ],
    [
      suggest({ label: 'x', action: 'Dial' }),
      'The richContent.suggestions[0] needs dial for its action.',
    ],
    [
      suggest({ label: 'x', action: 'Dial', dial: {} }),
      'The richContent.suggestions[0].dial.phoneNumber is missing.',
    ],
    [
      suggest({ label: 'x', action: 'Dial', dial: { phoneNumber: 'call me' } }),
      'The richContent.suggestions[0].dial has a phoneNumber with other characters than digits, +, * and #.',
    ],
    [
      suggest({ label: 'x', action: 'ViewLocation' }),
      'The richContent.suggestions[0] needs viewLocation for its action.',
    ],
    [
      suggest({ label: 'x', action: 'ViewLocation', viewLocation: { latitude: 1 } }),
      'The richContent.suggestions[0].viewLocation needs a searchQuery, or latitude and longitude.',
    ],
    [
      suggest({ label: 'x', action: 'OpenAppPage' }),
      'The richContent.suggestions[0] needs page for its action.',
    ],
  ];
  for (const [source, fault] of cases) {
    test(`${JSON.stringify(source)}`, () => assert.equal(faultOf(source), fault));
  }

  test('a number that JSON cannot hold', () => {
    const read = readRichContent(JSON.parse('{"conversation":[{"location":{"latitude":1e999}}]}'));
    assert.deepEqual(read, {
      fault: 'The richContent.conversation[0].location.latitude is a number out of range.',
    });
  });
});

describe('limits, on both sides', () => {
  const many = (count: number, one: object) => Array.from({ length: count }, () => one);

  test('10 bubbles are kept, 11 are not', () => {
    assert.equal(faultOf({ conversation: many(conversationItemsMax, text) }), 'none');
    assert.equal(
      faultOf({ conversation: many(conversationItemsMax + 1, text) }),
      'The richContent.conversation has more than 10 elements.',
    );
  });

  test('11 suggestions are kept, 12 are not, on a card neither', () => {
    const most = many(suggestionsMax, reply);
    const more = many(suggestionsMax + 1, reply);
    assert.equal(
      faultOf({ conversation: [{ ...text, suggestions: most }], suggestions: most }),
      'none',
    );
    assert.equal(
      faultOf({ conversation: [text], suggestions: more }),
      'The richContent.suggestions has more than 11 elements.',
    );
    assert.equal(
      faultOf({ conversation: [{ ...text, suggestions: more }] }),
      'The richContent.conversation[0].suggestions has more than 11 elements.',
    );
  });

  test('64 Ki characters are kept, one more is not', () => {
    const frame = '{"conversation":[{"text":""}]}'.length;
    const filled = (characters: number) => ({
      conversation: [{ text: 'x'.repeat(characters - frame) }],
    });
    assert.equal(faultOf(filled(richCharactersMax)), 'none');
    assert.equal(
      faultOf(filled(richCharactersMax + 1)),
      'The richContent has more than 65536 characters.',
    );
  });
});
