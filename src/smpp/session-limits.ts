import { boundFrameBytesMax, unboundFrameBytesMax } from './framer.ts';

/** What a session waits for and how much it takes. All have defaults for each role, below. */
export interface SessionLimits {
  /** Our requests without an answer at one time; not in the protocol, agreed with the operator. */
  windowMax: number;
  /** The peer's requests that we have not answered; what comes beyond is refused. */
  unansweredMax: number;
  /** From a request to its response. On expiry the outcome is unknown. */
  responseMs: number;
  /** From the connection to a successful bind. */
  bindMs: number;
  /** From the first octet of a PDU to its last. */
  incompletePduMs: number;
  /** Silence of the peer after which we ask whether it is there. */
  enquireLinkMs: number;
  /** From our enquire_link to anything from the peer. */
  enquireLinkTimeoutMs: number;
  /** From our unbind to its answer. */
  unbindMs: number;
  /** Bad PDUs in a row that close the session. */
  faultsMax: number;
  /** command_length before the bind and after it. */
  unboundFrameBytesMax: number;
  boundFrameBytesMax: number;
}

/** Towards an operator. */
export const esmeLimits: Readonly<SessionLimits> = {
  windowMax: 10,
  unansweredMax: 1000,
  responseMs: 30_000,
  bindMs: 30_000,
  incompletePduMs: 10_000,
  enquireLinkMs: 30_000,
  enquireLinkTimeoutMs: 10_000,
  unbindMs: 5_000,
  faultsMax: 3,
  unboundFrameBytesMax,
  boundFrameBytesMax,
};

/** Towards a customer (contract §11.1). */
export const smscLimits: Readonly<SessionLimits> = {
  ...esmeLimits,
  unansweredMax: 10,
  enquireLinkTimeoutMs: 60_000,
};
