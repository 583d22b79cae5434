import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StatusReport } from '../core/report.ts';
import { deliveryErrors, isDeliveryError, status } from '../core/status.ts';
import { encodePdu } from '../smpp/codec.ts';
import { addressCharactersMax } from './delivery-addresses.ts';
import { type ReceiptForm, renderReceipt } from './receipt.ts';
import type { Delivery } from './receiver-bind.ts';

/** Its first twelve digits are 2026-07-01T09:59:58.000Z. */
const messageId = '019f1d1efd307001c0000001deadbeef';

const sample: StatusReport = {
  messageId,
  account: 'bakery',
  status: status.delivered,
  error: 0,
  createdAt: Date.parse('2026-07-01T10:00:05.999Z'),
  channel: 'SMS',
  from: 'Bakery',
  to: '0031612345678',
  reference: 'order4711',
  groupings: ['orders', null, null],
  operator: '20408',
};

const form: ReceiptForm = { receipts: 'deliver_sm', deliveredWord: 'DELIVRD' };

/** The octets as they go out, as the first request of a session. */
function encode(delivery: Delivery | null): string {
  assert.ok(delivery !== null);
  const header = { command_status: 0, sequence_number: 1 };
  const { tlvs = {} } = delivery;
  return delivery.command === 'deliver_sm'
    ? encodePdu({ command: 'deliver_sm', ...header, ...delivery.body, tlvs }).toString('hex')
    : encodePdu({ command: 'data_sm', ...header, ...delivery.body, tlvs }).toString('hex');
}

function textOf(fields: Partial<StatusReport>, deliveredWord: ReceiptForm['deliveredWord']) {
  const delivery = renderReceipt(
    { ...sample, ...fields },
    { receipts: 'deliver_sm', deliveredWord },
  );
  assert.ok(delivery?.command === 'deliver_sm');
  return delivery.body.short_message.toString('latin1');
}

const ascii = (text: string) => Buffer.from(text, 'latin1').toString('hex');
const cstring = (text: string) => `${ascii(text)}00`;

interface Golden {
  readonly title: string;
  readonly fields?: Partial<StatusReport>;
  readonly form?: Partial<ReceiptForm>;
  readonly hex: readonly string[];
}

const idTlv = `001e0021${cstring(messageId)}`;
const textLength = { DELIVRD: '6c', DELIVERD: '6d' };

const goldens: readonly Golden[] = [
  {
    title: 'delivered, as deliver_sm',
    hex: [
      '000000d4 00000005 00000000 00000001',
      '00', // service_type
      `01 01 ${cstring('0031612345678')}`, // the handset as it was written
      `05 00 ${cstring('Bakery')}`, // the sender
      '04 00 00 00 00 00 00 00 00', // esm_class: a receipt; then seven fields without a meaning
      textLength.DELIVRD,
      ascii(
        `id:${messageId} submit date:20260701115958 done date:20260701120005 stat:DELIVRD err:000`,
      ),
      idTlv,
      '0427 0001 02',
      `1401 0006 ${cstring('20408')}`,
    ],
  },
  {
    title: 'delivered, as data_sm, spelt as the specification spells it, operator unknown',
    fields: { operator: null, from: '+31201234567' },
    form: { receipts: 'data_sm', deliveredWord: 'DELIVERD' },
    hex: [
      '000000ce 00000103 00000000 00000001',
      '00',
      `01 01 ${cstring('0031612345678')}`,
      `01 01 ${cstring('+31201234567')}`,
      '04 00 00', // esm_class, registered_delivery, data_coding
      idTlv,
      '0427 0001 02',
      `0424 00${textLength.DELIVERD}`,
      ascii(
        `id:${messageId} submit date:20260701115958 done date:20260701120005 stat:DELIVERD err:000`,
      ),
    ],
  },
  {
    title: 'failed in winter, sent from a short code',
    fields: {
      messageId: '019b76daa8007001c0000001deadbeef',
      createdAt: Date.parse('2026-01-01T00:30:00Z'),
      status: status.failed,
      error: 24,
      from: '1008',
      to: '31612345678',
      operator: null,
    },
    hex: [
      '000000c6 00000005 00000000 00000001',
      '00',
      `01 01 ${cstring('31612345678')}`,
      `03 00 ${cstring('1008')}`,
      '04 00 00 00 00 00 00 00 00',
      textLength.DELIVRD,
      ascii(
        'id:019b76daa8007001c0000001deadbeef submit date:20260101010000 done date:20260101013000 stat:UNDELIV err:024',
      ),
      `001e0021${cstring('019b76daa8007001c0000001deadbeef')}`,
      '0427 0001 05',
    ],
  },
];

