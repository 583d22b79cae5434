import type { MessageResult } from '../../intake/request.ts';
import type { DoorResponse } from '../door.ts';
import { retryAfterIn } from '../retry-after.ts';
import { describeRejection, type RequestError, requestErrors, someInError } from './errors.ts';

const headers = { 'content-type': 'application/json; charset=utf-8' };

/** The answer to a request that is refused as a whole (contract §4.3), for so long if that is known. */
export function renderRequestError(error: RequestError, waitMs?: number): DoorResponse {
  const { status, errorCode, details } = requestErrors[error];
  const body = renderEnvelope(details, errorCode, '');
  const isTemporary = status === 409 || status === 429 || status === 503;
  return {
    status,
    headers: isTemporary ? { ...headers, ...retryAfterIn(waitMs) } : headers,
    body,
    ...(error === 'token-invalid' || error === 'account-unknown' ? { isStranger: true } : {}),
  };
}

/** The answer to a request whose messages were looked at (contract §4.1, §4.2). */
export function renderResults(accepted: number, results: readonly MessageResult[]): DoorResponse {
  let messages = '';
  for (const result of results) {
    messages += messages === '' ? renderResult(result) : `,${renderResult(result)}`;
  }
  const errorCode = accepted === results.length ? 0 : someInError;
  return {
    status: accepted > 0 ? 200 : 400,
    headers,
    body: renderEnvelope(`Created ${accepted} message(s)`, errorCode, messages),
  };
}

/** The keys, their case and their order are what the published clients read (contract §17). */
function renderEnvelope(details: string, errorCode: number, messages: string): string {
  return `{"details":"${details}","errorCode":${errorCode},"messages":[${messages}]}`;
}

function renderResult({ to, reference, parts, rejection }: MessageResult): string {
  const who = JSON.stringify(to);
  const what = JSON.stringify(reference);
  if (rejection === null) {
    return `{"to":${who},"status":"Accepted","reference":${what},"parts":${parts},"messageDetails":null,"messageErrorCode":0}`;
  }
  const { code, details } = describeRejection(rejection);
  return `{"to":${who},"status":"Rejected","reference":${what},"parts":0,"messageDetails":${JSON.stringify(details)},"messageErrorCode":${code}}`;
}
