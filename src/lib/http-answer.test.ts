import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AnswerReader, headerBytesMax, type Progress } from './http-answer.ts';

interface Reading {
  readonly progress: Progress;
  readonly status: number;
  readonly keptMs: number;
  readonly retryAfter: string | null;
}

/** Reads pieces until one is the last. */
function read(...pieces: string[]): Reading {
  const reader = new AnswerReader();
  let progress: Progress = 'more';
  for (const piece of pieces) if (progress === 'more') progress = reader.read(piece);
  const { status, keptMs, retryAfter } = reader;
  return { progress, status, keptMs, retryAfter };
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

const answers: readonly [text: string, expected: Partial<Reading>][] = [
  // Where it ends.
  [`${ok}content-length: 0\r\n\r\n`, { progress: 'whole', status: 200, keptMs: 4_000 }],
  [`${ok}content-length: 3\r\n\r\nabc`, { progress: 'whole', keptMs: 4_000 }],
  [`${ok}content-length: 3\r\n\r\nab`, { progress: 'more', status: 200 }],
  [`${ok}content-length: 3\r\n\r\nabcd`, { progress: 'whole', keptMs: 0 }],
  [`${ok}\r\n`, { progress: 'more', status: 200, keptMs: 0 }],
  ['HTTP/1.1 204 No Content\r\n\r\n', { progress: 'whole', status: 204, keptMs: 4_000 }],
  ['HTTP/1.1 304 Old\r\ncontent-length: 9\r\n\r\n', { progress: 'whole', status: 304 }],
  ['HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', { progress: 'whole', status: 200 }],
  [`${chunked}0\r\n\r\n`, { progress: 'whole', keptMs: 4_000 }],
  [`${chunked}3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`, { progress: 'whole', keptMs: 4_000 }],
  [`${chunked}0\r\nx-trailer: 1\r\n\r\n`, { progress: 'whole', keptMs: 4_000 }],
  [`${chunked}0\r\n\r\nx`, { progress: 'whole', keptMs: 0 }],
  [`${chunked}3\r\nabc\r\n`, { progress: 'more', status: 200 }],
  [`${ok}transfer-encoding: gzip\r\n\r\nx`, { progress: 'more', status: 200, keptMs: 0 }],
  [`${ok}transfer-encoding: gzip, Chunked\r\n\r\n0\r\n\r\n`, { progress: 'whole' }],
  // For how long its connection is kept.
  [`${ok}connection: close\r\ncontent-length: 0\r\n\r\n`, { progress: 'whole', keptMs: 0 }],
  [`${ok}Connection: x, Close\r\ncontent-length: 0\r\n\r\n`, { keptMs: 0 }],
  [`${ok}connection: closed\r\ncontent-length: 0\r\n\r\n`, { keptMs: 4_000 }],
  [`${ok}keep-alive: timeout=5, max=9\r\ncontent-length: 0\r\n\r\n`, { keptMs: 3_000 }],
  [`${ok}keep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n`, { keptMs: 0 }],
  [`${ok}keep-alive: timeout=999999\r\ncontent-length: 0\r\n\r\n`, { keptMs: 600_000 }],
  ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', { progress: 'whole', keptMs: 0 }],
  ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', { keptMs: 4_000 }],
  // What else it says.
  ['HTTP/1.1 503 No\r\nRetry-After:  30 \r\ncontent-length: 0\r\n\r\n', { retryAfter: '30' }],
  [`HTTP/1.1 100 Go\r\n\r\n${ok}content-length: 0\r\n\r\n`, { progress: 'whole', status: 200 }],
  [`HTTP/1.1 103 Hints\r\nretry-after: 9\r\n\r\n${ok}\r\n`, { status: 200, retryAfter: null }],
  [`${ok}x-name: h\xe9\r\ncontent-length: 0\r\n\r\n`, { progress: 'whole' }],
  // What cannot be trusted.
  ['HTTP/1.1 101 Yes\r\nupgrade: x\r\n\r\n', { progress: 'broken', status: 0 }],
  ['HTTP/2 200 OK\r\n\r\n', { progress: 'broken' }],
  ['HTTP/1.1 20 OK\r\n\r\n', { progress: 'broken' }],
  ['HTTP/1.1 2000 OK\r\n\r\n', { progress: 'broken' }],
  ['HTTP/1.1 099 OK\r\n\r\n', { progress: 'broken' }],
  ['HTTP/1.1  200 OK\r\n\r\n', { progress: 'broken' }],
  ['SSH-2.0-OpenSSH_9.9\r\n', { progress: 'broken' }],
  ['\r\nHTTP/1.1 200 OK\r\n\r\n', { progress: 'broken' }],
  [`${ok}x: a\nb: c\r\n\r\n`, { progress: 'broken' }],
  [`${ok}x: a\0\r\n\r\n`, { progress: 'broken' }],
  [`${ok}no colon\r\n\r\n`, { progress: 'broken' }],
  [`${ok}bad name: 1\r\n\r\n`, { progress: 'broken' }],
  [`${ok}: 1\r\n\r\n`, { progress: 'broken' }],
  [`${ok}x: 1\r\n folded\r\n\r\n`, { progress: 'broken' }],
  [`${ok}content-length: 1\r\ncontent-length: 1\r\n\r\na`, { progress: 'broken' }],
  [`${ok}content-length: 1, 1\r\n\r\na`, { progress: 'broken' }],
  [`${ok}content-length: +1\r\n\r\na`, { progress: 'broken' }],
  [`${ok}content-length: -1\r\n\r\na`, { progress: 'broken' }],
  [`${ok}content-length: 1e1\r\n\r\na`, { progress: 'broken' }],
  [`${ok}content-length: 0\r\ntransfer-encoding: chunked\r\n\r\n`, { progress: 'broken' }],
  [`${chunked}zz\r\n`, { progress: 'broken', status: 200 }],
  [`${chunked}-1\r\n`, { progress: 'broken', status: 200 }],
  [`${chunked}123456789\r\n`, { progress: 'broken', status: 200 }],
];

describe('an answer', () => {
  for (const [text, expected] of answers) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => {
      const reading = read(text);
      assert.deepEqual({ ...reading, ...expected }, reading);
    });
  }

  it('means the same in whatever pieces it comes', () => {
    const property = (index: number, cuts: readonly number[]) => {
      const [text, expected] = answers[index] ?? ['', {}];
      const places = [...cuts.map((cut) => cut % (text.length + 1)), text.length];
      const pieces: string[] = [];
      let start = 0;
      for (const place of places.sort((a, b) => a - b)) {
        pieces.push(text.slice(start, place));
        start = place;
      }
      const reading = read(...pieces);
      // An answer that is whole before all of it has come cannot know what is behind it.
      const { keptMs: _, ...rest } = expected;
      assert.deepEqual({ ...reading, ...rest }, reading);
    };
    const index = fc.nat(answers.length - 1);
    fc.assert(fc.property(index, fc.array(fc.nat(), { maxLength: 6 }), property));
  });

  it('of any text is read without an exception', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(ok, '\r\n', 'content-length: 5', '5\r\n', ':', 'HTTP/1.1 ', ' '),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, (all) => {
        assert.ok(['more', 'whole', 'broken'].includes(read(...all).progress));
      }),
    );
  });

  for (const [bytes, expected] of [
    [headerBytesMax, 'whole'],
    [headerBytesMax + 1, 'broken'],
  ] as const) {
    it(`with ${bytes} octets of headers is ${expected}`, () => {
      const head = 'HTTP/1.1 204 OK\r\nx: ';
      const text = `${head}${'a'.repeat(bytes - head.length)}\r\n\r\n`;
      assert.equal(read(text).progress, expected);
    });
  }

  it('whose headers or chunk lines never end is broken', () => {
    const long = 'a'.repeat(headerBytesMax);
    assert.equal(read(`${ok}x: `, long).progress, 'broken');
    assert.equal(read(`${chunked}1;`, long).progress, 'broken');
  });
});
