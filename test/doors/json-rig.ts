import assert from 'node:assert/strict';
import type { DoorRequest, DoorResponse } from '../../src/api/door.ts';
import { createJsonDoor } from '../../src/api/json/json-door.ts';
import type { JsonLimits } from '../../src/api/json/limits.ts';
import type { Message } from '../../src/core/message.ts';
import { createDoorRig, type DoorRig, type DoorRigOptions, token } from './door-rig.ts';

export { acceptedAt, demo, everyRoute, token } from './door-rig.ts';

export interface RigOptions extends DoorRigOptions {
  limits?: Partial<JsonLimits>;
}

export interface Rig extends Omit<DoorRig, 'parts'> {
  /** Sends a body: bytes or text as they are, anything else as JSON. */
  send(body: unknown, request?: Partial<DoorRequest>): Promise<DoorResponse>;
  /** Sends one or more `msg` with the token and gives the parsed answer. */
  sendMessages(...msg: unknown[]): Promise<Answer>;
}

export interface Answer {
  status: number;
  details: string;
  errorCode: number;
  messages: {
    to: string | null;
    status: 'Accepted' | 'Rejected';
    reference: string | null;
    parts: number;
    messageDetails: string | null;
    messageErrorCode: number;
  }[];
}

/** The JSON door on a real intake, router and store. */
export async function createJsonRig(options: RigOptions = {}): Promise<Rig> {
  const { parts, ...rig } = await createDoorRig(options);
  const { limits } = options;
  const door = createJsonDoor(limits === undefined ? parts : { ...parts, limits });
  const send: Rig['send'] = (body, request = {}) =>
    door({
      method: 'POST',
      path: '/v1.0/message',
      query: '',
      headers: {},
      body: toBytes(body),
      peer: '192.0.2.1',
      ...request,
    });
  return {
    send,
    sendMessages: async (...msg) => readAnswer(await send(wrap(...msg))),
    ...rig,
  };
}

/** The one message that comes of a body, which must be accepted. */
export async function acceptBody(body: unknown, options?: RigOptions): Promise<Message> {
  const rig = await createJsonRig(options);
  const answer = readAnswer(await rig.send(body));
  assert.deepEqual([answer.status, answer.errorCode], [200, 0], JSON.stringify(answer));
  const [first] = rig.accepted;
  assert.ok(first !== undefined && rig.accepted.length === 1);
  return first;
}

/** The one message that comes of a `msg` with these fields, which must be accepted. */
export function accept(fields: Record<string, unknown>, options?: RigOptions): Promise<Message> {
  return acceptBody(wrap(message(fields)), options);
}

/** Sends one `msg` with these fields. */
export async function sendOne(
  fields: Record<string, unknown>,
  options?: RigOptions,
): Promise<Answer & { failures: number }> {
  const rig = await createJsonRig(options);
  const answer = await rig.sendMessages(message(fields));
  return { ...answer, failures: rig.failures.length };
}

/** A document with these `msg` and the token. */
export function wrap(...msg: unknown[]): { messages: Record<string, unknown> } {
  return { messages: { authentication: { productToken: token }, msg } };
}

/** A good `msg`, some of whose fields are others; undefined ones are left out. */
export function message(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    from: 'Bakery',
    to: [{ number: '0031612345678' }],
    body: { type: 'auto', content: 'Your bread is ready' },
    ...fields,
  };
}

export function readAnswer({ status, body }: DoorResponse): Answer {
  const parsed: Omit<Answer, 'status'> = JSON.parse(body);
  return { status, ...parsed };
}

function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
