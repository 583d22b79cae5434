import type { Account, Accounts } from '../../core/account.ts';
import { type DryRequest, type DryRun, startDryRun } from '../../intake/dry-run.ts';
import type { Intake, IntakeParts } from '../../intake/intake.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { createGetDoor } from '../get/get-door.ts';
import type { Idempotency } from '../idempotency.ts';
import { createJsonDoor } from '../json/json-door.ts';
import { json, problem } from '../problem.ts';
import { findAccount, readTokenHeader } from '../product-token.ts';
import { retryAfterIn } from '../retry-after.ts';
import { createXmlDoor } from '../xml/xml-door.ts';
import { describePlan } from './plan-view.ts';
import { readSubmit } from './submit-request.ts';

/** Messages of one request, recipients over all `msg`, that a plan looks at. */
export const planMessagesMax = 100;
/** Octets of one request. */
export const planBodyBytesMax = 256 * 1024;

export interface PlanDoorParts {
  readonly accounts: Accounts;
  /** What the gateway's own intake is made of. */
  readonly intake: IntakeParts;
  readonly idempotency: Idempotency;
  /**
   * Takes one SMPP PDU as a bind of the account would have sent it, and gives the command_status of its
   * answer; null when it is no submit_sm.
   */
  submit(pdu: Buffer, account: Account, intake: Intake): Promise<number | null>;
  onFailure(error: unknown): void;
}

/**
 * `POST /api/plan`: what would become of a request, whose body is that of any door. The door's own code reads
 * it and brings it to an intake that does all but send and store.
 */
export function createPlanDoor(parts: PlanDoorParts): Door {
  return async (request) => {
    if (request.method !== 'POST') return problem(405, 'Method Not Allowed', 'Use POST.');
    if (request.body.length > planBodyBytesMax) {
      return problem(413, 'Content Too Large', `A plan takes at most ${planBodyBytesMax} octets.`);
    }
    const given = readTokenHeader(request.headers);
    if (given !== null && typeof findAccount(parts.accounts, given) === 'string') return stranger;
    const watched = watchAccounts(parts.accounts);
    const dry = startDryRun(parts.intake, planMessagesMax);
    const tried = await tryDoor({ ...parts, accounts: watched.accounts }, dry, request);
    // What a door says of an unreadable body, it says before it knows from whom it is.
    if (given === null && !watched.isKnown()) return stranger;
    return answer(tried, dry.seen);
  };
}

const stranger = problem(
  401,
  'Unauthorized',
  'Give the product token of an account, in the header X-CM-PRODUCTTOKEN or as the door takes it.',
);

const notSubmit = problem(
  400,
  'Bad Request',
  'submit_sm must be one submit_sm PDU in hexadecimal, and the product token in X-CM-PRODUCTTOKEN.',
);

/** What a door made of a request. */
interface Tried {
  readonly door: 'json' | 'xml' | 'get' | 'smpp';
  /** As the door would answer; of SMPP the command_status. */
  readonly answer: DoorResponse | { readonly command_status: number };
}

/** Null when the body is none of any door. */
async function tryDoor(
  parts: PlanDoorParts,
  { intake }: DryRun,
  request: DoorRequest,
): Promise<Tried | null> {
  const { accounts, idempotency, onFailure } = parts;
  const { clock } = parts.intake;
  const door = { accounts, intake, idempotency, clock, onFailure };
  const asked = withoutKey(request);
  const start = readStart(request.body);
  if (start.startsWith('<')) return { door: 'xml', answer: await createXmlDoor(door)(asked) };
  if (!start.startsWith('{')) {
    const query = request.body.toString('utf8').trim();
    const get = { ...asked, method: 'GET', query, body: nothing };
    return { door: 'get', answer: await createGetDoor(door)(get) };
  }
  const submit = readSubmit(request, accounts);
  if (submit === null) return { door: 'json', answer: await createJsonDoor(door)(asked) };
  if (submit.account === null || submit.pdu === null) return null;
  const command_status = await parts.submit(submit.pdu, submit.account, intake);
  return command_status === null ? null : { door: 'smpp', answer: { command_status } };
}

/** The first characters that are no white space, as far as they tell one form from another. */
function readStart(body: Buffer): string {
  const text = body.toString('latin1', 0, lookAheadBytes);
  return (text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text).trimStart();
}

const lookAheadBytes = 1_024;
/** U+FEFF in UTF-8, read as Latin-1. */
const byteOrderMark = '\u00ef\u00bb\u00bf';
const nothing = Buffer.alloc(0);

/** A plan is made anew each time. */
function withoutKey(request: DoorRequest): DoorRequest {
  const { 'idempotency-key': _, ...headers } = request.headers;
  return { ...request, headers };
}

/** Remembers whether the account that was asked for last is there. */
function watchAccounts(accounts: Accounts): { accounts: Accounts; isKnown(): boolean } {
  let isKnown = false;
  return {
    accounts: {
      ...accounts,
      byToken(token) {
        const account = accounts.byToken(token);
        isKnown = account !== null;
        return account;
      },
    },
    isKnown: () => isKnown,
  };
}

function answer(tried: Tried | null, seen: DryRequest | null): DoorResponse {
  if (tried === null) return notSubmit;
  if (seen?.isTooLarge) {
    return problem(
      413,
      'Content Too Large',
      `A plan looks at ${planMessagesMax} messages at most.`,
    );
  }
  const result = seen?.result ?? null;
  if (result?.kind === 'too-fast') {
    const refusal = problem(429, 'Too Many Requests', 'The account sends too fast; try again.');
    return { ...refusal, headers: { ...refusal.headers, ...retryAfterIn(result.waitMs) } };
  }
  if (result?.kind === 'busy') {
    return problem(503, 'Service Unavailable', 'The gateway is busy; try again.');
  }
  const said = { door: tried.door, answer: describeAnswer(tried.answer) };
  return json(200, { ...said, ...describePlan(seen) });
}

function describeAnswer(given: Tried['answer']): object {
  if ('command_status' in given) return given;
  const reason = given.headers['x-chappe-reason'];
  return { status: given.status, body: given.body, ...(reason === undefined ? {} : { reason }) };
}
