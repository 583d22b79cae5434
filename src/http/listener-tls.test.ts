import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { systemClock } from '../lib/clock.ts';
import { type HandshakeLimits, handshakeBounds } from '../lib/handshakes.ts';
import { ecCertificate, ecKey } from '../lib/test-certificates.ts';
import { untilClosed } from '../lib/test-listen.ts';
import { defaultHttpLimits, type HttpLimits } from './limits.ts';
import { type HttpListener, listenHttp } from './listener.ts';

const open: HttpListener[] = [];
const clients: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

async function listen(
  bounds: Partial<HandshakeLimits>,
  port: number | null = 0,
  limits: Partial<HttpLimits> = {},
) {
  const credentials = { cert: ecCertificate, key: ecKey };
  const listener = await listenHttp({
    host: '127.0.0.1',
    port,
    tls: { port: 0, credentials, bounds: { ...handshakeBounds, ...bounds } },
    limits: { ...defaultHttpLimits, ...limits },
    findRoute: () => undefined,
    onFailure: () => {},
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  open.push(listener);
  return { listener, tlsPort: listener.tlsPort ?? 0 };
}

/** A connection that begins no handshake, or no request. */
async function openSilent(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends a request over TLS; the first line of the answer. */
async function get(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  clients.push(socket);
  await once(socket, 'secureConnect');
  socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [chunk]: Buffer[] = await once(socket, 'data');
  return chunk?.toString('latin1').split('\r\n')[0] ?? '';
}

const turn = () => new Promise<void>((resolve) => systemClock.soon(resolve));

const notFound = 'HTTP/1.1 404 Not Found';

describe('a port with TLS', () => {
  test('stands beside the plain one, behind the same routes', async () => {
    const { listener, tlsPort } = await listen({});
    assert.notEqual(listener.port, tlsPort);
    assert.equal(await get(tlsPort), notFound);
    const plain = await openSilent(listener.port);
    plain.write('GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n');
    const [chunk]: Buffer[] = await once(plain, 'data');
    assert.match(chunk?.toString() ?? '', /^HTTP\/1\.1 404 /);
    assert.equal(listener.counters.requests, 2);
  });

  test('may stand alone', async () => {
    const { listener, tlsPort } = await listen({}, null);
    assert.equal(listener.port, tlsPort);
    assert.equal(await get(tlsPort), notFound);
  });

  test('a handshake that is not complete in time is ended, however its octets come', async () => {
    const { listener, tlsPort } = await listen({ timeoutMs: 200 });
    const silent = await openSilent(tlsPort);
    const dripping = await openSilent(tlsPort);
    // The head of a ClientHello of 512 octets, and then one octet at a time.
    dripping.write(Buffer.from('160301020001', 'hex'));
    const timer = systemClock.every(20, () => dripping.write(Buffer.alloc(1)));
    await Promise.all([untilClosed(silent), untilClosed(dripping)]);
    timer.cancel();
    while ((listener.handshakes?.failed ?? 0) < 2) await turn();
    assert.equal(listener.handshakes?.pending, 0);
  });

  test('one address may have so many handshakes under way, and one more is closed', async () => {
    const { listener, tlsPort } = await listen({ perAddress: 2 });
    const first = await openSilent(tlsPort);
    await openSilent(tlsPort);
    const third = await openSilent(tlsPort);
    await untilClosed(third);
    first.destroy();
    await untilClosed(first);
    while ((listener.handshakes?.pending ?? 0) > 1) await turn();
    assert.equal(await get(tlsPort), notFound);
  });

  test('when all are taken the oldest gives way to the newest', async () => {
    const { tlsPort } = await listen({ most: 2 });
    const first = await openSilent(tlsPort);
    await openSilent(tlsPort);
    const gone = untilClosed(first);
    assert.equal(await get(tlsPort), notFound);
    await gone;
  });

  test('handshakes count as connections of their address on both ports together', async () => {
    const { listener, tlsPort } = await listen({}, 0, { connectionsPerAddressMax: 2 });
    await openSilent(tlsPort);
    await openSilent(listener.port);
    const third = await openSilent(listener.port);
    await untilClosed(third);
    assert.equal(listener.counters.connectionsRefused, 1);
  });

  test('closing does not wait for handshakes', async () => {
    const { listener, tlsPort } = await listen({});
    const silent = await openSilent(tlsPort);
    while (listener.handshakes?.pending !== 1) await turn();
    await listener.close(60_000);
    await untilClosed(silent);
  });
});
