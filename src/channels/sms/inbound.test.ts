import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainMessage } from '../../smpp/pdus.ts';
import type { Tlvs } from '../../smpp/tlvs.ts';
import { readInbound } from './inbound.ts';
import type { Delivery } from './receipts.ts';

const settings = { defaultAlphabet: 'gsm', operatorTag: 0x1401 } as const;

function receive(octets: Buffer, change: Partial<Delivery> & { tlvs?: Tlvs } = {}) {
  const delivery: Delivery = {
    ...plainMessage,
    command_status: 0,
    sequence_number: 1,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '31612345678',
    dest_addr_ton: 3,
    dest_addr_npi: 0,
    destination_addr: '3669',
    ...change,
    command: 'deliver_sm',
    short_message: octets,
  };
  return readInbound(delivery, 'operator', settings, 5);
}

test('text is read by its data_coding', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['48656c6c6f00', 0x00, 'Hello@'],
    ['1b65', 0x00, '€'],
    ['e9', 0x03, 'é'],
    ['48', 0x01, 'H'],
    ['014100f3', 0x08, 'Łó'],
    ['d83dde00', 0x08, '😀'],
    ['48656c6c6f', 0x10, 'Hello'],
    ['00480069', 0x18, 'Hi'],
    ['48656c6c6f', 0xf0, 'Hello'],
    ['0102ff', 0x04, '0102ff'],
    ['0102ff', 0xf5, '0102ff'],
    ['', 0x00, ''],
  ];
  for (const [hex, data_coding, expected] of cases) {
    assert.equal(
      receive(Buffer.from(hex, 'hex'), { data_coding }).text,
      expected,
      `${hex} ${data_coding}`,
    );
  }
});

test('addresses come without prefix, names as they are', () => {
  const inbound = receive(Buffer.from('x'), {
    source_addr: '+31612345678',
    dest_addr_ton: 5,
    destination_addr: 'Chappe',
    tlvs: { mcc_mnc: '20408' },
  });
  assert.deepEqual(
    [inbound.from, inbound.to, inbound.operator],
    ['31612345678', 'Chappe', '20408'],
  );
});

test('parts of a long message say which they are', () => {
  const cases: readonly (readonly [string, number, Tlvs | undefined, unknown, string])[] = [
    ['0500032a0302' + '4869', 0x40, undefined, { reference: 0x2a, total: 3, sequence: 2 }, 'Hi'],
    [
      '0608041234020148' + '69',
      0x40,
      undefined,
      { reference: 0x1234, total: 2, sequence: 1 },
      'Hi',
    ],
    [
      '0b05041581158100032a03024869',
      0x40,
      undefined,
      { reference: 0x2a, total: 3, sequence: 2 },
      'Hi',
    ],
    [
      '4869',
      0,
      { sar_msg_ref_num: 5, sar_total_segments: 2, sar_segment_seqnum: 1 },
      { reference: 5, total: 2, sequence: 1 },
      'Hi',
    ],
    ['4869', 0, { sar_msg_ref_num: 5, sar_total_segments: 2, sar_segment_seqnum: 3 }, null, 'Hi'],
    ['4869', 0, { sar_msg_ref_num: 5, sar_total_segments: 2, sar_segment_seqnum: 0 }, null, 'Hi'],
    ['4869', 0, { sar_msg_ref_num: 5 }, null, 'Hi'],
    ['06050415811581' + '4869', 0x40, undefined, null, 'Hi'],
    ['0500032a0304' + '4869', 0x40, undefined, null, 'Hi'],
    ['ff4869', 0x40, undefined, null, '\ufffdHi'],
    ['4869', 0, undefined, null, 'Hi'],
  ];
  for (const [hex, esm_class, tlvs, concat, text] of cases) {
    const change = tlvs === undefined ? { esm_class } : { esm_class, tlvs };
    const inbound = receive(Buffer.from(hex, 'hex'), change);
    assert.deepEqual(inbound.concat, concat, hex);
    assert.equal(inbound.text, text, hex);
  }
});

test('a header that is not concatenation comes with the message', () => {
  const cases: readonly (readonly [string, number, number, string | null, string, boolean])[] = [
    ['0605041581158a' + '4869', 0x40, 0, '0605041581158a', 'Hi', false],
    ['0b050415811581' + '00032a0302' + '4869', 0x40, 0, '06050415811581', 'Hi', false],
    ['0500032a0302' + '01ff', 0x40, 4, null, '01ff', true],
    ['06050415811581' + '01ff', 0x40, 4, '06050415811581', '01ff', true],
    ['06050415811581' + '4869', 0, 4, null, '060504158115814869', true],
  ];
  for (const [hex, esm_class, data_coding, udh, text, isBinary] of cases) {
    const inbound = receive(Buffer.from(hex, 'hex'), { esm_class, data_coding });
    assert.deepEqual([inbound.udh, inbound.text, inbound.isBinary], [udh, text, isBinary], hex);
  }
});

test('a long text comes in message_payload', () => {
  const tlvs = { message_payload: Buffer.from('Hello') };
  assert.equal(receive(Buffer.alloc(0), { tlvs }).text, 'Hello');
});

test('no octets make it throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 254 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 255 }),
      (octets, esm_class, data_coding) => {
        const inbound = receive(Buffer.from(octets), { esm_class, data_coding });
        return typeof inbound.text === 'string' && inbound.text.length <= 2 * 254;
      },
    ),
  );
});
