import { type DefaultAlphabet, decodeAlphabet, decodeAscii, decodeLatin1 } from './alphabets.ts';
import { decodeUcs2 } from './ucs2.ts';

/** What a data_coding octet says (SMPP 3.4 §5.2.19, GSM 03.38 §4). */
export interface DataCoding {
  /** `default` is the SMSC's default alphabet; `other` is one we do not read. */
  readonly alphabet: 'default' | 'ascii' | 'latin1' | 'binary' | 'ucs2' | 'other';
  /** 0 to show at once (flash), 1 handset, 2 SIM, 3 terminal; null when the octet names none. */
  readonly messageClass: MessageClass | null;
}

export type MessageClass = 0 | 1 | 2 | 3;

/** The octet for each of our encodings. */
export const dataCodings = { gsm7: 0x00, binary: 0x04, ucs2: 0x08 } as const;

/** SMPP's own values, which differ from GSM 03.38 below 0x10. */
const smppAlphabets: readonly DataCoding['alphabet'][] = [
  'default',
  'ascii',
  'binary',
  'latin1',
  'binary',
  'other',
  'other',
  'other',
  'ucs2',
];

/** Bits 3 and 2 of GSM 03.38's general data coding. */
const generalAlphabets: readonly DataCoding['alphabet'][] = ['default', 'binary', 'ucs2', 'other'];

/**
 * Reads a data_coding octet. Below 0x10 SMPP's table holds, above it the coding groups of GSM
 * 03.38 §4; compressed text and reserved groups are `other`.
 */
export function readDataCoding(octet: number): DataCoding {
  const group = (octet >>> 4) & 0x0f;
  if (group === 0) return { alphabet: smppAlphabets[octet & 0x0f] ?? 'other', messageClass: null };
  if (group < 0x8) return readGeneralGroup(octet);
  switch (group) {
    // Message waiting indications: the first two in the default alphabet, the third in UCS-2.
    case 0xc:
    case 0xd:
      return { alphabet: 'default', messageClass: null };
    case 0xe:
      return { alphabet: 'ucs2', messageClass: null };
    case 0xf:
      return { alphabet: octet & 0x04 ? 'binary' : 'default', messageClass: readClass(octet) };
    default:
      return { alphabet: 'other', messageClass: null };
  }
}

/**
 * The text of user data (after its header), or undefined when this data_coding carries none:
 * binary, compressed, reserved. `headerOctets` matters to the alphabet `packed` only.
 */
export function decodeText(
  octets: Uint8Array,
  dataCoding: number,
  defaultAlphabet: DefaultAlphabet,
  headerOctets = 0,
): string | undefined {
  switch (readDataCoding(dataCoding).alphabet) {
    case 'default':
      return decodeAlphabet(octets, defaultAlphabet, headerOctets);
    case 'ascii':
      return decodeAscii(octets);
    case 'latin1':
      return decodeLatin1(octets);
    case 'ucs2':
      return decodeUcs2(octets);
    case 'binary':
    case 'other':
      return undefined;
  }
}

/** 00xx and 01xx: bit 5 compresses, bit 4 says whether bits 1 and 0 are a class. */
function readGeneralGroup(octet: number): DataCoding {
  const alphabet = octet & 0x20 ? 'other' : (generalAlphabets[(octet >>> 2) & 3] ?? 'other');
  return { alphabet, messageClass: octet & 0x10 ? readClass(octet) : null };
}

function readClass(octet: number): MessageClass {
  const bits = octet & 3;
  return bits === 0 || bits === 1 || bits === 2 ? bits : 3;
}
