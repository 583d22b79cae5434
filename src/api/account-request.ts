import type { Account, Accounts } from '../core/account.ts';
import type { DoorRequest, DoorResponse } from './door.ts';
import { problem } from './problem.ts';

/* What the requests of our own API have in common: whose they are, how many they ask for, and their bodies. */

/** The answer to a request that is nobody's. */
export const unauthorized: DoorResponse = problem(
  401,
  'Unauthorized',
  'Give a product token in the header X-CM-PRODUCTTOKEN.',
);

/** The account whose product token is in the header; null when there is none. */
export function readAccount({ headers }: DoorRequest, accounts: Accounts): Account | null {
  return accounts.byToken(headers['x-cm-producttoken'] ?? '');
}

/** The `limit` of a list, from 1 to `most`, or the answer that says what is wrong with it. */
export function readLimit(
  query: URLSearchParams,
  absent: number,
  most: number,
): number | DoorResponse {
  const limit = Number(query.get('limit') ?? absent);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  return problem(400, 'Bad Request', `limit must be a number from 1 to ${most}.`);
}

/** A body as JSON; undefined when it is none. */
export function parseBody({ body }: DoorRequest): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
