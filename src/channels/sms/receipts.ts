import type { ReceiptFact } from '../../core/receipt.ts';
import type { DataSm, DeliverSm } from '../../smpp/pdus.ts';
import { readDataCoding } from '../../text/data-coding.ts';
import { decodeUcs2 } from '../../text/ucs2.ts';
import { parseUdh } from '../../text/udh.ts';
import { readHandset } from './addresses.ts';
import { createReasonReader } from './error-tables.ts';
import { cleanId, type ProviderIdKeys, type ProviderIds } from './provider-ids.ts';
import { readMeaning, readStat } from './receipt-states.ts';
import { parseReceiptText, type ReceiptText, receiptTextCharsMax } from './receipt-text.ts';
import { createReceiptTimes } from './receipt-time.ts';
import type { SmsSettings } from './settings.ts';

/** Bits 5 to 2 of esm_class (SMPP 3.4 §5.2.12). */
const messageTypeBits = 0x3c;
const receiptType = 0x04;
const intermediateType = 0x20;
const udhIndicator = 0x40;

/** A request of the operator that brings a receipt or an incoming message. */
export type Delivery = DeliverSm | DataSm;

/** What a delivery is: a receipt, an incoming text, or something that is only acknowledged. */
export type DeliveryKind = 'receipt' | 'text' | 'other';

/** A receipt and the keys it is looked up by, to learn from the answer. */
export interface ReadReceipt {
  readonly fact: ReceiptFact;
  readonly keys: ProviderIdKeys;
}

/** Reads the receipts of one connection (sms-operators §5). */
export interface ReceiptReader {
  /** Whether a delivery is a receipt; its text is parsed only if nothing else tells. */
  classify(delivery: Delivery): DeliveryKind;
  /** The receipt, or null when it does not say which message it is about. */
  read(delivery: Delivery, arrivedAt: number): ReadReceipt | null;
}

export function createReceiptReader(
  connection: string,
  settings: SmsSettings,
  ids: ProviderIds,
): ReceiptReader {
  const { receiptsWithoutFlag, unknownState, operatorTag } = settings;
  const readTime = createReceiptTimes(settings.receiptTimeZone);
  const readReason = createReasonReader(settings.receiptErrors);

  function classify(delivery: Delivery): DeliveryKind {
    if (isFlagged(delivery)) return 'receipt';
    if ((delivery.esm_class & messageTypeBits) !== 0) return 'other';
    if (!receiptsWithoutFlag) return 'text';
    const { id, stat } = readText(delivery);
    return id !== '' && stat !== '' ? 'receipt' : 'text';
  }

  function read(delivery: Delivery, arrivedAt: number): ReadReceipt | null {
    const { tlvs } = delivery;
    const text = readText(delivery);
    const found: string[] = [];
    addId(found, tlvs?.receipted_message_id);
    addId(found, text.id);
    if (found.length === 0) return null;
    const keys = ids.keysOf(found);
    const reason = readReason(tlvs?.network_error_code, text.err);
    const meaning = readMeaning(tlvs?.message_state, readStat(text.stat), reason, unknownState);
    const fact: ReceiptFact = {
      connection,
      providerIds: keys.keys,
      // Anybody can write a text like that: without the operator's flag it counts for its sender's handset only.
      exact: isFlagged(delivery) ? keys.exact : 0,
      destination: readHandset(delivery.source_addr),
      state: meaning.state,
      error: meaning.error,
      at: readTime(text.doneDate, arrivedAt) ?? arrivedAt,
      operator: readOperator(delivery, operatorTag),
    };
    return { fact, keys };
  }

  return { classify, read };
}

function isFlagged(delivery: Delivery): boolean {
  const type = delivery.esm_class & messageTypeBits;
  return (
    type === receiptType ||
    type === intermediateType ||
    delivery.tlvs?.receipted_message_id !== undefined
  );
}

/** Parses the text as Latin-1 whatever data_coding says, unless that is UCS-2. */
function readText(delivery: Delivery): ReceiptText {
  const octets = readOctets(delivery);
  const isUcs2 = readDataCoding(delivery.data_coding).alphabet === 'ucs2';
  if (!isUcs2) return parseReceiptText(octets.toString('latin1', 0, receiptTextCharsMax));
  return parseReceiptText(decodeUcs2(octets.subarray(0, 2 * receiptTextCharsMax)));
}

function readOctets(delivery: Delivery): Buffer {
  const octets = readMessageOctets(delivery);
  if ((delivery.esm_class & udhIndicator) === 0) return octets;
  const udh = parseUdh(octets);
  return 'fault' in udh ? octets : octets.subarray(udh.octets);
}

/** short_message, or message_payload where that is empty or there is none. */
export function readMessageOctets(delivery: Delivery): Buffer {
  if (delivery.command === 'deliver_sm' && delivery.short_message.length > 0) {
    return delivery.short_message;
  }
  return delivery.tlvs?.message_payload ?? noOctets;
}

const noOctets: Buffer = Buffer.alloc(0);

/** MCC and MNC digits from the TLV that the operator puts them into. */
export function readOperator(delivery: Delivery, tag: number | null): string | null {
  if (tag === null || delivery.tlvs === undefined) return null;
  const raw = delivery.tlvs.other?.find((one) => one.tag === tag)?.value.toString('latin1');
  const text = tag === mccMncTag ? (delivery.tlvs.mcc_mnc ?? raw) : raw;
  const digits = text?.replace(/\0+$/, '') ?? '';
  return /^\d{5,6}$/.test(digits) ? digits : null;
}

/** The tag that has a name of its own in our TLVs (contract §11.2). */
const mccMncTag = 0x1401;

function addId(found: string[], text: string | undefined): void {
  if (text === undefined) return;
  const id = cleanId(text);
  if (id !== '' && !found.includes(id)) found.push(id);
}
