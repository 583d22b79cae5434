import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { token } from '../program/program.ts';
import { until } from '../program/until.ts';
import { openRaw, post, sendRaw, statusesOf } from './raw.ts';
import { sendGood, watchGateway } from './watched.ts';

/** Deadlines are short, so that whoever is slow is soon late; everything else is as it comes. */
const limits = { headersTimeoutMs: 1_500, requestTimeoutMs: 2_000, stalledTimeoutMs: 1_500 };

const path = '/v1.0/message';
const withToken = [`X-CM-PRODUCTTOKEN: ${token}`];
const gateway = watchGateway(limits);

/** A document with one good message under this reference. */
function withReference(reference: string): string {
  return `{"messages":{"msg":[{"from":"Bakery","to":[{"number":"0031612345678"}],"body":{"content":"Hoi"},"reference":"${reference}"}]}}`;
}

describe('many requests in one packet', () => {
  const one = (close: boolean) =>
    `GET /livez HTTP/1.1\r\nHost: x\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;

  test('thirty are answered, in their order', async () => {
    const requests = Array.from({ length: 30 }, (_, i) =>
      post(path, withReference(String(i)), withToken)
        .toString()
        .replace('Connection: close\r\n', ''),
    );
    const answer = await sendRaw(gateway.port, requests.join('') + one(true));
    assert.deepEqual(
      Array.from(answer.matchAll(/"reference":"(\d+)"/g), ([, reference]) => Number(reference)),
      requests.map((_, i) => i),
    );
  });

  test('ten thousand are not: the connection ends behind the first thirty-two', async () => {
    const answer = await sendRaw(gateway.port, one(false).repeat(10_000));
    const answered = answer.match(/HTTP\/1\.1 200 /g)?.length ?? 0;
    // Closing on somebody who still sends resets the connection, and that may swallow the last answers.
    assert.ok(answered > 0 && answered <= 32, `${answered} were answered`);
  });

  test('ten thousand of the dearest, whose answers nobody reads', async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => openRaw(gateway.port)));
    for (const { socket } of connections) {
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500));
    }
    await sendGood(gateway.program);
  });
});

describe('who is slow', () => {
  test('a thousand that send an octet now and then are all sent away at their deadline', async () => {
    const connections = await Promise.all(
      Array.from({ length: 1_000 }, () => openRaw(gateway.port)),
    );
    const request = post(path, ' '.repeat(500));
    let at = 0;
    const timer = setInterval(() => {
      for (const { socket, isClosed } of connections) {
        if (!isClosed) socket.write(request.subarray(at, at + 1));
      }
      at++;
    }, 250);
    try {
      await sendGood(gateway.program);
      await until('all are sent away', () => connections.every(({ isClosed }) => isClosed));
    } finally {
      clearInterval(timer);
    }
    // An octet that is on its way when we close resets the connection, and that may swallow the answer.
    const statuses = connections.flatMap(({ received }) => statusesOf(received));
    assert.deepEqual([...new Set(statuses)], [408]);
  });

  test('who says nothing at all is sent away too', async () => {
    const connections = await Promise.all(Array.from({ length: 200 }, () => openRaw(gateway.port)));
    await until('all are sent away', () => connections.every(({ isClosed }) => isClosed));
  });

  test('who closes its side after the request gets its answer all the same', async () => {
    const connection = await openRaw(gateway.port);
    connection.socket.end(post(path, withReference('a'), withToken));
    await connection.closed;
    assert.deepEqual(statusesOf(connection.received), [200]);
  });

  test('who closes its side in the middle of the request costs nothing', async () => {
    const connections = await Promise.all(Array.from({ length: 200 }, () => openRaw(gateway.port)));
    for (const { socket } of connections)
      socket.end(post(path, withReference('a')).subarray(0, 150));
    await until('all are gone', () => connections.every(({ isClosed }) => isClosed));
  });
});

describe('floods', () => {
  test('5,000 connections that come and go', async () => {
    for (let i = 0; i < 50; i++) {
      const connections = await Promise.all(
        Array.from({ length: 100 }, () => openRaw(gateway.port)),
      );
      for (const { socket } of connections) socket.resetAndDestroy();
    }
  });

  test('2,000 connections that stay, while good messages are taken', async () => {
    const connections = await Promise.all(
      Array.from({ length: 2_000 }, () => openRaw(gateway.port)),
    );
    for (let i = 0; i < 5; i++) await sendGood(gateway.program);
    assert.ok(connections.length === 2_000);
  });

  test('500 requests that are cut off at a random octet', async () => {
    const request = post(path, withReference('a'), withToken);
    await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const { socket } = await openRaw(gateway.port);
        socket.write(request.subarray(0, (i * 37) % request.length), () =>
          socket.resetAndDestroy(),
        );
      }),
    );
  });
});
