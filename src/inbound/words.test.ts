import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultWords, judgeText, readKeyword, wordCharactersMax } from './words.ts';

const cases: readonly (readonly [string, 'add' | 'remove' | null])[] = [
  ['STOP', 'add'],
  ['stop', 'add'],
  ['Stop', 'add'],
  [' stop ', 'add'],
  ['STOP.', 'add'],
  ['"Stop!!"', 'add'],
  ['¡stop!', 'add'],
  ['stop\r\n', 'add'],
  ['STOPALL', 'add'],
  ['Unsubscribe', 'add'],
  ['arret', 'add'],
  ['arrêt', 'add'],
  ['arre\u0302t', 'add'],
  ['START', 'remove'],
  ['start.', 'remove'],
  ['Unstop', 'remove'],
  ['', null],
  ['!', null],
  ['STOP it', null],
  ['please stop', null],
  ['stops', null],
  ['S T O P', null],
  ['nonstop', null],
  ['STOP2', null],
  ['st.op', null],
  ['stop start', null],
  [`stop${' '.repeat(wordCharactersMax - 4)}`, 'add'],
  [`stop${' '.repeat(wordCharactersMax - 3)}`, null],
];

test('a text asks for something only when it is the word itself', () => {
  for (const [text, expected] of cases) {
    assert.equal(judgeText(text, defaultWords), expected, JSON.stringify(text));
  }
});

test('an account’s own words take the place of the defaults', () => {
  const words = { stop: ['basta', 'Nu ajunge'], start: [] };
  assert.equal(judgeText('BASTA!', words), 'add');
  assert.equal(judgeText('nu AJUNGE', words), 'add');
  assert.equal(judgeText('STOP', words), null);
  assert.equal(judgeText('START', words), null);
});

test('a word of nothing but punctuation in the settings matches nothing', () => {
  assert.equal(judgeText('?', { stop: ['!'], start: [''] }), null);
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = judgeText(text, defaultWords);
      return found === null || found === 'add' || found === 'remove';
    }),
  );
});

test('a keyword is the first word', () => {
  const keywords: readonly (readonly [string, string])[] = [
    ['pizza margherita', 'PIZZA'],
    ['  Pizza: two', 'PIZZA'],
    ['PIZZA\nplease', 'PIZZA'],
    ['', ''],
    ['... pizza', ''],
    [`${'x'.repeat(99)} y`, 'X'.repeat(wordCharactersMax)],
  ];
  for (const [text, expected] of keywords) assert.equal(readKeyword(text), expected, text);
});
