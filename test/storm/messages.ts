import { chooseEncoding, countParts, partsMaxLimit } from '../../src/text/segmentation.ts';
import { indexDigits, indexOfText } from '../rig/message-index.ts';
import type { DoomedNumbers } from '../rig/smsc-settings.ts';

/** What the operator makes of a message, each time it is submitted. */
export type Fate = 'delivered' | 'undeliverable' | 'refused';

/** The status that the customer must be told at the end (contract §8.4). */
export const endOf: Readonly<Record<Fate, number>> = { refused: 1, delivered: 2, undeliverable: 3 };

/** Numbers that always fail: the customer knows what to expect of each message it sent. */
export const doomed: DoomedNumbers = { modulo: 16, undeliverable: [3], refused: [7] };

export function fateOf(index: number): Fate {
  const remainder = index % doomed.modulo;
  if (doomed.undeliverable.includes(remainder)) return 'undeliverable';
  return doomed.refused.includes(remainder) ? 'refused' : 'delivered';
}

/** One `msg` of a request (contract §3). Recipient, reference and every part of the text name its number. */
export function writeMessage(index: number) {
  return {
    from: 'Chappe',
    to: [{ number: `00${numberOf(index)}` }],
    body: { type: 'auto', content: textOf(index) },
    allowedChannels: ['SMS'],
    reference: referenceOf(index),
  };
}

/** The handset of a message. */
export function numberOf(index: number): string {
  return `316${digitsOf(index)}`;
}

export function referenceOf(index: number): string {
  return `storm${digitsOf(index)}`;
}

export function textOf(index: number): string {
  return writeText(index, `#${digitsOf(index)}#`);
}

/** How many SMS a message has. */
export function partsOf(index: number): number {
  const text = textOf(index);
  return countParts(text, chooseEncoding(text), partsMaxLimit);
}

function digitsOf(index: number): string {
  return String(index).padStart(indexDigits, '0');
}

/** The message number in a text or in one part of it; -1 when there is none. */
export function indexInText(text: string): number {
  return indexOfText(/#(\d{8})#/.exec(text)?.[1] ?? '');
}

/** One message in 25 has three GSM parts, one two parts in UCS-2. */
function writeText(index: number, token: string): string {
  // A token every 20 characters is whole in each part, wherever the text is cut.
  if (index % 25 === 10) return `${token} the bread`.repeat(20);
  if (index % 25 === 20) return `${token} хлеб ждёт`.repeat(5);
  return `Your bread is ready, order ${token}`;
}
