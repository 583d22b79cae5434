/**
 * Replaces what no store and no wire can carry, U+0000 and lone surrogates, by U+FFFD. PostgreSQL
 * refuses the first, and one such text would fail the whole commit it is in.
 */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed;
}
