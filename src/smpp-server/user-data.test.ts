import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { commandStatus } from '../smpp/command-status.ts';
import { encodeGsm } from '../text/gsm0338.ts';
import { segment } from '../text/segmentation.ts';
import { buildConcatUdh } from '../text/udh.ts';
import {
  composePart,
  composeWhole,
  readUserData,
  type SubmittedText,
  type UserData,
} from './user-data.ts';

function read(fields: Partial<SubmittedText>): UserData | number {
  return readUserData({
    esm_class: 0,
    data_coding: 0,
    short_message: Buffer.alloc(0),
    ...fields,
  });
}

function readGood(fields: Partial<SubmittedText>): UserData {
  const data = read(fields);
  assert.ok(typeof data !== 'number', 'refused');
  return data;
}

function composed(fields: Partial<SubmittedText>) {
  const text = composeWhole([readGood(fields)]);
  assert.ok(typeof text !== 'number', 'refused');
  return [text.body.type, text.dcs, text.body.content, text.body.header];
}

describe('data_coding', () => {
  for (const [title, data_coding, hex, expected] of [
    ['GSM', 0, '00 1b65 41', ['TEXT', 0, '@€A', null]],
    ['ASCII', 1, '40 41', ['TEXT', 0, '@A', null]],
    ['Latin-1 that GSM has', 3, 'e9 40', ['TEXT', 0, 'é@', null]],
    ['Latin-1 that GSM has not', 3, 'e1 40', ['TEXT', 8, 'á@', null]],
    ['UCS-2', 8, '0416 d83d de00', ['TEXT', 8, 'Ж😀', null]],
    ['octets, 2', 2, '00ff', ['BINARY', 0, '00ff', null]],
    ['octets, 4', 4, '00ff', ['BINARY', 0, '00ff', null]],
    ['GSM to be shown at once', 0x10, '41', ['TEXT', 0, 'A', null]],
  ] as const) {
    test(title, () => {
      const short_message = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      assert.deepEqual(composed({ data_coding, short_message }), expected);
    });
  }

  test('an alphabet that nobody reads is refused', () => {
    const short_message = Buffer.from('41', 'hex');
    assert.equal(read({ data_coding: 5, short_message }), commandStatus.ESME_RSUBMITFAIL);
  });
});

describe('where the text is', () => {
  const text = Buffer.from('Your bread');

  test('in message_payload it is the same text', () => {
    const expected = ['TEXT', 0, 'Your bread', null];
    assert.deepEqual(composed({ short_message: text }), expected);
    assert.deepEqual(composed({ tlvs: { message_payload: text } }), expected);
  });

  test('in both it is refused, in neither too', () => {
    const both = { short_message: text, tlvs: { message_payload: text } };
    assert.equal(read(both), commandStatus.ESME_RINVMSGLEN);
    assert.equal(composeWhole([readGood({})]), commandStatus.ESME_RINVMSGLEN);
  });

  test('a header that is no concatenation goes along', () => {
    const short_message = Buffer.from(`0605040b8423f0${'41'.repeat(3)}`, 'hex');
    assert.deepEqual(composed({ esm_class: 0x40, data_coding: 4, short_message }), [
      'BINARY',
      0,
      '414141',
      '0605040b8423f0',
    ]);
  });

  test('a header that claims more than is there is refused', () => {
    const short_message = Buffer.from('ff0003', 'hex');
    assert.equal(read({ esm_class: 0x40, short_message }), commandStatus.ESME_RINVESMCLASS);
  });

  for (const [title, octets, data_coding, isTaken] of [
    ['255 parts of GSM', 255 * 153, 0, true],
    ['one character more', 255 * 153 + 1, 0, false],
    ['255 parts of octets', 255 * 134, 4, true],
    ['one octet more', 255 * 134 + 1, 4, false],
  ] as const) {
    test(`${title}: ${isTaken ? 'taken whole' : 'refused, not cut off'}`, () => {
      const message_payload = Buffer.alloc(octets, 0x41);
      const text = composeWhole([readGood({ data_coding, tlvs: { message_payload } })]);
      if (isTaken) assert.ok(typeof text !== 'number');
      else assert.equal(text, commandStatus.ESME_RINVMSGLEN);
    });
  }
});

describe('places in a longer message', () => {
  const sar = { sar_msg_ref_num: 7, sar_total_segments: 3, sar_segment_seqnum: 2 };
  const short_message = Buffer.from('two');

  test('SAR parameters say it', () => {
    assert.deepEqual(readGood({ short_message, tlvs: sar }).concat, {
      form: 'sar',
      reference: 7,
      referenceWidth: 16,
      total: 3,
      sequence: 2,
    });
  });

  test('all of them or none', () => {
    const { sar_total_segments: _, ...some } = sar;
    assert.equal(read({ short_message, tlvs: some }), commandStatus.ESME_RMISSINGOPTPARAM);
  });

  for (const wrong of [{ sar_segment_seqnum: 0 }, { sar_segment_seqnum: 4 }]) {
    test(`none: ${JSON.stringify(wrong)}`, () => {
      const tlvs = { ...sar, ...wrong };
      assert.equal(read({ short_message, tlvs }), commandStatus.ESME_RINVOPTPARAMVAL);
    });
  }

  test('one of one is a message of its own', () => {
    const tlvs = { ...sar, sar_total_segments: 1, sar_segment_seqnum: 1 };
    assert.equal(readGood({ short_message, tlvs }).concat, null);
  });

  test('a part alone keeps its place in the header, and SAR gets one', () => {
    const text = composePart(readGood({ short_message, tlvs: sar }));
    assert.ok(typeof text !== 'number');
    assert.equal(text.body.header, '050003070302');
    const udh = Buffer.from('050003090201', 'hex');
    const part = readGood({ esm_class: 0x40, short_message: Buffer.concat([udh, short_message]) });
    const alone = composePart(part);
    assert.ok(typeof alone !== 'number');
    assert.deepEqual([alone.body.header, alone.body.content], ['050003090201', 'two']);
  });

  test('a part that its header leaves no room for goes without it', () => {
    const part = readGood({ short_message: Buffer.alloc(154, 0x41), tlvs: sar });
    const text = composePart(part);
    assert.ok(typeof text !== 'number');
    assert.equal(text.body.header, null);
    assert.equal(text.body.content?.length, 154);
  });

  test('what we cut, we put together again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 71, maxLength: 600 }), (text) => {
        const { payloads } = segment({ text, encoding: 'ucs2', partsMax: 255 });
        const parts = payloads.map((payload, index) => {
          const place = { reference: 1, total: payloads.length, sequence: index + 1 };
          const udh = buildConcatUdh({ ...place, referenceWidth: 8 });
          const one = Buffer.concat([udh, payload]);
          return readGood({ esm_class: 0x40, data_coding: 8, short_message: one });
        });
        const whole = composeWhole(parts);
        assert.ok(typeof whole !== 'number');
        assert.equal(whole.body.content, text.toWellFormed());
      }),
      { numRuns: 50 },
    );
  });

  test('an escape that was cut in two is one character again', () => {
    const octets = encodeGsm('€');
    const parts = [octets.subarray(0, 1), octets.subarray(1)].map((half, index) => {
      const udh = Buffer.from([5, 0, 3, 1, 2, index + 1]);
      return readGood({ esm_class: 0x40, short_message: Buffer.concat([udh, half]) });
    });
    const whole = composeWhole(parts);
    assert.ok(typeof whole !== 'number');
    assert.equal(whole.body.content, '€');
  });
});
