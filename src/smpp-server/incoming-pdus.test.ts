import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { InboundMessage } from '../core/inbound.ts';
import { encodePdu } from '../smpp/codec.ts';
import { sampleInbound } from '../store/conformance/sample-inbound.ts';
import { decodeText } from '../text/data-coding.ts';
import { findConcatenation, parseUdh } from '../text/udh.ts';
import { renderIncoming } from './incoming-pdus.ts';
import type { Delivery } from './receiver-bind.ts';

const sample = sampleInbound(1, {
  id: '019f1d1efd307001c0000001deadbeef',
  to: '1008',
  text: 'Hoi',
  receivedAt: 0,
  operator: '20408',
});

function encode(delivery: Delivery): string {
  assert.ok(delivery.command === 'deliver_sm');
  const { tlvs = {} } = delivery;
  return encodePdu({
    command: 'deliver_sm',
    command_status: 0,
    sequence_number: 1,
    ...delivery.body,
    tlvs,
  }).toString('hex');
}

function render(fields: Partial<InboundMessage>, longTexts: 'parts' | 'payload' = 'parts') {
  return renderIncoming({ ...sample, ...fields }, { longTexts });
}

const cstring = (text: string) => `${Buffer.from(text, 'latin1').toString('hex')}00`;
const [from, to] = [`01 01 ${cstring('31612345678')}`, `03 00 ${cstring('1008')}`];
const operatorTlv = `1401 0006 ${cstring('20408')}`;

interface Golden {
  readonly title: string;
  readonly fields: Partial<InboundMessage>;
  readonly hex: readonly string[];
}

const goldens: readonly Golden[] = [
  {
    title: 'GSM text, the default alphabet of data_coding 0',
    fields: { text: 'Hoi @€' },
    hex: [
      '00000041 00000005 00000000 00000001 00',
      `${from} ${to}`,
      '00 00 00 00 00 00 00 00 00',
      '07 486f692000 1b65',
      operatorTlv,
    ],
  },
  {
    title: 'UCS-2 where GSM lacks a character',
    fields: { text: 'Ща', operator: null },
    hex: [
      '00000034 00000005 00000000 00000001 00',
      `${from} ${to}`,
      '00 00 00 00 00 00 00 08 00',
      '04 04290430',
    ],
  },
  {
    title: 'octets with a header of the sender',
    fields: { text: 'c0ffee', isBinary: true, udh: '0605040b8423f0', operator: null },
    hex: [
      '0000003a 00000005 00000000 00000001 00',
      `${from} ${to}`,
      '40 00 00 00 00 00 00 04 00',
      '0a 0605040b8423f0 c0ffee',
    ],
  },
  {
    title: 'a name as sender, an address of media, an operator that is none',
    fields: {
      from: 'Baker',
      text: '',
      operator: 'unknown',
      media: { uri: 'https://x.example/a', contentType: 'image/png', title: '' },
    },
    hex: [
      '0000003d 00000005 00000000 00000001 00',
      `05 00 ${cstring('Baker')} ${to}`,
      '00 00 00 00 00 00 00 00 00',
      `13 ${Buffer.from('https://x.example/a').toString('hex')}`,
    ],
  },
];

describe('the octets of an incoming message', () => {
  for (const { title, fields, hex } of goldens) {
    test(title, () => {
      const [delivery, ...others] = render(fields);
      assert.ok(delivery !== undefined && others.length === 0);
      assert.equal(encode(delivery), hex.join('').replaceAll(' ', ''));
    });
  }
});

