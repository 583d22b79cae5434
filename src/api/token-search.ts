import { isProductToken } from '../core/product-token.ts';

/** Texts like a product token that are looked at in one body: its own, and a GUID for each of its `msg`. */
export const candidatesMax = 2_000;

/**
 * So much is searched at each end of a body. Between them lie the messages, with their own token before or behind them;
 * the time that a stranger's body takes must not grow with it.
 */
export const searchedBytesMax = 64 * 1024;

const hyphen = 0x2d;

/** The octets that may stand before and behind a token: around a string of JSON, around a text of XML. */
export type TokenEdges = ReadonlySet<number>;
export const jsonEdges: TokenEdges = new Set(Buffer.from('"'));
export const xmlEdges: TokenEdges = new Set(Buffer.from('<>[] \t\r\n'));

/** What a search found: a token that is known, some GUID that is not, or none at all. */
export type TokenFound = 'known' | 'unknown' | 'none';

/**
 * Searches both ends of a text for a GUID with hyphens between such edges, as product tokens are (contract §2.1),
 * for which `isKnown` holds. Nothing is parsed: an octet takes a nanosecond, where the parser may take a hundred.
 */
export function searchToken(
  body: Buffer,
  edges: TokenEdges,
  isKnown: (text: string) => boolean,
): TokenFound {
  if (body.length <= 2 * searchedBytesMax) return searchAll(body, edges, isKnown);
  const first = searchAll(body.subarray(0, searchedBytesMax), edges, isKnown);
  if (first === 'known') return first;
  const last = searchAll(body.subarray(-searchedBytesMax), edges, isKnown);
  return last === 'none' ? first : last;
}

function searchAll(
  body: Buffer,
  edges: TokenEdges,
  isKnown: (text: string) => boolean,
): TokenFound {
  let found: TokenFound = 'none';
  let candidates = 0;
  // The first hyphen of a GUID is nine octets behind the edge, the others five from each other.
  for (let i = 9; i + 28 < body.length; i++) {
    if (body[i] !== hyphen || body[i + 5] !== hyphen) continue;
    if (body[i + 10] !== hyphen || body[i + 15] !== hyphen) continue;
    if (!edges.has(body[i - 9] ?? 0) || !edges.has(body[i + 28] ?? 0)) continue;
    if (++candidates > candidatesMax) return found;
    const text = body.toString('latin1', i - 8, i + 28);
    if (!isProductToken(text)) continue;
    if (isKnown(text)) return 'known';
    found = 'unknown';
  }
  return found;
}
