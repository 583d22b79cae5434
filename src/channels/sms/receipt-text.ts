/** What the text of a delivery receipt says (SMPP 3.4 Appendix B). Absent fields are empty. */
export interface ReceiptText {
  id: string;
  /** The state as the operator spells it, in capitals. */
  stat: string;
  err: string;
  doneDate: string;
}

/** So much of a text is looked at; a receipt's fields are over long before. */
export const receiptTextCharsMax = 1_024;
/** message_id has 64 characters; a longer value is no id. */
const valueCharsMax = 64;

type FieldName = keyof ReceiptText | 'ignored' | 'text';

/** The names by which operators call the fields, in lower case. */
const fieldNames: ReadonlyMap<string, FieldName> = new Map([
  ['id', 'id'],
  ['stat', 'stat'],
  ['status', 'stat'],
  ['err', 'err'],
  ['error', 'err'],
  ['submit date', 'ignored'],
  ['submit_date', 'ignored'],
  ['submitdate', 'ignored'],
  ['done date', 'doneDate'],
  ['done_date', 'doneDate'],
  ['donedate', 'doneDate'],
  ['sub', 'ignored'],
  ['dlvrd', 'ignored'],
  ['text', 'text'],
]);

/** The longest name and the blanks that may stand before a colon. */
const nameCharsMax = 16;

/**
 * Reads a receipt's fields in any order, spelling of names and white space; what is missing stays
 * empty and the first of several counts. `text:` runs to the end and may hold anything. Each
 * character is looked at a bounded number of times, and nothing is thrown.
 */
export function parseReceiptText(text: string): ReceiptText {
  const found: ReceiptText = { id: '', stat: '', err: '', doneDate: '' };
  const end = Math.min(text.length, receiptTextCharsMax);
  let from = 0;
  for (;;) {
    const colon = text.indexOf(':', from);
    if (colon === -1 || colon >= end) return found;
    const name = readName(text, from, colon);
    if (name === 'text') return found;
    const start = skipBlanks(text, colon + 1, end);
    // A name without a blank before the next one has no value: "err: text:..." is no error "text:...".
    if (name === undefined || (start > colon + 1 && isNameAt(text, start))) {
      from = colon + 1;
      continue;
    }
    const stop = findBlank(text, start, end);
    if (name !== 'ignored' && found[name] === '') found[name] = cleanValue(text, start, stop);
    from = stop;
  }
}

/** Whether a text has what makes a receipt: an id and a state. */
export function looksLikeReceipt(text: string): boolean {
  const { id, stat } = parseReceiptText(text);
  return id !== '' && stat !== '';
}

/** The field whose name ends at `colon` and does not begin before `from`. */
function readName(text: string, from: number, colon: number): FieldName | undefined {
  let end = colon;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  let start = end;
  const first = Math.max(from, end - nameCharsMax);
  while (start > first && isNameCharacter(text.charCodeAt(start - 1))) start--;
  const word = text.slice(start, end);
  if (!isDate(word)) return findName(word);
  while (start > first && isBlank(text.charCodeAt(start - 1))) start--;
  const wordEnd = start;
  while (start > first && isNameCharacter(text.charCodeAt(start - 1))) start--;
  return findName(`${text.slice(start, wordEnd)} date`);
}

/** Nearly all operators write names in lower case, so folding is left for the others. */
function findName(name: string): FieldName | undefined {
  return fieldNames.get(name) ?? fieldNames.get(name.toLowerCase());
}

function isDate(word: string): boolean {
  return word.length === 4 && word.toLowerCase() === 'date';
}

/** Whether a field's name and its colon stand at `start`. */
function isNameAt(text: string, start: number): boolean {
  const [, word = ''] =
    /^([a-z_]+(?:\s+date)?)\s*:/i.exec(text.slice(start, start + nameCharsMax)) ?? [];
  return fieldNames.has(word.toLowerCase().replace(/\s+/, ' '));
}

/** Without quotes and the punctuation that some put behind; overlong values are none. */
function cleanValue(text: string, start: number, stop: number): string {
  let first = start;
  let last = stop;
  while (first < last && isWrapping(text.charCodeAt(first))) first++;
  while (last > first && isWrapping(text.charCodeAt(last - 1))) last--;
  return last - first > valueCharsMax ? '' : text.slice(first, last);
}

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

function findBlank(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && !isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** Everything up to the space, NUL included, and the no-break space. */
function isBlank(code: number): boolean {
  return code <= 0x20 || code === 0xa0;
}

function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** Quotes, comma, semicolon. */
function isWrapping(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x2c || code === 0x3b;
}
