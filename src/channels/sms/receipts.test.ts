import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainMessage } from '../../smpp/pdus.ts';
import { messageState, type Tlvs } from '../../smpp/tlvs.ts';
import { ProviderIds } from './provider-ids.ts';
import { readMeaning, readStat } from './receipt-states.ts';
import { createReceiptReader, type Delivery } from './receipts.ts';
import { settingsFor } from './test-stage.ts';

const arrivedAt = Date.UTC(2026, 10, 22, 15, 5);

interface Sketch {
  text?: string | Buffer;
  esm_class?: number;
  data_coding?: number;
  source_addr?: string;
  tlvs?: Tlvs;
  isDataSm?: boolean;
}

function deliver(sketch: Sketch): Delivery {
  const { text = '', esm_class = 4, data_coding = 0, source_addr = '31612345678' } = sketch;
  const octets = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const base = {
    ...plainMessage,
    command_status: 0,
    sequence_number: 1,
    source_addr,
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '3669',
    esm_class,
    data_coding,
  };
  if (sketch.isDataSm === true) {
    return { ...base, command: 'data_sm', tlvs: { message_payload: octets, ...sketch.tlvs } };
  }
  return {
    ...base,
    command: 'deliver_sm',
    short_message: octets,
    ...(sketch.tlvs === undefined ? {} : { tlvs: sketch.tlvs }),
  };
}

function createReader(change: Readonly<Record<string, unknown>> = {}) {
  const settings = settingsFor(2775, { idForm: 'same', ...change });
  return createReceiptReader('operator', settings, new ProviderIds(settings.idForm));
}

function factOf(sketch: Sketch, change: Readonly<Record<string, unknown>> = {}) {
  return createReader(change).read(deliver(sketch), arrivedAt)?.fact;
}

test('a receipt is known by its flag, its TLV or its text', () => {
  const { classify } = createReader();
  const text = 'id:1 stat:DELIVRD';
  const cases: readonly (readonly [Sketch, string])[] = [
    [{ text, esm_class: 0x04 }, 'receipt'],
    [{ text: '', esm_class: 0x04 }, 'receipt'],
    [{ text, esm_class: 0x44 }, 'receipt'],
    [{ text, esm_class: 0x20 }, 'receipt'],
    [{ text: '', esm_class: 0, tlvs: { receipted_message_id: '1' } }, 'receipt'],
    [{ text, esm_class: 0 }, 'receipt'],
    [{ text, esm_class: 0, isDataSm: true }, 'receipt'],
    [{ text: 'Hello', esm_class: 0 }, 'text'],
    [{ text: 'Hello', esm_class: 0x40 }, 'text'],
    [{ text: 'Hello', esm_class: 0x80 }, 'text'],
    [{ text: 'id:1', esm_class: 0 }, 'text'],
    [{ text, esm_class: 0x08 }, 'other'],
    [{ text, esm_class: 0x10 }, 'other'],
    [{ text, esm_class: 0x18 }, 'other'],
  ];
  for (const [sketch, expected] of cases) {
    assert.equal(classify(deliver(sketch)), expected, JSON.stringify(sketch));
  }
  const strict = createReader({ receiptsWithoutFlag: false });
  assert.equal(strict.classify(deliver({ text, esm_class: 0 })), 'text');
});

test('a text without the flag only counts for the handset it came from', () => {
  assert.equal(factOf({ text: 'id:1 stat:DELIVRD', esm_class: 0 })?.exact, 0);
  assert.equal(factOf({ text: 'id:1 stat:DELIVRD', esm_class: 4 })?.exact, 1);
});

test('the fields of a receipt', () => {
  assert.deepEqual(
    factOf(
      {
        text: 'id:AB-12 sub:001 dlvrd:000 submit date:2611221500 done date:2611221604 stat:UNDELIV err:027 text:x',
        source_addr: '+31612345678',
        tlvs: { mcc_mnc: '20408' },
      },
      { receiptTimeZone: 'Europe/Amsterdam', operatorTag: 0x1401 },
    ),
    {
      connection: 'operator',
      providerIds: ['AB-12', 'ab-12'],
      exact: 1,
      destination: '31612345678',
      state: 'failed',
      error: 24,
      at: Date.UTC(2026, 10, 22, 15, 4),
      operator: '20408',
    },
  );
});

