import { isUtf8 } from 'node:buffer';
import type { JsonLimits } from './limits.ts';

export type JsonTextLimits = Pick<JsonLimits, 'depthMax' | 'containersMax' | 'distinctKeysMax'>;

/**
 * Parses a body as JSON in UTF-8, skipping a byte order mark (contract §2). Undefined when it is
 * none, or when it is built to make the parser slow rather than to be understood.
 */
export function parseJson(body: Buffer, limits: JsonTextLimits): unknown {
  return parse(body, limits);
}

/**
 * The same, several times as slow, with each number that is not `isExact` as the text it was written as: a reference
 * of nineteen digits stays what it is.
 */
export function parseJsonExactly(body: Buffer, limits: JsonTextLimits): unknown {
  return parse(body, limits, keepSource);
}

/** Whether a number written as text again has the digits that were sent. */
export function isExact(value: number): boolean {
  return Number.isSafeInteger(value);
}

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const keepSource: Reviver = (_key, value, context) =>
  typeof value === 'number' && !isExact(value) ? (context?.source ?? value) : value;

function parse(body: Buffer, limits: JsonTextLimits, reviver?: Reviver): unknown {
  if (!isUtf8(body) || !isHarmless(body, limits)) return undefined;
  try {
    return JSON.parse(body.toString('utf8', startsWithMark(body) ? 3 : 0), reviver);
  } catch {
    return undefined;
  }
}

function startsWithMark(body: Buffer): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

const quote = 0x22;
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
