import { decodeGsm, encodeGsm } from './gsm0338.ts';
import { countFillBits, countPackedSeptets, packSeptets, unpackSeptets } from './septets.ts';
import { isPairAt } from './surrogates.ts';

/**
 * What an operator means by "SMSC default alphabet", data_coding 0: GSM 03.38 one septet an
 * octet, ISO 8859-1, ASCII, or GSM 03.38 packed.
 */
export type DefaultAlphabet = 'gsm' | 'latin1' | 'ascii' | 'packed';

const latin1Max = 0xff;
const asciiMax = 0x7f;
const questionMark = 0x3f;
const carriageReturn = 0x0d;

/**
 * Encodes `text` in an operator's default alphabet; a character it lacks becomes one `?`.
 * `headerOctets` is the length of the user data header that goes before the text, its length octet
 * included; only `packed` needs it, to start on a septet boundary.
 */
export function encodeAlphabet(text: string, alphabet: DefaultAlphabet, headerOctets = 0): Buffer {
  switch (alphabet) {
    case 'gsm':
      return encodeGsm(text);
    case 'latin1':
      return encodeSingleOctets(text, latin1Max);
    case 'ascii':
      return encodeSingleOctets(text, asciiMax);
    case 'packed':
      return encodePacked(text, countFillBits(headerOctets));
  }
}

/** Decodes what an operator sent in its default alphabet. Never fails: what is unknown is U+FFFD. */
export function decodeAlphabet(
  octets: Uint8Array,
  alphabet: DefaultAlphabet,
  headerOctets = 0,
): string {
  switch (alphabet) {
    case 'gsm':
      return decodeGsm(octets);
    case 'latin1':
      return decodeLatin1(octets);
    case 'ascii':
      return decodeAscii(octets);
    case 'packed':
      return decodePacked(octets, countFillBits(headerOctets));
  }
}

export function decodeLatin1(octets: Uint8Array): string {
  return viewBuffer(octets).toString('latin1');
}

/** Decodes 7-bit ASCII; an octet above 0x7F becomes U+FFFD rather than losing its high bit. */
export function decodeAscii(octets: Uint8Array): string {
  return decodeLatin1(octets).replaceAll(/[\u0080-\u00ff]/g, '\ufffd');
}

function encodeSingleOctets(text: string, unitMax: number): Buffer {
  const octets = Buffer.allocUnsafe(text.length);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= unitMax) octets[at++] = unit;
    else {
      octets[at++] = questionMark;
      if (isPairAt(text, i)) i++;
    }
  }
  return octets.subarray(0, at);
}

/**
 * SMPP counts octets, not septets, so seven empty bits at the end would read as one more `@`. GSM
 * 03.38 §6.1.2.3.1 has them filled with a carriage return, which the reader then drops.
 */
function encodePacked(text: string, fillBits: number): Buffer {
  const septets = encodeGsm(text);
  const leavesSevenBits = (septets.length * 7 + fillBits) % 8 === 1;
  if (!leavesSevenBits) return packSeptets(septets, fillBits);
  return packSeptets(Buffer.concat([septets, Buffer.of(carriageReturn)]), fillBits);
}

function decodePacked(octets: Uint8Array, fillBits: number): string {
  const septets = unpackSeptets(octets, countPackedSeptets(octets.length, fillBits), fillBits);
  const endsOnOctet = (septets.length * 7 + fillBits) % 8 === 0;
  const padded = endsOnOctet && septets.at(-1) === carriageReturn;
  return decodeGsm(padded ? septets.subarray(0, -1) : septets);
}

function viewBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
}
