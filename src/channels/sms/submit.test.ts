import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Content } from '../../core/message.ts';
import { encodePdu } from '../../smpp/codec.ts';
import { decodeText } from '../../text/data-coding.ts';
import { parseUdh } from '../../text/udh.ts';
import { countSmsParts, createSubmitWriter, type Submit } from './submit.ts';
import { settingsFor, stageStartAt } from './test-stage.ts';
import { type MessageSketch, sketchStep } from './test-steps.ts';

type Change = Readonly<Record<string, unknown>>;

/** The PDUs of all parts, or the error. */
function submitsOf(
  sketch: MessageSketch,
  change: Change = {},
  interfaceVersion = 0x34,
): readonly Submit[] | { error: number } {
  const writer = createSubmitWriter(settingsFor(2775, change));
  const ready = sketchStep({ acceptedAt: stageStartAt, ...sketch });
  const content = writer.prepare(ready);
  if ('error' in content) return { error: content.error };
  const options = { now: stageStartAt, interfaceVersion, withValidity: true };
  return content.payloads.map((_, part) => writer.write(ready, content, part, options));
}

function partsOf(
  sketch: MessageSketch,
  change: Change = {},
  interfaceVersion = 0x34,
): readonly Submit[] {
  const submits = submitsOf(sketch, change, interfaceVersion);
  assert.ok(!('error' in submits), JSON.stringify(submits));
  return submits;
}

function only(sketch: MessageSketch, change: Change = {}): Submit {
  const [submit, ...rest] = partsOf(sketch, change);
  assert.deepEqual(rest, []);
  assert.ok(submit !== undefined);
  return submit;
}

const text = (content: Partial<Content>): MessageSketch => ({ content });

test('the fields of a submit_sm (sms-operators §3)', () => {
  assert.deepEqual(only({ from: '0031612345678', msisdn: '31687654321' }), {
    command: 'submit_sm',
    service_type: '',
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '31612345678',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31687654321',
    esm_class: 0,
    protocol_id: 0,
    priority_flag: 0,
    schedule_delivery_time: '',
    validity_period: '000001000000000R',
    registered_delivery: 1,
    replace_if_present_flag: 0,
    data_coding: 0,
    sm_default_msg_id: 0,
    short_message: Buffer.from('Hello'),
  });
});

test('settings change them', () => {
  const submit = only(
    {},
    {
      serviceType: 'CMT',
      destinationPlan: '0/1',
      registeredDelivery: 17,
      validity: 'absolute',
      tlvs: [{ tag: 0x1400, hex: '0102' }],
    },
  );
  assert.equal(submit.service_type, 'CMT');
  assert.deepEqual([submit.dest_addr_ton, submit.dest_addr_npi], [0, 1]);
  assert.equal(submit.registered_delivery, 17);
  assert.equal(submit.validity_period, '261123150405000+');
  assert.deepEqual(submit.tlvs, { other: [{ tag: 0x1400, value: Buffer.from('0102', 'hex') }] });
  assert.equal(only({}, { receipts: 'none' }).registered_delivery, 0);
  assert.equal(only({}, { receipts: 'assumed' }).registered_delivery, 0);
});

test('each encoding has its data_coding', () => {
  const gsm = only(text({ text: 'a@€' }));
  assert.deepEqual([gsm.data_coding, gsm.short_message.toString('hex')], [0, '61001b65']);
  const ucs2 = only(text({ text: 'Łódź', encoding: 'ucs2' }));
  assert.deepEqual([ucs2.data_coding, ucs2.short_message.toString('hex')], [8, '014100f30064017a']);
  const binary = only(text({ text: '0102ff', encoding: 'binary' }));
  assert.deepEqual([binary.data_coding, binary.short_message.toString('hex')], [4, '0102ff']);
});

test('data_coding 0 is written in the alphabet the SMSC takes it for', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['gsm', '006105'],
    ['latin1', '4061e9'],
    ['ascii', '40613f'],
    ['packed', '807001'],
  ];
  for (const [defaultAlphabet, expected] of cases) {
    const submit = only(text({ text: '@aé' }), { defaultAlphabet });
    assert.equal(submit.short_message.toString('hex'), expected, defaultAlphabet);
    assert.equal(submit.data_coding, 0);
  }
});

