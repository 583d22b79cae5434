import { parseExactly, parseJson } from '../json/json-text.ts';
import { isJsonObject } from '../json/keys.ts';
import { readXml, type XmlHandler } from '../xml/xml-text.ts';
import type { ConversionLimits } from './limits.ts';

/** The fields of a report by their names in lower case, without white space around; what is empty is absent. */
export type Fields = ReadonlyMap<string, string>;

/**
 * Finds the fields of a conversion, whose names count in any case (contract §10). Null when the body is
 * neither JSON nor XML of this form.
 */
export async function readFields(
  body: Buffer,
  contentType: string | undefined,
  limits: ConversionLimits,
): Promise<Fields | null> {
  return isXml(body, contentType) ? readXmlFields(body, limits) : readJsonFields(body, limits);
}

/** The content type says it; where that names neither, the first character does. */
function isXml(body: Buffer, contentType = ''): boolean {
  if (/[/+]json\b/i.test(contentType)) return false;
  if (/[/+]xml\b/i.test(contentType)) return true;
  return /^\ufeff?\s*</.test(body.toString('utf8', 0, 256));
}

function readJsonFields(body: Buffer, limits: ConversionLimits): Fields | null {
  const { depthMax, fieldsMax } = limits;
  const structure = { depthMax, containersMax: fieldsMax, distinctKeysMax: fieldsMax };
  if (parseJson(body, structure) === undefined) return null;
  // A reference that is a number must be found again.
  const value = parseExactly(body);
  if (!isJsonObject(value)) return null;
  const fields = new FieldList(limits);
  for (const key in value) if (!fields.putValue(key, value[key])) return null;
  return fields.found;
}

async function readXmlFields(body: Buffer, limits: ConversionLimits): Promise<Fields | null> {
  const { depthMax, fieldsMax, bodyBytesMax } = limits;
  const structure = {
    depthMax,
    elementsMax: fieldsMax,
    attributesMax: fieldsMax,
    pieceCharactersMax: bodyBytesMax,
  };
  const element = new ConversionElement(limits);
  // So small a body is one piece: nobody has to wait for it.
  const isRead = await readXml(body, structure, element, () => Promise.resolve());
  return isRead ? element.fields.found : null;
}

const names: ReadonlySet<string> = new Set([
  'producttoken',
  'customer',
  'login',
  'password',
  'reference',
  'msisdn',
  'convertedtimestamp',
  'notificationtimestamp',
]);

/** Takes the fields that we know and passes the others over. False refuses the report. */
class FieldList {
  readonly found = new Map<string, string>();
  readonly #charactersMax: number;

  constructor({ fieldCharactersMax }: ConversionLimits) {
    this.#charactersMax = fieldCharactersMax;
  }

  /** The last of several with one name counts, as it does at the JSON door. */
  putValue(name: string, value: unknown): boolean {
    if (!isKnown(name)) return true;
    if (value === null) return this.put(name, '');
    if (typeof value === 'string') return this.put(name, value);
    return typeof value === 'number' && this.put(name, String(value));
  }

  put(name: string, value: string): boolean {
    if (value.length > this.#charactersMax) return false;
    const text = value.trim();
    if (text === '') this.found.delete(name.toLowerCase());
    else this.found.set(name.toLowerCase(), text);
    return true;
  }
}

function isKnown(name: string): boolean {
  return names.has(name.toLowerCase());
}

/** `<Conversion>` with an element for each field. */
class ConversionElement implements XmlHandler {
  readonly fields: FieldList;
  readonly #charactersMax: number;
  #depth = 0;
  readonly #seen = new Set<string>();
  /** The field whose value is being read; null between fields and in what is passed over. */
  #field: string | null = null;
  #text = '';

  constructor(limits: ConversionLimits) {
    this.fields = new FieldList(limits);
    this.#charactersMax = limits.fieldCharactersMax;
  }

  open(name: string): boolean {
    // No field has elements inside.
    if (this.#field !== null) return false;
    this.#depth++;
    if (this.#depth === 1) return name.toLowerCase() === 'conversion';
    if (this.#depth > 2 || !isKnown(name)) return true;
    this.#field = name.toLowerCase();
    this.#text = '';
    // Which of two is meant would be a guess, as at the XML door.
    if (this.#seen.has(this.#field)) return false;
    this.#seen.add(this.#field);
    return true;
  }

  text(text: string): boolean {
    if (this.#field === null) return this.#depth > 1 || text.trim() === '';
    this.#text += text;
    return this.#text.length <= this.#charactersMax;
  }

  close(): boolean {
    this.#depth--;
    const field = this.#field;
    this.#field = null;
    return field === null || this.fields.put(field, this.#text);
  }
}
