import type { Accounts } from '../../core/account.ts';
import type { Intake } from '../../intake/intake.ts';
import type { IntakeResult } from '../../intake/request.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { type Idempotency, type Manner, submitMessages } from '../idempotency.ts';
import { findAccount, judgeStranger, readTokenHeader } from '../product-token.ts';
import { jsonEdges } from '../token-search.ts';
import { readDocument, type SendDocument } from './document.ts';
import type { RequestError } from './errors.ts';
import { parseExactly, parseJson } from './json-text.ts';
import { defaultJsonLimits, type JsonLimits } from './limits.ts';
import { renderRequestError, renderResults } from './response.ts';
import { readRichContent } from './rich-content.ts';

export interface JsonDoorParts {
  readonly accounts: Accounts;
  readonly intake: Intake;
  readonly idempotency: Idempotency;
  /** Overrides of `defaultJsonLimits`. */
  readonly limits?: Partial<JsonLimits>;
  /** The request could not be handled, for a bug or a broken store; for the log. */
  onFailure(error: unknown): void;
}

/** `POST /v1.0/message`: the JSON gateway (contract §2 to §4). */
export function createJsonDoor(parts: JsonDoorParts): Door {
  const limits = { ...defaultJsonLimits, ...parts.limits };
  return async (request) => {
    try {
      return await answer(parts, limits, request);
    } catch (error) {
      parts.onFailure(error);
      return renderRequestError('unexpected');
    }
  };
}

const wrongMethod: DoorResponse = { status: 405, headers: { allow: 'POST' }, body: '' };

/** The checks of contract §4.3, in their order. */
function answer(
  parts: JsonDoorParts,
  limits: JsonLimits,
  request: DoorRequest,
): DoorResponse | Promise<DoorResponse> {
  if (request.method !== 'POST') return wrongMethod;
  if (request.body.length > limits.bodyBytesMax) return renderRequestError('body-too-large');
  const given = readTokenHeader(request.headers);
  if (request.body.length > limits.strangerBytesMax || request.isSuspect === true) {
    const stranger = judgeStranger(parts.accounts, given, request.body, jsonEdges);
    if (stranger !== null) return renderRequestError(stranger);
  }
  const document = readBody(request.body, limits);
  if (document === null) return renderRequestError('invalid-json');
  const account = findAccount(parts.accounts, given ?? document.token);
  if (typeof account === 'string') return renderRequestError(account);
  const { messages } = document;
  if (messages === null || typeof messages === 'string' || messages.length === 0) {
    const error = messagesError(messages);
    return parts.intake
      .hasBalance(account)
      .then((has) => renderRequestError(has ? error : 'insufficient-balance'));
  }
  for (const message of messages) {
    if (message.richContent !== null) message.rich = readRichContent(message.richContent);
  }
  const asked = { account, door: 'json', messages, policy: 'each', reports: null } as const;
  return submitMessages(parts, request, asked, manner);
}

/** Texts that were sent as numbers are rare, and such as lose digits rarer: only they are read twice. */
function readBody(body: Buffer, limits: JsonLimits): SendDocument | null {
  const document = readDocument(parseJson(body, limits));
  if (document === null || !document.hasInexactText) return document;
  return readDocument(parseExactly(body));
}

function messagesError(messages: SendDocument['messages']): RequestError {
  if (messages === 'not-an-array') return 'msg-not-array';
  return messages === 'too-many' ? 'msg-too-many' : 'msg-missing';
}

const manner: Manner = { render: renderResult, refuseKey: (why) => renderRequestError(why) };

function renderResult(result: IntakeResult): DoorResponse {
  switch (result.kind) {
    case 'done':
      return renderResults(result.accepted, result.results);
    case 'too-large':
      return renderRequestError('body-too-large');
    case 'too-fast':
      return renderRequestError('too-many-requests', result.waitMs);
    case 'busy':
    case 'insufficient-balance':
    case 'too-many-messages':
    case 'unroutable':
      return renderRequestError(result.kind);
  }
}
