import type { Clock } from '../lib/clock.ts';
import {
  changeSettings,
  createHandsetSettings,
  type HandsetPatch,
  type HandsetSettings,
} from './handset.ts';
import { type ArrivingPart, createInbox, type Inbox, type ReceivedMessage } from './inbox.ts';

/** So many phones are kept; the one that was not used for the longest time goes, its settings too. */
export const handsetsMaxDefault = 10_000;

/** So many messages a phone keeps; the oldest goes. */
export const inboxMaxDefault = 100;

/** A virtual phone: a number, how it is, and what it has received. */
export interface Handset {
  /** Digits without prefix. */
  readonly number: string;
  readonly settings: HandsetSettings;
  readonly inbox: Inbox;
  /** Rises with every use of any phone: the place in `recent`. */
  readonly usedAt: number;
}

/** All virtual phones. Any number written to becomes one (DESIGN §8). */
export interface Handsets {
  readonly size: number;
  /** The phone of a number, made when there is none. Counts as a use. */
  use(number: string): Handset;
  /** The phone of a number if there is one; no use. */
  find(number: string): Handset | undefined;
  /** Phones from the latest used on, only those used before `before` when given; at most `limit`. */
  recent(limit: number, before?: number): readonly Handset[];
  /** Changes a phone's settings, at once; makes the phone when there is none. */
  change(number: string, patch: HandsetPatch): Handset;
  /** A message or a part arrives, no questions asked. The message when it is complete. */
  receive(number: string, part: ArrivingPart): ReceivedMessage | null;
  /** Calls `listener` for every message a reader gets to see; returns how to stop that. */
  onMessage(listener: MessageListener): () => void;
  /** Calls `listener` after every change of settings; returns how to stop that. */
  onChange(listener: (handset: Handset) => void): () => void;
}

export type MessageListener = (number: string, message: ReceivedMessage) => void;

export interface HandsetsOptions {
  clock: Clock;
  handsetsMax?: number;
  inboxMax?: number;
}

interface MutableHandset extends Handset {
  settings: HandsetSettings;
  usedAt: number;
}

export function createHandsets(options: HandsetsOptions): Handsets {
  const { clock } = options;
  const handsetsMax = options.handsetsMax ?? handsetsMaxDefault;
  const inboxMax = options.inboxMax ?? inboxMaxDefault;
  // A Map remembers the order of insertion: the first is the one unused for the longest time.
  const handsets = new Map<string, MutableHandset>();
  const messageListeners = new Set<MessageListener>();
  const changeListeners = new Set<(handset: Handset) => void>();
  let uses = 0;
  let latest: MutableHandset | null = null;

  function use(number: string): MutableHandset {
    if (latest?.number === number) return latest;
    const handset = handsets.get(number) ?? {
      number,
      settings: createHandsetSettings(number),
      inbox: createInbox(inboxMax),
      usedAt: 0,
    };
    handsets.delete(number);
    handsets.set(number, handset);
    handset.usedAt = ++uses;
    latest = handset;
    if (handsets.size > handsetsMax) {
      for (const oldest of handsets.keys()) {
        handsets.delete(oldest);
        break;
      }
    }
    return handset;
  }

  return {
    get size() {
      return handsets.size;
    },
    use,
    find: (number) => handsets.get(number),
    recent(limit, before = Number.POSITIVE_INFINITY) {
      const newestFirst = [...handsets.values()].reverse();
      const start = newestFirst.findIndex((handset) => handset.usedAt < before);
      return start < 0 ? [] : newestFirst.slice(start, start + limit);
    },
    change(number, patch) {
      const handset = use(number);
      handset.settings = changeSettings(handset.settings, patch, clock.now());
      for (const listener of changeListeners) listener(handset);
      return handset;
    },
    receive(number, part) {
      const message = use(number).inbox.receive(part, clock.now());
      if (message === null) return null;
      for (const listener of messageListeners) listener(number, message);
      return message;
    },
    onMessage(listener) {
      messageListeners.add(listener);
      return () => void messageListeners.delete(listener);
    },
    onChange(listener) {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
  };
}
