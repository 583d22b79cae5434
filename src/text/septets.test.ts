import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeGsm } from './gsm0338.ts';
import { countFillBits, countPackedSeptets, packSeptets, unpackSeptets } from './septets.ts';

test('the known example of GSM 03.38 packing', () => {
  assert.equal(packSeptets(encodeGsm('hellohello')).toString('hex'), 'e8329bfd4697d9ec37');
  assert.equal(packSeptets(encodeGsm('')).length, 0);
});

test('text after a header starts on a septet boundary', () => {
  const cases: [headerOctets: number, fillBits: number][] = [
    [0, 0],
    [1, 6],
    [6, 1],
    [7, 0],
    [8, 6],
    [12, 2],
  ];
  for (const [headerOctets, fillBits] of cases) assert.equal(countFillBits(headerOctets), fillBits);
  assert.equal(packSeptets(Buffer.of(0x41), 1).toString('hex'), '82');
});

test('header and text together take up whole septets', () => {
  for (let octets = 0; octets <= 140; octets++) {
    assert.equal((octets * 8 + countFillBits(octets)) % 7, 0);
  }
});

test('140 octets hold 160 septets, and one more septet needs one more octet', () => {
  assert.equal(packSeptets(Buffer.alloc(160)).length, 140);
  assert.equal(packSeptets(Buffer.alloc(161)).length, 141);
  assert.equal(countPackedSeptets(140), 160);
  assert.equal(countPackedSeptets(134, 1), 153);
  assert.equal(countPackedSeptets(0, 6), 0);
});

test('septets survive packing with any fill bits', () => {
  const septets = fc.uint8Array({ max: 0x7f, maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(septets, fc.integer({ min: 0, max: 6 }), (all, fillBits) => {
      const octets = packSeptets(all, fillBits);
      assert.deepEqual([...unpackSeptets(octets, all.length, fillBits)], [...all]);
      assert.equal((octets[0] ?? 0) & ((1 << fillBits) - 1), 0);
    }),
  );
});

test('a count beyond the octets gives what is there', () => {
  assert.equal(unpackSeptets(Buffer.alloc(7), 160).length, 8);
  assert.equal(unpackSeptets(Buffer.alloc(0), 160).length, 0);
  assert.equal(unpackSeptets(Buffer.alloc(1), 160, 6).length, 0);
});
