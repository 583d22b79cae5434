import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUcs2, encodeUcs2 } from './ucs2.ts';

const cases: [text: string, hex: string][] = [
  ['', ''],
  ['A', '0041'],
  ['€', '20ac'],
  ['Κ', '039a'],
  ['😀', 'd83dde00'],
  ['\ud83d', 'd83d'],
  ['\ude00\ud83d', 'de00d83d'],
];

test('texts are UTF-16, high octet first, lone surrogates included', () => {
  for (const [text, hex] of cases) {
    assert.equal(encodeUcs2(text).toString('hex'), hex);
    assert.equal(decodeUcs2(Buffer.from(hex, 'hex')), text);
  }
});

test('an odd octet at the end is not read as a character', () => {
  assert.equal(decodeUcs2(Buffer.from('004142', 'hex')), 'A\ufffd');
  assert.equal(decodeUcs2(Buffer.from('41', 'hex')), '\ufffd');
});

test('every string of code units survives, and decoding leaves its input alone', () => {
  const units = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
  fc.assert(
    fc.property(fc.string({ unit: units, maxLength: 300, size: 'max' }), (text) => {
      const octets = encodeUcs2(text);
      const before = octets.toString('hex');
      assert.equal(octets.length, text.length * 2);
      assert.equal(decodeUcs2(octets), text);
      assert.equal(octets.toString('hex'), before);
    }),
  );
});
