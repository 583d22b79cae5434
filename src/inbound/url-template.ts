import type { InboundMessage } from '../core/inbound.ts';
import { urlCharactersMax } from '../lib/guarded-url.ts';
import { formatAmsterdam } from '../lib/local-time.ts';
import { international, textOf } from './render.ts';

/** What can be put into a URL, by the names of contract §9.4. */
const placeholders = {
  sender: (message: InboundMessage) => international('00', message.from),
  receiver: (message: InboundMessage) => international('00', message.to),
  message: textOf,
  operator: (message: InboundMessage) => message.operator ?? '',
  reference: (message: InboundMessage) => message.reference ?? '',
  time: (message: InboundMessage) => formatAmsterdam(message.receivedAt),
  channel: (message: InboundMessage) => message.channel,
} as const;

const braces = /\{(\w*)\}/g;

type Name = keyof typeof placeholders;

/**
 * What is wrong with a template, as a sentence for the one who typed it; null when nothing is. Placeholders may stand
 * in the query only: in the host they would let a handset choose who is called, in the path which page.
 */
export function checkTemplate(template: string): string | null {
  const url = URL.parse(template);
  if (url === null) return 'it is not a URL';
  const names = [...url.search.matchAll(braces)].map(([, name = '']) => name);
  const strange = names.find((name) => !isName(name));
  const known = Object.keys(placeholders)
    .map((name) => `{${name}}`)
    .join(', ');
  if (strange !== undefined) return `"{${strange}}" is none of ${known}`;
  const count = [...template.matchAll(braces)].length;
  if (count > names.length) return 'placeholders may stand behind the "?" only';
  return names.length === 0 ? `it needs at least one of ${known} behind a "?"` : null;
}

/** The URL for a message. A text that would make it longer than can be called is cut at its end. */
export function fillTemplate(template: string, message: InboundMessage): string {
  const url = URL.parse(template);
  if (url === null) return template;
  url.hash = '';
  const mark = url.href.indexOf('?');
  const [before, query] = [url.href.slice(0, mark + 1), url.href.slice(mark + 1)];
  const fill = (text: string): string =>
    before +
    query.replace(braces, (whole, name: string) => {
      if (!isName(name)) return whole;
      return encode(name === 'message' ? text : placeholders[name](message));
    });
  const filled = fill(textOf(message));
  if (filled.length <= urlCharactersMax) return filled;
  return fill(cutText(textOf(message), urlCharactersMax - fill('').length));
}

/** The beginning of a text that takes at most so many characters when it is encoded. */
function cutText(text: string, charactersMax: number): string {
  let cut = '';
  let left = charactersMax;
  for (const character of text) {
    left -= encode(character).length;
    if (left < 0) break;
    cut += character;
  }
  return cut;
}

/** Half of a surrogate pair becomes U+FFFD instead of an exception. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function isName(text: string): text is Name {
  return Object.hasOwn(placeholders, text);
}