test('parts are tied together as the operator wants it', () => {
  const sketch = { ...text({ text: 'x'.repeat(300) }), parts: 2, concatReference: 0x1234 };
  const udh8 = partsOf(sketch);
  assert.deepEqual(
    udh8.map((one) => one.short_message.subarray(0, 6).toString('hex')),
    ['050003340201', '050003340202'],
  );
  assert.deepEqual(
    udh8.map((one) => one.esm_class),
    [0x40, 0x40],
  );
  assert.deepEqual(
    udh8.map((one) => one.short_message.length),
    [159, 153],
  );

  const udh16 = partsOf(sketch, { concat: 'udh16' });
  assert.deepEqual(
    udh16.map((one) => one.short_message.subarray(0, 7).toString('hex')),
    ['06080412340201', '06080412340202'],
  );
  assert.deepEqual(
    udh16.map((one) => one.short_message.length),
    [159, 155],
  );

  const sar = partsOf(sketch, { concat: 'sar', tlvs: [{ tag: 0x1400, text: '' }] });
  assert.deepEqual(
    sar.map((one) => one.esm_class),
    [0, 0],
  );
  assert.deepEqual(
    sar.map((one) => one.short_message.length),
    [153, 147],
  );
  const other = [{ tag: 0x1400, value: Buffer.of(0) }];
  assert.deepEqual(
    sar.map((one) => one.tlvs),
    [
      { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: 1, other },
      { sar_msg_ref_num: 0x1234, sar_total_segments: 2, sar_segment_seqnum: 2, other },
    ],
  );
});

const tariffTag = 0x140a;
const ofTariff = (digits: string) => ({ tag: tariffTag, value: Buffer.from(`${digits}\0`) });

for (const [title, tariff, settings, other] of [
  ['goes along where the settings name its tag', 150, { tariffTag }, [ofTariff('150')]],
  ['of nothing goes along, too', 0, { tariffTag }, [ofTariff('0')]],
  ['stays behind without such a setting', 150, {}, undefined],
  ['that nobody named is not sent', undefined, { tariffTag }, undefined],
  [
    'goes before the configured one, beside other parameters',
    150,
    {
      tariffTag,
      tlvs: [
        { tag: 0x1400, text: '' },
        { tag: tariffTag, text: '25' },
      ],
    },
    [{ tag: 0x1400, value: Buffer.of(0) }, ofTariff('150')],
  ],
  [
    'that nobody named leaves the configured one',
    undefined,
    { tariffTag, tlvs: [{ tag: tariffTag, text: '25' }] },
    [ofTariff('25')],
  ],
] as const) {
  test(`a tariff ${title} (contract §11.2)`, () => {
    const sketch = tariff === undefined ? {} : { tariff };
    assert.deepEqual(only(sketch, settings).tlvs?.other, other);
  });
}

test('each part has the tariff, beside SAR; an SMSC of SMPP 3.3 is told none', () => {
  const sketch = { ...text({ text: 'x'.repeat(300) }), parts: 2, tariff: 150 };
  for (const part of partsOf(sketch, { concat: 'sar', tariffTag })) {
    assert.equal(part.tlvs?.sar_total_segments, 2);
    assert.deepEqual(part.tlvs?.other, [ofTariff('150')]);
  }
  for (const part of partsOf(sketch, { tariffTag }, 0x33)) assert.equal(part.tlvs, undefined);
});

test('"payload" sends a long text in one PDU and a short one as ever', () => {
  const long = only(text({ text: 'x'.repeat(300) }), { concat: 'payload' });
  assert.equal(long.short_message.length, 0);
  assert.equal(long.tlvs?.message_payload?.length, 300);
  assert.equal(long.esm_class, 0);
  const short = only(text({ text: 'x'.repeat(160) }), { concat: 'payload' });
  assert.equal(short.short_message.length, 160);
  assert.equal(short.tlvs, undefined);
});

test('a plan of several parts binds even where "payload" would make one', () => {
  const parts = partsOf({ ...text({ text: 'x'.repeat(300) }), parts: 2 }, { concat: 'payload' });
  assert.deepEqual(
    parts.map((one) => one.short_message.length),
    [159, 153],
  );
});

test('SAR falls back to a header for SMPP 3.3 and for a sender with a header of its own', () => {
  const sketch = { ...text({ text: 'x'.repeat(300) }), parts: 2, concatReference: 7 };
  const old = partsOf(sketch, { concat: 'sar' }, 0x33);
  assert.deepEqual(
    old.map((one) => one.short_message.subarray(0, 6).toString('hex')),
    ['050003070201', '050003070202'],
  );
  assert.deepEqual(
    old.map((one) => one.tlvs),
    [undefined, undefined],
  );
  const own = partsOf(
    { ...sketch, content: { ...sketch.content, udh: '0401020304' } },
    { concat: 'sar' },
  );
  assert.equal(own[0]?.short_message.subarray(0, 10).toString('hex'), '09010203040003070201');
});

test("a sender's own header goes before the text", () => {
  const submit = only(text({ text: 'Hi', udh: '06050415811581' }));
  assert.equal(submit.esm_class, 0x40);
  assert.equal(submit.short_message.toString('hex'), '06050415811581' + '4869');
});

