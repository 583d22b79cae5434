import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { systemClock } from './clock.ts';
import {
  afterwards,
  answer,
  cleanUp,
  createClient,
  get,
  startHttp,
  startRaw,
} from './test-guarded-http.ts';

afterEach(cleanUp);

describe('an exchange', () => {
  it('posts the body with its headers and tells the status', async () => {
    const seen: unknown[] = [];
    const port = await startHttp((request, response) => {
      const { 'content-type': type, 'webhook-id': id, 'content-length': length } = request.headers;
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, type, id, length, body });
        response.statusCode = 204;
        response.end();
      });
    });
    const outcome = await createClient().send({
      method: 'POST',
      url: `http://127.0.0.1:${port}/a/b?c=d%20e&f`,
      headers: { 'content-type': 'application/json', 'webhook-id': 'x-2' },
      body: '{"é":1}',
      timeoutMs: 5_000,
    });
    assert.deepEqual(outcome, { kind: 'answered', status: 204 });
    assert.deepEqual(seen, [
      {
        method: 'POST',
        url: '/a/b?c=d%20e&f',
        type: 'application/json',
        id: 'x-2',
        length: '8',
        body: '{"é":1}',
      },
    ]);
  });

  it('keeps the query as it was given, and normalises what cannot be sent', async () => {
    const seen: (string | undefined)[] = [];
    const port = await startHttp((request, response) => {
      seen.push(request.url);
      response.end();
    });
    const client = createClient();
    for (const tail of [
      '',
      '/',
      '/x',
      '/x?',
      '/x?a=1&b=%C3%A9',
      '/x?a=1#f',
      '/é?ü=1 2',
      '/x#f?g',
    ]) {
      assert.equal((await get(client, `http://127.0.0.1:${port}${tail}`)).kind, 'answered', tail);
    }
    assert.deepEqual(seen, [
      '/',
      '/',
      '/x',
      '/x?',
      '/x?a=1&b=%C3%A9',
      '/x?a=1',
      '/%C3%A9?%C3%BC=1%202',
      '/x',
    ]);
  });

  it('keeps its connection for the next one', async () => {
    let connections = 0;
    const port = await startHttp(
      (_request, response) => response.end('ok'),
      () => connections++,
    );
    const client = createClient();
    for (let count = 0; count < 20; count++) await get(client, `http://127.0.0.1:${port}/`);
    assert.equal(connections, 1);
  });

  for (const [status, header, retryAfterMs] of [
    [503, '30', 30_000],
    [429, '1', 1_000],
    [200, '5', 5_000],
  ] as const) {
    it(`tells that a ${status} asked to wait`, async () => {
      const port = await startHttp((_request, response) => {
        response.writeHead(status, { 'retry-after': header });
        response.end();
      });
      const outcome = await get(createClient(), `http://127.0.0.1:${port}/`);
      assert.deepEqual(outcome, { kind: 'answered', status, retryAfterMs });
    });
  }

  it('does not tell a wait that cannot be read', async () => {
    const port = await startRaw(
      answer('HTTP/1.1 503 No\r\nretry-after: soon\r\ncontent-length: 0\r\n\r\n'),
    );
    const outcome = await get(createClient(), `http://127.0.0.1:${port}/`);
    assert.deepEqual(outcome, { kind: 'answered', status: 503 });
  });
});

describe('a redirect', () => {
  for (const status of [300, 301, 302, 303, 307, 308]) {
    it(`${status} is a status and leads nowhere`, async () => {
      let visits = 0;
      const inside = await startHttp((_request, response) => {
        visits++;
        response.end();
      });
      const port = await startHttp((_request, response) => {
        response.writeHead(status, {
          location: `http://127.0.0.1:${inside}/`,
          refresh: `0; url=http://127.0.0.1:${inside}/`,
          link: `<http://127.0.0.1:${inside}/>; rel=preload`,
        });
        response.end(`<meta http-equiv=refresh content="0;url=http://127.0.0.1:${inside}/">`);
      });
      const outcome = await get(createClient(), `http://127.0.0.1:${port}/`);
      assert.deepEqual(outcome, { kind: 'answered', status });
      assert.equal(visits, 0);
    });
  }
});

