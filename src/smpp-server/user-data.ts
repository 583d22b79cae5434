import type { IntakeBody } from '../intake/request.ts';
import { commandStatus } from '../smpp/command-status.ts';
import type { Tlvs } from '../smpp/tlvs.ts';
import { type DataCoding, decodeText, readDataCoding } from '../text/data-coding.ts';
import {
  chooseEncoding,
  countParts,
  type Encoding,
  encodeWhole,
  partsMaxLimit,
  senderHeaderOctetsMax,
} from '../text/segmentation.ts';
import {
  buildConcatUdh,
  buildUdh,
  type Concatenation,
  findConcatenation,
  parseUdh,
  type UdhElement,
} from '../text/udh.ts';

/** esm_class: there is a user data header (SMPP 3.4 §5.2.12). */
const udhIndicator = 0x40;

/** Concatenation elements (GSM 03.40 §9.2.3.24), which we write anew. */
const concatIds = [0x00, 0x08];

/** So many octets always fit into 255 parts, however they have to be cut. */
const obviousOctetsMax = 8_000;

/** What of a submit says what its text is. */
export interface SubmittedText {
  readonly esm_class: number;
  readonly data_coding: number;
  readonly short_message: Buffer;
  readonly tlvs?: Tlvs;
}

/** The text of one PDU, taken apart. The octets are views of what came from the socket. */
export interface UserData {
  readonly alphabet: Exclude<DataCoding['alphabet'], 'other'>;
  readonly data_coding: number;
  /** The elements of the user data header, but for the concatenation. */
  readonly elements: readonly UdhElement[];
  readonly octets: Buffer;
  readonly concat: Place | null;
}

/** Where a PDU stands in a longer message. */
export interface Place extends Concatenation {
  /** SAR parameters and user data headers count their references apart (SMPP 3.4 §5.3.2.22). */
  readonly form: 'udh' | 'sar';
}

/** A text as intake takes it. */
export interface ComposedText {
  readonly body: IntakeBody;
  readonly dcs: number | null;
}

/** Takes the text of one PDU apart; a command_status when it cannot be read. */
export function readUserData(submitted: SubmittedText): UserData | number {
  const { short_message, data_coding, tlvs } = submitted;
  const payload = tlvs?.message_payload;
  // SMPP 3.4 §4.4.1: one of the two, never both.
  if (payload !== undefined && short_message.length > 0) return commandStatus.ESME_RINVMSGLEN;
  const all = payload ?? short_message;
  const { alphabet } = readDataCoding(data_coding);
  if (alphabet === 'other') return commandStatus.ESME_RSUBMITFAIL;
  const sar = readSar(tlvs);
  if (typeof sar === 'number') return sar;
  if ((submitted.esm_class & udhIndicator) === 0) {
    return { alphabet, data_coding, elements: [], octets: all, concat: sar };
  }
  const udh = parseUdh(all);
  if ('fault' in udh) return commandStatus.ESME_RINVESMCLASS;
  const found = findConcatenation(udh.elements);
  const concat = found === undefined ? sar : asPlace('udh', found);
  const elements = udh.elements.filter(({ id }) => !concatIds.includes(id));
  return { alphabet, data_coding, elements, octets: all.subarray(udh.octets), concat };
}

/** SMPP 3.4 §5.3.2.22 to 24: all three or none. */
function readSar(tlvs: Tlvs | undefined): Place | null | number {
  const reference = tlvs?.sar_msg_ref_num;
  const total = tlvs?.sar_total_segments;
  const sequence = tlvs?.sar_segment_seqnum;
  if (reference === undefined && total === undefined && sequence === undefined) return null;
  if (reference === undefined || total === undefined || sequence === undefined) {
    return commandStatus.ESME_RMISSINGOPTPARAM;
  }
  if (sequence === 0 || sequence > total) return commandStatus.ESME_RINVOPTPARAMVAL;
  return asPlace('sar', { reference, referenceWidth: 16, total, sequence });
}

function asPlace(form: Place['form'], found: Concatenation): Place | null {
  return found.total === 1 ? null : { form, ...found };
}

/** Puts all parts of a message together, in their order; a command_status when they make none. */
export function composeWhole(parts: readonly UserData[]): ComposedText | number {
  const [first] = parts;
  if (first === undefined) return commandStatus.ESME_RINVMSGLEN;
  const octets =
    parts.length === 1 ? first.octets : Buffer.concat(parts.map((part) => part.octets));
  return compose(first, octets, null);
}

/**
 * A part that goes on its way alone: with its place in the header, so that the handset puts the parts
 * together. Where that header leaves no room for the text, the text goes without.
 */
export function composePart(part: UserData): ComposedText | number {
  if (part.concat === null) return composeWhole([part]);
  return compose(part, part.octets, part.concat);
}

function compose(
  { alphabet, data_coding, elements }: UserData,
  octets: Buffer,
  place: Place | null,
): ComposedText | number {
  if (octets.length === 0) return commandStatus.ESME_RINVMSGLEN;
  const text = decodeText(octets, data_coding, 'gsm') ?? octets.toString('hex');
  const encoding = chooseFor(alphabet, text);
  const own = elements.length === 0 ? null : buildUdh(elements);
  const tied = place === null ? null : tie(place, own);
  const header = tied !== null && fitsOnePart(text, encoding, tied) ? tied : own;
  const headerOctets = header?.length ?? 0;
  if (headerOctets > senderHeaderOctetsMax) return commandStatus.ESME_RINVESMCLASS;
  if (octets.length > obviousOctetsMax || headerOctets > 0) {
    const request = { text, encoding, headerOctets, partsMax: partsMaxLimit };
    if (encodeWhole(request).truncated) return commandStatus.ESME_RINVMSGLEN;
  }
  return {
    body: {
      content: text,
      type: encoding === 'binary' ? 'BINARY' : 'TEXT',
      header: header?.toString('hex') ?? null,
    },
    dcs: encoding === 'ucs2' ? 8 : 0,
  };
}

/** ASCII and Latin-1 are converted: to GSM where it has all the characters (contract §11.2). */
function chooseFor(alphabet: UserData['alphabet'], text: string): Encoding {
  switch (alphabet) {
    case 'default':
      return 'gsm7';
    case 'ucs2':
      return 'ucs2';
    case 'binary':
      return 'binary';
    case 'ascii':
    case 'latin1':
      return chooseEncoding(text);
  }
}

/** SAR parts are cut for the shorter header: a longer one would leave them no room (contract §3.5). */
function tie(place: Place, own: Buffer | null): Buffer {
  const referenceWidth = place.form === 'sar' ? 8 : place.referenceWidth;
  return buildConcatUdh({ ...place, referenceWidth }, own ?? undefined);
}

function fitsOnePart(text: string, encoding: Encoding, header: Buffer): boolean {
  if (header.length > senderHeaderOctetsMax) return false;
  return countParts(text, encoding, 2, { headerOctets: header.length }) === 1;
}
