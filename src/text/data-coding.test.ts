import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DataCoding, dataCodings, decodeText, readDataCoding } from './data-coding.ts';

const rows: [first: number, last: number, alphabet: DataCoding['alphabet'], classes: string][] = [
  // SMPP 3.4 §5.2.19
  [0x00, 0x00, 'default', '-'],
  [0x01, 0x01, 'ascii', '-'],
  [0x02, 0x02, 'binary', '-'],
  [0x03, 0x03, 'latin1', '-'],
  [0x04, 0x04, 'binary', '-'],
  [0x05, 0x07, 'other', '---'],
  [0x08, 0x08, 'ucs2', '-'],
  [0x09, 0x0f, 'other', '-------'],
  // GSM 03.38 §4: general groups with and without class, compressed, marked for deletion
  [0x10, 0x13, 'default', '0123'],
  [0x14, 0x17, 'binary', '0123'],
  [0x18, 0x1b, 'ucs2', '0123'],
  [0x1c, 0x1f, 'other', '0123'],
  [0x20, 0x2f, 'other', '----------------'],
  [0x30, 0x3f, 'other', '0123012301230123'],
  [0x40, 0x43, 'default', '----'],
  [0x44, 0x47, 'binary', '----'],
  [0x48, 0x4b, 'ucs2', '----'],
  [0x4c, 0x4f, 'other', '----'],
  [0x50, 0x53, 'default', '0123'],
  [0x54, 0x57, 'binary', '0123'],
  [0x58, 0x5b, 'ucs2', '0123'],
  [0x5c, 0x5f, 'other', '0123'],
  [0x60, 0x6f, 'other', '----------------'],
  [0x70, 0x7f, 'other', '0123012301230123'],
  // reserved; message waiting; class
  [0x80, 0xbf, 'other', '-'.repeat(64)],
  [0xc0, 0xdf, 'default', '-'.repeat(32)],
  [0xe0, 0xef, 'ucs2', '-'.repeat(16)],
  [0xf0, 0xf3, 'default', '0123'],
  [0xf4, 0xf7, 'binary', '0123'],
  [0xf8, 0xfb, 'default', '0123'],
  [0xfc, 0xff, 'binary', '0123'],
];

test('all 256 values of data_coding have an alphabet and a class', () => {
  let expected = 0;
  for (const [first, last, alphabet, classes] of rows) {
    for (let octet = first; octet <= last; octet++) {
      assert.equal(octet, expected++, 'the table has no gaps');
      const sign = classes[octet - first];
      const messageClass = sign === '-' ? null : Number(sign);
      assert.deepEqual(readDataCoding(octet), { alphabet, messageClass }, octet.toString(16));
    }
  }
  assert.equal(expected, 256);
});

test('our own values read back as what they are', () => {
  assert.equal(readDataCoding(dataCodings.gsm7).alphabet, 'default');
  assert.equal(readDataCoding(dataCodings.ucs2).alphabet, 'ucs2');
  assert.equal(readDataCoding(dataCodings.binary).alphabet, 'binary');
});

test('user data is decoded by its data_coding', () => {
  const cases: [hex: string, dataCoding: number, text: string | undefined][] = [
    ['001b65', 0x00, '@€'],
    ['001b65', 0xf0, '@€'],
    ['001b65', 0x10, '@€'],
    ['40e9', 0x01, '@\ufffd'],
    ['40e9', 0x03, '@é'],
    ['039a', 0x08, 'Κ'],
    ['039a', 0x18, 'Κ'],
    ['039a', 0xe0, 'Κ'],
    ['039a', 0x04, undefined],
    ['039a', 0xf5, undefined],
    ['039a', 0x20, undefined],
    ['039a', 0x06, undefined],
  ];
  for (const [hex, dataCoding, text] of cases) {
    assert.equal(decodeText(Buffer.from(hex, 'hex'), dataCoding, 'gsm'), text, `${dataCoding}`);
  }
});

test('the default alphabet is the operator’s', () => {
  assert.equal(decodeText(Buffer.from('40e9', 'hex'), 0, 'latin1'), '@é');
  assert.equal(decodeText(Buffer.from('e8329bfd4697d9ec37', 'hex'), 0, 'packed'), 'hellohello');
  assert.equal(decodeText(Buffer.from('82', 'hex'), 0, 'packed', 6), 'A');
});
