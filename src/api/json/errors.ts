import { messageObjectsMax, recipientsMax, requestMessagesMax } from '../../intake/limits.ts';
import type { PlainReason, Rejection } from '../../intake/rejection.ts';

import { type KeyRefusal, keyRefusals } from '../idempotency.ts';

/** Why a request as a whole is refused. */
export type RequestError =
  | 'body-too-large'
  | 'invalid-json'
  | 'token-invalid'
  | 'account-unknown'
  | 'insufficient-balance'
  | 'msg-not-array'
  | 'msg-missing'
  | 'msg-too-many'
  | 'too-many-messages'
  | 'unroutable'
  | 'too-many-requests'
  | 'busy'
  | 'unexpected'
  | KeyRefusal;

export interface RequestErrorText {
  readonly status: number;
  readonly errorCode: number;
  readonly details: string;
}

/** The gateway's own errors have CM's code for a malformed request, or that of our fault if it may be repeated. */
function keyError(refusal: KeyRefusal): RequestErrorText {
  const { status, sentence } = keyRefusals[refusal];
  return { status, errorCode: status === 409 || status === 429 ? 500 : 202, details: sentence };
}

/** Whole-request errors, in the order in which they are checked (contract §4.2, §4.3). */
export const requestErrors: Readonly<Record<RequestError, RequestErrorText>> = {
  'body-too-large': { status: 413, errorCode: 202, details: 'The request is too large.' },
  'invalid-json': { status: 400, errorCode: 202, details: 'Invalid JSON' },
  'token-invalid': { status: 400, errorCode: 103, details: 'Invalid product token.' },
  'account-unknown': {
    status: 400,
    errorCode: 101,
    details: 'No account found for the given authentication',
  },
  'too-many-requests': { status: 429, errorCode: 500, details: 'Too many requests.' },
  busy: { status: 503, errorCode: 500, details: 'The gateway is busy, try again.' },
  'key-invalid': keyError('key-invalid'),
  'key-under-way': keyError('key-under-way'),
  'key-reused': keyError('key-reused'),
  'insufficient-balance': { status: 400, errorCode: 102, details: 'Insufficient balance.' },
  'msg-not-array': {
    status: 400,
    errorCode: 203,
    details: 'MSG object is an invalid type, must be an array',
  },
  'msg-missing': {
    status: 400,
    errorCode: 203,
    details: 'A MESSAGES object requires at least one MSG object',
  },
  'msg-too-many': {
    status: 400,
    errorCode: 203,
    details: `A MESSAGES object allows at most ${messageObjectsMax} MSG objects`,
  },
  'too-many-messages': {
    status: 400,
    errorCode: 203,
    details: `A MESSAGES object allows at most ${requestMessagesMax} messages`,
  },
  unroutable: { status: 400, errorCode: 201, details: 'Message is unroutable.' },
  'answer-too-large': keyError('answer-too-large'),
  'keys-too-many': keyError('keys-too-many'),
  unexpected: { status: 500, errorCode: 999, details: 'Unknown Error' },
};

/** A request whose messages were looked at one by one, some or all of which are in error. */
export const someInError = 201;

const emptyNumber = 'Empty mobilenumber field, MT ignored';

/** Per-message errors, in the order in which they are checked (contract §4.4). */
const messageErrors: Readonly<Record<PlainReason, { code: number; details: string }>> = {
  'from-missing': { code: 301, details: 'No FROM field found in a MSG object.' },
  'from-invalid': {
    code: 301,
    details: 'The FROM field is too long or holds characters that are not allowed.',
  },
  'to-missing': { code: 302, details: emptyNumber },
  'to-not-array': { code: 302, details: 'TO object is an invalid type, must be an array' },
  'to-too-many': { code: 302, details: `A TO object allows at most ${recipientsMax} numbers` },
  'number-missing': { code: 302, details: emptyNumber },
  'body-missing': { code: 304, details: 'No body field was found' },
  'content-missing': { code: 304, details: 'A body without content was found' },
  'channels-not-array': {
    code: 305,
    details: 'ALLOWEDCHANNELS object is an invalid type, must be an array',
  },
  spam: { code: 401, details: 'Message has been spam filtered.' },
  blacklisted: { code: 402, details: 'Message has been blacklisted.' },
  refused: { code: 403, details: 'Message has been rejected.' },
  unroutable: { code: 403, details: 'Message is unroutable.' },
  internal: { code: 500, details: 'Unknown Error' },
};

/** The number and the text of a rejection. */
export function describeRejection(rejection: Rejection): { code: number; details: string } {
  if (rejection.reason === 'field-invalid') return { code: 305, details: rejection.why };
  if (rejection.reason === 'number-invalid') {
    return { code: 303, details: `Gsm '${rejection.value}' is not a number.` };
  }
  return messageErrors[rejection.reason];
}
