/**
 * Encodes to UTF-16BE, which is what UCS-2 means on the air today: data_coding 8. Characters
 * beyond the basic plane are surrogate pairs; lone surrogates stay as they are.
 */
export function encodeUcs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Decodes UTF-16BE; leaves `octets` alone. An odd octet at the end becomes U+FFFD. */
export function decodeUcs2(octets: Uint8Array): string {
  const even = octets.length & ~1;
  const text = Buffer.from(octets.subarray(0, even)).swap16().toString('utf16le');
  return even === octets.length ? text : `${text}\ufffd`;
}
