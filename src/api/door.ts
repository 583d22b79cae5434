import type { Readable } from 'node:stream';

/**
 * An HTTP request and its answer as plain values: a door is a function between them and can be
 * tested, and simulated, without a port.
 */
export interface DoorRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  /** The raw query string without "?"; may hold secrets, so it never reaches a log. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The address of the client: of the other side, or what a proxy that we trust says. */
  readonly peer: string;
  /** The address has named too many accounts that there are not: look for a known token before parsing. */
  readonly isSuspect?: boolean;
}

export interface DoorResponse {
  /** The request named no account of ours: that counts against its address. */
  readonly isStranger?: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent in place of the body, as it is read. */
  readonly file?: { readonly octets: number; open(): Readable };
}

/** Answers a request. A rejection is a bug or a broken store; the listener logs it and answers for it. */
export type Door = (request: DoorRequest) => Promise<DoorResponse>;
