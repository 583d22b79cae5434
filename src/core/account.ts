import type { Channel } from './channel-names.ts';
import type { Door } from './message.ts';

/** A customer of the gateway, as the configuration describes it. Secrets are not in here. */
export interface Account {
  readonly id: string;
  /** The channels in the account's configured order; null when none is configured (contract §3.6). */
  readonly channels: readonly Channel[] | null;
  /** Parts a text may have when the request sets no maximum (contract §3.5). */
  readonly partsMaxDefault: number;
  /** Strict: references must be 1-32 alphanumeric characters. Otherwise printable ASCII will do (contract §3.2). */
  readonly references: 'strict' | 'tolerant' | 'ignored';
  readonly wallet: 'none' | 'trial' | 'prepaid';
  readonly statusWebhook: StatusWebhook | null;
  /** Doors at which the account is not known; absent: none. */
  readonly closedDoors?: readonly Door[];
  /** How the account may bind over SMPP; absent: not at all. */
  readonly smpp?: SmppAccess;
  /** How fast it may ask; what is absent is as for all accounts. */
  readonly limits?: AccountRates;
}

/** What an account may do in a second over all doors together; what is absent has no limit. */
export interface AccountRates {
  readonly messagesPerSecond?: number | undefined;
  /** Messages that may come at once; absent: those of one second. */
  readonly burst?: number | undefined;
  /** Requests that bring no messages. */
  readonly requestsPerSecond?: number | undefined;
}

/** An account's binds over SMPP 3.4 (contract §11.1). Its password is not in here. */
export interface SmppAccess {
  readonly systemId: string;
  /** Networks (CIDR) that binds may come from; empty: from anywhere. */
  readonly allowedNetworks: readonly string[];
  readonly sessionsMax: number;
  /** Requests without an answer in one session, each way. */
  readonly window: number;
  /** Messages a second over all sessions of the account. */
  readonly ratePerSecond: number;
  /** The PDU that carries delivery receipts. */
  readonly receipts: 'deliver_sm' | 'data_sm';
  /** How a receipt's text spells "delivered" (contract §11.3). */
  readonly deliveredWord: 'DELIVRD' | 'DELIVERD';
  /** An incoming message beyond one SMS: concatenated parts, or one PDU with message_payload. */
  readonly longTexts: 'parts' | 'payload';
}

/** Where and how an account is told about its messages (contract §8). */
export interface StatusWebhook {
  readonly url: string;
  readonly format: 'json' | 'xml' | 'get';
  /** Which statuses are reported, as a bit mask of `statusBit`. */
  readonly statuses: number;
  /** The keys of the Standard Webhooks signature, raw bytes; without any nothing is signed. */
  readonly signingKeys: readonly Uint8Array[];
}

/** Finds accounts by their credentials. */
export interface Accounts {
  /** The account of a product token, compared without regard to case; null when there is none. */
  byToken(token: string): Account | null;
  byId(id: string): Account | null;
  all(): readonly Account[];
}
