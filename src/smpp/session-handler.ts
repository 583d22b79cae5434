import type { PduFault } from './pdu-fault.ts';
import type {
  AnsweredRequestPdu,
  EnquireLink,
  GenericNack,
  RequestPdu,
  ResponsePdu,
  Unbind,
} from './pdus.ts';

/** What a session tells its owner. Called from inside `receive`, `tick`, `respond` and `close`. */
export interface SessionHandler<Token> {
  /**
   * A request that the state allows. Answer it with `respond` or `refuse`, now or later, once;
   * outbind and alert_notification have no answer.
   */
  handleRequest(request: PassedRequest): void;
  /** The response to `request`, positive or negative. */
  handleResponse(response: ResponsePdu | GenericNack, token: Token): void;
  /** A request whose response will never be known: it may or may not have taken effect. */
  handleUnknown(token: Token, why: UnknownReason): void;
  /** The peer unbinds: nothing more can be sent. It is answered once nothing is owed to it. */
  handleUnbind(): void;
  /** The end; comes once, after all unknown requests. Close the connection. */
  handleClosed(reason: CloseReason): void;
  /** A PDU that could not be read, for the log; the session has dealt with it. */
  handleFault?(fault: PduFault): void;
}

/** The requests that the session does not answer by itself. */
export type PassedRequest = Exclude<RequestPdu, EnquireLink | Unbind>;

/** Those of them that are answered. */
export type AnsweredRequest = Extract<PassedRequest, AnsweredRequestPdu>;

export type UnknownReason = 'timed_out' | 'unreadable' | 'closed';

export type CloseReason =
  | 'unbound'
  | 'unbound_by_peer'
  | 'unbind_timed_out'
  | 'bind_timed_out'
  | 'enquire_link_timed_out'
  | 'incomplete_pdu'
  | 'framing_lost'
  | 'too_many_faults'
  | 'generic_nack'
  | 'connection_lost'
  | 'slow_reader'
  | 'refused'
  | 'shutdown';

/** Things that go wrong without ending anything. */
export interface SessionCounters {
  /** Responses to nothing of ours: late, repeated or invented. */
  unmatchedResponses: number;
  /** PDUs that could not be read. */
  faults: number;
  /** Requests refused by the rules of §2.3. */
  violations: number;
  /** Requests refused because too many were unanswered. */
  overflows: number;
}
