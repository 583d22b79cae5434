import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertAlike } from '../lib/test-cost.ts';
import { decodeGsm, encodeGsm } from './gsm0338.ts';
import {
  chooseEncoding,
  countParts,
  countUnitsPerPart,
  type Encoding,
  encodeWhole,
  isHexadecimal,
  partsMaxLimit,
  type SegmentRequest,
  segment,
  senderHeaderOctetsMax,
} from './segmentation.ts';
import { decodeUcs2 } from './ucs2.ts';
import { concatHeaderOctets } from './udh.ts';

function decodePayload(payload: Buffer, encoding: Encoding): string {
  if (encoding === 'gsm7') return decodeGsm(payload);
  return encoding === 'ucs2' ? decodeUcs2(payload) : payload.toString('hex');
}

/** What a handset can show of `text`. */
function showText(text: string, encoding: Encoding): string {
  return encoding === 'gsm7' ? decodeGsm(encodeGsm(text)) : text;
}

const limits: [encoding: Encoding, width: 8 | 16, single: number, each: number][] = [
  ['gsm7', 8, 160, 153],
  ['gsm7', 16, 160, 152],
  ['ucs2', 8, 70, 67],
  ['ucs2', 16, 70, 66],
  ['binary', 8, 140, 134],
  ['binary', 16, 140, 133],
];

const unitOf = { gsm7: 'a', ucs2: 'Κ', binary: 'a5' };

test('texts are cut at the limits of contract §3.5, on both sides of each', () => {
  for (const [encoding, referenceWidth, single, each] of limits) {
    const cases: [units: number, parts: number[]][] = [
      [0, [0]],
      [1, [1]],
      [single, [single]],
      [single + 1, [each, single + 1 - each]],
      [each * 2, [each, each]],
      [each * 2 + 1, [each, each, 1]],
      [each * 8, Array.from({ length: 8 }, () => each)],
    ];
    for (const [units, expected] of cases) {
      const text = unitOf[encoding].repeat(units);
      const { payloads, truncated } = segment({ text, encoding, referenceWidth, partsMax: 255 });
      const octetsPerUnit = encoding === 'ucs2' ? 2 : 1;
      assert.deepEqual(
        payloads.map((payload) => payload.length / octetsPerUnit),
        expected,
        `${encoding} ${referenceWidth} ${units}`,
      );
      assert.equal(truncated, false);
      assert.equal(countParts(text, encoding, 255, { referenceWidth }), expected.length);
    }
  }
});

test('what the maximum does not hold is cut off', () => {
  for (const [encoding, referenceWidth, single, each] of limits) {
    const cases: [units: number, partsMax: number, kept: number][] = [
      [single, 1, single],
      [single + 1, 1, single],
      [each * 2, 2, each * 2],
      [each * 2 + 1, 2, each * 2],
      [each * 300, 255, each * 255],
    ];
    for (const [units, partsMax, kept] of cases) {
      const text = unitOf[encoding].repeat(units);
      const { payloads, truncated } = segment({ text, encoding, referenceWidth, partsMax });
      const shown = payloads.map((payload) => decodePayload(payload, encoding)).join('');
      assert.equal(shown, unitOf[encoding].repeat(kept));
      assert.equal(truncated, kept < units);
      assert.equal(payloads.length, countParts(text, encoding, partsMax, { referenceWidth }));
    }
  }
});

test('an escape pair goes to the next part whole', () => {
  const text = `${'a'.repeat(152)}€${'b'.repeat(20)}`;
  const { payloads } = segment({ text, encoding: 'gsm7', partsMax: 8 });
  assert.deepEqual(
    payloads.map((payload) => decodeGsm(payload)),
    ['a'.repeat(152), `€${'b'.repeat(20)}`],
  );
});

test('eighty euros are one part, eighty-one are two', () => {
  assert.equal(countParts('€'.repeat(80), 'gsm7', 8), 1);
  assert.equal(countParts('€'.repeat(81), 'gsm7', 8), 2);
  // 76 pairs leave the 153rd septet empty: 160 pairs need a third part.
  assert.equal(countParts('€'.repeat(152), 'gsm7', 8), 2);
  assert.equal(countParts('€'.repeat(153), 'gsm7', 8), 3);
});

test('surrogate pairs and graphemes go to the next part whole', () => {
  const cases: [before: number, whole: string][] = [
    [66, '😀'],
    [66, 'e\u0301'],
    [60, '👨‍👩‍👧'],
    [65, '🇳🇱'],
    [66, '❤\ufe0f'],
    [66, '\r\n'],
  ];
  for (const [before, whole] of cases) {
    const text = `${'Ж'.repeat(before)}${whole}${'Ж'.repeat(30)}`;
    const { payloads } = segment({ text, encoding: 'ucs2', partsMax: 8 });
    assert.deepEqual(
      payloads.map((payload) => decodeUcs2(payload)),
      ['Ж'.repeat(before), `${whole}${'Ж'.repeat(30)}`],
    );
    const cut = segment({ text: `ЖЖЖ${text}`, encoding: 'ucs2', partsMax: 1 });
    assert.deepEqual(cut.truncated, true);
    assert.equal(
      cut.payloads[0]?.toString('hex'),
      Buffer.from('Ж'.repeat(before + 3), 'utf16le')
        .swap16()
        .toString('hex'),
    );
  }
});

