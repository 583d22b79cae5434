import type { Channel } from './channel-names.ts';
import type { Groupings, MessageId } from './message.ts';

/** An incoming message (MO) as an account gets it: whole, and tied to the message it answers. */
export interface InboundMessage {
  readonly id: MessageId;
  readonly account: string;
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
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** MCC and MNC digits where known. */
  readonly operator: string | null;
  readonly media: InboundMedia | null;
  /** `message.custom` of contract §9.1 as JSON text; null when there is nothing. */
  readonly custom: string | null;
  /** Which message the handset replied to, where the channel knows. */
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
