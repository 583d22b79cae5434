import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countSeptets } from '../../text/gsm0338.ts';
import { countParts } from '../../text/segmentation.ts';
import { transliterate } from './transliterate.ts';

test('what GSM lacks is written plainly where that is possible', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Hello', 'Hello'],
    ['\u201cIt\u2019s\u201d \u2013 fine', '"It\'s" - fine'],
    ['10\u00a0000 \u00d7 3', '10 000 x 3'],
    ['Łódź, Kraków, Đông, čaj', 'Lodz, Krakow, Dong, caj'],
    ['Zoë, Çelik, façade', 'Zoe, Çelik, facade'],
    ['é è ù ì ò Å å Ø ø Ä ö ñ Ü §', 'é è ù ì ò Å å Ø ø Ä ö ñ Ü §'],
    ['€ ^ { } [ ] ~ |', '€ ^ { } [ ] ~ |'],
    ['日本 😀', '日本 😀'],
    ['', ''],
  ];
  for (const [text, expected] of cases) assert.equal(transliterate(text), expected);
});

test('no text gets longer or needs more parts by it', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 400 });
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
      const plain = transliterate(text);
      assert.equal(countSeptets(plain), countSeptets(text));
      assert.equal(countParts(plain, 'gsm7', 255), countParts(text, 'gsm7', 255));
    }),
    { numRuns: 500 },
  );
});
