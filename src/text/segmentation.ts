import { type DefaultAlphabet, encodeAlphabet } from './alphabets.ts';
import { findGraphemeCut } from './graphemes.ts';
import { decodeGsm, encodeGsm, findGsmEnd, isGsm } from './gsm0338.ts';
import { encodeUcs2 } from './ucs2.ts';
import { concatHeaderOctets, type ReferenceWidth } from './udh.ts';

/** How a text goes out over SMS; the same three words as in `core/message.ts`. */
export type Encoding = 'gsm7' | 'ucs2' | 'binary';

/** GSM 03.40 §9.2.3.24.1 counts parts in one octet. */
export const partsMaxLimit = 255;

/** The user data of one SMS, its header included (GSM 03.40 §9.2.3.16). */
export const userDataOctetsMax = 140;

/**
 * The longest user data header a sender may bring (contract §5.2), its length octet included: with
 * a concatenation element beside it there is still room for one surrogate pair.
 */
export const senderHeaderOctetsMax = 130;

/** What makes parts smaller. */
export interface SegmentOptions {
  /** Bits of the concatenation reference; 8 when absent, as contract §3.5 has it. */
  readonly referenceWidth?: ReferenceWidth;
  /** Octets of the sender's own user data header, length octet included; 0 when absent. */
  readonly headerOctets?: number;
}

export interface SegmentRequest extends SegmentOptions {
  /** The text; hexadecimal, two digits an octet, when the encoding is binary. */
  readonly text: string;
  readonly encoding: Encoding;
  /** 1 to 255; what does not fit into as many parts is cut off. */
  readonly partsMax: number;
  /** How a `gsm7` payload is written down; `gsm` when absent. */
  readonly alphabet?: DefaultAlphabet;
}

export interface Segments {
  /** What each part carries after its user data header, in order. At least one. */
  readonly payloads: readonly Buffer[];
  /** Whether the end of the text was cut off. */
  readonly truncated: boolean;
}

export interface WholeText {
  /** All parts' text in one piece, for `message_payload`. */
  readonly payload: Buffer;
  /** As many parts as the SMSC will make of it. */
  readonly parts: number;
  readonly truncated: boolean;
}

/** `gsm7` when GSM 03.38 has every character, else `ucs2`: the contract's type AUTO (§3.4). */
export function chooseEncoding(text: string): 'gsm7' | 'ucs2' {
  return isGsm(text) ? 'gsm7' : 'ucs2';
}

/**
 * How many parts `segment` makes of the same text; takes a few nanoseconds when one part is
 * obviously enough. Throws RangeError for limits out of range: doors check them before.
 */
export function countParts(
  text: string,
  encoding: Encoding,
  partsMax: number,
  options: SegmentOptions = {},
): number {
  checkLimits(partsMax, options.headerOctets ?? 0);
  if (!options.headerOctets && text.length <= obviousUnitsMax) return 1;
  return cutText(text, encoding, partsMax, options).length;
}

/**
 * Cuts a text into SMS parts and encodes each. Escape pairs and surrogate pairs are never split,
 * graphemes only where one is longer than a part. In `gsm7`, characters that GSM 03.38 lacks
 * become `?`. Throws RangeError for limits out of range and TypeError for a binary text that is
 * not hexadecimal: doors check both before.
 */
export function segment(request: SegmentRequest): Segments {
  const { text, encoding, partsMax } = request;
  const ends = cutText(text, encoding, partsMax, request);
  const senderOctets = request.headerOctets ?? 0;
  const headerOctets =
    ends.length === 1
      ? senderOctets
      : concatHeaderOctets(request.referenceWidth ?? 8, senderOctets);
  const payloads: Buffer[] = [];
  let start = 0;
  for (const end of ends) {
    const piece = start === 0 && end === text.length ? text : text.slice(start, end);
    payloads.push(encodePiece(piece, encoding, request.alphabet ?? 'gsm', headerOctets));
    start = end;
  }
  return { payloads, truncated: start < text.length };
}

