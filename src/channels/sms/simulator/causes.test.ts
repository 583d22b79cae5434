import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeliveryError, deliveryErrors, isDeliveryError } from '../../../core/status.ts';
import { samplePart } from '../../../rehearsal/test-part.ts';
import { decodePdu, encodePduInto } from '../../../smpp/codec.ts';
import { messageState } from '../../../smpp/tlvs.ts';
import { createStatusTable } from '../error-tables.ts';
import { readRefusal } from '../outcomes.ts';
import { ProviderIds } from '../provider-ids.ts';
import { createReceiptReader } from '../receipts.ts';
import { checkSmsSettings, type SmsSettings } from '../settings.ts';
import {
  type MessageEnd,
  magicFailures,
  simulatorReceiptErrors,
  simulatorStatusErrors,
} from './causes.ts';
import { writeReceipt } from './receipt-writer.ts';
import type { StoredMessage } from './stored-message.ts';
import { defaultSwitches, type Switches } from './switches.ts';

const now = Date.UTC(2026, 10, 22, 15, 4, 5);

function readSettings(change: Record<string, unknown>): SmsSettings {
  const settings = checkSmsSettings({ hosts: ['smsc:2775'], systemId: 'x', ...change });
  if ('faults' in settings) throw new Error(settings.faults.join(' '));
  return settings;
}

/** How the adapter is set up for this operator, and how for one that it knows nothing of. */
const informed = readSettings({
  receiptErrors: simulatorReceiptErrors,
  statusErrors: simulatorStatusErrors,
});
const uninformed = readSettings({});

const switches: Switches = defaultSwitches;

function createMessage(): StoredMessage {
  return {
    id: '1234567890',
    account: { systemId: 'x', switches },
    linkId: 1,
    serviceType: '',
    source: { ton: 5, npi: 0, text: 'Chappe' },
    destination: { ton: 1, npi: 1, text: '31612345678' },
    number: '31612345678',
    registeredDelivery: 1,
    reference: null,
    submittedAt: now,
    content: samplePart(),
    expiresAt: now,
    state: messageState.ENROUTE,
    cause: 0,
    endedAt: null,
  };
}

/** What the adapter understands when a message ends like this. */
function readEnd(end: MessageEnd, settings: SmsSettings, form: Switches['receiptForm']) {
  const event = { ...end, at: now, mccmnc: '20408' };
  const pdu = writeReceipt(createMessage(), event, { ...switches, receiptForm: form });
  const bytes = Buffer.alloc(1024);
  const numbered = { ...pdu, command_status: 0, sequence_number: 1 };
  const decoded = decodePdu(bytes.subarray(0, encodePduInto(numbered, bytes, 0)));
  assert.equal(decoded.command, 'deliver_sm');
  const reader = createReceiptReader('operator', settings, new ProviderIds('auto'));
  assert.ok(decoded.command === 'deliver_sm');
  return reader.read(decoded, now)?.fact;
}

const errors = Object.keys(deliveryErrors).map(Number).filter(isDeliveryError).filter(isFailure);

function isFailure(error: DeliveryError): error is Exclude<DeliveryError, 0> {
  return error !== 0;
}

for (const error of errors) {
  const failure = magicFailures[error];
  if ('command_status' in failure) {
    test(`error ${error} is understood from the submit's answer`, () => {
      const meaning = createStatusTable(informed.statusErrors)(failure.command_status);
      assert.deepEqual(readRefusal(meaning, 0), { kind: 'refused', error });
    });
    continue;
  }
  for (const form of ['both', 'text', 'tlv'] as const) {
    test(`error ${error} is understood from a receipt: ${form}`, () => {
      const fact = readEnd(failure, informed, form);
      assert.equal(fact?.error, error);
      const state = { 3: 'expired', 5: 'failed', 8: 'rejected' }[Number(failure.state)];
      assert.equal(fact.state, state);
    });
  }
}

test("an operator's own causes mean nothing to a connection that was not told", () => {
  assert.equal(readEnd({ state: 8, cause: 731 }, uninformed, 'both')?.error, 25);
  assert.equal(readEnd({ state: 5, cause: 731 }, uninformed, 'both')?.error, 5);
});

test('every failure is different, so that none is taken for another', () => {
  const different = new Set(errors.map((error) => JSON.stringify(magicFailures[error])));
  assert.equal(different.size, errors.length);
});
