import type { Door, DoorRequest, DoorResponse } from '../api/door.ts';
import { json, problem } from '../api/problem.ts';
import { readNumber } from './handset.ts';
import { readHandsetPatch } from './handset-schema.ts';
import type { HandsetSource } from './handset-source.ts';

const root = '/api/handsets';
const limitDefault = 50;

/** Handsets on one page at most. */
export const handsetsPerPageMax = 500;

/** Octets of a PATCH body at most. */
export const patchBytesMax = 4096;

type Route = (source: HandsetSource, number: string, request: DoorRequest) => Promise<DoorResponse>;

const handsetRoutes: Record<string, Route> = { GET: showHandset, PATCH: patchHandset };
const messagesRoutes: Record<string, Route> = { DELETE: clearMessages };

/**
 * The virtual handsets over HTTP: what CI asks to see the text that arrived, and how it switches a
 * phone off. Numbers in the path are taken in any form; faults are RFC 9457 problems. It has no
 * authentication of its own: the rehearsal stage mounts it, and only there.
 */
export function createHandsetDoor(source: HandsetSource): Door {
  return async (request) => {
    if (request.path === root) return listHandsets(source, request);
    const rest = request.path.startsWith(`${root}/`) ? request.path.slice(root.length + 1) : '';
    const [numberText = '', below, ...more] = rest.split('/');
    if (rest === '' || more.length > 0 || (below !== undefined && below !== 'messages')) {
      return problem(404, 'Not found', 'There is nothing at this path.');
    }
    const routes = below === undefined ? handsetRoutes : messagesRoutes;
    const route = Object.hasOwn(routes, request.method) ? routes[request.method] : undefined;
    if (route === undefined) return refuseMethod(Object.keys(routes));
    const number = readNumber(numberText);
    if (number === null) {
      return problem(400, 'Not a number', 'A handset is named by 3 to 20 digits.');
    }
    return route(source, number, request);
  };
}

async function listHandsets(source: HandsetSource, request: DoorRequest): Promise<DoorResponse> {
  if (request.method !== 'GET') return refuseMethod(['GET']);
  const query = new URLSearchParams(request.query);
  const limit = readWhole(query.get('limit') ?? String(limitDefault));
  if (limit === null || limit < 1 || limit > handsetsPerPageMax) {
    return problem(400, 'Bad limit', `limit is a number from 1 to ${handsetsPerPageMax}.`);
  }
  const beforeText = query.get('before');
  if (beforeText === null) return json(200, await source.list({ limit }));
  const before = readWhole(beforeText);
  if (before === null) return problem(400, 'Bad cursor', 'before is the next of another page.');
  return json(200, await source.list({ limit, before }));
}

async function showHandset(source: HandsetSource, number: string): Promise<DoorResponse> {
  const handset = await source.show(number);
  return handset === null ? noHandset(number) : json(200, handset);
}

async function patchHandset(
  source: HandsetSource,
  number: string,
  request: DoorRequest,
): Promise<DoorResponse> {
  if (request.body.length > patchBytesMax) {
    return problem(413, 'Too large', `The body has at most ${patchBytesMax} octets.`);
  }
  const body = parseJson(request.body);
  if (body === undefined) return problem(400, 'Malformed body', 'The body is not JSON.');
  const read = readHandsetPatch(body);
  if ('fault' in read) return problem(422, 'Bad setting', read.fault);
  return json(200, await source.change(number, read.patch));
}

async function clearMessages(source: HandsetSource, number: string): Promise<DoorResponse> {
  if (!(await source.clear(number))) return noHandset(number);
  return { status: 204, headers: {}, body: '' };
}

function noHandset(number: string): DoorResponse {
  return problem(404, 'No such handset', `Nothing was sent to ${number} yet.`);
}

function refuseMethod(allowed: readonly string[]): DoorResponse {
  const allow = allowed.join(', ');
  const refusal = problem(405, 'Method not allowed', `This path takes ${allow}.`);
  return { ...refusal, headers: { ...refusal.headers, allow } };
}

function readWhole(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
