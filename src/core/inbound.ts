import type { Channel } from './channel-names.ts';
import type { Groupings, Message, MessageId } from './message.ts';

/** What a channel says of an incoming message, or of one part of it, or of an event. */
interface Received {
  readonly channel: Channel;
  readonly connection: string;
  /** The handset as digits without prefix, or the channel's own id. */
  readonly from: string;
  /** The name that the channel gives for it. */
  readonly fromName: string | null;
  /** The number, short code or sender id that was written to. */
  readonly to: string;
  /** Text, or hexadecimal when `isBinary`. Empty for pure media. */
  readonly text: string;
  readonly isBinary: boolean;
  /** A user data header that is not concatenation, hexadecimal with its length octet. */
  readonly udh: string | null;
  /** Epoch milliseconds; of a long message, when its first part came. */
  readonly receivedAt: number;
  /** MCC and MNC digits where known. */
  readonly operator: string | null;
  /** What `MediaKeeper` has kept. */
  readonly media: InboundMedia | null;
  /** `message.custom` or `event.custom` of contract §9 as JSON text of an object; null when there is nothing. */
  readonly custom: string | null;
  /** The type of an event (contract §9.7), such as "SuggestionClick"; null for a message. */
  readonly event: string | null;
}

/** An incoming message (MO), or an event, as an account gets it: whole, and tied to the message it answers. */
export interface InboundMessage extends Received {
  readonly id: MessageId;
  /** Empty while it is nobody's. */
  readonly account: string;
  /**
   * Which message the handset replied to, where the channel knows: the reference of ours, or its id when it has none;
   * else the provider's id.
   */
  readonly context: string | null;
  /** The outbound message this answers (contract §9.1); null when none was found. */
  readonly answers: MessageId | null;
  /** Reference and groupings of that outbound message. */
  readonly reference: string | null;
  readonly groupings: Groupings;
}

export interface InboundMedia {
  readonly uri: string;
  readonly contentType: string;
  readonly title: string;
}

/** One incoming message, one part of a concatenated one, or one event, as the channel received it. */
export interface InboundPart extends Received {
  /** Set when this is a part of a longer message. */
  readonly concat: { reference: number; total: number; sequence: number } | null;
  /**
   * The provider's own id of it, the same when it is sent again: what was taken under this id before is passed
   * over. Null where there is none; then the same content within a short time counts as a repetition.
   */
  readonly providerId: string | null;
  /** The provider's id of the message, ours or the handset's own, that this is a reply to. */
  readonly context: string | null;
}

/** Where a part belongs in a longer message. */
export type Concat = NonNullable<InboundPart['concat']>;

/**
 * Puts the parts that came of a longer message together, in any order given. What is missing is left out and said in
 * `custom`, as `incomplete` with the parts that are there (from 1) and how many there should be.
 *
 * @param parts at least one; each with a sequence of its own.
 */
export function joinParts(
  parts: readonly { readonly message: InboundMessage; readonly sequence: number }[],
  total: number,
): InboundMessage {
  const inOrder = parts.toSorted((left, right) => left.sequence - right.sequence);
  const [first] = inOrder;
  if (first === undefined) throw new Error('a message has at least one part');
  const whole = {
    ...first.message,
    text: inOrder.map(({ message }) => message.text).join(''),
    receivedAt: Math.min(...inOrder.map(({ message }) => message.receivedAt)),
  };
  if (inOrder.length === total) return whole;
  const present = inOrder.map(({ sequence }) => sequence);
  return { ...whole, custom: JSON.stringify({ incomplete: { parts: present, total } }) };
}

/** A number, short code or name as it is compared: without the prefixes a number may have, in small letters. */
export function senderKey(text: string): string {
  return text.replace(/^(?:\+|00)(?=\d)/, '').toLowerCase();
}

/**
 * Whether an incoming message answers this outbound one, by who wrote to whom (contract §9.1). Over SMS it was written
 * to the sender of that message; elsewhere the connection is the sender, whatever the request said.
 */
export function isAnswerTo(
  incoming: Pick<InboundPart, 'channel' | 'connection' | 'from' | 'to'>,
  outbound: Pick<Message, 'from' | 'msisdn' | 'plan'>,
): boolean {
  if (outbound.msisdn !== incoming.from) return false;
  if (!outbound.plan.some(({ channel }) => channel === incoming.channel)) return false;
  if (senderKey(outbound.from) === senderKey(incoming.to)) return true;
  if (incoming.channel === 'SMS') return false;
  return outbound.plan.some(({ connection }) => connection === incoming.connection);
}
