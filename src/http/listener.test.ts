import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { request } from 'undici';
import type { Door } from '../api/door.ts';
import { problem } from '../api/problem.ts';
import { systemClock } from '../lib/clock.ts';
import { untilClosed } from '../lib/test-listen.ts';
import { piecesMax } from './bodies.ts';
import { defaultHttpLimits, type HttpLimits } from './limits.ts';
import { type HttpListener, listenHttp } from './listener.ts';
import { createRouteFinder } from './router.ts';

const open: HttpListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
});

const echo: Door = (asked) =>
  Promise.resolve({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: `${asked.method} ${asked.path} ${asked.query} ${asked.body.length}`,
  });

async function listen(limits: Partial<HttpLimits> = {}, door: Door = echo) {
  const failures: unknown[] = [];
  const failedPaths: string[] = [];
  const listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultHttpLimits, ...limits },
    findRoute: createRouteFinder([
      {
        path: '/door',
        door,
        refuse: (why) => problem(why === 'busy' ? 503 : 413, why, why),
      },
      { path: '/below/*', door, refuse: () => problem(413, 'no', 'no') },
      { path: '/large', door, refuse: () => problem(413, 'no', 'no'), bodyBytesMax: 2000 },
    ]),
    onFailure(path, error) {
      failedPaths.push(path);
      failures.push(error);
    },
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  open.push(listener);
  return { listener, failures, failedPaths, url: `http://127.0.0.1:${listener.port}` };
}

/** Sends raw bytes and resolves with all that comes back until the other side closes. */
function sendRaw(port: number, ...chunks: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.once('close', () => resolve(received));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received);
      else reject(error);
    });
    for (const chunk of chunks) socket.write(chunk);
  });
}

