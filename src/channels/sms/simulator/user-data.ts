import type { ArrivingPart, ConcatPosition, ReceivedEncoding } from '../../../rehearsal/inbox.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { Tlvs } from '../../../smpp/tlvs.ts';
import { type DefaultAlphabet } from '../../../text/alphabets.ts';
import { type DataCoding, decodeText, readDataCoding } from '../../../text/data-coding.ts';
import { countParts, partsMaxLimit, userDataOctetsMax } from '../../../text/segmentation.ts';
import { findConcatenation, parseUdh } from '../../../text/udh.ts';

/** The septets of one SMS (GSM 03.40 §9.2.3.16). */
const septetsMax = 160;

/** esm_class: there is a user data header (SMPP 3.4 §5.2.12). */
export const udhIndicator = 0x40;

/** What of a submit says how its text is to be read. */
export interface SubmittedText {
  readonly esm_class: number;
  readonly data_coding: number;
  readonly short_message: Buffer;
  readonly tlvs?: Tlvs;
}

export type UserDataReading =
  | { readonly content: Omit<ArrivingPart, 'channel' | 'from'> }
  | { readonly command_status: number };

/**
 * Reads the text of a submit as the handset will: alphabet, header, place in a longer message. What
 * does not fit into one SMS is refused, as operators do, unless it comes in message_payload, which
 * the SMSC cuts itself.
 */
export function readUserData(submitted: SubmittedText, alphabet: DefaultAlphabet): UserDataReading {
  const { short_message, data_coding, tlvs } = submitted;
  const payload = tlvs?.message_payload;
  // SMPP 3.4 §4.4.1: one of the two, never both.
  if (payload !== undefined && short_message.length > 0) {
    return { command_status: commandStatus.ESME_RINVMSGLEN };
  }
  const octets = payload ?? short_message;
  const header = readHeader(octets, submitted);
  if (header === null) return { command_status: commandStatus.ESME_RINVESMCLASS };
  const coding = readDataCoding(data_coding);
  const isSingle = payload === undefined;
  if (isSingle && !fitsOneSms(octets.length, header.octets, coding, alphabet)) {
    return { command_status: commandStatus.ESME_RINVMSGLEN };
  }
  const body = octets.subarray(header.octets);
  const decoded = decodeText(body, data_coding, alphabet, header.octets);
  const text = decoded ?? body.toString('hex');
  const encoding = nameEncoding(coding);
  return {
    content: {
      text,
      encoding,
      parts: isSingle ? 1 : countSmsParts(text, encoding),
      flash: coding.messageClass === 0,
      concat: header.concat,
    },
  };
}

interface Header {
  readonly octets: number;
  readonly concat: ConcatPosition | null;
}

/** The user data header, or the SAR parameters that stand for one; null when it is malformed. */
function readHeader(octets: Buffer, { esm_class, tlvs }: SubmittedText): Header | null {
  if ((esm_class & udhIndicator) === 0) return { octets: 0, concat: readSar(tlvs) };
  const udh = parseUdh(octets);
  if ('fault' in udh) return null;
  const found = findConcatenation(udh.elements);
  if (found === undefined) return { octets: udh.octets, concat: null };
  const { reference, referenceWidth, total, sequence } = found;
  return { octets: udh.octets, concat: { key: `${referenceWidth}:${reference}`, total, sequence } };
}

/** SMPP 3.4 §5.3.2.22 to 24; ignored unless all three are there and make sense. */
function readSar(tlvs: Tlvs | undefined): ConcatPosition | null {
  const reference = tlvs?.sar_msg_ref_num;
  const total = tlvs?.sar_total_segments;
  const sequence = tlvs?.sar_segment_seqnum;
  if (reference === undefined || total === undefined || sequence === undefined) return null;
  if (sequence === 0 || sequence > total) return null;
  return { key: `sar:${reference}`, total, sequence };
}

function fitsOneSms(
  octets: number,
  headerOctets: number,
  coding: DataCoding,
  alphabet: DefaultAlphabet,
): boolean {
  const isPacked = coding.alphabet === 'default' && alphabet === 'packed';
  const isText = ['default', 'ascii', 'latin1'].includes(coding.alphabet);
  if (isPacked || !isText) return octets <= userDataOctetsMax;
  const headerSeptets = Math.ceil((headerOctets * 8) / 7);
  return headerSeptets + octets - headerOctets <= septetsMax;
}

function nameEncoding({ alphabet }: DataCoding): ReceivedEncoding {
  switch (alphabet) {
    case 'default':
      return 'gsm7';
    case 'ascii':
    case 'latin1':
    case 'ucs2':
      return alphabet;
    case 'binary':
    case 'other':
      return 'binary';
  }
}

/** How many SMS the SMSC makes of a text that came whole. */
function countSmsParts(text: string, encoding: ReceivedEncoding): number {
  const unit = encoding === 'ucs2' || encoding === 'binary' ? encoding : 'gsm7';
  return countParts(text, unit, partsMaxLimit);
}
