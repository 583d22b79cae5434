import { z } from 'zod';
import type { Account, Accounts } from '../../core/account.ts';
import { type Channel, deliveryChannels } from '../../core/channel-names.ts';
import type { OptOut } from '../../core/opt-out.ts';
import { normalisePhoneNumber } from '../../intake/phone-number.ts';
import type { Clock } from '../../lib/clock.ts';
import type { OptOutKey } from '../../store/inbound-contract.ts';
import { parseBody, readAccount, readLimit, unauthorized } from '../account-request.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { json, problem } from '../problem.ts';

/** Opt-outs in one answer when nothing is said, and at most. */
export const optOutsListedDefault = 100;
export const optOutsListedMax = 1_000;
/** Opt-outs in one request. */
export const optOutsAddedMax = 1_000;
/** Characters of an id that is no phone number. */
export const recipientIdCharactersMax = 128;

const root = '/api/opt-outs';

/** What the door needs of the gateway's opt-outs. */
export interface OptOutList {
  list(query: {
    account: string;
    after: OptOutKey | null;
    limit: number;
  }): Promise<readonly OptOut[]>;
  /** False when there is no room: then nothing is written. */
  add(batch: readonly OptOut[]): Promise<boolean>;
  /** Says of each whether it was there. */
  remove(batch: readonly OptOutKey[]): Promise<readonly boolean[]>;
}

const addition = z.strictObject({
  optOuts: z
    .array(z.strictObject({ channel: z.enum(deliveryChannels), number: z.string() }))
    .min(1)
    .max(optOutsAddedMax),
});

/**
 * `GET` and `POST /api/opt-outs`, `DELETE /api/opt-outs/{channel}/{number}`: who wants no messages of the account. The
 * token travels in X-CM-PRODUCTTOKEN.
 */
export function createOptOutsDoor(optOuts: OptOutList, accounts: Accounts, clock: Clock): Door {
  return async (request) => {
    const account = readAccount(request, accounts);
    if (account === null) return unauthorized;
    const rest = request.path.slice(root.length).replace(/^\//, '');
    if (rest !== '') {
      return request.method === 'DELETE' ? remove(optOuts, account, rest) : refuse('DELETE');
    }
    if (request.method === 'GET') return list(optOuts, account, request);
    if (request.method === 'POST') return add(optOuts, account, request, clock.now());
    return refuse('GET, POST');
  };
}

async function list(
  optOuts: OptOutList,
  account: Account,
  request: DoorRequest,
): Promise<DoorResponse> {
  const query = new URLSearchParams(request.query);
  const limit = readLimit(query, optOutsListedDefault, optOutsListedMax);
  if (typeof limit !== 'number') return limit;
  const cursor = query.get('after');
  const after = cursor === null ? null : readKey(account, cursor);
  if (after === undefined) return problem(400, 'Bad Request', 'after is the next of another page.');
  // One more than is shown tells whether there is another page.
  const found = await optOuts.list({ account: account.id, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return json(200, {
    optOuts: shown.map(({ channel, number, at, cause }) => {
      return { channel, number, at: new Date(at).toISOString(), cause };
    }),
    next: last === undefined ? null : `${last.channel}/${last.number}`,
  });
}

async function add(
  optOuts: OptOutList,
  account: Account,
  request: DoorRequest,
  now: number,
): Promise<DoorResponse> {
  const read = addition.safeParse(parseBody(request));
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join('.') ?? '';
    const what = `${where === '' ? 'the body' : where}: ${issue?.message ?? 'wrong'}`;
    return problem(400, 'Bad Request', `${what}.`);
  }
  const batch: OptOut[] = [];
  for (const { channel, number } of read.data.optOuts) {
    const normal = readNumber(channel, number);
    if (normal === null) {
      return problem(422, 'Unprocessable Content', `"${number.slice(0, 64)}" is not a number.`);
    }
    batch.push({ account: account.id, channel, number: normal, at: now, cause: 'api' });
  }
  if (await optOuts.add(batch)) return { status: 204, headers: {}, body: '' };
  return problem(507, 'Insufficient Storage', 'The list of opt-outs is full.');
}

async function remove(optOuts: OptOutList, account: Account, text: string): Promise<DoorResponse> {
  const key = readKey(account, text);
  const [wasThere = false] = key === undefined ? [] : await optOuts.remove([key]);
  return wasThere
    ? { status: 204, headers: {}, body: '' }
    : problem(404, 'Not Found', 'There is no such opt-out.');
}

/** Reads "channel/number"; undefined when it is none. */
function readKey(account: Account, text: string): OptOutKey | undefined {
  const slash = text.indexOf('/');
  const channel = deliveryChannels.find((one) => one === text.slice(0, Math.max(slash, 0)));
  if (channel === undefined) return undefined;
  const number = readNumber(channel, decode(text.slice(slash + 1)));
  return number === null ? undefined : { account: account.id, channel, number };
}

/** Digits, or an id where the channel goes by none; null when it is neither. */
function readNumber(channel: Channel, text: string): string | null {
  if (channel === 'Push') {
    return text.length > 0 && text.length <= recipientIdCharactersMax ? text : null;
  }
  const number = normalisePhoneNumber(text);
  return 'fault' in number ? null : number.msisdn;
}

function refuse(allow: string): DoorResponse {
  const refusal = problem(405, 'Method Not Allowed', `This path takes ${allow}.`);
  return { ...refusal, headers: { ...refusal.headers, allow } };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
