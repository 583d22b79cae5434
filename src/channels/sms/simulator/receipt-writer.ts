import type { DataSm, DeliverSm, Unnumbered } from '../../../smpp/pdus.ts';
import { plainMessage } from '../../../smpp/pdus.ts';
import { messageState, type Tlvs } from '../../../smpp/tlvs.ts';
import type { MessageState } from './causes.ts';
import { convertId } from './message-ids.ts';
import type { PduAddress, StoredMessage } from './stored-message.ts';
import type { Switches } from './switches.ts';

/** What an SMSC sends to a receiver. */
export type DeliverPdu = Unnumbered<DeliverSm> | Unnumbered<DataSm>;

/** esm_class of a final receipt and of an intermediate one (SMPP 3.4 §5.2.12). */
const receiptClass = 0x04;
const intermediateClass = 0x20;

/** network_error_code: a GSM network (SMPP 3.4 §5.3.2.31). */
const gsmNetwork = 3;

/** Characters of the message that a receipt repeats (SMPP 3.4 Appendix B). */
const textCharsMax = 20;

const minuteMs = 60_000;

/** The spellings of a state; by message_state. */
const stateNames: Readonly<Record<MessageState, { standard: string; long: string }>> = {
  1: { standard: 'ENROUTE', long: 'ENROUTE' },
  2: { standard: 'DELIVRD', long: 'DELIVERED' },
  3: { standard: 'EXPIRED', long: 'EXPIRED' },
  4: { standard: 'DELETED', long: 'DELETED' },
  5: { standard: 'UNDELIV', long: 'UNDELIVERED' },
  6: { standard: 'ACCEPTD', long: 'ACCEPTED' },
  7: { standard: 'UNKNOWN', long: 'UNKNOWN' },
  8: { standard: 'REJECTD', long: 'REJECTED' },
};

/** What a receipt reports: the state the message is in, or was in. */
export interface ReceiptEvent {
  readonly state: MessageState;
  readonly cause: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The handset's network, MCC and MNC digits. */
  readonly mccmnc: string;
}

/** Writes the receipt of one event with all the account's quirks (SMPP 3.4 Appendix B; sms-operators §5). */
export function writeReceipt(
  message: StoredMessage,
  event: ReceiptEvent,
  switches: Switches,
): DeliverPdu {
  const id = convertId(message.id, switches.receiptIdForm);
  const text = switches.receiptForm === 'tlv' ? '' : writeText(message, event, switches, id);
  const isFinal = event.state !== messageState.ENROUTE;
  const esm_class = switches.receiptFlag ? (isFinal ? receiptClass : intermediateClass) : 0;
  const swaps = switches.receiptSwapsAddresses;
  const source = swaps ? message.source : message.destination;
  const destination = swaps ? message.destination : message.source;
  return writeDeliverPdu(switches.receiptPdu, {
    source,
    destination,
    esm_class,
    data_coding: 0,
    octets: Buffer.from(text, 'latin1'),
    tlvs: writeTlvs(message, event, switches, id),
  });
}

/** What deliver_sm and data_sm have in common. */
export interface DeliverContent {
  readonly source: PduAddress;
  readonly destination: PduAddress;
  readonly esm_class: number;
  readonly data_coding: number;
  readonly octets: Buffer;
  readonly tlvs: Tlvs;
}

export function writeDeliverPdu(
  command: 'deliver_sm' | 'data_sm',
  { source, destination, esm_class, data_coding, octets, tlvs }: DeliverContent,
): DeliverPdu {
  const addresses = {
    source_addr_ton: source.ton,
    source_addr_npi: source.npi,
    source_addr: source.text,
    dest_addr_ton: destination.ton,
    dest_addr_npi: destination.npi,
    destination_addr: destination.text,
  };
  if (command === 'data_sm') {
    return {
      command,
      service_type: '',
      ...addresses,
      esm_class,
      registered_delivery: 0,
      data_coding,
      tlvs: { message_payload: octets, ...tlvs },
    };
  }
  return {
    ...plainMessage,
    command,
    ...addresses,
    esm_class,
    data_coding,
    short_message: octets,
    tlvs,
  };
}

function writeText(
  message: StoredMessage,
  event: ReceiptEvent,
  switches: Switches,
  id: string,
): string {
  const { state, cause } = event;
  const delivered = state === messageState.DELIVERED ? '001' : '000';
  const fields = [
    ['id', id],
    ['sub', '001'],
    ['dlvrd', delivered],
    ['submit date', writeDate(message.submittedAt, switches)],
    ['done date', writeDate(event.at, switches)],
    ['stat', spellState(state, switches)],
    ['err', writeCause(cause, switches.receiptErr)],
    ['text', message.content.text.slice(0, textCharsMax).replaceAll(/[^ -~]/g, '?')],
  ] as const;
  return fields
    .filter(([name]) => !switches.receiptOmits.includes(name))
    .map(([name, value]) => `${name}:${value}`)
    .join(' ');
}

function writeTlvs(
  message: StoredMessage,
  event: ReceiptEvent,
  switches: Switches,
  id: string,
): Tlvs {
  const tlvs: Tlvs = {};
  if (switches.receiptForm !== 'text') {
    tlvs.receipted_message_id = id;
    tlvs.message_state = event.state;
    if (event.cause !== 0) {
      tlvs.network_error_code = { network_type: gsmNetwork, error_code: event.cause };
    }
  }
  if (switches.receiptEchoesReference && message.reference !== null) {
    tlvs.user_message_reference = message.reference;
  }
  return addOperator(tlvs, switches.operatorTag, event.mccmnc);
}

/** Adds the vendor's parameter that names the network; tag 0 adds none. */
export function addOperator(tlvs: Tlvs, tag: number, mccmnc: string): Tlvs {
  if (tag === 0) return tlvs;
  return { ...tlvs, other: [{ tag, value: Buffer.from(`${mccmnc}\0`, 'latin1') }] };
}

function spellState(state: MessageState, switches: Switches): string {
  const { standard, long } = stateNames[switches.receiptContradicts ? messageState.ENROUTE : state];
  switch (switches.receiptStates) {
    case 'standard':
      return standard;
    case 'long':
      return long;
    case 'seed':
      return standard === 'DELIVRD' ? 'DELIVERD' : standard;
    case 'folded':
      return standard.toLowerCase();
  }
}

function writeCause(cause: number, form: Switches['receiptErr']): string {
  switch (form) {
    case '3':
      return String(cause).padStart(3, '0');
    case '1':
      return String(cause);
    case '4':
      return String(cause).padStart(4, '0');
    case 'hex':
      return cause.toString(16).padStart(3, '0');
    case 'zero':
      return '000';
  }
}

/** In the operator's own zone, but for the epoch, which has none. */
function writeDate(at: number, switches: Switches): string {
  const iso = new Date(at + switches.receiptZoneMinutes * minuteMs).toISOString();
  const day = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  const digits = day + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
  switch (switches.receiptDates) {
    case 'YYMMDDhhmm':
      return digits.slice(2, 12);
    case 'YYMMDDhhmmss':
      return digits.slice(2, 14);
    case 'YYYYMMDDhhmmss':
      return digits;
    case 'epoch':
      return String(Math.floor(at / 1000));
    case 'impossible':
      return `${digits.slice(2, 4)}20${digits.slice(6, 12)}`;
  }
}
