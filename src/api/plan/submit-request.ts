import type { Account, Accounts } from '../../core/account.ts';
import type { DoorRequest } from '../door.ts';
import { findAccount, readTokenHeader } from '../product-token.ts';

/** `{"submit_sm": "<hexadecimal>"}`: a PDU as a customer's bind would send it. */
export interface SubmitRequest {
  /** Null when the header names none. */
  readonly account: Account | null;
  /** Null when it is not hexadecimal. */
  readonly pdu: Buffer | null;
}

/** A request's body, hexadecimal digits and all, is shorter; a JSON request begins otherwise. */
const submitPattern = /^\s*\{\s*"submit_sm"\s*:\s*"([^"]*)"\s*\}\s*$/;

/** Hexadecimal octets; white space between them is let through, as dumps have it. */
const hexPattern = /^(?:[0-9a-f]{2})+$/i;

/** Null when the body is no such thing. */
export function readSubmit(request: DoorRequest, accounts: Accounts): SubmitRequest | null {
  const [, digits] = submitPattern.exec(request.body.toString('utf8')) ?? [];
  if (digits === undefined) return null;
  const account = findAccount(accounts, readTokenHeader(request.headers));
  const hex = digits.replaceAll(' ', '');
  return {
    account: typeof account === 'string' ? null : account,
    pdu: hexPattern.test(hex) ? Buffer.from(hex, 'hex') : null,
  };
}
