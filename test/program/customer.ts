import assert from 'node:assert/strict';
import type { HandsetView } from '../../src/rehearsal/handset-schema.ts';
import type { Ending, Program } from './program.ts';
import { token } from './program.ts';
import { until } from './until.ts';

/** The answer of the JSON gateway (contract §4.1) with its HTTP status. */
export interface Answer {
  readonly status: number;
  readonly details: string;
  readonly errorCode: number;
  readonly messages: readonly {
    readonly to: string | null;
    readonly status: string;
    readonly reference: string | null;
    readonly parts: number;
    readonly messageDetails: string | null;
    readonly messageErrorCode: number;
  }[];
}

/** A message as `GET /api/messages` shows it; only what the tests look at. */
export interface MessageView {
  readonly id: string;
  readonly to: string;
  readonly state: string;
  readonly parts: number;
  readonly expiresAt: string;
  readonly events: readonly { readonly kind: string; readonly state: string }[];
}

/** A program, as its customers see it. */
type Gateway = Pick<Program, 'url'>;

/** Sends `msg` elements under the token. */
export async function send(
  gateway: Gateway,
  msg: readonly object[],
  productToken: string = token,
): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1.0/message`, {
    method: 'POST',
    headers: { 'x-cm-producttoken': productToken },
    body: JSON.stringify({ messages: { msg } }),
  });
  const body: Omit<Answer, 'status'> = JSON.parse(await response.text());
  return { status: response.status, ...body };
}

/** A `msg` with a text to one number; further fields as they are given. */
export function textTo(number: string, content: string, fields: object = {}): object {
  return { from: 'Bakery', to: [{ number }], body: { type: 'auto', content }, ...fields };
}

/** Sends and expects that every message is accepted. */
export async function sendAccepted(
  gateway: Gateway,
  msg: readonly object[],
  productToken: string = token,
): Promise<Answer> {
  const answer = await send(gateway, msg, productToken);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  assert.equal(answer.errorCode, 0, JSON.stringify(answer));
  return answer;
}

/** The newest message with this reference, as its account sees it; null before it is known. */
export async function findMessage(
  gateway: Gateway,
  reference: string,
  productToken: string = token,
): Promise<MessageView | null> {
  const query = new URLSearchParams({ reference, limit: '1' });
  const response = await fetch(`${gateway.url}/api/messages?${query.toString()}`, {
    headers: { 'x-cm-producttoken': productToken },
  });
  const page: { messages: MessageView[] } = JSON.parse(await response.text());
  return page.messages[0] ?? null;
}

/** Waits until the message with this reference is in one of these states. */
export function untilState(
  gateway: Gateway,
  reference: string,
  states: readonly string[],
  productToken: string = token,
): Promise<MessageView> {
  return until(`the message ${reference} is ${states.join(' or ')}`, async () => {
    const found = await findMessage(gateway, reference, productToken);
    return found !== null && states.includes(found.state) && found;
  });
}

/** Waits until a virtual handset shows so many messages. */
export function untilShown(gateway: Gateway, number: string, count = 1): Promise<HandsetView> {
  return until(`the handset ${number} shows ${count} messages`, async () => {
    const response = await fetch(`${gateway.url}/api/handsets/${number}`);
    const view: HandsetView = JSON.parse(await response.text());
    return response.status === 200 && view.messages.length >= count && view;
  });
}

/** Changes the settings of a virtual handset. */
export async function changeHandset(gateway: Gateway, number: string, patch: object) {
  const response = await fetch(`${gateway.url}/api/handsets/${number}`, {
    method: 'PATCH',
    body: JSON.stringify(patch),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Asserts that a process ended with this code, showing what it said when not. */
export function assertEnded(
  result: { code: Ending; stdout: string; stderr: string },
  code: Ending,
): void {
  assert.equal(result.code, code, `${result.stdout}\n${result.stderr}`);
}
