import type { Channel } from '../core/channel-names.ts';

/** What there is to see of a message. */
interface Shown {
  readonly channel: Channel;
  readonly from: string;
  /** The decoded text; hexadecimal when it is not text. */
  readonly text: string;
  readonly encoding: ReceivedEncoding;
  /** How many parts this stands for: more than one when the network or the phone joined them. */
  readonly parts: number;
  /** Shown at once and not kept by real phones (class 0). */
  readonly flash: boolean;
  /** What an app shows, in the words of its provider. */
  readonly rich?: Readonly<Record<string, unknown>>;
  /** The provider's id of it, of an app alone. */
  readonly providerId?: string;
}

/** A message or a part of one as it arrives at a phone. */
export interface ArrivingPart extends Shown {
  /** Set when the phone must wait for the other parts. */
  readonly concat: ConcatPosition | null;
}

export interface ConcatPosition {
  /** Ties the parts of one message together; parts of other senders never share a set. */
  readonly key: string;
  readonly total: number;
  /** 1 to `total`. */
  readonly sequence: number;
}

/** How a text travelled; "binary" is everything that is not text. */
export type ReceivedEncoding = 'gsm7' | 'ucs2' | 'latin1' | 'ascii' | 'binary' | 'utf8';

/** A message as its reader sees it. */
export interface ReceivedMessage extends Shown {
  /** Rises with every message of the inbox. */
  readonly id: number;
  /** Epoch milliseconds at which the last part came. */
  readonly receivedAt: number;
  state: 'unread' | 'read';
}

/** A concatenated message that is not complete; the reader sees nothing of it yet. */
export interface IncompleteMessage {
  readonly from: string;
  readonly total: number;
  /** The parts that have come, in order. */
  readonly present: readonly number[];
  /** Epoch milliseconds at which the first part came. */
  readonly since: number;
}

export interface Inbox {
  /** The latest messages, oldest first. */
  readonly messages: readonly ReceivedMessage[];
  readonly incomplete: readonly IncompleteMessage[];
  /** Takes a part; the message when this completes one, else null. */
  receive(part: ArrivingPart, at: number): ReceivedMessage | null;
  clear(): void;
}

/** So many unfinished messages a phone keeps; the oldest goes. */
export const incompleteMax = 20;

interface PartSet {
  readonly from: string;
  readonly total: number;
  readonly since: number;
  readonly texts: Map<number, string>;
}

/** The inbox of one phone; keeps the latest `messagesMax`. */
export function createInbox(messagesMax: number): Inbox {
  let messages: ReceivedMessage[] = [];
  const sets = new Map<string, PartSet>();
  let lastId = 0;

  function keep(part: ArrivingPart, text: string, parts: number, at: number): ReceivedMessage {
    const { channel, from, encoding, flash, rich, providerId } = part;
    const message: ReceivedMessage = {
      id: ++lastId,
      channel,
      from,
      text,
      encoding,
      parts,
      flash,
      receivedAt: at,
      state: 'unread',
      ...(rich === undefined ? {} : { rich }),
      ...(providerId === undefined ? {} : { providerId }),
    };
    messages.push(message);
    // Shortened now and then, not at every message, so that a full inbox costs no more.
    if (messages.length >= messagesMax * 1.5) messages = messages.slice(-messagesMax);
    return message;
  }

  return {
    get messages() {
      return messages.slice(-messagesMax);
    },
    get incomplete() {
      return Array.from(sets.values(), ({ from, total, since, texts }) => ({
        from,
        total,
        present: [...texts.keys()].toSorted((a, b) => a - b),
        since,
      }));
    },
    receive(part, at) {
      if (part.concat === null || part.concat.total === 1) {
        return keep(part, part.text, part.parts, at);
      }
      const { key, total, sequence } = part.concat;
      const setKey = `${part.from}\n${key}\n${total}`;
      let set = sets.get(setKey);
      if (set === undefined) {
        set = { from: part.from, total, since: at, texts: new Map() };
        sets.set(setKey, set);
        if (sets.size > incompleteMax) dropOldest(sets);
      }
      // A part that comes again takes the place of the first (sms-operators §6).
      set.texts.set(sequence, part.text);
      if (set.texts.size < total) return null;
      sets.delete(setKey);
      let text = '';
      for (let number = 1; number <= total; number++) text += set.texts.get(number) ?? '';
      return keep(part, text, total, at);
    },
    clear() {
      messages = [];
      sets.clear();
    },
  };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
