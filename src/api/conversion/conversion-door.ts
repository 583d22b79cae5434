import type { Account, Accounts } from '../../core/account.ts';
import type { Clock } from '../../lib/clock.ts';
import type { HistoryStore, Once } from '../../store/contract.ts';
import type {
  ConversionResult,
  ConversionStore,
  ReportedConversion,
} from '../../store/conversion-contract.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { type Idempotency, type KeyRefusal, keyRefusals } from '../idempotency.ts';
import { findAccount, readTokenHeader } from '../product-token.ts';
import { retryAfterIn } from '../retry-after.ts';
import { type Fields, readFields } from './document.ts';
import { type ConversionLimits, defaultConversionLimits } from './limits.ts';
import type { ConversionLogins } from './logins.ts';
import { readReport } from './report.ts';

export interface ConversionDoorParts {
  readonly accounts: Accounts;
  readonly logins: ConversionLogins;
  readonly conversions: Pick<ConversionStore, 'record'>;
  readonly history: Pick<HistoryStore, 'find'>;
  readonly idempotency: Idempotency;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the gateway has no room, as other doors ask it. */
  isBusy(): boolean;
  /** Overrides of `defaultConversionLimits`. */
  readonly limits?: Partial<ConversionLimits>;
  /** The request could not be handled, for a bug or a broken store; for the log. */
  onFailure(error: unknown): void;
}

/** `POST /v1.0/conversion`: an end user has used what a message said (contract §10). */
export function createConversionDoor(parts: ConversionDoorParts): Door {
  const limits = { ...defaultConversionLimits, ...parts.limits };
  let underWay = 0;
  return async (request) => {
    if (request.method !== 'POST') return wrongMethod;
    // Looking for a message takes time, and who looks is not to be held up without end.
    if (underWay >= limits.underWayMax || parts.isBusy()) return renderConversionRefusal('busy');
    underWay++;
    try {
      return await answer(parts, limits, request);
    } catch (error) {
      parts.onFailure(error);
      return say(500, 'The conversion could not be recorded.');
    } finally {
      underWay--;
    }
  };
}

const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

const wrongMethod: DoorResponse = { status: 405, headers: { allow: 'POST' }, body: '' };
const recorded: DoorResponse = { status: 200, headers, body: '' };
const malformed = say(400, 'The body is neither a conversion in JSON nor one in XML.');
const unauthorised = say(
  401,
  'No account has this ProductToken, or this Customer, Login and Password.',
);

/** The listener's refusals, and our own when there is too much to do. */
export function renderConversionRefusal(
  why: 'body-too-large' | 'busy' | 'too-many-requests',
  waitMs?: number,
): DoorResponse {
  if (why === 'too-many-requests') return say(429, 'Too many requests.', waitMs);
  return why === 'busy'
    ? say(503, 'The gateway is busy, try again.')
    : say(413, 'The request is too large.');
}

function refuseKey(why: KeyRefusal): DoorResponse {
  const { status, sentence } = keyRefusals[why];
  return say(status, sentence);
}

function say(status: number, sentence: string, waitMs?: number): DoorResponse {
  const isTemporary = status === 409 || status === 429 || status === 503;
  return {
    status,
    headers: isTemporary ? { ...headers, ...retryAfterIn(waitMs) } : headers,
    body: sentence,
    ...(status === 401 ? { isStranger: true } : {}),
  };
}

async function answer(
  parts: ConversionDoorParts,
  limits: ConversionLimits,
  request: DoorRequest,
): Promise<DoorResponse> {
  if (request.body.length > limits.bodyBytesMax) return renderConversionRefusal('body-too-large');
  const fields = await readFields(request.body, request.headers['content-type'], limits);
  if (fields === null) return malformed;
  const account = await authenticate(parts, request, fields);
  if (account === 'busy') return renderConversionRefusal('busy');
  if (account === null) return unauthorised;
  const report = readReport(fields);
  if ('fault' in report) return say(400, report.fault);
  const reported = { ...report, account: account.id };
  const once = parts.idempotency.once(request, account, refuseKey, async (keyed) => {
    const result = await record(parts, reported, { ...keyed, answer: recorded });
    return result.kind === 'recorded' || result.kind === 'known' ? recorded : result;
  });
  if (once !== null) return once;
  await record(parts, reported, null);
  return recorded;
}

/** The token of the header, of the body, or the older three fields; the first of them that is there counts. */
async function authenticate(
  { accounts, logins }: ConversionDoorParts,
  request: DoorRequest,
  fields: Fields,
): Promise<Account | 'busy' | null> {
  const token = readTokenHeader(request.headers) ?? fields.get('producttoken');
  if (token !== undefined) {
    const account = findAccount(accounts, token);
    return typeof account === 'string' ? null : account;
  }
  const customer = fields.get('customer');
  const login = fields.get('login');
  const password = fields.get('password');
  if (customer === undefined || login === undefined || password === undefined) return null;
  return logins.check(customer, login, password, request.isSuspect === true);
}

/** Finds the newest message that fits and records the conversion, in one commit with its answer. */
async function record(
  { conversions, history, clock }: ConversionDoorParts,
  reported: ReportedConversion,
  once: Once | null,
): Promise<ConversionResult> {
  const { account, reference, msisdn } = reported;
  const [found] = await history.find({
    account,
    ...(reference === null ? {} : { reference }),
    ...(msisdn === null ? {} : { msisdn }),
    limit: 1,
  });
  return conversions.record({
    reported,
    messageId: found?.message.id ?? null,
    now: clock.now(),
    once,
  });
}
