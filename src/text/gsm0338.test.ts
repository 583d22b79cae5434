import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countSeptets, decodeGsm, encodeGsm, escapeSeptet, findGsmEnd, isGsm } from './gsm0338.ts';

/** GSM 03.38 §6.2.1, written down apart from the source: Unicode code points by septet. */
const basicTable = [
  0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5,
  0x394, 0x5f, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, -1, 0xc6, 0xe6, 0xdf,
  0xc9, 0x20, 0x21, 0x22, 0x23, 0xa4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e,
  0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e,
  0x3f, 0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e,
  0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1, 0xdc,
  0xa7, 0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e,
  0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc,
  0xe0,
];

const extensionTable = new Map([
  [0x0a, 0x0c],
  [0x14, 0x5e],
  [0x28, 0x7b],
  [0x29, 0x7d],
  [0x2f, 0x5c],
  [0x3c, 0x5b],
  [0x3d, 0x7e],
  [0x3e, 0x5d],
  [0x40, 0x7c],
  [0x65, 0x20ac],
]);

const gsmCharacters = [...basicTable.filter((point) => point >= 0), ...extensionTable.values()].map(
  (point) => String.fromCodePoint(point),
);

/** Any text made of GSM characters. */
const gsmText = fc.array(fc.constantFrom(...gsmCharacters)).map((all) => all.join(''));
/** Any string of code units, lone surrogates included. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
});

test('all 127 characters of the basic table are one septet, and only they', () => {
  assert.equal(basicTable.length, 128);
  for (const [septet, point] of basicTable.entries()) {
    if (point < 0) continue;
    const character = String.fromCodePoint(point);
    assert.ok(isGsm(character), character);
    assert.equal(countSeptets(character), 1);
    assert.deepEqual([...encodeGsm(character)], [septet]);
    assert.equal(decodeGsm(Buffer.of(septet)), character);
  }
});

test('all ten characters of the extension table are an escape and a septet', () => {
  for (const [septet, point] of extensionTable) {
    const character = String.fromCodePoint(point);
    assert.ok(isGsm(character), character);
    assert.equal(countSeptets(character), 2);
    assert.deepEqual([...encodeGsm(character)], [escapeSeptet, septet]);
    assert.equal(decodeGsm(Buffer.of(escapeSeptet, septet)), character);
  }
});

test('of all code units exactly these 137 are GSM; every other becomes one question mark', () => {
  const expected = new Set(gsmCharacters);
  assert.equal(expected.size, 137);
  for (let unit = 0; unit <= 0xffff; unit++) {
    const character = String.fromCharCode(unit);
    assert.equal(isGsm(character), expected.has(character), unit.toString(16));
    if (!expected.has(character)) assert.deepEqual([...encodeGsm(character)], [0x3f]);
  }
});

test('look-alikes of GSM characters are not GSM', () => {
  for (const text of [
    'ç',
    '`',
    'á',
    'ê',
    'α',
    '’',
    '\u00a0',
    '\t',
    '\0',
    '\u001b',
    'Δ\u0301',
    '😀',
  ]) {
    assert.ok(!isGsm(text), text);
    assert.ok(!isGsm(`ok ${text} ok`), text);
  }
});

test('a surrogate pair becomes one question mark, a lone surrogate too', () => {
  const cases: [text: string, sent: string][] = [
    ['a😀b', 'a?b'],
    ['😀😀', '??'],
    ['\ud83dx', '?x'],
    ['x\ude00', 'x?'],
    ['\ude00\ud83d', '??'],
    ['\ud83d', '?'],
  ];
  for (const [text, sent] of cases) {
    assert.equal(decodeGsm(encodeGsm(text)), sent);
    assert.equal(countSeptets(text), sent.length);
  }
});

test('decoding takes whatever comes', () => {
  const cases: [octets: number[], text: string, why: string][] = [
    [[], '', 'nothing'],
    [[0x00], '@', 'zero is a character'],
    [[0x1b, 0x65], '€', 'extension'],
    [[0x1b, 0x41], 'A', 'escape before a septet without extension'],
    [[0x1b, 0x0d], '\r', 'the second carriage return of the extension table'],
    [[0x41, 0x1b], 'A ', 'escape at the end'],
    [[0x1b, 0x1b], ' ', 'two escapes'],
    [[0x1b, 0x1b, 0x65], ' e', 'two escapes do not reach the third septet'],
    [[0x80], '\ufffd', 'no septet'],
    [[0x1b, 0xff], '\ufffd', 'no septet after an escape'],
  ];
  for (const [octets, text, why] of cases) assert.equal(decodeGsm(Buffer.from(octets)), text, why);
});

test('every GSM text survives the round trip', () => {
  fc.assert(
    fc.property(gsmText, (text) => {
      assert.equal(decodeGsm(encodeGsm(text)), text);
      assert.ok(isGsm(text));
    }),
  );
});

test('the count is the encoded length, and a text that is not GSM changes on the way', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, gsmText, fc.string({ unit: 'grapheme' })), (text) => {
      assert.equal(encodeGsm(text).length, countSeptets(text));
      assert.equal(decodeGsm(encodeGsm(text)) === text, isGsm(text));
    }),
  );
});

test('a piece ends where the next character would be too much, and splits no pair and no line break', () => {
  const cases: [text: string, start: number, septets: number, end: number][] = [
    ['abc', 0, 2, 2],
    ['abc', 1, 2, 3],
    ['abc', 0, 9, 3],
    ['a€b', 0, 2, 1],
    ['a€b', 0, 3, 2],
    ['a😀b', 0, 2, 3],
    ['a😀b', 0, 1, 1],
    ['', 0, 5, 0],
    ['abc', 0, 0, 0],
    ['ab\r\nc', 0, 3, 2],
    ['ab\r\nc', 0, 4, 4],
    ['ab\r\nc', 1, 2, 2],
    ['ab\rc', 0, 3, 3],
    ['ab\n\r', 0, 3, 3],
    ['\r\n', 0, 1, 1],
    ['a\r\n', 1, 1, 2],
    ['ab\r', 0, 3, 3],
  ];
  for (const [text, start, septets, end] of cases) {
    assert.equal(findGsmEnd(text, start, septets), end, JSON.stringify([text, start, septets]));
  }
});
