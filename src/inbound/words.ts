import type { OptOutWords } from '../core/inbound-account.ts';

/** The words of an account that configures none of its own. */
export const defaultWords: OptOutWords = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'ARRET', 'ARRÊT', 'STOPP', 'AFMELDEN', 'BAJA'],
  start: ['START', 'UNSTOP'],
};

/** A longer text is no word. */
export const wordCharactersMax = 40;

const edges = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/**
 * What a text asks for: only the word itself, in any case, with whatever punctuation and blanks around it. "Stop!" is
 * one, "Please stop" is not.
 */
export function judgeText(text: string, words: OptOutWords): 'add' | 'remove' | null {
  if (text.length > wordCharactersMax) return null;
  const word = readWord(text);
  if (word === '') return null;
  if (words.stop.some((stop) => readWord(stop) === word)) return 'add';
  return words.start.some((start) => readWord(start) === word) ? 'remove' : null;
}

/** The first word of a text as keywords are compared. */
export function readKeyword(text: string): string {
  return readWord(text.trimStart().split(/\s/u, 1)[0]?.slice(0, wordCharactersMax) ?? '');
}

function readWord(text: string): string {
  return text.normalize('NFC').replace(edges, '').toUpperCase();
}