describe('a long text', () => {
  for (const [title, text, parts, data_coding] of [
    ['GSM, one part full', 'a'.repeat(160), 1, 0],
    ['GSM, one more', 'a'.repeat(161), 2, 0],
    ['UCS-2, one part full', 'Щ'.repeat(70), 1, 8],
    ['UCS-2, one more', 'Щ'.repeat(71), 2, 8],
  ] as const) {
    test(`in parts: ${title}`, () => {
      const all = render({ text });
      assert.equal(all.length, parts);
      assert.ok(all.every(({ body }) => body.data_coding === data_coding));
      assert.equal(joinParts(all), text);
    });
  }

  test('every part has the same reference, its place and the operator', () => {
    const all = render({ text: 'a'.repeat(400) });
    assert.deepEqual(
      all.map((one) => [headerOf(one).toString('hex'), one.body.esm_class, one.tlvs?.mcc_mnc]),
      [
        ['050003ef0301', 0x40, '20408'],
        ['050003ef0302', 0x40, '20408'],
        ['050003ef0303', 0x40, '20408'],
      ],
    );
    assert.deepEqual(render({ text: 'a'.repeat(400) }), all, 'a second try is the same');
  });

  test('as one payload', () => {
    const [only, ...others] = render({ text: 'a'.repeat(161) }, 'payload');
    assert.ok(only?.command === 'deliver_sm' && others.length === 0);
    assert.equal(only.body.short_message.length, 0);
    assert.equal(only.body.esm_class, 0);
    assert.equal(only.tlvs?.message_payload?.toString(), 'a'.repeat(161));
    assert.equal(only.tlvs?.mcc_mnc, '20408');
  });

  test('a short one is no payload', () => {
    const [only] = render({ text: 'a'.repeat(160) }, 'payload');
    assert.ok(only?.command === 'deliver_sm');
    assert.equal(only.body.short_message.length, 160);
    assert.equal(only.tlvs?.message_payload, undefined);
  });

  test('its own header is in front of the concatenation', () => {
    const all = render({ text: 'ab'.repeat(140), isBinary: true, udh: '0605040b8423f0' });
    assert.deepEqual(
      all.map((one) => headerOf(one).toString('hex')),
      ['0b05040b8423f00003ef0201', '0b05040b8423f00003ef0202'],
    );
  });

  test('one that no 255 parts hold is one payload', () => {
    const [only, ...others] = render({ text: 'Щ'.repeat(255 * 67 + 1) });
    assert.equal(others.length, 0);
    assert.equal(only?.tlvs?.message_payload?.length, 255 * 67 * 2);
  });

  test('a header without room for parts goes with a payload', () => {
    const udh = `8a7088${'00'.repeat(136)}`;
    const [only, ...others] = render({ text: 'ab'.repeat(30), isBinary: true, udh });
    assert.equal(others.length, 0);
    assert.equal(only?.body.esm_class, 0x40);
    assert.equal(only?.tlvs?.message_payload?.length, 139 + 30);
  });
});

test('a header that cannot be parsed is left out', () => {
  for (const udh of ['zz', '', '05', '050003ef']) {
    const [only] = render({ udh });
    assert.equal(only?.body.esm_class, 0, udh);
  }
});

test('any message gives PDUs that can be encoded, and the text comes back', () => {
  const udhs = fc.option(fc.uint8Array({ maxLength: 140 }));
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 900 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.boolean(),
      udhs,
      fc.constantFrom('parts', 'payload'),
      (text, address, isBinary, udh, longTexts) => {
        const header = udh === null ? null : Buffer.from(udh).toString('hex');
        const fields = { text, isBinary, udh: header, from: address, to: address };
        const all = render(fields, longTexts);
        for (const one of all) assert.ok(encode(one).length > 0);
        if (!isBinary && udh === null) assert.equal(joinParts(all), text.toWellFormed());
      },
    ),
  );
});

function octetsOf(delivery: Delivery): Buffer {
  const payload = delivery.tlvs?.message_payload;
  if (payload !== undefined) return payload;
  assert.ok(delivery.command === 'deliver_sm');
  return delivery.body.short_message;
}

function headerOf(delivery: Delivery): Buffer {
  if (delivery.body.esm_class !== 0x40) return Buffer.alloc(0);
  const parsed = parseUdh(octetsOf(delivery));
  assert.ok('octets' in parsed);
  return octetsOf(delivery).subarray(0, parsed.octets);
}

/** The text as an ESME reads it. */
function joinParts(all: readonly Delivery[]): string {
  for (const [index, one] of all.entries()) {
    if (all.length === 1) continue;
    const parsed = parseUdh(octetsOf(one));
    assert.ok('elements' in parsed);
    const place = findConcatenation(parsed.elements);
    assert.deepEqual([place?.total, place?.sequence], [all.length, index + 1]);
  }
  return all
    .map((one) => {
      const body = octetsOf(one).subarray(headerOf(one).length);
      return decodeText(body, one.body.data_coding, 'gsm');
    })
    .join('');
}