/** Encodes what `segment` would send, uncut: for routes where the SMSC makes the parts. */
export function encodeWhole(request: SegmentRequest): WholeText {
  const { text, encoding, partsMax } = request;
  const ends = cutText(text, encoding, partsMax, request);
  const end = ends.at(-1) ?? 0;
  const alphabet = request.alphabet ?? 'gsm';
  const payload = encodePiece(text.slice(0, end), encoding, alphabet, request.headerOctets ?? 0);
  return { payload, parts: ends.length, truncated: end < text.length };
}

/** How many characters, septets or octets fit beside a header of so many octets. */
export function countUnitsPerPart(encoding: Encoding, headerOctets: number): number {
  const octets = userDataOctetsMax - headerOctets;
  switch (encoding) {
    case 'gsm7':
      return Math.floor((octets * 8) / 7);
    case 'ucs2':
      return Math.floor(octets / 2);
    case 'binary':
      return octets;
  }
}

/** Whether `text` is an even number of hexadecimal digits: what a binary body has to be. */
export function isHexadecimal(text: string): boolean {
  return text.length % 2 === 0 && /^[\da-f]*$/i.test(text);
}

/** Up to this length every encoding needs one part: 70 code units, 80 pairs of septets, 140 octets. */
const obviousUnitsMax = 70;

/** The end of each part as an index into `text`. The one place that decides where to cut. */
function cutText(
  text: string,
  encoding: Encoding,
  partsMax: number,
  options: SegmentOptions,
): number[] {
  const headerOctets = options.headerOctets ?? 0;
  checkLimits(partsMax, headerOctets);
  const whole = findEnd(text, encoding, 0, countUnitsPerPart(encoding, headerOctets));
  if (whole === text.length || partsMax === 1) return [whole];
  const allOctets = concatHeaderOctets(options.referenceWidth ?? 8, headerOctets);
  const unitsMax = countUnitsPerPart(encoding, allOctets);
  const ends: number[] = [];
  let end = 0;
  while (end < text.length && ends.length < partsMax) {
    end = findEnd(text, encoding, end, unitsMax);
    ends.push(end);
  }
  return ends;
}

function findEnd(text: string, encoding: Encoding, start: number, unitsMax: number): number {
  if (encoding === 'gsm7') return findGsmEnd(text, start, unitsMax);
  const end = start + (encoding === 'binary' ? unitsMax * 2 : unitsMax);
  if (end >= text.length) return text.length;
  return encoding === 'ucs2' ? findGraphemeCut(text, start, end) : end;
}

function encodePiece(
  piece: string,
  encoding: Encoding,
  alphabet: DefaultAlphabet,
  headerOctets: number,
): Buffer {
  switch (encoding) {
    case 'ucs2':
      return encodeUcs2(piece);
    case 'binary':
      if (!isHexadecimal(piece)) throw new TypeError('a binary text is hexadecimal');
      return Buffer.from(piece, 'hex');
    case 'gsm7':
      if (alphabet === 'gsm') return encodeGsm(piece);
      // Whatever the operator's alphabet, the handset gets GSM: the same `?` on every route.
      return encodeAlphabet(
        isGsm(piece) ? piece : decodeGsm(encodeGsm(piece)),
        alphabet,
        headerOctets,
      );
  }
}

function checkLimits(partsMax: number, headerOctets: number): void {
  if (!Number.isInteger(partsMax) || partsMax < 1 || partsMax > partsMaxLimit) {
    throw new RangeError(`a message has 1 to ${partsMaxLimit} parts, not ${partsMax}`);
  }
  if (!(headerOctets >= 0 && headerOctets <= senderHeaderOctetsMax)) {
    throw new RangeError(`a sender's header has up to ${senderHeaderOctetsMax} octets`);
  }
}
