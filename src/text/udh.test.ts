import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  buildConcatUdh,
  buildUdh,
  concatHeaderOctets,
  findConcatenation,
  parseUdh,
} from './udh.ts';

function parseHex(hex: string) {
  return parseUdh(Buffer.from(hex, 'hex'));
}

function findInHex(hex: string) {
  const parsed = parseHex(hex);
  assert.ok('elements' in parsed, hex);
  return findConcatenation(parsed.elements);
}

test('headers have the octets of GSM 03.40 §9.2.3.24', () => {
  const part = { reference: 0x1234, total: 3, sequence: 2 };
  const cases: [referenceWidth: 8 | 16, sender: string, hex: string][] = [
    [8, '', '050003340302'],
    [16, '', '06080412340302'],
    [8, '0605040b8423f0', '0b05040b8423f00003340302'],
    [16, '0605040b8423f0', '0c05040b8423f0080412340302'],
  ];
  for (const [referenceWidth, sender, hex] of cases) {
    const senderUdh = sender === '' ? undefined : Buffer.from(sender, 'hex');
    const udh = buildConcatUdh({ ...part, referenceWidth }, senderUdh);
    assert.equal(udh.toString('hex'), hex);
    assert.equal(udh.length, concatHeaderOctets(referenceWidth, senderUdh?.length));
  }
});

test('a built header is found again', () => {
  const octet = fc.integer({ min: 1, max: 255 });
  const width = fc.constantFrom(8 as const, 16 as const);
  const reference = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(
      octet,
      octet,
      width,
      reference,
      fc.uint8Array(),
      (a, b, referenceWidth, ref, text) => {
        const part = {
          reference: referenceWidth === 8 ? ref & 0xff : ref,
          referenceWidth,
          total: Math.max(a, b),
          sequence: Math.min(a, b),
        };
        const udh = buildConcatUdh(part);
        const parsed = parseUdh(Buffer.concat([udh, text]));
        assert.ok('elements' in parsed);
        assert.equal(parsed.octets, udh.length);
        assert.deepEqual(findConcatenation(parsed.elements), part);
      },
    ),
  );
});

test('other elements stand beside the concatenation', () => {
  const parsed = parseHex('0b05040b8423f00003aa0201ffff');
  assert.ok('elements' in parsed);
  assert.deepEqual(
    parsed.elements.map(({ id, data }) => [id, Buffer.from(data).toString('hex')]),
    [
      [5, '0b8423f0'],
      [0, 'aa0201'],
    ],
  );
  assert.equal(parsed.octets, 12);
  assert.equal(findConcatenation(parsed.elements)?.reference, 0xaa);
});

test('an empty header has no elements', () => {
  assert.deepEqual(parseHex('00'), { elements: [], octets: 1 });
  assert.equal(findInHex('00'), undefined);
});

test('malformed headers are faults', () => {
  for (const hex of [
    '',
    '05',
    '050003aa02',
    'ff000000',
    '0100',
    '020003',
    '050004aa0201',
    '0400010000',
  ]) {
    const parsed = parseHex(hex);
    assert.ok('fault' in parsed, hex);
    assert.match(parsed.fault, /user data header/);
  }
});

test('a concatenation that makes no sense is ignored', () => {
  const ignored = [
    '050003aa0000',
    '050003aa0200',
    '050003aa0203',
    '050003aa0001',
    '0400020201',
    '06080400010000',
    '0508030001ff',
  ];
  for (const hex of ignored) {
    assert.equal(findInHex(hex), undefined, hex);
  }
});

test('the last of several concatenations counts', () => {
  assert.equal(findInHex('0a0003010201' + '0003020202')?.reference, 2);
  assert.equal(findInHex('0a0003010201' + '0003020200')?.reference, 1);
});

test('no octets make the parser throw or read on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40, size: 'max' }), (octets) => {
      const parsed = parseUdh(octets);
      if ('fault' in parsed) return;
      assert.ok(parsed.octets <= octets.length);
      const held = parsed.elements.reduce((sum, { data }) => sum + 2 + data.length, 1);
      assert.equal(held, parsed.octets);
      findConcatenation(parsed.elements);
    }),
    { numRuns: 2000 },
  );
});

test('a header of any elements is parsed back to them', () => {
  const element = fc.record({
    id: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(element, { maxLength: 10 }), (elements) => {
      const udh = buildUdh(elements);
      const parsed = parseUdh(udh);
      assert.ok('elements' in parsed);
      assert.equal(parsed.octets, udh.length);
      const found = parsed.elements.map(({ id, data }) => ({ id, data: [...data] }));
      assert.deepEqual(
        found,
        elements.map(({ id, data }) => ({ id, data: [...data] })),
      );
    }),
  );
});