test('the longer reference costs no text that fits by the parts of contract §3.5', () => {
  const cases: [
    title: string,
    characters: number,
    partsMax: number,
    parts: number,
    sent: number,
  ][] = [
    ['planned for the shorter reference', 306, 8, 2, 306],
    ["the sender's maximum of two", 306, 2, 2, 306],
    ['eight parts of 153, as the specification counts', 1_224, 8, 8, 1_224],
    ['longer than the maximum', 1_225, 8, 8, 1_224],
    ['more than 153 parts, where the shorter reference would make fewer', 30_420, 200, 200, 30_400],
  ];
  for (const [title, characters, partsMax, parts, sent] of cases) {
    const submits = partsOf(
      { ...text({ text: 'x'.repeat(characters), partsMax }), parts },
      { concat: 'udh16' },
    );
    const isShort = sent === parts * 153;
    const header = isShort ? '050003' : '060804';
    let octets = 0;
    for (const { short_message } of submits) {
      assert.equal(short_message.subarray(0, 3).toString('hex'), header, title);
      octets += short_message.length - (isShort ? 6 : 7);
    }
    assert.deepEqual([submits.length, octets], [parts, sent], title);
  }
  // Where it costs nothing, it stays.
  const whole = partsOf(
    { ...text({ text: 'x'.repeat(304), partsMax: 2 }), parts: 2 },
    { concat: 'udh16' },
  );
  assert.equal(whole[0]?.short_message[1], 0x08);
});

test('what the operator would only refuse is refused here', () => {
  const cases: readonly (readonly [MessageSketch, number])[] = [
    [{ from: '' }, 20],
    [{ msisdn: '' }, 23],
    [{ msisdn: '1'.repeat(21) }, 23],
    [text({ text: 'xyz', encoding: 'binary' }), 20],
    [text({ udh: '05' }), 20],
    [text({ udh: 'zz' }), 20],
    [text({ udh: '' }), 20],
    [text({ udh: `82${'00'.repeat(130)}` }), 20],
    [{ parts: 2 }, 20],
    [{ parts: 256 }, 20],
  ];
  for (const [sketch, error] of cases) {
    assert.deepEqual(submitsOf(sketch), { error }, JSON.stringify(sketch));
  }
});

test('the number of parts to plan depends on how they are tied together', () => {
  const content = { text: 'x'.repeat(306), encoding: 'gsm7', udh: null, partsMax: 8 } as const;
  assert.equal(countSmsParts(content, { concat: 'udh8' }), 2);
  assert.equal(countSmsParts(content, { concat: 'sar' }), 2);
  assert.equal(countSmsParts(content, { concat: 'udh16' }), 3);
  assert.equal(countSmsParts(content, { concat: 'payload' }), 1);
  assert.equal(countSmsParts({ ...content, udh: '06050415811581' }, { concat: 'udh8' }), 3);
});

test('whatever is planned by the count can be sent, fits its PDU and says the text', () => {
  const body = fc.oneof(
    fc.record({
      encoding: fc.constant('gsm7' as const),
      text: fc.stringMatching(/^[a-zA-Z0-9 @€^{}]{0,700}$/),
    }),
    fc.record({
      encoding: fc.constant('ucs2' as const),
      text: fc.string({ unit: 'grapheme', maxLength: 300 }),
    }),
  );
  fc.assert(
    fc.property(
      body,
      fc.constantFrom('udh8', 'udh16', 'sar', 'payload' as const),
      fc.constantFrom('gsm', 'packed' as const),
      fc.constantFrom(null, '06050415811581'),
      ({ encoding, text: said }, concat, defaultAlphabet, udh) => {
        const content = { text: said, encoding, udh, partsMax: 20 };
        const settings = settingsFor(2775, { concat, defaultAlphabet });
        const parts = countSmsParts(content, settings);
        const submits = partsOf({ content, parts }, { concat, defaultAlphabet });
        assert.equal(submits.length, parts);
        let read = '';
        for (const submit of submits) {
          encodePdu({ ...submit, command_status: 0, sequence_number: 1 });
          const octets = submit.tlvs?.message_payload ?? submit.short_message;
          if (concat !== 'payload') assert.ok(octets.length <= 160);
          const header = (submit.esm_class & 0x40) === 0 ? null : parseUdh(octets);
          assert.ok(header === null || 'octets' in header);
          const start = header?.octets ?? 0;
          read += decodeText(octets.subarray(start), submit.data_coding, defaultAlphabet, start);
        }
        // A carriage return fills a packed part whose last bits would read as "@".
        assert.equal(read.replaceAll('\r', ''), said.replaceAll('\r', ''));
      },
    ),
    { numRuns: 300 },
  );
});
