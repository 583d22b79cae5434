/** Texts like a product token that are looked at in one body: its own, and a GUID for each of its `msg`. */
export const candidatesMax = 2_000;

const quote = 0x22;
const hyphen = 0x2d;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The first of the strings in a JSON text that are GUIDs with hyphens, as product tokens are (contract §2.1),
 * for which `isWanted` holds; null when there is none. Nothing is parsed: an octet takes a nanosecond,
 * where the parser may take a hundred.
 */
export function searchToken(body: Buffer, isWanted: (text: string) => boolean): string | null {
  let candidates = 0;
  // The first hyphen of a GUID is nine octets behind the quote, the others five from each other.
  for (let i = 9; i + 28 < body.length; i++) {
    if (body[i] !== hyphen || body[i - 9] !== quote || body[i + 28] !== quote) continue;
    if (body[i + 5] !== hyphen || body[i + 10] !== hyphen || body[i + 15] !== hyphen) continue;
    if (++candidates > candidatesMax) return null;
    const text = body.toString('latin1', i - 8, i + 28);
    if (guid.test(text) && isWanted(text)) return text;
  }
  return null;
}
