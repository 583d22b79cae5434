import type { InboundMessage } from '../../core/inbound.ts';
import type { OptOut } from '../../core/opt-out.ts';
import type { QueuedInbound } from '../inbound-contract.ts';
import type { CellReader } from './cells.ts';
import { readChannel } from './words.ts';

/** What retention removes of an incoming message: all that its sender said. */
type Content = Pick<InboundMessage, 'text' | 'fromName' | 'media' | 'custom' | 'udh'>;

const noContent: Content = { text: '', fromName: null, media: null, custom: null, udh: null };

/**
 * The two columns of a message. As JSON, which also keeps halves of surrogate pairs that a long message was cut at
 * and that no UTF-8 can hold.
 */
export function writeInbound(message: InboundMessage): { head: string; content: string } {
  const { text, fromName, media, custom, udh, ...head } = message;
  return {
    head: JSON.stringify(head),
    content: JSON.stringify({ text, fromName, media, custom, udh } satisfies Content),
  };
}

/** Reads the columns `head` and `content`. */
export function readInbound(cells: CellReader): InboundMessage {
  const head: Omit<InboundMessage, keyof Content> = JSON.parse(cells.text());
  const content: Content = JSON.parse(cells.textOrNull() ?? 'null') ?? noContent;
  return { ...head, ...content };
}

/** Reads the columns `queue`, `sequence`, `attempts`, `due` and those of the message. */
export function readQueued(cells: CellReader): QueuedInbound {
  const queue = cells.text();
  const sequence = cells.number();
  const attempts = cells.number();
  const due = cells.number();
  return { queue, message: readInbound(cells), attempts, due, sequence, isFollowing: false };
}

export function readOptOut(cells: CellReader): OptOut {
  const account = cells.text();
  const channel = readChannel(cells.text());
  const number = cells.text();
  const at = cells.number();
  return { account, channel, number, at, cause: cells.text() === 'api' ? 'api' : 'word' };
}
