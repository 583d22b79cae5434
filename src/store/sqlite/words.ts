import { type Channel, deliveryChannels } from '../../core/channel-names.ts';
import type { Rank, ReceiptState } from '../../core/lifecycle.ts';
import { rank } from '../../core/lifecycle.ts';
import type { Door, Encoding } from '../../core/message.ts';
import { type DeliveryError, isDeliveryError, type Status, status } from '../../core/status.ts';

/**
 * Words and numbers that come out of the database or from another thread as plain text and numbers,
 * checked on the way back to their types.
 */
export function readChannel(text: string): Channel {
  return pick(channels, text);
}

export function readDoor(text: string): Door {
  return pick(doors, text);
}

export function readEncoding(text: string): Encoding {
  return pick(encodings, text);
}

export function readReceiptState(text: string): ReceiptState {
  return pick(receiptStates, text);
}

export function readStatus(value: number): Status {
  return pick(statuses, value);
}

export function readRank(value: number): Rank {
  return pick(ranks, value);
}

export function readError(value: number): DeliveryError {
  if (!isDeliveryError(value)) throw new TypeError(`${value} is no delivery error`);
  return value;
}

export function isReceiptState(text: string): text is ReceiptState {
  return receiptStates.has(text);
}

const channels = table<string, Channel>(deliveryChannels);
const doors = table<string, Door>(['json', 'xml', 'get', 'smpp']);
const encodings = table<string, Encoding>(['gsm7', 'ucs2', 'binary']);
const statuses = table<number, Status>(Object.values(status));
const ranks = table<number, Rank>(Object.values(rank));
const receiptStates = table<string, ReceiptState>([
  'enroute',
  'delivered',
  'read',
  'failed',
  'rejected',
  'expired',
]);

function table<Plain, Word extends Plain>(words: readonly Word[]): Map<Plain, Word> {
  return new Map(words.map((word) => [word, word]));
}

function pick<Plain, Word>(words: Map<Plain, Word>, value: Plain): Word {
  const word = words.get(value);
  if (word === undefined) throw new TypeError(`unknown word in the store: ${String(value)}`);
  return word;
}
