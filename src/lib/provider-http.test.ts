import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from './clock.ts';
import { createProviderHttp, type ProviderOutcome, type ProviderRequest } from './provider-http.ts';
import { listenLocally } from './test-listen.ts';

const request: Omit<ProviderRequest, 'url'> = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"é":1}',
  timeoutMs: 5_000,
  answerBytesMax: 1_000,
};

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const port = await listenLocally(server);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

function send(
  t: TestContext,
  url: string,
  change: Partial<ProviderRequest> = {},
): Promise<ProviderOutcome> {
  const http = createProviderHttp({ clock: systemClock });
  t.after(() => http.close());
  return http.send({ ...request, url, ...change });
}

test('an answer comes with its body, its type and the wait it asks for', async (t) => {
  const seen: unknown[] = [];
  const base = await serve(t, (asked, response) => {
    asked.setEncoding('utf8');
    let body = '';
    asked.on('data', (piece) => (body += piece));
    asked.on('end', () => {
      seen.push(asked.method, asked.url, body);
      response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' });
      response.end('{"a":"é"}');
    });
  });
  assert.deepEqual(await send(t, `${base}/v1/x?y=1`), {
    kind: 'answered',
    status: 429,
    body: Buffer.from('{"a":"é"}'),
    contentType: 'application/json',
    retryAfterMs: 7_000,
  });
  assert.deepEqual(seen, ['POST', '/v1/x?y=1', '{"é":1}']);
});

test('what could not be sent is told from what was sent without an answer', async (t) => {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.destroy());
  });
  const port = await listenLocally(tcp);
  assert.equal((await send(t, `http://127.0.0.1:${port}/`)).kind, 'unanswered');
  await new Promise((resolve) => tcp.close(resolve));
  assert.equal((await send(t, `http://127.0.0.1:${port}/`)).kind, 'unsent');
  assert.equal((await send(t, 'nowhere')).kind, 'unsent');
});

test('an answer that does not come in time may have been acted upon', async (t) => {
  const base = await serve(t, () => {});
  assert.deepEqual(await send(t, base, { timeoutMs: 50 }), {
    kind: 'unanswered',
    reason: 'no answer in time',
  });
});

test('what waits for a connection in vain is not sent, even later', async (t) => {
  let requests = 0;
  const base = await serve(t, () => {
    requests++;
  });
  const http = createProviderHttp({ clock: systemClock, connectionsPerOrigin: 1 });
  t.after(() => http.close());
  const outcomes = await Promise.all([
    http.send({ ...request, url: base, timeoutMs: 300 }),
    http.send({ ...request, url: base, timeoutMs: 150 }),
  ]);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['unanswered', 'unsent'],
  );
  assert.equal(requests, 1);
});

for (const [bytes, kind] of [
  [1_000, 'answered'],
  [1_001, 'unanswered'],
] as const) {
  test(`an answer of ${bytes} octets is ${kind}`, async (t) => {
    const base = await serve(t, (_, response) => void response.end('x'.repeat(bytes)));
    assert.equal((await send(t, base)).kind, kind);
  });
}

test('a redirect is an answer, and is not followed', async (t) => {
  let requests = 0;
  const base = await serve(t, (_, response) => {
    requests++;
    response.writeHead(302, { location: '/elsewhere' });
    response.end();
  });
  const outcome = await send(t, base, { method: 'GET', body: null });
  assert.equal(outcome.kind === 'answered' && outcome.status, 302);
  assert.equal(requests, 1);
});

test('a closed client sends nothing', async (t) => {
  const base = await serve(t, () => {});
  const http = createProviderHttp({ clock: systemClock });
  const waiting = http.send({ ...request, url: base });
  await http.close();
  assert.notEqual((await waiting).kind, 'answered');
  assert.equal((await http.send({ ...request, url: base })).kind, 'unsent');
});
