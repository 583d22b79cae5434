import { isPairAt } from './surrogates.ts';

/**
 * Ranges of UTF-16 code units that never join a neighbour from these same ranges into one
 * grapheme: no combining marks, joiners, selectors, jamo or surrogates. A cut between two of them
 * needs no look at the Unicode tables, which takes microseconds.
 */
const simpleRanges: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x000c],
  [0x000e, 0x02ff],
  [0x0370, 0x0482],
  [0x048a, 0x052f],
  [0x05d0, 0x05ea],
  [0x0620, 0x064a],
  [0x1e00, 0x1fff],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x20a0, 0x20bf],
  [0x3041, 0x3096],
  [0x30a1, 0x30fc],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
];

const simple = new Uint8Array(0x1_0000);
for (const [first, last] of simpleRanges) simple.fill(1, first, last + 1);

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whether this code unit needs no look at the Unicode tables beside another simple one. */
export function isSimpleUnit(unit: number): boolean {
  return simple[unit] === 1;
}

/**
 * The last place from which a new part may start: `end`, or before it where `end` lies within a
 * grapheme of the piece that begins at `start`. A grapheme longer than the whole piece is cut at
 * `end`, though never within a surrogate pair. Needs `start + 2 <= end < text.length`; looks at
 * the piece only, so its cost does not grow with the text.
 */
export function findGraphemeCut(text: string, start: number, end: number): number {
  if (isSimpleUnit(text.charCodeAt(end - 1)) && isSimpleUnit(text.charCodeAt(end))) return end;
  // Whether a grapheme ends at `end` depends on what is before it and on one character after it.
  const piece = segmenter.segment(text.slice(start, end + 2));
  const index = piece.containing(end - start)?.index ?? 0;
  if (index > 0) return start + index;
  return isPairAt(text, end - 1) ? end - 1 : end;
}