describe('a proxy variable', () => {
  it('is not heeded', async () => {
    let proxied = 0;
    const proxy = await startHttp((_request, response) => {
      proxied++;
      response.end();
    });
    const port = await startHttp((_request, response) => response.end());
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = `http://127.0.0.1:${proxy}`;
    afterwards(() => {
      names.forEach((name, index) => {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
    });
    assert.equal((await get(createClient(), `http://127.0.0.1:${port}/`)).kind, 'answered');
    assert.equal(proxied, 0);
  });
});

describe('plain http', () => {
  it('is refused unless the settings allow it', async () => {
    const client = createClient({ plainHttp: false });
    assert.equal((await get(client, 'http://hook.example/')).kind, 'forbidden');
    assert.equal(client.check('http://hook.example/').ok, false);
    assert.equal(client.check('https://hook.example/').ok, true);
  });
});

describe('ports', () => {
  const client = createClient({ extraPorts: [81] });
  for (const [port, isAllowed] of [
    [80, true],
    [81, true],
    [443, true],
    [1024, true],
    [65535, true],
    [79, false],
    [82, false],
    [442, false],
    [1023, false],
    [22, false],
    [0, false],
  ] as const) {
    it(`${port} is ${isAllowed ? 'allowed' : 'refused'}`, () => {
      assert.equal(client.check(`https://hook.example:${port}/`).ok, isAllowed);
      assert.equal(client.check(`http://hook.example:${port}/`).ok, isAllowed);
    });
  }
});

describe('a request that is none', () => {
  it('fails and leaves the connection usable', async () => {
    const port = await startHttp((_request, response) => response.end());
    const client = createClient({ connectionsPerOrigin: 1 });
    const url = `http://127.0.0.1:${port}/`;
    for (const headers of [{ 'bad name': 'x' }, { x: 'a\r\nb: c' }, { 'transfer-encoding': 'x' }]) {
      const bad = { method: 'GET', url, headers, body: null, timeoutMs: 1_000 } as const;
      assert.equal((await client.send(bad)).kind, 'failed');
    }
    assert.equal((await get(client, url)).kind, 'answered');
  });
});

describe('connections', () => {
  it('to one origin are at most so many, and all requests get their turn', async () => {
    let open = 0;
    let mostOpen = 0;
    const port = await startHttp(
      (_request, response) => response.end(),
      (socket) => {
        mostOpen = Math.max(mostOpen, ++open);
        socket.on('close', () => open--);
      },
    );
    const client = createClient({ connectionsPerOrigin: 3 });
    const url = `http://127.0.0.1:${port}/`;
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => get(client, url)));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'answered'));
    assert.equal(mostOpen, 3);
  });

  it('of the origin unused for longest go when there are too many origins', async () => {
    const closed: number[] = [];
    const ports: number[] = [];
    for (let index = 0; index < 3; index++) {
      const onClose = () => closed.push(index);
      ports.push(
        await startHttp(
          (_request, response) => response.end(),
          (socket) => socket.on('close', onClose),
        ),
      );
    }
    const client = createClient({ originsMax: 2 });
    for (const index of [0, 1, 0, 2]) await get(client, `http://127.0.0.1:${ports[index]}/`);
    await waitFor(() => closed.length > 0);
    assert.deepEqual(closed, [1]);
    assert.equal((await get(client, `http://127.0.0.1:${ports[1]}/`)).kind, 'answered');
  });

  it('close with the client, which then takes nothing more', async () => {
    const port = await startHttp(() => {});
    const client = createClient();
    const waiting = get(client, `http://127.0.0.1:${port}/`);
    await client.close();
    assert.deepEqual(await waiting, { kind: 'failed', reason: 'the client is closed' });
    const late = await get(client, `http://127.0.0.1:${port}/`);
    assert.deepEqual(late, { kind: 'failed', reason: 'the client is closed' });
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => systemClock.soon(() => resolve(null)));
}
