import type { Account } from '../core/account.ts';
import type { Door, Groupings, MessageId } from '../core/message.ts';
import type { Rejection } from './rejection.ts';

/**
 * What every door makes of what it was sent. Fields are as they came: a door only finds them in its
 * form, and intake alone decides whether they are right. Null is absent.
 */
export interface IntakeRequest {
  readonly account: Account;
  readonly door: Door;
  readonly messages: readonly IntakeMessage[];
  /** `each`: good messages are accepted beside bad ones. `all-or-nothing`: one bad one stops all. */
  readonly policy: 'each' | 'all-or-nothing';
  /** Where this request's reports go; null: where the account has configured. */
  readonly reports: { readonly to: string; readonly wants: number } | null;
}

/** One `msg`: a text for one or more recipients. */
export interface IntakeMessage {
  readonly from: string | null;
  readonly to: Recipients;
  readonly body: IntakeBody | null;
  readonly allowedChannels: readonly string[] | 'not-an-array' | null;
  readonly reference: string | null;
  readonly groupings: Groupings;
  readonly validity: string | null;
  /** NaN when something was sent that is no number; the same for the parts. */
  readonly dcs: number | null;
  readonly partsMin: number | null;
  readonly partsMax: number | null;
  readonly appKey: string | null;
  readonly rich: RichContent | null;
  /** MCC and MNC digits where the customer names the operator; absent: the number's block tells. */
  readonly operator?: string | null;
  /** What the handset's owner pays, in cents (contract §11.2). */
  readonly tariff?: number | null;
}

/** A recipient is null where its number is absent. */
export type Recipients = readonly (string | null)[] | 'not-an-array' | 'too-many' | null;

export interface IntakeBody {
  readonly content: string | null;
  /** AUTO, TEXT or BINARY in any case (contract §3.4). */
  readonly type: string | null;
  /** The sender's own user data header, hexadecimal with its length octet (contract §5.2). */
  readonly header: string | null;
}

/** Rich content that the door has read, or a sentence that says what is wrong with it. */
export type RichContent =
  | { readonly json: string; readonly items: number }
  | { readonly fault: string };

export type IntakeResult =
  | {
      readonly kind: 'done';
      /** 0 when anything was rejected under `all-or-nothing`. */
      readonly accepted: number;
      /** One for each `msg` and recipient, in the order of the request. */
      readonly results: readonly MessageResult[];
    }
  /** Nothing was accepted, because no route serves any of the messages, all of which are good. */
  | { readonly kind: 'unroutable' }
  /** Nothing was accepted, because a trial account has too few messages left. */
  | { readonly kind: 'insufficient-balance' }
  /** Nothing was accepted, because the request is over `requestMessagesMax`. */
  | { readonly kind: 'too-many-messages' }
  /** Nothing was accepted, because the request is over `requestCharactersMax`. */
  | { readonly kind: 'too-large' }
  /** Nothing was looked at: the gateway has no room. */
  | { readonly kind: 'busy' }
  /** Nothing was looked at: the account sends too fast, and may send again so much later, if that is known. */
  | { readonly kind: 'too-fast'; readonly waitMs: number | undefined };

export interface MessageResult {
  /** The recipient exactly as it was sent; null where there was none. */
  readonly to: string | null;
  readonly reference: string | null;
  /** Null unless it was accepted. */
  readonly id: MessageId | null;
  /** SMS parts; 1 when it goes out on another channel first; 0 unless it was accepted. */
  readonly parts: number;
  /** Null as well for good messages that `all-or-nothing` held back. */
  readonly rejection: Rejection | null;
}
