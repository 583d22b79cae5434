import type { DoorResponse } from './door.ts';
import { retryAfterIn } from './retry-after.ts';

/** No cache is to keep an answer, and no browser to take what it repeats for a page. */
const guards = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** An error of our own API in the form of RFC 9457. CM's paths keep CM's manners instead. */
export function problem(status: number, title: string, detail: string): DoorResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...guards },
    body: JSON.stringify({ type: 'about:blank', title, status, detail }),
    ...(status === 401 ? { isStranger: true } : {}),
  };
}

/** The answer of our own API to an address or an account that asks too fast. */
export function tooManyRequests(waitMs?: number): DoorResponse {
  const answer = problem(429, 'Too Many Requests', 'Requests come too fast; try again later.');
  return { ...answer, headers: { ...answer.headers, ...retryAfterIn(waitMs) } };
}

/** A JSON answer of our own API. */
export function json(status: number, value: unknown): DoorResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...guards },
    body: JSON.stringify(value),
  };
}