test('a grapheme longer than a part is cut, though not within a pair', () => {
  const text = `x${'😀\u200d'.repeat(60)}`;
  const { payloads, truncated } = segment({ text, encoding: 'ucs2', partsMax: 8 });
  assert.equal(payloads.map((payload) => decodeUcs2(payload)).join(''), text);
  assert.equal(truncated, false);
  for (const payload of payloads) assert.ok(decodeUcs2(payload).isWellFormed());
});

test('AUTO means GSM when it can', () => {
  assert.equal(chooseEncoding('Prijs: €5 [nu]'), 'gsm7');
  assert.equal(chooseEncoding(''), 'gsm7');
  assert.equal(chooseEncoding('Κείμενο'), 'ucs2');
  assert.equal(chooseEncoding('ok 😀'), 'ucs2');
});

test('a sender’s header takes its room', () => {
  const text = 'ab'.repeat(133);
  const binary = { text, encoding: 'binary', partsMax: 8, headerOctets: 7 } as const;
  assert.deepEqual(
    segment(binary).payloads.map((payload) => payload.length),
    [133],
  );
  const longer = segment({ ...binary, text: `${text}cd` });
  assert.deepEqual(
    longer.payloads.map((payload) => payload.length),
    [128, 6],
  );
  assert.equal(countParts(text, 'binary', 8, { headerOctets: 7 }), 1);
  assert.equal(countParts(`${text}cd`, 'binary', 8, { headerOctets: 7 }), 2);
  // Also where the text is short enough to look like one part at once.
  assert.equal(countParts('a'.repeat(12), 'gsm7', 8, { headerOctets: senderHeaderOctetsMax }), 3);
});

test('operators’ alphabets share the parts and the question marks of GSM', () => {
  const text = `á[${'a'.repeat(158)}`;
  const request = { text, encoding: 'gsm7', partsMax: 8 } as const;
  const latin1 = segment({ ...request, alphabet: 'latin1' }).payloads;
  assert.deepEqual(
    latin1.map((payload) => payload.toString('latin1')),
    [`?[${'a'.repeat(150)}`, 'a'.repeat(8)],
  );
  assert.equal(segment({ ...request, text: 'é', alphabet: 'latin1' }).payloads[0]?.[0], 0xe9);
  assert.equal(segment({ ...request, text: 'é', alphabet: 'ascii' }).payloads[0]?.[0], 0x3f);
});

test('packed parts fit into 140 octets with their header and start on a septet', () => {
  for (const referenceWidth of [8, 16] as const) {
    const request = {
      text: 'A'.repeat(320),
      encoding: 'gsm7',
      partsMax: 8,
      referenceWidth,
    } as const;
    const { payloads } = segment({ ...request, alphabet: 'packed' });
    assert.equal(payloads.length, 3);
    for (const payload of payloads) {
      assert.ok(payload.length + concatHeaderOctets(referenceWidth) <= 140);
    }
    assert.equal(payloads[0]?.[0], referenceWidth === 8 ? 0x82 : 0xc1);
  }
  const whole = segment({
    text: 'A'.repeat(160),
    encoding: 'gsm7',
    partsMax: 1,
    alphabet: 'packed',
  });
  assert.equal(whole.payloads[0]?.length, 140);
});

test('a whole text has the octets of all parts and their number', () => {
  const text = 'a'.repeat(400);
  assert.deepEqual(encodeWhole({ text, encoding: 'gsm7', partsMax: 8 }), {
    payload: encodeGsm(text),
    parts: 3,
    truncated: false,
  });
  assert.deepEqual(encodeWhole({ text, encoding: 'gsm7', partsMax: 2 }), {
    payload: encodeGsm(text.slice(0, 306)),
    parts: 2,
    truncated: true,
  });
});

test('limits out of range are our own mistakes', () => {
  for (const partsMax of [0, -1, 1.5, Number.NaN, partsMaxLimit + 1]) {
    assert.throws(() => countParts('a', 'gsm7', partsMax), RangeError);
    assert.throws(() => segment({ text: 'a', encoding: 'gsm7', partsMax }), RangeError);
  }
  for (const headerOctets of [-1, Number.NaN, senderHeaderOctetsMax + 1]) {
    assert.throws(() => countParts('a', 'gsm7', 1, { headerOctets }), RangeError);
  }
  assert.equal(countParts('a', 'gsm7', partsMaxLimit, { headerOctets: senderHeaderOctetsMax }), 1);
});

