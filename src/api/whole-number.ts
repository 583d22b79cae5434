const wholeNumber = /^\s*[+-]?\d+\s*$/;

/** A whole number written as text; NaN for any other text: the field is wrong, not the document. */
export function readWholeNumber(text: string): number {
  return wholeNumber.test(text) ? Number(text) : Number.NaN;
}
