import { isPairAt } from './surrogates.ts';

/** The septet that announces a character of the extension table (GSM 03.38 §6.2.1). */
export const escapeSeptet = 0x1b;

/** What stands for a character the alphabet does not have: `?`, as contract §3.5 decides. */
const questionMark = 0x3f;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * The default alphabet, GSM 03.38 §6.2.1, sixteen characters a row: the place is the septet. The
 * escape at 0x1B is a control of the coding and never stands for a character of a text.
 */
const basicCharacters = [
  '@£$¥èéùìòÇ\nØø\rÅå',
  'Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ',
  ' !"#¤%&\'()*+,-./',
  '0123456789:;<=>?',
  '¡ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZÄÖÑÜ§',
  '¿abcdefghijklmno',
  'pqrstuvwxyzäöñüà',
].join('');

/** The extension table, GSM 03.38 §6.2.1.1: what follows the escape, and what it then means. */
const extensionCharacters: readonly (readonly [septet: number, character: string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
];

/** In `codes`: the bit that marks an extension character, and the mark of an absent one. */
const extended = 0x80;
const absent = 0xff;

/** Septet by UTF-16 code unit. 64 KiB, of which ordinary text touches a few cache lines. */
const codes = new Uint8Array(0x1_0000).fill(absent);
const basicBySeptet = basicCharacters.split('');
const extensionBySeptet: (string | undefined)[] = Array.from({ length: 128 });
for (const [septet, character] of basicBySeptet.entries()) codes[character.charCodeAt(0)] = septet;
for (const [septet, character] of extensionCharacters) {
  codes[character.charCodeAt(0)] = extended | septet;
  extensionBySeptet[septet] = character;
}
codes[escapeSeptet] = absent;

/**
 * Most texts consist of characters whose septet is their ASCII code. Those are copied as they are,
 * which takes a third of the time of looking up each.
 */
const isAscii = basicBySeptet.map((character, septet) => codes[septet] === character.charCodeAt(0));
isAscii[escapeSeptet] = false;
const asciiCharacters = basicBySeptet.filter((_, septet) => isAscii[septet]).join('');
const needsLookUp = new RegExp(`[^${asciiCharacters.replace('-', '\\-')}]`);

/** Whether every character of `text` is in the default alphabet or its extension table. */
export function isGsm(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (codes[text.charCodeAt(i)] === absent) return false;
  }
  return true;
}

/**
 * How many septets `encodeGsm` makes of `text`: two for a character of the extension table, one
 * for any other, those that become `?` included.
 */
export function countSeptets(text: string): number {
  let septets = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codes[text.charCodeAt(i)] ?? absent;
    if (code < extended) septets++;
    else if (code !== absent) septets += 2;
    else {
      septets++;
      if (isPairAt(text, i)) i++;
    }
  }
  return septets;
}

/**
 * Where the longest piece of `text` from `start` ends that fits into `septetsMax`. Looks at no
 * more characters than that, and never ends between an escape and its character, within a
 * surrogate pair, or, unless the piece is nothing else, between CR and LF: the only grapheme of
 * several characters that GSM 03.38 has.
 */
export function findGsmEnd(text: string, start: number, septetsMax: number): number {
  let left = septetsMax;
  let i = start;
  while (i < text.length) {
    const code = codes[text.charCodeAt(i)] ?? absent;
    const width = code >= extended && code !== absent ? 2 : 1;
    if (width > left) break;
    left -= width;
    i += code === absent && isPairAt(text, i) ? 2 : 1;
  }
  return i > start + 1 && isLineBreakAt(text, i - 1) ? i - 1 : i;
}

function isLineBreakAt(text: string, index: number): boolean {
  return text.charCodeAt(index) === carriageReturn && text.charCodeAt(index + 1) === lineFeed;
}

/**
 * Encodes to GSM 03.38, unpacked: one septet in each octet, as SMPP carries data_coding 0. A
 * character that the alphabet lacks becomes one `?`, a surrogate pair too.
 */
export function encodeGsm(text: string): Buffer {
  if (!needsLookUp.test(text)) return Buffer.from(text, 'latin1');
  const octets = Buffer.allocUnsafe(countSeptets(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codes[text.charCodeAt(i)] ?? absent;
    if (code < extended) octets[at++] = code;
    else if (code !== absent) {
      octets[at++] = escapeSeptet;
      octets[at++] = code - extended;
    } else {
      octets[at++] = questionMark;
      if (isPairAt(text, i)) i++;
    }
  }
  return octets;
}

/**
 * Decodes unpacked GSM 03.38. Never fails:
 * - an escape before a septet that the extension table lacks is dropped, and the septet means what
 *   the basic table says (GSM 03.38 §6.2.1.1);
 * - two escapes in a row, and an escape at the very end, are a space (§6.2.1, §6.2.1.1);
 * - an octet above 0x7F is no septet and becomes U+FFFD, the sign of a wrong `defaultAlphabet`.
 */
export function decodeGsm(octets: Uint8Array): string {
  let ascii = 0;
  while (ascii < octets.length && isAscii[octets[ascii] ?? 0] === true) ascii++;
  const view = Buffer.from(octets.buffer, octets.byteOffset, ascii);
  let text = view.toString('latin1');
  for (let i = ascii; i < octets.length; i++) {
    const septet = octets[i] ?? 0;
    if (septet !== escapeSeptet) {
      text += basicBySeptet[septet] ?? '\ufffd';
      continue;
    }
    const next = octets[++i];
    if (next === undefined || next === escapeSeptet) text += ' ';
    else text += extensionBySeptet[next] ?? basicBySeptet[next] ?? '\ufffd';
  }
  return text;
}
