import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeRequest } from './http-request.ts';

const head = 'host: hook.example:8080\r\nconnection: keep-alive\r\n';

describe('a request', () => {
  const requests: readonly [
    what: string,
    method: 'GET' | 'POST',
    headers: Record<string, string>,
    body: string | null,
    expected: ReturnType<typeof writeRequest>,
  ][] = [
    [
      'without a body',
      'GET',
      { 'user-agent': 'Chappe' },
      null,
      { text: `GET /a?b HTTP/1.1\r\n${head}user-agent: Chappe\r\n\r\n`, encoding: 'latin1' },
    ],
    [
      'with an ASCII body',
      'POST',
      {},
      '{}',
      { text: `POST /a?b HTTP/1.1\r\n${head}content-length: 2\r\n\r\n{}`, encoding: 'latin1' },
    ],
    [
      'with any other body, whose length is in octets',
      'POST',
      {},
      '{"é":1}',
      { text: `POST /a?b HTTP/1.1\r\n${head}content-length: 8\r\n\r\n{"é":1}`, encoding: 'utf8' },
    ],
    [
      'that posts nothing',
      'POST',
      {},
      null,
      { text: `POST /a?b HTTP/1.1\r\n${head}content-length: 0\r\n\r\n`, encoding: 'latin1' },
    ],
    ['with a name that is none', 'GET', { 'bad name': 'x' }, null, null],
    ['with an empty name', 'GET', { '': 'x' }, null, null],
    ['with a line end in a value', 'GET', { x: 'a\r\nb: c' }, null, null],
    ['with a NUL in a value', 'GET', { x: '\0' }, null, null],
    ['with a value that is not ASCII', 'GET', { x: 'é' }, null, null],
    ['with a host of its own', 'GET', { Host: 'other.example' }, null, null],
    ['with a length of its own', 'POST', { 'Content-Length': '1' }, 'ab', null],
    ['with a coding of its own', 'POST', { 'transfer-encoding': 'chunked' }, 'ab', null],
  ];

  for (const [what, method, headers, body, expected] of requests) {
    it(`${what} is ${expected === null ? 'not written' : 'one piece'}`, () => {
      const written = writeRequest('hook.example:8080', '/a?b', { method, headers, body });
      assert.deepEqual(written, expected);
    });
  }
});