describe('routing', () => {
  for (const [path, status, text] of [
    ['/door?a=1', 200, 'POST /door a=1 3'],
    ['/below/x/y', 200, 'POST /below/x/y  3'],
    ['/below', 200, 'POST /below  3'],
    ['/doors', 404, undefined],
    ['http://gateway.example/door?a=1', 200, 'POST /door a=1 3'],
    ['HTTPS://gateway.example:443/door', 200, 'POST /door  3'],
    ['http://gateway.example', 404, undefined],
    ['/', 404, undefined],
  ] as const) {
    test(`${path} answers ${status}`, async () => {
      const { listener } = await listen();
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3`;
      const answer = await sendRaw(listener.port, `${head}\r\n\r\nabc`);
      assert.equal(answer.slice(9, 12), String(status));
      if (text !== undefined) assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), text);
    });
  }
});

describe('bodies', () => {
  const limits = { bodyBytesMax: 1000 };

  test('a route may take more', async () => {
    const { url } = await listen(limits);
    for (const [bytes, status] of [
      [2000, 200],
      [2001, 413],
    ] as const) {
      const answer = await request(`${url}/large`, { method: 'POST', body: 'x'.repeat(bytes) });
      assert.equal(answer.statusCode, status);
      await answer.body.dump();
    }
  });

  test('the largest allowed body is taken', async () => {
    const { url } = await listen(limits);
    const answer = await request(`${url}/door`, { method: 'POST', body: Buffer.alloc(1000) });
    assert.equal(answer.statusCode, 200);
    await answer.body.dump();
  });

  test('one byte more is refused with 413 by its declared length', async () => {
    const { url, listener } = await listen(limits);
    const answer = await request(`${url}/door`, { method: 'POST', body: Buffer.alloc(1001) });
    assert.equal(answer.statusCode, 413);
    await answer.body.dump();
    assert.equal(listener.counters.refusedTooLarge, 1);
  });

  test('one byte more is refused with 413 when the length is not declared', async () => {
    const { listener } = await listen(limits);
    const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;
    const answer = await sendRaw(
      listener.port,
      'POST /door HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      chunk,
      chunk,
      '1\r\nx\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  test('when all bodies together are too many, a new one is refused with 503', async () => {
    const { url, listener } = await listen({ bodyBytesTotalMax: 1_000 });
    const small = await request(`${url}/door`, { method: 'POST', body: Buffer.alloc(500) });
    assert.equal(small.statusCode, 200);
    await small.body.dump();
    const large = await request(`${url}/door`, { method: 'POST', body: Buffer.alloc(1001) });
    assert.equal(large.statusCode, 503);
    await large.body.dump();
    assert.equal(listener.counters.refusedBusy, 1);
  });

  test('a large body that is refused while it is being sent: the answer still arrives', async () => {
    const { url } = await listen(limits);
    for (let i = 0; i < 10; i++) {
      const body = Buffer.alloc(8_000_000);
      const answer = await request(`${url}/door`, { method: 'POST', body });
      assert.equal(answer.statusCode, 413);
      await answer.body.dump();
    }
  });

  test('who asks first whether to send a body that is too large is told not to', async () => {
    const { listener } = await listen(limits);
    const head = 'POST /door HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ';
    assert.match(await sendRaw(listener.port, `${head}1001\r\n\r\n`), /^HTTP\/1\.1 413 /);
    const allowed = `${head}3\r\nConnection: close\r\n\r\nabc`;
    assert.match(
      await sendRaw(listener.port, allowed),
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /,
    );
  });

  for (const [count, status] of [
    [piecesMax, 200],
    [piecesMax + 100, 413],
  ] as const) {
    test(`a body of ${count} single octets: ${status}`, async () => {
      const { listener } = await listen();
      const answer = await sendRaw(
        listener.port,
        'POST /door HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n',
        `${'1\r\nx\r\n'.repeat(count)}0\r\n\r\n`,
      );
      assert.equal(answer.slice(9, 12), String(status));
    });
  }
});

describe('strangers', () => {
  test('both Content-Length and Transfer-Encoding: 400 and the end', async () => {
    const { listener } = await listen();
    const answer = await sendRaw(
      listener.port,
      'POST /door HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 400 /);
  });

  test('what is no HTTP behind an answer that has begun gets no answer of its own', async () => {
    const { listener } = await listen({ bodyBytesMax: 10 });
    const socket = connect(listener.port, '127.0.0.1');
    let received = '';
    const refused = Promise.withResolvers<void>();
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      refused.resolve();
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    const head = 'POST /door HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    socket.write(`${head}b\r\nhello world\r\n`);
    await refused.promise;
    socket.write('no chunk\r\n');
    await closed;
    assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 413']);
  });

  test('headers beyond the limit: 431', async () => {
    const { listener } = await listen({ headerBytesMax: 2_000 });
    const answer = await sendRaw(
      listener.port,
      `GET /door HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(3_000)}\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 /);
  });

  test('a request that is never finished is ended at its deadline', async () => {
    const { listener } = await listen({ headersTimeoutMs: 200, requestTimeoutMs: 300 });
    const answer = await sendRaw(
      listener.port,
      'POST /door HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
    );
    assert.match(answer, /^HTTP\/1\.1 408 /);
  });

  test('pipelined requests are answered in their order', async () => {
    const { listener } = await listen();
    const one = (query: string, connection: string) =>
      `POST /door?${query} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: ${connection}\r\n\r\nab`;
    const answer = await sendRaw(listener.port, one('1', 'keep-alive') + one('2', 'close'));
    assert.deepEqual(
      [...answer.matchAll(/\/door (\d)/g)].map((match) => match[1]),
      ['1', '2'],
    );
  });

  for (const [count, answered] of [
    [4, 4],
    [6, 5],
    [5_000, 5],
  ] as const) {
    test(`${count} requests in one packet: ${answered} are answered`, async () => {
      const { listener } = await listen({ pipelinedMax: 5 });
      const answer = await sendRaw(
        listener.port,
        'GET /door HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count - 1),
        'GET /door HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      assert.equal(answer.match(/HTTP\/1\.1 200 /g)?.length, answered);
      assert.equal(listener.counters.requests, answered);
      assert.equal(answer.match(/Connection: close/gi)?.length, 1);
    });
  }

  test('one after the other, a connection carries any number', async () => {
    const { listener } = await listen({ pipelinedMax: 2 });
    const socket = connect(listener.port, '127.0.0.1');
    for (let i = 0; i < 20; i++) {
      socket.write('GET /door HTTP/1.1\r\nHost: x\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    }
    socket.destroy();
  });

  test('who does not read the answer is cut off', async () => {
    const large = 'x'.repeat(16 * 1024 * 1024);
    const { listener } = await listen({ stalledTimeoutMs: 200 }, () =>
      Promise.resolve({ status: 200, headers: {}, body: large }),
    );
    const socket = connect(listener.port, '127.0.0.1');
    const closed = untilClosed(socket);
    socket.on('error', () => {});
    socket.write('GET /door HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    const turn = () => new Promise<void>((resolve) => systemClock.soon(resolve));
    while (listener.counters.requests === 0) await turn();
    while (listener.openConnections() > 0) await turn();
    socket.destroy();
    await closed;
  });

  test('one address cannot take more than its share of connections', async () => {
    const { listener, url } = await listen({ connectionsPerAddressMax: 1 });
    const held = connect(listener.port, '127.0.0.1');
    await new Promise((resolve) => held.once('connect', resolve));
    assert.equal(await sendRaw(listener.port, 'GET /door HTTP/1.1\r\nHost: x\r\n\r\n'), '');
    held.destroy();
    await new Promise((resolve) => held.once('close', resolve));
    assert.equal(listener.counters.connectionsRefused, 1);
    assert.ok(url.length > 0);
  });

  test('a door that throws costs its own request only, and says nothing of why', async () => {
    const { url, failures } = await listen({}, () => Promise.reject(new Error('secret detail')));
    const answer = await request(`${url}/door`, { method: 'POST', body: '' });
    assert.equal(answer.statusCode, 500);
    assert.doesNotMatch(await answer.body.text(), /secret/);
    assert.equal(failures.length, 1);
  });

  test('a number or a file in the path is not told to who writes it down', async () => {
    const { url, failedPaths } = await listen({}, () => Promise.reject(new Error('disk full')));
    const answer = await request(`${url}/below/0031612345678`, { method: 'DELETE' });
    assert.equal(answer.statusCode, 500);
    await answer.body.dump();
    assert.deepEqual(failedPaths, ['/below/*']);
  });
});

describe('closing', () => {
  test('a running request is finished and its connection told to close', async () => {
    let finish = () => {};
    const started = Promise.withResolvers<void>();
    const { url, listener } = await listen({}, async (asked) => {
      started.resolve();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return echo(asked);
    });
    const answer = request(`${url}/door`, { method: 'POST', body: '' });
    await started.promise;
    const closed = listener.close(5_000);
    finish();
    const { statusCode, headers, body } = await answer;
    await body.dump();
    assert.equal(statusCode, 200);
    assert.equal(headers['connection'], 'close');
    await closed;
  });
});
