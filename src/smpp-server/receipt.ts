import type { SmppAccess } from '../core/account.ts';
import type { StatusReport } from '../core/report.ts';
import { status } from '../core/status.ts';
import { formatAmsterdamCompact } from '../lib/local-time.ts';
import { timeOf } from '../lib/message-id.ts';
import { messageState } from '../smpp/tlvs.ts';
import { type DeliveryAddress, writeHandset, writeSender } from './delivery-addresses.ts';
import { knownIdOf, referenceTlv } from './known-id.ts';
import { operatorTlv } from './operator-tlv.ts';
import type { Delivery } from './receiver-bind.ts';

/** esm_class: an SMSC delivery receipt (SMPP 3.4 §5.2.12). */
const receiptClass = 0x04;

/** Expired at a third party and at the operator (contract §8.4). */
const expiredErrors: readonly number[] = [8, 21];

/** How an account gets its receipts. */
export type ReceiptForm = Pick<SmppAccess, 'receipts' | 'deliveredWord'>;

/**
 * The delivery receipt of a status report (contract §11.3), as a deliver_sm with the text in short_message or a
 * data_sm with it in message_payload. Null for "read", which SMPP has no state for.
 */
export function renderReceipt(report: StatusReport, form: ReceiptForm): Delivery | null {
  const outcome = readOutcome(report, form);
  if (outcome === null) return null;
  const text = Buffer.from(writeReceiptText(report, outcome.word), 'latin1');
  const from = writeHandset(report.to);
  const to = writeSender(report.from);
  const tlvs = {
    receipted_message_id: knownIdOf(report),
    ...referenceTlv(report.reference),
    message_state: outcome.state,
    ...operatorTlv(report.operator),
  };
  if (form.receipts === 'data_sm') {
    const body = { ...addressFields(from, to), esm_class: receiptClass, ...unused };
    return { command: 'data_sm', body, tlvs: { ...tlvs, message_payload: text } };
  }
  return {
    command: 'deliver_sm',
    body: {
      ...addressFields(from, to),
      esm_class: receiptClass,
      ...unused,
      ...unusedOfDeliverSm,
      short_message: text,
    },
    tlvs,
  };
}

/** The text, whose fields and their order are fixed. At most 109 characters. */
function writeReceiptText(report: StatusReport, word: string): string {
  const { messageId, createdAt, error } = report;
  const submitted = formatAmsterdamCompact(timeOf(messageId));
  const done = formatAmsterdamCompact(createdAt);
  const number = String(error).padStart(3, '0');
  return `id:${knownIdOf(report)} submit date:${submitted} done date:${done} stat:${word} err:${number}`;
}

function readOutcome(
  report: StatusReport,
  form: ReceiptForm,
): { word: string; state: number } | null {
  switch (report.status) {
    case status.accepted:
      return { word: 'ACCEPTD', state: messageState.ACCEPTED };
    case status.rejected:
      return { word: 'REJECTD', state: messageState.REJECTED };
    case status.delivered:
      return { word: form.deliveredWord, state: messageState.DELIVERED };
    case status.failed:
      return expiredErrors.includes(report.error)
        ? { word: 'EXPIRED', state: messageState.EXPIRED }
        : { word: 'UNDELIV', state: messageState.UNDELIVERABLE };
    case status.read:
      return null;
  }
}

/** The first fields of deliver_sm and data_sm. */
export function addressFields(from: DeliveryAddress, to: DeliveryAddress) {
  return {
    service_type: '',
    source_addr_ton: from.ton,
    source_addr_npi: from.npi,
    source_addr: from.text,
    dest_addr_ton: to.ton,
    dest_addr_npi: to.npi,
    destination_addr: to.text,
  };
}

const unused = { registered_delivery: 0, data_coding: 0 } as const;

/** Fields that have no meaning in a deliver_sm (SMPP 3.4 §4.6.1). */
export const unusedOfDeliverSm = {
  protocol_id: 0,
  priority_flag: 0,
  schedule_delivery_time: '',
  validity_period: '',
  replace_if_present_flag: 0,
  sm_default_msg_id: 0,
} as const;
