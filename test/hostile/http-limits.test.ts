import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../program/until.ts';
import { openRaw, post, sendRaw, statusesOf } from './raw.ts';
import { sendGood, watchGateway } from './watched.ts';

/** Small, so that both sides of each are quickly reached. */
const limits = {
  bodyBytesMax: 10_000,
  bodyBytesTotalMax: 26_000,
  headerBytesMax: 4_000,
  headersTimeoutMs: 700,
  requestTimeoutMs: 1_200,
  keepAliveTimeoutMs: 600,
  connectionsMax: 20,
  connectionsPerAddressMax: 12,
};

const path = '/v1.0/message';
const gateway = watchGateway(limits);

/** A chunked request of two chunks, so many octets in all. */
function chunked(bytes: number): string {
  const half = Math.floor(bytes / 2);
  const parts = [half, bytes - half].map(
    (size) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`,
  );
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${parts.join('')}0\r\n\r\n`;
}

/** A request whose head has so many octets. */
function withHead(bytes: number): string {
  const head = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ';
  return `${head}${'y'.repeat(bytes - head.length - 4)}\r\n\r\n`;
}

/** The head of a request, and nothing of the body it announces. */
function headOf(bytes: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`;
}

describe('each limit of the listener, on both sides', () => {
  // Blanks are not JSON: the door itself answers 400.
  for (const [title, request, status] of [
    ['the largest body', post(path, ' '.repeat(10_000)), 400],
    ['one octet more', post(path, ' '.repeat(10_001)), 413],
    ['the largest body, in chunks', chunked(10_000), 400],
    ['one octet more, in chunks', chunked(10_001), 413],
    ['headers below the limit', withHead(3_900), 200],
    ['headers beyond it', withHead(4_100), 431],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      assert.deepEqual(statusesOf(await sendRaw(gateway.port, request)), [status]);
    });
  }

  test('bodies that are being received: what is too much together gets 503', async () => {
    const held = await Promise.all([openRaw(gateway.port), openRaw(gateway.port)]);
    for (const { socket } of held) socket.write(headOf(10_000) + ' '.repeat(9_999));
    // The gateway has read both when a third of the same size is one too many.
    await until('a body is refused for the others', async () => {
      const answer = await sendRaw(gateway.port, post(path, ' '.repeat(10_000)));
      return statusesOf(answer)[0] === 503 && answer.includes('The gateway is busy');
    });
    // A smaller one has room.
    assert.deepEqual(statusesOf(await sendRaw(gateway.port, post(path, ' '.repeat(4_000)))), [400]);
    for (const { socket } of held) socket.write(' ');
    for (const connection of held) {
      await connection.closed;
      assert.deepEqual(statusesOf(connection.received), [400]);
    }
    assert.deepEqual(
      statusesOf(await sendRaw(gateway.port, post(path, ' '.repeat(10_000)))),
      [400],
    );
  });

  test('bodies that grow past what is allowed together are refused too', async () => {
    const growing = await Promise.all(Array.from({ length: 3 }, () => openRaw(gateway.port)));
    const head = headOf(10_000).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');
    for (const { socket } of growing) socket.write(head);
    // All three were let in while there was room.
    await until('all are asked for their bodies', () =>
      growing.every(({ received }) => statusesOf(received)[0] === 100),
    );
    for (const { socket } of growing) socket.write(' '.repeat(9_000));
    await until('one of them is refused', () => growing.some(({ isClosed }) => isClosed));
    const statuses = growing.map(({ received }) => statusesOf(received)[1]);
    assert.deepEqual(
      statuses.toSorted((a = 999, b = 999) => a - b),
      [503, undefined, undefined],
    );
  });

  test('headers that are not complete in time: 408', async () => {
    const startedAt = performance.now();
    const answer = await sendRaw(gateway.port, 'GET /livez HTTP/1.1\r\nHost: x\r\n');
    assert.deepEqual(statusesOf(answer), [408]);
    assert.ok(performance.now() - startedAt > limits.headersTimeoutMs);
  });

  test('a body that is not complete in time: 408', async () => {
    const startedAt = performance.now();
    assert.deepEqual(statusesOf(await sendRaw(gateway.port, headOf(10), 'abc')), [408]);
    assert.ok(performance.now() - startedAt > limits.requestTimeoutMs);
  });

  test('a request in pieces, but in time, is answered', async () => {
    const connection = await openRaw(gateway.port);
    const request = post(path, '  ');
    for (let at = 0; at < request.length; at += 40) {
      await new Promise<void>((resolve) => {
        connection.socket.write(request.subarray(at, at + 40), () => resolve());
      });
    }
    await connection.closed;
    assert.deepEqual(statusesOf(connection.received), [400]);
  });

  test('an idle connection is closed, but not before it was used again', async () => {
    const connection = await openRaw(gateway.port);
    for (let count = 1; count <= 3; count++) {
      connection.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      await until('it is answered', () => statusesOf(connection.received).length === count);
    }
    const idleSince = performance.now();
    await connection.closed;
    assert.ok(performance.now() - idleSince > limits.keepAliveTimeoutMs / 2);
  });

  test('connections of one address: so many, and no more until one ends', async () => {
    const held = await Promise.all(
      Array.from({ length: limits.connectionsPerAddressMax }, () => openRaw(gateway.port)),
    );
    assert.equal(await sendRaw(gateway.port, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    assert.ok(held.every(({ isClosed }) => !isClosed));
    held[0]?.socket.destroy();
    await until('there is room', () =>
      sendGood(gateway.program).then(
        () => true,
        () => false,
      ),
    );
  });
});
