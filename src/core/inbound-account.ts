import type { Channel } from './channel-names.ts';

/** What an account wants to be told of incoming messages, and which are its own. */
export interface InboundAccount {
  readonly id: string;
  readonly webhook: InboundWebhook | null;
  /** Where events go (contract §9.7). */
  readonly events: EventsWebhook | null;
  readonly numbers: readonly OwnedNumber[];
  /** Absent for a channel: the defaults. */
  readonly words: Readonly<Partial<Record<Channel, OptOutWords>>>;
  /** Whether it has SMPP sessions, which get its messages as well. */
  readonly hasSessions: boolean;
}

/** Where and how incoming messages are delivered (contract §9). */
export interface InboundWebhook {
  /** For "get" with placeholders in its query. */
  readonly url: string;
  readonly format: 'json' | 'flat-json' | 'xml' | 'get';
  /** The keys of the Standard Webhooks signature, raw bytes; without any nothing is signed. */
  readonly signingKeys: readonly Uint8Array[];
}

export type EventsWebhook = Pick<InboundWebhook, 'url' | 'signingKeys'>;

/** A number or short code that an account receives at. */
export interface OwnedNumber {
  readonly number: string;
  /** Of a number that several share: the first word of what is written to this account; null: all the rest. */
  readonly keyword: string | null;
}

/** Words that a recipient writes to get no more messages, or messages again. */
export interface OptOutWords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}
