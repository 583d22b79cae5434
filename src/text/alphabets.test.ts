import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DefaultAlphabet, decodeAlphabet, encodeAlphabet } from './alphabets.ts';
import { countFillBits } from './septets.ts';

const encodings: [text: string, alphabet: DefaultAlphabet, hex: string][] = [
  ['@€_', 'gsm', '001b6511'],
  ['@é_', 'latin1', '40e95f'],
  ['€Δ😀!', 'latin1', '3f3f3f21'],
  ['é{a', 'ascii', '3f7b61'],
  ['hellohello', 'packed', 'e8329bfd4697d9ec37'],
  ['', 'gsm', ''],
  ['', 'latin1', ''],
  ['', 'packed', ''],
];

test('each alphabet writes what it has and a question mark for the rest', () => {
  for (const [text, alphabet, hex] of encodings) {
    assert.equal(encodeAlphabet(text, alphabet).toString('hex'), hex, `${text} ${alphabet}`);
  }
});

test('decoding never fails, and says what is no character', () => {
  assert.equal(decodeAlphabet(Buffer.from('41e9', 'hex'), 'ascii'), 'A\ufffd');
  assert.equal(decodeAlphabet(Buffer.from('41e9', 'hex'), 'latin1'), 'Aé');
  assert.equal(decodeAlphabet(Buffer.from('41e9', 'hex'), 'gsm'), 'A\ufffd');
});

test('a view into a larger buffer is decoded alone', () => {
  const large = Buffer.from('xxabcxx');
  assert.equal(decodeAlphabet(large.subarray(2, 5), 'latin1'), 'abc');
  assert.equal(decodeAlphabet(new Uint8Array(large.subarray(2, 5)), 'ascii'), 'abc');
});

test('texts of an alphabet survive the round trip', () => {
  const units = (max: number) =>
    fc.string({ unit: fc.integer({ min: 0, max }).map((unit) => String.fromCharCode(unit)) });
  fc.assert(
    fc.property(units(0xff), units(0x7f), (latin, ascii) => {
      assert.equal(decodeAlphabet(encodeAlphabet(latin, 'latin1'), 'latin1'), latin);
      assert.equal(decodeAlphabet(encodeAlphabet(ascii, 'ascii'), 'ascii'), ascii);
    }),
  );
});

test('packed text survives after any header; seven empty bits do not read as one more @', () => {
  const text = fc.string({
    unit: fc.constantFrom('@', 'a', '€', 'Z', '\r', '\n'),
    maxLength: 40,
    size: 'max',
  });
  fc.assert(
    fc.property(text, fc.constantFrom(0, 6, 7, 12), (sent, headerOctets) => {
      const octets = encodeAlphabet(sent, 'packed', headerOctets);
      const back = decodeAlphabet(octets, 'packed', headerOctets);
      const fillBits = countFillBits(headerOctets);
      // A carriage return that itself ends on an octet cannot be told from padding.
      const lost = sent.endsWith('\r') && back === sent.slice(0, -1);
      assert.ok(back === sent || lost, JSON.stringify([sent, back, fillBits]));
    }),
    { numRuns: 500 },
  );
  assert.equal(decodeAlphabet(encodeAlphabet('aaaaaaa', 'packed'), 'packed'), 'aaaaaaa');
  assert.equal(decodeAlphabet(encodeAlphabet('aaaaaa@', 'packed'), 'packed'), 'aaaaaa@');
  assert.equal(decodeAlphabet(encodeAlphabet('aaaaaaa@', 'packed'), 'packed'), 'aaaaaaa@');
});
