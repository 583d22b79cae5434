import type { Channel } from './channel-names.ts';

/** 32 lower-case hexadecimal characters; see `lib/message-id.ts`. */
export type MessageId = string;

/** The door a message came in by. */
export type Door = 'json' | 'xml' | 'get' | 'smpp';

/** How a text goes out over SMS. */
export type Encoding = 'gsm7' | 'ucs2' | 'binary';

/**
 * One message (MT): one recipient of one `msg`, as intake accepted it. Nothing in it ever changes;
 * what does change is its `Live` state in `lifecycle.ts`.
 */
export interface Message {
  readonly id: MessageId;
  readonly account: string;
  readonly door: Door;
  /** Epoch milliseconds. */
  readonly acceptedAt: number;
  /** Epoch milliseconds: the end of the validity, over all steps together (contract §3.7). */
  readonly expiresAt: number;
  readonly from: string;
  /** The recipient exactly as it was sent; responses and reports echo it (contract §3.3). */
  readonly to: string;
  /** The recipient as digits without prefix, or the channel's own id. */
  readonly msisdn: string;
  readonly reference: string | null;
  readonly groupings: Groupings;
  /** MCC and MNC digits where known, e.g. "20408". */
  readonly operator: string | null;
  /** What the handset's owner pays for it, in cents, as the customer said; null when nothing was said. */
  readonly tariff: number | null;
  /** The steps in the order in which they are tried. At least one. */
  readonly plan: readonly Step[];
  /** Which statuses the account wants to be told, as a bit mask of `statusBit`. */
  readonly wants: number;
  /** The outbox queue its status reports go to, e.g. "status:demo"; null when nobody listens. */
  readonly reportTo: string | null;
  readonly content: Content;
}

/** The three custom groupings; null where none was given. */
export type Groupings = readonly [string | null, string | null, string | null];

/** What is sent. Stored apart from the rest of the message, for retention and erasure. */
export interface Content {
  /** The body: text, or hexadecimal when the encoding is binary. */
  readonly text: string;
  readonly encoding: Encoding;
  /** A user data header given by the sender, hexadecimal (contract §5.2). */
  readonly udh: string | null;
  /** Text beyond this many SMS parts is cut off. */
  readonly partsMax: number;
  /** `richContent` as JSON text, already checked; null when the message has none. */
  readonly rich: string | null;
  /** The app of the Push channel. */
  readonly appKey: string | null;
}

/** One channel of a message's fallback plan. */
export interface Step {
  readonly channel: Channel;
  /** The name of the connection that serves it. */
  readonly connection: string;
  /** How many parts (PDUs, provider calls) this step has. */
  readonly parts: number;
  /** Go on to the next step when nothing final is known after this time; null = wait for the validity. */
  readonly timeoutMs: number | null;
  /** The concatenation reference of a multi-part SMS, 16 bits; re-used when a part is sent again. */
  readonly concatReference: number;
}
