import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bodyBytesMax,
  type HttpMessage,
  HttpReader,
  headBytesMax,
  headerOf,
} from './http-reader.ts';

const stream = Buffer.from(
  'POST /a HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nhello' +
    'GET /b?c=d HTTP/1.1\r\nHost: x\r\n\r\n' +
    'HTTP/1.1 202 Accepted\r\nContent-Length:3\r\nServer: y\r\n\r\n0: ',
);

test('however a stream is cut, the same messages come out', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 })), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      const chunks = edges.slice(1).map((end, i) => stream.subarray(edges[i], end));
      const found = readAll(chunks);
      assert.deepEqual(
        found?.map(({ startLine, body }) => [startLine, body.toString()]),
        [
          ['POST /a HTTP/1.1', 'hello'],
          ['GET /b?c=d HTTP/1.1', ''],
          ['HTTP/1.1 202 Accepted', '0: '],
        ],
      );
    }),
  );
});

test('headers are found without regard to case', () => {
  const message = readAll([stream])?.[2];
  assert.ok(message);
  assert.equal(headerOf(message, 'server'), 'y');
  assert.equal(headerOf(message, 'host'), null);
});

const refused: Record<string, string> = {
  'a chunked body': 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
  'a body above the limit': `POST / HTTP/1.1\r\nContent-Length: ${bodyBytesMax + 1}\r\n\r\n`,
  'a head that does not end': 'x'.repeat(headBytesMax + 1),
};

for (const [what, text] of Object.entries(refused)) {
  test(`${what} is refused`, () => {
    assert.equal(readAll([Buffer.from(text)]), null);
  });
}

test('a head at the limit still waits for its end', () => {
  assert.deepEqual(readAll([Buffer.from('x'.repeat(headBytesMax))]), []);
});

/** null when the reader gave up. */
function readAll(chunks: readonly Buffer[]): HttpMessage[] | null {
  const reader = new HttpReader();
  const messages: HttpMessage[] = [];
  for (const chunk of chunks) {
    if (!reader.read(chunk, (message) => messages.push(message))) return null;
  }
  return messages;
}