describe('the octets of a receipt', () => {
  for (const { title, fields, form: changes, hex } of goldens) {
    test(title, () => {
      const delivery = renderReceipt({ ...sample, ...fields }, { ...form, ...changes });
      assert.equal(encode(delivery), hex.join('').replaceAll(' ', ''));
    });
  }
});

/** Contract §11.3: status and error, what the text says, what message_state says. */
const states: readonly [StatusReport['status'], StatusReport['error'], string, number][] = [
  [status.accepted, 0, 'stat:ACCEPTD err:000', 6],
  [status.rejected, 23, 'stat:REJECTD err:023', 8],
  [status.rejected, 8, 'stat:REJECTD err:008', 8],
  [status.delivered, 0, 'stat:DELIVRD err:000', 2],
  [status.failed, 5, 'stat:UNDELIV err:005', 5],
  [status.failed, 8, 'stat:EXPIRED err:008', 3],
  [status.failed, 21, 'stat:EXPIRED err:021', 3],
  [status.failed, 22, 'stat:UNDELIV err:022', 5],
];

describe('the state of a receipt', () => {
  for (const [value, error, text, state] of states) {
    test(`status ${value} with error ${error} is ${text}`, () => {
      const delivery = renderReceipt({ ...sample, status: value, error }, form);
      assert.ok(textOf({ status: value, error }, 'DELIVRD').endsWith(` ${text}`));
      assert.equal(delivery?.tlvs?.message_state, state);
      assert.equal(delivery?.tlvs?.receipted_message_id, messageId);
    });
  }

  test('"read" has no receipt', () => {
    assert.equal(renderReceipt({ ...sample, status: status.read }, form), null);
  });

  test('the account chooses the word for "delivered" and no other', () => {
    assert.match(textOf({}, 'DELIVERD'), / stat:DELIVERD err:000$/);
    assert.match(textOf({ status: status.failed, error: 5 }, 'DELIVERD'), / stat:UNDELIV err:005$/);
  });
});

describe('the dates of a receipt', () => {
  for (const [at, done] of [
    ['2026-03-29T00:59:59Z', '20260329015959'],
    ['2026-03-29T01:00:00Z', '20260329030000'],
    ['2026-10-25T00:59:59Z', '20261025025959'],
    ['2026-10-25T01:00:00Z', '20261025020000'],
  ] as const) {
    test(`${at} is ${done} in Amsterdam`, () => {
      assert.match(
        textOf({ createdAt: Date.parse(at) }, 'DELIVRD'),
        new RegExp(`done date:${done} `),
      );
    });
  }
});

/** As written, type of number, numbering plan, as it goes out. */
const addresses: readonly [string, number, number, string?][] = [
  ['31612345678', 1, 1],
  ['+31612345678', 1, 1],
  ['0031612345678', 1, 1],
  ['0612345678', 0, 1],
  ['1008', 3, 0],
  ['12345678', 3, 0],
  ['123456789', 1, 1],
  ['+1008', 1, 1],
  ['Bakery', 5, 0],
  ['Café', 5, 0],
  ['Ψωμί', 5, 0, '????'],
  ['🍞', 5, 0, '?'],
  ['a\0b', 5, 0, 'a?b'],
  ['', 5, 0],
  ['x'.repeat(addressCharactersMax), 5, 0],
  ['x'.repeat(addressCharactersMax + 1), 5, 0, 'x'.repeat(addressCharactersMax)],
];

describe('the destination of a receipt is the sender of the message', () => {
  for (const [from, ton, npi, text = from] of addresses) {
    test(JSON.stringify(from), () => {
      const body = renderReceipt({ ...sample, from }, form)?.body;
      assert.deepEqual(
        [body?.dest_addr_ton, body?.dest_addr_npi, body?.destination_addr],
        [ton, npi, text],
      );
    });
  }
});

test('whatever a report holds, its receipt can be encoded and stays within 255 characters', () => {
  const errors = Object.keys(deliveryErrors).map(Number).filter(isDeliveryError);
  fc.assert(
    fc.property(
      fc.record({
        status: fc.constantFrom(status.accepted, status.rejected, status.delivered, status.failed),
        error: fc.constantFrom(0 as const, ...errors),
        createdAt: fc.integer({ min: 0, max: 4e12 }),
        from: fc.string({ unit: 'binary', maxLength: 70 }),
        to: fc.string({ unit: 'binary', maxLength: 70 }),
        operator: fc.option(fc.string({ maxLength: 9 })),
      }),
      fc.constantFrom('deliver_sm', 'data_sm'),
      (fields, receipts) => {
        const delivery = renderReceipt({ ...sample, ...fields }, { ...form, receipts });
        assert.ok(encode(delivery).length > 0);
        assert.ok(textOf(fields, 'DELIVERD').length <= 255);
      },
    ),
  );
});
