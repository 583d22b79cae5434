import { isUtf8 } from 'node:buffer';
import type { JsonLimits } from './limits.ts';

export type JsonTextLimits = Pick<JsonLimits, 'depthMax' | 'containersMax' | 'distinctKeysMax'>;

/**
 * Parses a body as JSON in UTF-8, skipping a byte order mark (contract §2). Undefined when it is
 * none, or when it is built to make the parser slow rather than to be understood.
 */
export function parseJson(body: Buffer, limits: JsonTextLimits): unknown {
  if (!isUtf8(body) || !isHarmless(body, limits)) return undefined;
  try {
    return JSON.parse(readText(body));
  } catch {
    return undefined;
  }
}

/**
 * Parses a body once more that `parseJson` has taken, with whole numbers of more digits than a number keeps as texts:
 * a reference of nineteen digits stays what it is.
 */
export function parseExactly(body: Buffer): unknown {
  return JSON.parse(quoteLongNumbers(readText(body)));
}

/** Whether a number has every digit that it was written with; fractions count as such. */
export function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || !Number.isInteger(value);
}

function readText(body: Buffer): string {
  return body.toString('utf8', startsWithMark(body) ? 3 : 0);
}

/** Of up to fifteen digits every number is exact. */
const longNumber = /^-?\d{16,}$/;

/** Makes texts of the long whole numbers in a text that is known to be JSON. */
function quoteLongNumbers(text: string): string {
  let quoted = '';
  let done = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === quote) {
      i = findStringEnd(text, i);
    } else if (isNumberUnit(unit)) {
      const start = i;
      while (isNumberUnit(text.charCodeAt(i + 1))) i++;
      const number = text.slice(start, i + 1);
      if (!longNumber.test(number)) continue;
      quoted += `${text.slice(done, start)}"${number}"`;
      done = i + 1;
    }
  }
  return quoted + text.slice(done);
}

/** Where the string that begins at `start` has its other quote. */
function findStringEnd(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== quote) {
    i += text.charCodeAt(i) === backslash ? 2 : 1;
  }
  return i;
}

/** Digits, signs, the point and the exponent, of which an `e` alone is part of a word. */
function isNumberUnit(unit: number): boolean {
  return (
    (unit >= 0x2b && unit <= 0x39 && unit !== comma && unit !== slash) || (unit | 0x20) === 0x65
  );
}

function startsWithMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

const quote = 0x22;
const comma = 0x2c;
const slash = 0x2f;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Whether a text, if it is JSON, is within the limits on its structure. Costs a nanosecond a byte, against a
 * tenth of a microsecond that the parser takes for a byte of the worst ones: every object that has
 * keys of its own makes it build a new layout.
 */
function isHarmless(body: Buffer, limits: JsonTextLimits): boolean {
  const { depthMax, containersMax, distinctKeysMax } = limits;
  // A short text cannot have as many keys: each takes at least a letter, quotes, colon, value, comma.
  const keys = body.length > distinctKeysMax * 5 ? new Set<number>() : null;
  let depth = 0;
  let containers = 0;
  let lastString = 0;
  for (let i = 0; i < body.length; i++) {
    switch (body[i] ?? 0) {
      case quote: {
        let hash = 0;
        for (i++; i < body.length && body[i] !== quote; i++) {
          if (body[i] === backslash) i++;
          hash = (Math.imul(hash, 31) + (body[i] ?? 0)) | 0;
        }
        lastString = hash;
        break;
      }
      case colon:
        if (keys !== null && keys.add(lastString).size > distinctKeysMax) return false;
        break;
      case openBrace:
      case openBracket:
        containers++;
        depth++;
        if (depth > depthMax || containers > containersMax) return false;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
    }
  }
  return true;
}
