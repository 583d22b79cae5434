import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { token } from '../program/program.ts';
import { post, sendRaw, statusesOf } from './raw.ts';
import { watchGateway } from './watched.ts';

const gateway = watchGateway();

const path = '/v1.0/message';
const withToken = [`X-CM-PRODUCTTOKEN: ${token}`];
const chunkedHead = `POST ${path} HTTP/1.1\r\nHost: x\r\n${withToken[0]}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;

/** A document with one good message, filled up with blanks. */
function document(bytes: number): string {
  return '{"messages":{"msg":[{"from":"Bakery","to":[{"number":"0031612345678"}],"body":{"content":"Hoi"}}]}}'.padEnd(
    bytes,
  );
}

/** A body in pieces of so many octets. */
function inPieces(body: string, bytes: number): string {
  const pieces = body.match(new RegExp(`.{1,${bytes}}`, 'gs')) ?? [];
  return `${pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`;
}

describe('many requests in one read', () => {
  const probe = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';
  const last = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  for (const [count, answered] of [
    [31, 31],
    [32, 32],
    [33, 32],
    [1_000, 32],
  ] as const) {
    test(`${count} that are begun before one is answered: ${answered} are answered`, async () => {
      const answer = await sendRaw(gateway.port, probe.repeat(count - 1) + last);
      assert.equal(answer.match(/HTTP\/1\.1 200 /g)?.length, answered);
    });
  }

  test('a thousand messages: those that are answered are the first, in their order', async () => {
    const requests = Array.from({ length: 1_000 }, (_, i) =>
      post(path, document(120).replace('"from"', `"reference":"${i}","from"`), withToken)
        .toString()
        .replace('Connection: close\r\n', ''),
    );
    const answer = await sendRaw(gateway.port, requests.join('') + last);
    const references = Array.from(answer.matchAll(/"reference":"(\d+)"/g), ([, at]) => Number(at));
    // What is answered meanwhile makes room for more.
    assert.ok(references.length >= 32, `${references.length} were answered`);
    assert.deepEqual(
      references,
      references.map((_, i) => i),
    );
  });
});

describe('a body in many pieces', () => {
  for (const [title, body, bytes, status] of [
    ['6,000 of 300 octets', document(1_800_000), 300, 200],
    ['2,000 of one octet', document(2_000), 1, 200],
    ['50,000 of one octet', document(50_000), 1, 413],
    ['50,000 of twenty octets', document(1_000_000), 20, 413],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      const answer = await sendRaw(gateway.port, chunkedHead + inPieces(body, bytes));
      assert.deepEqual(statusesOf(answer), [status], answer.slice(0, 300));
    });
  }
});
