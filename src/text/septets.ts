/**
 * Septets packed into octets, GSM 03.38 §6.1.2.1.1: the least significant bit first, no gaps. A
 * handset's user data and the `packed` alphabet of some operators are written so.
 */

/**
 * The bits left empty between a user data header and the text, which starts on a septet boundary
 * (GSM 03.40 §9.2.3.24). `headerOctets` counts the length octet too; 0 is "no header".
 */
export function countFillBits(headerOctets: number): number {
  return (7 - ((headerOctets * 8) % 7)) % 7;
}

/** How many septets `octets` octets can hold after `fillBits` empty bits. */
export function countPackedSeptets(octets: number, fillBits = 0): number {
  return Math.max(0, Math.floor((octets * 8 - fillBits) / 7));
}

/** Packs one-septet-an-octet into as few octets as they need, after `fillBits` zero bits. */
export function packSeptets(septets: Uint8Array, fillBits = 0): Buffer {
  const octets = Buffer.alloc(Math.ceil((septets.length * 7 + fillBits) / 8));
  let bits = 0;
  let held = fillBits;
  let at = 0;
  for (const septet of septets) {
    bits |= (septet & 0x7f) << held;
    held += 7;
    if (held >= 8) {
      octets[at++] = bits & 0xff;
      bits >>>= 8;
      held -= 8;
    }
  }
  if (at < octets.length) octets[at] = bits;
  return octets;
}

/**
 * Unpacks `count` septets that follow `fillBits` empty bits; fewer when the octets end before.
 * The count is the sender's word (TP-UDL) and never makes this read past the octets.
 */
export function unpackSeptets(octets: Uint8Array, count: number, fillBits = 0): Buffer {
  const septets = Buffer.allocUnsafe(Math.min(count, countPackedSeptets(octets.length, fillBits)));
  let bit = fillBits;
  for (let i = 0; i < septets.length; i++, bit += 7) {
    const at = bit >>> 3;
    const pair = (octets[at] ?? 0) | ((octets[at + 1] ?? 0) << 8);
    septets[i] = (pair >>> (bit & 7)) & 0x7f;
  }
  return septets;
}