test('what is missing is left out: the date is the arrival, the handset unknown', () => {
  const fact = factOf({ text: 'id:1 stat:DELIVRD', source_addr: 'Chappe' });
  assert.equal(fact?.at, arrivedAt);
  assert.equal(fact?.destination, null);
  assert.equal(fact?.operator, null);
  assert.equal(factOf({ text: 'id:1 done date:2010290238 stat:DELIVRD' })?.at, arrivedAt);
});

test('ids come by TLV, by text or by both, the TLV first', () => {
  assert.deepEqual(
    factOf({ text: '', tlvs: { receipted_message_id: 'x-1' } })?.providerIds.slice(0, 1),
    ['x-1'],
  );
  assert.deepEqual(factOf({ text: 'id:x-1 stat:DELIVRD' })?.providerIds.slice(0, 1), ['x-1']);
  const both = factOf({ text: 'id:x-2 stat:DELIVRD', tlvs: { receipted_message_id: 'x-1' } });
  assert.deepEqual(both?.providerIds.slice(0, 2), ['x-1', 'x-2']);
  assert.equal(both?.exact, 2);
  const same = factOf({ text: 'id:x-1 stat:DELIVRD', tlvs: { receipted_message_id: 'x-1' } });
  assert.equal(same?.exact, 1);
  assert.equal(factOf({ text: 'stat:DELIVRD' }), undefined);
});

test('data_sm and message_payload carry receipts as well', () => {
  assert.equal(factOf({ text: 'id:1 stat:DELIVRD', isDataSm: true })?.state, 'delivered');
  const tlvs = { message_payload: Buffer.from('id:1 stat:DELIVRD') };
  assert.equal(factOf({ text: '', tlvs })?.state, 'delivered');
});

test('the text is Latin-1 whatever data_coding says, unless that is UCS-2', () => {
  const text = 'id:1 stat:DELIVRD';
  for (const data_coding of [0, 1, 3, 4, 0xf5]) {
    assert.equal(factOf({ text, data_coding })?.state, 'delivered');
  }
  const ucs2 = Buffer.from(text, 'utf16le').swap16();
  assert.equal(factOf({ text: ucs2, data_coding: 8 })?.state, 'delivered');
  const withHeader = Buffer.concat([Buffer.from('0500030a0101', 'hex'), Buffer.from(text)]);
  assert.equal(factOf({ text: withHeader, esm_class: 0x44 })?.state, 'delivered');
});

test('the operator is read from the TLV that was configured, if it is one', () => {
  const other = (tag: number, value: string) => ({ other: [{ tag, value: Buffer.from(value) }] });
  const text = 'id:1 stat:DELIVRD';
  assert.equal(
    factOf({ text, tlvs: other(0x1500, '20408\0') }, { operatorTag: 0x1500 })?.operator,
    '20408',
  );
  assert.equal(
    factOf({ text, tlvs: other(0x1500, '204089') }, { operatorTag: 0x1500 })?.operator,
    '204089',
  );
  assert.equal(
    factOf({ text, tlvs: other(0x1500, 'KPN') }, { operatorTag: 0x1500 })?.operator,
    null,
  );
  assert.equal(factOf({ text, tlvs: other(0x1500, '20408') })?.operator, null);
  assert.equal(factOf({ text, tlvs: { mcc_mnc: '20408' } })?.operator, null);
});

