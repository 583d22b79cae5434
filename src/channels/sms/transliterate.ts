import { encodeGsm, escapeSeptet, isGsm } from '../../text/gsm0338.ts';

/** Typographic characters and their plain form, one septet each, so that no part gets longer. */
const plainForms: ReadonlyMap<string, string> = new Map([
  ...pairs('\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc', "'"),
  ...pairs('\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb', '"'),
  ...pairs('\u2010\u2011\u2012\u2013\u2014\u2015\u2212', '-'),
  ...pairs(
    '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t',
    ' ',
  ),
  ...pairs('\u2022\u00b7\u2023\u25cf', '*'),
  ...pairs('\u2039', '<'),
  ...pairs('\u203a', '>'),
  ...pairs('\u00d7', 'x'),
  ...pairs('\u0131', 'i'),
  ...pairs('\u0142', 'l'),
  ...pairs('\u0141', 'L'),
  ...pairs('\u0111', 'd'),
  ...pairs('\u0110', 'D'),
  ...pairs('\u00e7', 'c'),
]);

/**
 * Replaces what GSM 03.38 lacks by its plain form where there is one: typographic quotes, dashes
 * and spaces, letters without their accent. The number of septets, and so of parts, stays what it
 * was with "?" in these places, which is what the plan was made for.
 */
export function transliterate(text: string): string {
  if (isGsm(text)) return text;
  let plain = '';
  for (const character of text) plain += isGsm(character) ? character : writePlain(character);
  return plain;
}

function writePlain(character: string): string {
  const form = plainForms.get(character) ?? character.normalize('NFD').charAt(0);
  return isGsm(form) && encodeGsm(form)[0] !== escapeSeptet ? form : character;
}

function* pairs(characters: string, form: string): Generator<[string, string]> {
  for (const character of characters) yield [character, form];
}
