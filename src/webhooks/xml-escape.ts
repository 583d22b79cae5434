const special = /[&<>"'\r\p{Cc}\p{Cs}\ufffe\uffff]/u;

/**
 * Escapes text for an XML 1.0 document (spec "XML Protocol" names the five characters). What no XML
 * document can hold, such as most control characters (XML 1.0 §2.2), becomes U+FFFD.
 */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text;
  let escaped = '';
  for (const character of text) escaped += escapeCharacter(character);
  return escaped;
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    case "'":
      return '&apos;';
    // A parser would read a bare carriage return as a line feed.
    case '\r':
      return '&#13;';
    case '\t':
    case '\n':
      return character;
  }
  const code = character.codePointAt(0) ?? 0;
  const isIllegal = code < 0x20 || code === 0xfffe || code === 0xffff || isHalf(code);
  return isIllegal ? '\ufffd' : character;
}

/** Half of a surrogate pair, standing alone. */
function isHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}
