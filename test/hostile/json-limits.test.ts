import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from '../program/customer.ts';
import { token } from '../program/program.ts';
import { post, sendRaw, statusesOf } from './raw.ts';
import { watchGateway } from './watched.ts';

/*
 * The limits of the JSON door (contract §12, src/api/json/limits.ts, src/intake/limits.ts) through the
 * socket, each with a request on both sides. What matters here is that the whole program keeps them;
 * every text and code has its own test beside the door.
 */

const gateway = watchGateway();

async function send(body: string): Promise<Answer> {
  const answer = await sendRaw(
    gateway.port,
    post('/v1.0/message', body, [`X-CM-PRODUCTTOKEN: ${token}`]),
  );
  const [status = 0] = statusesOf(answer);
  const parsed: Omit<Answer, 'status'> = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  return { status, ...parsed };
}

const wrap = (...msg: unknown[]) => JSON.stringify({ messages: { msg } });

/** A `msg` that is accepted, but for what is said of its fields. */
function message(fields: object = {}): object {
  return {
    from: 'Bakery',
    to: [{ number: '0031612345678' }],
    body: { type: 'auto', content: 'Hoi' },
    ...fields,
  };
}

/** One that has no route, so that a great many of them cost little; its errors come first. */
function unroutable(recipients: number, content = 'Hoi'): object {
  const to = Array.from({ length: recipients }, (_, i) => ({ number: `316${10_000_000 + i}` }));
  return message({ to, body: { type: 'auto', content }, allowedChannels: ['Viber'] });
}

/** A document with a good message and beside it a field nobody reads, with this JSON. */
function beside(json: string): string {
  return `${wrap(message()).slice(0, -1)},"x":${json}}`;
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const list = (count: number, item: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join(',');
const repeat = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

const rich = (conversation: unknown[], suggestions?: unknown[]) =>
  message({
    allowedChannels: ['WhatsApp', 'SMS'],
    richContent: suggestions === undefined ? { conversation } : { conversation, suggestions },
  });
const reply = { action: 'Reply', label: 'Yes', postbackdata: 'y' };

/** What a request is answered: its status, its code, and the first message's code. */
type Verdict = readonly [status: number, errorCode: number, messageErrorCode?: number];
const accepted: Verdict = [200, 0, 0];
const invalidJson: Verdict = [400, 202];
const tooLarge: Verdict = [413, 202];
const unroutableVerdict: Verdict = [400, 201];

/** Octets of the largest body. */
const bodyBytesMax = 4 * 1024 * 1024;

const cases: readonly (readonly [title: string, body: () => string, verdict: Verdict])[] = [
  ['4 MiB', () => wrap(message()).padEnd(bodyBytesMax), accepted],
  ['4 MiB and an octet', () => wrap(message()).padEnd(bodyBytesMax + 1), tooLarge],
  ['32 levels', () => beside(nested(31)), accepted],
  ['33 levels', () => beside(nested(32)), invalidJson],
  ['150,000 objects and arrays', () => beside(`[${list(149_990, () => '{}')}]`), accepted],
  ['more than 150,000', () => beside(`[${list(150_001, () => '{}')}]`), invalidJson],
  ['20,000 keys', () => beside(`{${list(19_980, (i) => `"k${i}":1`)}}`), accepted],
  ['more than 20,000 keys', () => beside(`{${list(20_001, (i) => `"k${i}":1`)}}`), invalidJson],
  ['1,000 msg', () => wrap(...repeat(1_000, unroutable(1))), unroutableVerdict],
  ['1,001 msg', () => wrap(...repeat(1_001, unroutable(1))), [400, 203]],
  ['1,000 recipients', () => wrap(unroutable(1_000)), unroutableVerdict],
  ['1,001 recipients', () => wrap(unroutable(1_001)), [400, 201, 302]],
  ['50,000 messages', () => wrap(...repeat(50, unroutable(1_000))), unroutableVerdict],
  ['50,001 messages', () => wrap(...repeat(50, unroutable(1_000)), unroutable(1)), [400, 203]],
  ['39 million characters', () => wrap(unroutable(1_000, 'x'.repeat(39_015))), unroutableVerdict],
  [
    '78 million characters, in a request of less than one',
    () => wrap(...repeat(2, unroutable(1_000, 'x'.repeat(39_015)))),
    tooLarge,
  ],
  ['10 bubbles', () => wrap(rich(repeat(10, { text: 'Hoi' }))), accepted],
  ['11 bubbles', () => wrap(rich(repeat(11, { text: 'Hoi' }))), [400, 201, 305]],
  ['11 suggestions', () => wrap(rich([{ text: 'Hoi' }], repeat(11, reply))), accepted],
  ['12 suggestions', () => wrap(rich([{ text: 'Hoi' }], repeat(12, reply))), [400, 201, 305]],
  ['a sender of 11 letters', () => wrap(message({ from: 'OldBakery12' })), accepted],
  ['a sender of 12 letters', () => wrap(message({ from: 'OldBakery123' })), [400, 201, 301]],
  ['a sender of 16 digits', () => wrap(message({ from: '3'.repeat(16) })), accepted],
  ['a sender of 17 digits', () => wrap(message({ from: '3'.repeat(17) })), [400, 201, 301]],
  ['a grouping of 100', () => wrap(message({ customGrouping: 'x'.repeat(100) })), accepted],
  ['a grouping of 101', () => wrap(message({ customGrouping: 'x'.repeat(101) })), [400, 201, 305]],
  ['255 parts', () => wrap(message({ maximumNumberOfMessageParts: 255 })), accepted],
  ['256 parts', () => wrap(message({ maximumNumberOfMessageParts: 256 })), [400, 201, 305]],
];

describe('each limit of the JSON door, on both sides', () => {
  for (const [title, body, verdict] of cases) {
    test(`${title}: ${verdict.join(', ')}`, async () => {
      const { status, errorCode, messages, details } = await send(body());
      const [first] = messages;
      assert.deepEqual(
        [status, errorCode, ...(verdict.length < 3 ? [] : [first?.messageErrorCode])],
        verdict,
        `${details} ${first?.messageDetails}`,
      );
    });
  }
});