test('a binary text is pairs of hexadecimal digits', () => {
  for (const text of ['', '00', 'aF09']) {
    assert.ok(isHexadecimal(text));
    assert.equal(
      segment({ text, encoding: 'binary', partsMax: 1 }).payloads[0]?.toString('hex'),
      text.toLowerCase(),
    );
  }
  for (const text of ['0', '0g', '0x00', ' 00', '00\n', 'é0']) {
    assert.ok(!isHexadecimal(text), text);
    assert.throws(() => segment({ text, encoding: 'binary', partsMax: 1 }), TypeError);
  }
});

const pieces = [
  'a',
  'Z',
  ' ',
  '€',
  '[',
  'é',
  'á',
  'Ж',
  '中',
  '가',
  '😀',
  'e\u0301',
  '👨‍👩‍👧',
  '🇳🇱',
  '❤\ufe0f',
  '\r\n',
  '\u0301',
  '\u200d',
  '\ud83d',
  '\ude00',
  'क्ष',
  'กำ',
];
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 600, size: 'max' }).map((all) => all.join('')),
  fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 400, size: 'max' }),
);
const requests: fc.Arbitrary<SegmentRequest> = fc.record({
  text: anyText,
  encoding: fc.constantFrom<Encoding>('gsm7', 'ucs2'),
  partsMax: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(partsMaxLimit)),
  referenceWidth: fc.constantFrom<8 | 16>(8, 16),
  headerOctets: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: senderHeaderOctetsMax })),
});

test('parts together are the text, or its beginning; each fits; the count agrees', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { text, encoding, partsMax, headerOctets = 0 } = request;
      const { payloads, truncated } = segment(request);
      const shown = payloads.map((payload) => decodePayload(payload, encoding));
      const whole = showText(text, encoding);
      if (truncated) assert.ok(whole.startsWith(shown.join('')) && whole !== shown.join(''));
      else assert.equal(shown.join(''), whole);
      assert.ok(!truncated || payloads.length === partsMax);
      assert.equal(payloads.length, countParts(text, encoding, partsMax, request));
      const header =
        payloads.length > 1
          ? concatHeaderOctets(request.referenceWidth ?? 8, headerOctets)
          : headerOctets;
      const unitsMax = countUnitsPerPart(encoding, header);
      for (const payload of payloads) {
        assert.ok(payload.length <= (encoding === 'ucs2' ? unitsMax * 2 : unitsMax));
        assert.ok(payload.length > 0 || text === '');
      }
      const all = encodeWhole(request);
      assert.ok(all.payload.equals(Buffer.concat(payloads)));
      assert.deepEqual([all.parts, all.truncated], [payloads.length, truncated]);
    }),
    { numRuns: 400 },
  );
});

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

test('no cut splits a pair, nor a grapheme where all are short', () => {
  fc.assert(
    fc.property(requests, ({ text: raw, partsMax }) => {
      const text = raw.toWellFormed();
      const { payloads } = segment({ text, encoding: 'ucs2', partsMax });
      const graphemes = [...segmenter.segment(text)];
      const boundaries = new Set(graphemes.map(({ index }) => index)).add(text.length);
      const short = graphemes.every((grapheme) => grapheme.segment.length <= 66);
      let end = 0;
      for (const payload of payloads) {
        const part = decodeUcs2(payload);
        end += part.length;
        assert.ok(part.isWellFormed());
        assert.ok(!short || boundaries.has(end), `${end} in ${JSON.stringify(text)}`);
      }
    }),
    { numRuns: 400 },
  );
});

test('a line break of CR and LF goes to the next part of GSM whole', () => {
  const text = `${'a'.repeat(152)}\r\n${'b'.repeat(20)}`;
  const { payloads } = segment({ text, encoding: 'gsm7', partsMax: 8 });
  assert.deepEqual(
    payloads.map((payload) => decodeGsm(payload)),
    ['a'.repeat(152), `\r\n${'b'.repeat(20)}`],
  );
});

test('parts of GSM never end in the escape, nor within a line break', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { payloads } = segment({ ...request, encoding: 'gsm7' });
      for (const [index, payload] of payloads.entries()) {
        assert.notEqual(payload.at(-1), 0x1b);
        const isWithin = payload.at(-1) === 0x0d && payloads[index + 1]?.[0] === 0x0a;
        assert.ok(!isWithin || payload.length === 1);
      }
    }),
  );
});

test('a text without end costs no more than the parts it may have', async () => {
  const marked = (count: number) => `${'a\u0301'.repeat(count)}${'\u0301'.repeat(count)}`;
  const [short, endless] = [marked(2_000), marked(500_000)];
  const count = (text: string) => {
    for (let i = 0; i < 200; i++) assert.equal(countParts(text, 'ucs2', 8), 8);
  };
  await assertAlike(
    () => count(short),
    () => count(endless),
  );
  assert.equal(segment({ text: endless, encoding: 'gsm7', partsMax: 255 }).payloads.length, 255);
});
