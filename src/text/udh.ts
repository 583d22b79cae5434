/** User data headers, GSM 03.40 §9.2.3.24: a length octet, then elements of id, length, data. */

/** How many bits the reference of a concatenated message has. */
export type ReferenceWidth = 8 | 16;

/** Information element identifiers (GSM 03.40 §9.2.3.24). */
const concat8Id = 0x00;
const concat16Id = 0x08;

/** What ties the parts of one message together. */
export interface Concatenation {
  readonly reference: number;
  readonly referenceWidth: ReferenceWidth;
  /** 1 to 255. */
  readonly total: number;
  /** 1 to `total`. */
  readonly sequence: number;
}

export interface UdhElement {
  readonly id: number;
  /** A view into the octets that were parsed. */
  readonly data: Uint8Array;
}

export type ParsedUdh =
  /** `octets` is the length of the whole header: the text starts there. */
  | { readonly elements: readonly UdhElement[]; readonly octets: number }
  | { readonly fault: string };

/** How long the header of one part is, length octets included, beside a sender's own header. */
export function concatHeaderOctets(width: ReferenceWidth, senderOctets = 0): number {
  return Math.max(senderOctets, 1) + (width === 8 ? 5 : 6);
}

/**
 * Builds the header of one part: `05 00 03 ref total seq` or `06 08 04 hi lo total seq`. A
 * sender's own header, complete with its length octet, keeps its elements in front. Of a reference
 * wider than `referenceWidth` the low bits count.
 */
export function buildConcatUdh(part: Concatenation, senderUdh?: Uint8Array): Buffer {
  const own = senderUdh?.subarray(1) ?? [];
  const { reference, total, sequence } = part;
  const element =
    part.referenceWidth === 8
      ? [concat8Id, 3, reference & 0xff, total, sequence]
      : [concat16Id, 4, (reference >>> 8) & 0xff, reference & 0xff, total, sequence];
  return Buffer.from([own.length + element.length, ...own, ...element]);
}

/** Builds a header of these elements, its length octet first; the opposite of `parseUdh`. */
export function buildUdh(elements: readonly UdhElement[]): Buffer {
  const octets = elements.flatMap(({ id, data }) => [id, data.length, ...data]);
  return Buffer.from([octets.length, ...octets]);
}

/**
 * Parses the header at the beginning of `octets`. A header that claims more than is there, or an
 * element that claims more than its header has, is a fault; nothing is read past the end.
 */
export function parseUdh(octets: Uint8Array): ParsedUdh {
  const length = octets[0];
  if (length === undefined) return { fault: 'there is no user data header' };
  const end = length + 1;
  if (end > octets.length) return { fault: 'the user data header is longer than the user data' };
  const elements: UdhElement[] = [];
  let at = 1;
  while (at < end) {
    const [id, size] = octets.subarray(at, at + 2);
    const next = at + 2 + (size ?? 0);
    if (id === undefined || size === undefined || next > end) {
      return { fault: 'an element of the user data header is longer than the header' };
    }
    elements.push({ id, data: octets.subarray(at + 2, next) });
    at = next;
  }
  return { elements, octets: end };
}

/**
 * The concatenation among the elements; the last one when it is repeated. One with a wrong length,
 * without parts or with a sequence outside its total is ignored (GSM 03.40 §9.2.3.24.1), which
 * makes the text a message of its own.
 */
export function findConcatenation(elements: readonly UdhElement[]): Concatenation | undefined {
  return elements.map(readConcatenation).findLast((found) => found !== undefined);
}

function readConcatenation({ id, data }: UdhElement): Concatenation | undefined {
  const referenceWidth = id === concat8Id ? 8 : 16;
  if (id !== concat8Id && id !== concat16Id) return undefined;
  if (data.length !== (id === concat8Id ? 3 : 4)) return undefined;
  const sequence = data.at(-1) ?? 0;
  const total = data.at(-2) ?? 0;
  if (sequence === 0 || sequence > total) return undefined;
  const reference = referenceWidth === 8 ? (data[0] ?? 0) : ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  return { reference, referenceWidth, total, sequence };
}
