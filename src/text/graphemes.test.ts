import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findGraphemeCut, isSimpleUnit } from './graphemes.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function countGraphemes(text: string): number {
  return [...segmenter.segment(text)].length;
}

const simpleUnits = Array.from({ length: 0x1_0000 }, (_, unit) => unit).filter(isSimpleUnit);

test('no simple unit joins itself or a plain letter', () => {
  for (const unit of simpleUnits) {
    const character = String.fromCharCode(unit);
    assert.equal(countGraphemes(`a${character}${character}a`), 4, unit.toString(16));
  }
});

test('no two simple units join', () => {
  const character = fc.constantFrom(...simpleUnits.map((unit) => String.fromCharCode(unit)));
  fc.assert(
    fc.property(fc.array(character), (all) => {
      assert.equal(countGraphemes(all.join('')), all.length);
    }),
  );
});

test('what joins is not simple', () => {
  for (const unit of [
    0x0d, 0x300, 0x483, 0x64b, 0x600, 0x200d, 0xfe0f, 0x1100, 0x3099, 0xd83d, 0xdc00,
  ]) {
    assert.ok(!isSimpleUnit(unit), unit.toString(16));
  }
});

const family = '👨‍👩‍👧';

const cuts: [text: string, start: number, end: number, cut: number, why: string][] = [
  ['abcdef', 0, 3, 3, 'letters'],
  ['ab😀cd', 0, 3, 2, 'within a pair'],
  ['ab😀cd', 0, 4, 4, 'after a pair'],
  ['abe\u0301cd', 0, 3, 2, 'before a combining mark'],
  ['abe\u0301cd', 0, 4, 4, 'after a combining mark'],
  ['ab\r\ncd', 0, 3, 2, 'between CR and LF'],
  [`ab${family}cd`, 0, 6, 2, 'within an emoji sequence'],
  ['a🇳🇱🇧🇪b', 0, 7, 5, 'within the second flag'],
  ['a🇳🇱🇧🇪b', 0, 5, 5, 'between two flags'],
  ['ab❤\ufe0fcd', 0, 3, 2, 'before a variation selector'],
  [`x${family}cd`, 1, 5, 4, 'a grapheme longer than the piece, within a pair'],
  [`x${family}cd`, 1, 4, 4, 'a grapheme longer than the piece'],
  ['a\u0301\u0302\u0303\u0304b', 0, 3, 3, 'more marks than fit'],
  ['\ud83d\ud83d\ud83dx', 0, 2, 2, 'lone surrogates'],
];

test('cuts are moved before the grapheme they would split', () => {
  for (const [text, start, end, cut, why] of cuts) {
    assert.equal(findGraphemeCut(text, start, end), cut, why);
  }
});
