import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { status } from '../core/status.ts';
import { knownIdOf, referenceTlv } from './known-id.ts';
import { renderReceipt } from './receipt.ts';

const messageId = '019f1d1efd307001c0000001deadbeef';
const sharedId = '019f1d1efd307001c0000001deadbee0';

describe('what a customer knows a message by', () => {
  for (const [reference, id] of [
    [null, messageId],
    ['4711', messageId],
    [sharedId, sharedId],
    [sharedId.slice(1), messageId],
  ] as const) {
    test(`reference ${reference}: ${id === messageId ? 'its own id' : 'the shared one'}`, () => {
      assert.equal(knownIdOf({ messageId, reference }), id);
    });
  }

  for (const [reference, tlvs] of [
    [null, {}],
    ['0', { user_message_reference: 0 }],
    ['65535', { user_message_reference: 65_535 }],
    ['65536', {}],
    [sharedId, {}],
  ] as const) {
    test(`reference ${reference} comes back as ${JSON.stringify(tlvs)}`, () => {
      assert.deepEqual(referenceTlv(reference), tlvs);
    });
  }

  test('a receipt of one of several destinations names the id of all', () => {
    const receipt = renderReceipt(
      {
        messageId,
        account: 'bakery',
        status: status.delivered,
        error: 0,
        createdAt: 1_790_000_000_000,
        channel: 'SMS',
        from: 'Bakery',
        to: '31612345678',
        reference: sharedId,
        groupings: [null, null, null],
        operator: null,
      },
      { receipts: 'deliver_sm', deliveredWord: 'DELIVRD' },
    );
    assert.ok(receipt?.command === 'deliver_sm');
    assert.equal(receipt.tlvs?.receipted_message_id, sharedId);
    assert.ok(receipt.body.short_message.toString('latin1').startsWith(`id:${sharedId} `));
  });
});
