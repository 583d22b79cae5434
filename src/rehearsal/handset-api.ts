import { parseBody } from '../api/account-request.ts';
import type { Door, DoorRequest, DoorResponse } from '../api/door.ts';
import { json, problem } from '../api/problem.ts';
import type { Channel } from '../core/channel-names.ts';
import { readNumber } from './handset.ts';
import { readHandsetAction, readHandsetPatch, readWrittenMessage } from './handset-schema.ts';
import type { HandsetSource } from './handset-source.ts';

const root = '/api/handsets';
const limitDefault = 50;

/** Handsets on one page at most. */
export const handsetsPerPageMax = 500;

/** Octets of a PATCH body at most. */
export const patchBytesMax = 4096;

/** Octets of a text that a handset writes, as JSON, at most. */
export const writtenBytesMax = 64 * 1024;

/** What a handset writes. */
export interface WrittenMessage {
  readonly channel: Channel;
  readonly from: string;
  /** The number, short code or name it writes to. */
  readonly to: string;
  readonly text: string;
}

/**
 * Takes a message from a handset to whoever serves its channel. Resolves with how many PDUs or calls it takes, 0 when
 * nobody is there to get it.
 */
export type WriteMessage = (message: WrittenMessage) => Promise<number>;

const nobody: WriteMessage = async () => 0;

interface Phones {
  readonly source: HandsetSource;
  readonly write: WriteMessage;
}

type Route = (phones: Phones, number: string, request: DoorRequest) => Promise<DoorResponse>;

const handsetRoutes: Record<string, Route> = { GET: showHandset, PATCH: patchHandset };
const messagesRoutes: Record<string, Route> = { POST: writeMessage, DELETE: clearMessages };
const actionsRoutes: Record<string, Route> = { POST: actOnHandset };
const routesBelow = new Map([
  ['messages', messagesRoutes],
  ['actions', actionsRoutes],
]);

/**
 * The virtual handsets over HTTP: what CI asks to see the text that arrived, and how it switches a
 * phone off. Numbers in the path are taken in any form; faults are RFC 9457 problems. It has no
 * authentication of its own: the rehearsal stage mounts it, and only there.
 */
export function createHandsetDoor(source: HandsetSource, write: WriteMessage = nobody): Door {
  return async (request) => {
    if (request.path === root) return listHandsets(source, request);
    const rest = request.path.startsWith(`${root}/`) ? request.path.slice(root.length + 1) : '';
    const [numberText = '', below, ...more] = rest.split('/');
    const routes = below === undefined ? handsetRoutes : routesBelow.get(below);
    if (rest === '' || more.length > 0 || routes === undefined) {
      return problem(404, 'Not found', 'There is nothing at this path.');
    }
    const route = Object.hasOwn(routes, request.method) ? routes[request.method] : undefined;
    if (route === undefined) return refuseMethod(Object.keys(routes));
    const number = readNumber(numberText);
    if (number === null) {
      return problem(400, 'Not a number', 'A handset is named by 3 to 20 digits.');
    }
    return route({ source, write }, number, request);
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

async function showHandset({ source }: Phones, number: string): Promise<DoorResponse> {
  const handset = await source.show(number);
  return handset === null ? noHandset(number) : json(200, handset);
}

async function patchHandset(
  { source }: Phones,
  number: string,
  request: DoorRequest,
): Promise<DoorResponse> {
  const read = readBody(request, patchBytesMax, readHandsetPatch, 'Bad setting');
  if ('status' in read) return read;
  return json(200, await source.change(number, read.patch));
}

async function writeMessage(
  { write }: Phones,
  number: string,
  request: DoorRequest,
): Promise<DoorResponse> {
  const read = readBody(request, writtenBytesMax, readWrittenMessage, 'Bad message');
  if ('status' in read) return read;
  const parts = await write({ ...read.message, from: number });
  if (parts > 0) return json(202, { parts });
  return problem(409, 'Nobody there', 'No connection is up that could get this message.');
}

/** Has the user of a handset reply, tap, react or read. */
async function actOnHandset(
  { source }: Phones,
  number: string,
  request: DoorRequest,
): Promise<DoorResponse> {
  const read = readBody(request, patchBytesMax, readHandsetAction, 'Bad action');
  if ('status' in read) return read;
  switch (await source.act(number, read.action)) {
    case 'done':
      return { status: 204, headers: {}, body: '' };
    case 'no-such-message':
      return problem(404, 'No such message', 'The handset has no message with this id.');
    case 'impossible':
      return problem(409, 'Impossible', 'The channel of this message has no such thing.');
  }
}

/** Reads a body, or gives the answer that says what is wrong with it. */
function readBody<T extends object>(
  request: DoorRequest,
  bytesMax: number,
  read: (body: unknown) => T | { fault: string },
  wrongTitle: string,
): T | DoorResponse {
  if (request.body.length > bytesMax) {
    return problem(413, 'Too large', `The body has at most ${bytesMax} octets.`);
  }
  const body = parseBody(request);
  if (body === undefined) return problem(400, 'Malformed body', 'The body is not JSON.');
  const found = read(body);
  return 'fault' in found ? problem(422, wrongTitle, found.fault) : found;
}

async function clearMessages({ source }: Phones, number: string): Promise<DoorResponse> {
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
