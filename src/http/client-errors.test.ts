import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { answerClientError } from './client-errors.ts';

function connect() {
  const written: string[] = [];
  const connection = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      done();
    },
  });
  return { connection, written };
}

describe('what is no HTTP', () => {
  for (const [code, answer] of [
    ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    [
      'HPE_HEADER_OVERFLOW',
      'HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n',
    ],
    [
      'HPE_CHUNK_EXTENSIONS_OVERFLOW',
      'HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\n\r\n',
    ],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'],
    ['ECONNRESET', undefined],
    ['ERR_SSL_HTTP_REQUEST', undefined],
    [undefined, undefined],
  ] as const) {
    test(`${code ?? 'an error without a code'}: ${answer?.slice(9, 12) ?? 'nothing'}, and the end`, () => {
      const { connection, written } = connect();
      const error = code === undefined ? new Error() : Object.assign(new Error(), { code });
      answerClientError(error, connection, false);
      assert.deepEqual(written, answer === undefined ? [] : [answer]);
      assert.equal(connection.destroyed, true);
    });
  }

  test('an answer that has begun is cut, not run into', () => {
    const { connection, written } = connect();
    answerClientError(Object.assign(new Error(), { code: 'HPE_INVALID_METHOD' }), connection, true);
    assert.deepEqual(written, []);
    assert.equal(connection.destroyed, true);
  });

  test('a connection that is gone gets nothing', () => {
    const { connection, written } = connect();
    connection.destroy();
    answerClientError(
      Object.assign(new Error(), { code: 'HPE_INVALID_METHOD' }),
      connection,
      false,
    );
    assert.deepEqual(written, []);
  });
});