test('every state has its meaning (sms-operators §5.1)', () => {
  const rows: readonly (readonly [number, string, number, string, number])[] = [
    [messageState.ENROUTE, 'ENROUTE', 0, 'enroute', 0],
    [messageState.ENROUTE, 'BUFFRED', 0, 'enroute', 0],
    [messageState.DELIVERED, 'DELIVRD', 0, 'delivered', 0],
    [messageState.DELIVERED, 'DELIVERED', 27, 'delivered', 0],
    [messageState.DELIVERED, 'DELIVERD', 0, 'delivered', 0],
    [messageState.DELIVERED, 'DLVRD', 0, 'delivered', 0],
    [messageState.EXPIRED, 'EXPIRED', 0, 'expired', 8],
    [messageState.EXPIRED, 'EXPIRED', 27, 'expired', 24],
    [messageState.EXPIRED, 'EXPIRED', 801, 'expired', 21],
    [messageState.EXPIRED, 'EXPIRED', 1, 'expired', 8],
    [messageState.DELETED, 'DELETED', 27, 'failed', 5],
    [messageState.UNDELIVERABLE, 'UNDELIV', 0, 'failed', 5],
    [messageState.UNDELIVERABLE, 'UNDELIVERED', 27, 'failed', 24],
    [messageState.UNDELIVERABLE, 'FAILED', 1, 'failed', 23],
    [messageState.ACCEPTED, 'ACCEPTD', 0, 'enroute', 0],
    [messageState.UNKNOWN, 'UNKNOWN', 0, 'enroute', 0],
    [messageState.REJECTED, 'REJECTD', 0, 'rejected', 25],
    [messageState.REJECTED, 'REJECTED', 13, 'rejected', 23],
    [9, 'SKIPPED', 27, 'failed', 5],
    [messageState.UNKNOWN, 'WHATEVER', 0, 'enroute', 0],
  ];
  const change = { receiptErrors: [{ match: 801, code: 22 }] };
  for (const [message_state, stat, err, state, error] of rows) {
    const byText = factOf({ text: `id:1 stat:${stat} err:${err}` }, change);
    const byLower = factOf({ text: `id:1 stat:${stat.toLowerCase()} err:${err}` }, change);
    const byTlv = factOf(
      {
        tlvs: {
          receipted_message_id: '1',
          message_state,
          network_error_code: { network_type: 3, error_code: err },
        },
      },
      change,
    );
    for (const fact of [byText, byLower, byTlv]) {
      assert.deepEqual([fact?.state, fact?.error], [state, error], `${stat} ${err}`);
    }
  }
});

test('UNKNOWN may be final', () => {
  const fact = factOf({ text: 'id:1 stat:UNKNOWN' }, { unknownState: 'failed' });
  assert.deepEqual([fact?.state, fact?.error], ['failed', 5]);
});

test('an intermediate notification says that it is on its way', () => {
  assert.equal(factOf({ esm_class: 0x20, text: 'id:1 stat:ENROUTE' })?.state, 'enroute');
  assert.equal(factOf({ esm_class: 0x20, tlvs: { receipted_message_id: '1' } })?.state, 'enroute');
});

test('where TLV and text contradict, a final state wins, else the TLV', () => {
  const { ENROUTE, DELIVERED, UNDELIVERABLE } = messageState;
  const cases: readonly (readonly [number | undefined, string, string])[] = [
    [ENROUTE, 'DELIVRD', 'delivered'],
    [DELIVERED, 'ENROUTE', 'delivered'],
    [DELIVERED, 'UNDELIV', 'delivered'],
    [UNDELIVERABLE, 'DELIVRD', 'failed'],
    [undefined, 'DELIVRD', 'delivered'],
    [DELIVERED, '', 'delivered'],
    [undefined, '', 'enroute'],
  ];
  for (const [ofTlv, stat, expected] of cases) {
    assert.equal(readMeaning(ofTlv, readStat(stat), 0, 'wait').state, expected, `${ofTlv} ${stat}`);
  }
});

test('no delivery makes the reader throw, and its answer is bounded', () => {
  const reader = createReader({ idForm: 'auto', receiptTimeZone: 'Europe/Amsterdam' });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 254 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 255 }),
      fc.string({ unit: 'binary-ascii', maxLength: 20 }),
      fc.option(fc.string({ maxLength: 64 }), { nil: undefined }),
      (octets, esm_class, data_coding, source_addr, receipted_message_id) => {
        const tlvs = receipted_message_id === undefined ? {} : { receipted_message_id };
        const delivery = deliver({
          text: Buffer.from(octets),
          esm_class,
          data_coding,
          source_addr,
          tlvs,
        });
        reader.classify(delivery);
        const receipt = reader.read(delivery, arrivedAt);
        return (
          receipt === null ||
          (receipt.fact.providerIds.length <= 40 && Number.isFinite(receipt.fact.at))
        );
      },
    ),
    { numRuns: 500 },
  );
});
