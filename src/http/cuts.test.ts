import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { systemClock } from '../lib/clock.ts';
import { ecCertificate, ecKey } from '../lib/test-certificates.ts';
import { untilClosed } from '../lib/test-listen.ts';
import { defaultHttpLimits } from './limits.ts';
import { type HttpListener, listenHttp } from './listener.ts';
import { sliceBytes } from './sliced-reads.ts';

let listener: HttpListener;
before(async () => {
  listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    tls: { port: 0, credentials: { cert: ecCertificate, key: ecKey } },
    limits: defaultHttpLimits,
    findRoute: () => ({
      path: '/*',
      door: async ({ method, path, body }) => ({
        status: 200,
        headers: {},
        body: `<${method} ${path} ${digest(body)}>`,
      }),
      refuse: () => ({ status: 413, headers: {}, body: '<refused>' }),
    }),
    onFailure: () => {},
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
});
after(() => listener.close(0));

function digest(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

interface Sent {
  readonly path: string;
  readonly body: Buffer;
  /** Sizes of the chunks that the body is sent in, again and again; none: it says its length. */
  readonly chunks: readonly number[];
  /** Octets of a header that means nothing. */
  readonly padding: number;
}

function write({ path, body, chunks, padding }: Sent, isLast: boolean): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `X-Padding: ${'p'.repeat(padding)}`,
    `Connection: ${isLast ? 'close' : 'keep-alive'}`,
    chunks.length > 0 ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  ];
  const parts: (string | Buffer)[] = [`${head.join('\r\n')}\r\n\r\n`];
  if (chunks.length === 0) parts.push(body);
  for (let at = 0, i = 0; chunks.length > 0 && at < body.length; i++) {
    const piece = body.subarray(at, at + (chunks[i % chunks.length] ?? 1));
    parts.push(`${piece.length.toString(16)}\r\n`, piece, '\r\n');
    at += piece.length;
  }
  if (chunks.length > 0) parts.push('0\r\n\r\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** Sends all at these cuts, each of them a write of its own; the bodies of the answers in order. */
async function exchange(
  isSecure: boolean,
  requests: readonly Sent[],
  cuts: readonly number[],
): Promise<string[]> {
  const socket: Socket = isSecure
    ? connectTls({ port: listener.tlsPort ?? 0, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(listener.port, '127.0.0.1');
  socket.setNoDelay(true);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  const closed = untilClosed(socket);
  await once(socket, isSecure ? 'secureConnect' : 'connect');
  const bytes = Buffer.concat(requests.map((sent, i) => write(sent, i === requests.length - 1)));
  const places = cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    if (to === from) continue;
    const piece = bytes.subarray(from, to);
    await new Promise<void>((resolve) => {
      socket.write(piece, () => resolve());
    });
    from = to;
  }
  await closed;
  return Array.from(received.matchAll(/<([^>]*)>/g), ([, answer]) => answer ?? '');
}

function expected(requests: readonly Sent[]): string[] {
  return requests.map(({ path, body }) => `POST ${path} ${digest(body)}`);
}

const request = fc.record({
  path: fc.integer({ min: 0, max: 999 }).map((n) => `/door/${n}`),
  body: fc
    .oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 90_000 }))
    .map((bytes) => Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + bytes) % 256))),
  chunks: fc.oneof(
    fc.constant([]),
    fc.array(fc.integer({ min: 300, max: 20_000 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 200, maxLength: 300 }),
  ),
  padding: fc.integer({ min: 0, max: 5_000 }),
});

for (const isSecure of [false, true]) {
  describe(isSecure ? 'over TLS' : 'without TLS', () => {
    test('requests are answered in order and whole, wherever they are cut', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(request, { minLength: 1, maxLength: 20 }),
          fc.array(fc.nat(), { maxLength: 6 }),
          async (requests, cuts) => {
            assert.deepEqual(await exchange(isSecure, requests, cuts), expected(requests));
          },
        ),
        { numRuns: 40 },
      );
    });

    test('a slice may end at any octet of a request', async () => {
      const [first, second] = [Buffer.from('one'), Buffer.from('and two')];
      for (let padding = sliceBytes - 330; padding < sliceBytes - 60; padding++) {
        const requests = [
          { path: '/padded', body: Buffer.alloc(0), chunks: [], padding },
          { path: '/length', body: first, chunks: [], padding: 1 },
          { path: '/chunks', body: second, chunks: [3, 1], padding: 1 },
          { path: '/behind', body: Buffer.alloc(9_000), chunks: [], padding: 1 },
        ];
        assert.deepEqual(await exchange(isSecure, requests, []), expected(requests));
      }
    });
  });
}
