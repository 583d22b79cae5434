import type { Rejection } from '../intake/rejection.ts';
import type { IntakeResult, MessageResult } from '../intake/request.ts';
import type { DoorResponse } from './door.ts';
import type { KeyRefusal } from './idempotency.ts';
import { describeRejection, requestErrors } from './json/errors.ts';
import { retryAfterIn } from './retry-after.ts';

/*
 * The answers of `/gateway.ashx` (contract §5.3, §6): HTTP 200 and nothing at all when everything was accepted,
 * else one line of text. What one line cannot say is in the header `X-Chappe-Reason`.
 */

const headers = {
  'content-type': 'text/plain; charset=utf-8',
  // An answer out of a cache would be a message that was never sent.
  'cache-control': 'no-store',
  // Errors repeat what was sent; no browser shall take that for a page.
  'x-content-type-options': 'nosniff',
};

const everythingAccepted: DoorResponse = { status: 200, headers, body: '' };

/** Neither GET nor POST. */
export const wrongMethod: DoorResponse = { status: 400, headers: { allow: 'GET, POST' }, body: '' };

/** Texts that both gateways have. */
export const plainTexts = {
  unknown: 'Unknown error',
  'account-unknown': 'No account found for the given authentication',
  'insufficient-balance': 'Insufficient balance.',
  unroutable: 'Message is unrouteable.',
} as const;

export function renderPlainError(text: string): DoorResponse {
  return { status: 200, headers, body: `Error: ERROR ${text}` };
}

/** The error of a request that names no account of ours. */
export function renderStranger(text: string): DoorResponse {
  return { ...renderPlainError(text), isStranger: true };
}

/** An error for which the specification has no text of its own ("check the provided values"). */
export function renderUnknown(reason?: string): DoorResponse {
  const answer = renderPlainError(plainTexts.unknown);
  if (reason === undefined) return answer;
  return { ...answer, headers: { ...headers, 'x-chappe-reason': reason } };
}

/** A rejection that has no text of its own: what the JSON door says about it is the reason. */
export function renderOtherRejection(rejection: Rejection): DoorResponse {
  const { code, details } = describeRejection(rejection);
  return renderUnknown(`${code} ${details}`);
}

/** The gateway's own refusals, with statuses of their own: nobody has looked at the request. */
export function renderRefusal(
  why: 'body-too-large' | 'too-many-requests' | 'busy' | KeyRefusal,
  waitMs?: number,
): DoorResponse {
  const { status, details } = requestErrors[why];
  const isTemporary = status === 409 || status === 429 || status === 503;
  return {
    status,
    headers: isTemporary ? { ...headers, ...retryAfterIn(waitMs) } : headers,
    body: `Error: ERROR ${details}`,
  };
}

/** The answer to a request that intake has seen; `renderFault` finds the fault that is told. */
export function renderIntakeResult(
  result: IntakeResult,
  renderFault: (results: readonly MessageResult[]) => DoorResponse,
): DoorResponse {
  switch (result.kind) {
    case 'done':
      return result.accepted === result.results.length
        ? everythingAccepted
        : renderFault(result.results);
    case 'too-large':
      return renderRefusal('body-too-large');
    case 'too-fast':
      return renderRefusal('too-many-requests', result.waitMs);
    case 'busy':
      return renderRefusal('busy');
    case 'too-many-messages':
      return renderUnknown(describeRequest('too-many-messages'));
    case 'insufficient-balance':
    case 'unroutable':
      return renderPlainError(plainTexts[result.kind]);
  }
}

/** The reason for a request that the JSON door has an error for, and these gateways have not. */
export function describeRequest(error: keyof typeof requestErrors): string {
  const { errorCode, details } = requestErrors[error];
  return `${errorCode} ${details}`;
}

/** Characters of a value that an error repeats. */
export const echoCharactersMax = 100;

/** A value as an error repeats it: on one line, and not without an end. */
export function echo(value: string): string {
  const shown =
    value.length > echoCharactersMax ? `${value.slice(0, echoCharactersMax)}...` : value;
  return shown.toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
}
