import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { loopbackNetworks } from './addresses.ts';
import { type Clock, systemClock } from './clock.ts';
import { createGuardedHttp, type GuardedHttp, type GuardSettings } from './guarded-http.ts';
import { answerBytesMax } from './http-origin.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

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
    cleanups.push(() => {
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

describe('a name', () => {
  it('is refused when one of its addresses is inside, wherever it stands', async () => {
    let visits = 0;
    const port = await startHttp(
      (_request, response) => response.end(),
      () => visits++,
    );
    for (const addresses of [
      ['127.0.0.1', '10.0.0.1'],
      ['10.0.0.1', '127.0.0.1'],
      ['127.0.0.1', '::ffff:10.0.0.1'],
      ['127.0.0.1', 'fe80::1%eth0'],
      ['127.0.0.1', 'nonsense'],
    ]) {
      const client = createClient({ resolver: async () => addresses });
      const outcome = await get(client, `http://hook.example:${port}/`);
      assert.equal(outcome.kind, 'forbidden', addresses.join());
    }
    assert.equal(visits, 0);
  });

  it('that changes its mind after the check gains nothing', async () => {
    // 127.0.0.1 stands for a public address, 127.0.0.2 for one inside the house.
    const visitors: (string | undefined)[] = [];
    const port = await startHttp(
      (_request, response) => {
        response.setHeader('connection', 'close');
        response.end();
      },
      (socket) => visitors.push(socket.localAddress),
      '0.0.0.0',
    );
    const clock = createShiftedClock();
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']];
    let questions = 0;
    const client = createClient({
      clock,
      allowedNetworks: ['127.0.0.1/32'],
      resolver: async () => answers[questions++] ?? [],
    });
    const url = `http://rebind.example:${port}/`;
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal(questions, 1);
    clock.shift(60_000);
    assert.equal((await get(client, url)).kind, 'forbidden');
    assert.equal((await get(client, url)).kind, 'forbidden');
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal(questions, 4);
    assert.deepEqual(visitors, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  it('is asked for once by connections that open together', async () => {
    const port = await startHttp((_request, response) => response.end());
    let questions = 0;
    const client = createClient({
      resolver: async () => {
        questions++;
        return ['127.0.0.1'];
      },
    });
    const url = `http://hook.example:${port}/`;
    await Promise.all(Array.from({ length: 8 }, () => get(client, url)));
    assert.equal(questions, 1);
  });

  it('that is not found fails, and is asked for again', async () => {
    let questions = 0;
    const client = createClient({
      resolver: async () => {
        questions++;
        throw new Error('no such name');
      },
    });
    for (let count = 0; count < 2; count++) {
      assert.deepEqual(await get(client, 'http://gone.example:8080/'), {
        kind: 'failed',
        reason: 'no such name',
      });
    }
    assert.equal(questions, 2);
  });

  it('whose name server says nothing ends with the deadline', async () => {
    const client = createClient({ resolver: () => new Promise(() => {}) });
    const outcome = await get(client, 'http://silent.example:8080/', 50);
    assert.deepEqual(outcome, { kind: 'failed', reason: 'no answer in time' });
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

describe('a server that misbehaves', () => {
  const endings: readonly [what: string, serve: (socket: Socket) => void, expected: string][] = [
    ['never answers', () => {}, 'failed'],
    ['hangs up at once', (socket) => socket.destroy(), 'failed'],
    ['hangs up after the request', (socket) => socket.once('data', () => socket.end()), 'failed'],
    ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'failed'],
    ['speaks no HTTP', answer('SSH-2.0-OpenSSH_9.9\r\n'), 'failed'],
    ['speaks HTTP/2', answer('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'failed'],
    ['answers half a status line', answer('HTTP/1.1 20'), 'failed'],
    ['answers half its headers', answer('HTTP/1.1 200 OK\r\ncontent-le'), 'failed'],
    [
      'switches protocols',
      answer('HTTP/1.1 101 Yes\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'failed',
    ],
    ['only ever says continue', forever('HTTP/1.1 103 Hints\r\nlink: </x>\r\n\r\n'), 'failed'],
    [
      'has endless headers',
      forever(`x-${'a'.repeat(500)}: b\r\n`, 'HTTP/1.1 200 OK\r\n'),
      'failed',
    ],
    ['has one endless header', forever('a'.repeat(1000), 'HTTP/1.1 200 OK\r\nx: '), 'failed'],
    ['has an endless reason', forever('a'.repeat(1000), 'HTTP/1.1 200 '), 'failed'],
    [
      'has two lengths',
      answer('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
      'failed',
    ],
    ['stops within the body', answer('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'), '200'],
    [
      'breaks within the body',
      (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nabc', () => socket.destroy());
        });
      },
      '500',
    ],
    [
      'sends a broken chunk',
      answer('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
      '200',
    ],
    ['has an endless body', forever('a'.repeat(4096), 'HTTP/1.1 200 OK\r\n\r\n'), '200'],
    [
      'has an endless chunked body',
      forever(
        '400\r\n' + 'a'.repeat(1024) + '\r\n',
        'HTTP/1.1 502 No\r\ntransfer-encoding: chunked\r\n\r\n',
      ),
      '502',
    ],
    [
      'promises a huge body',
      forever('a'.repeat(4096), 'HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n'),
      '200',
    ],
    [
      'answers interim, then well',
      answer('HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 202 OK\r\ncontent-length: 0\r\n\r\n'),
      '202',
    ],
    [
      'answers twice',
      answer(
        'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n',
      ),
      '200',
    ],
  ];

  for (const [what, serve, expected] of endings) {
    it(`and ${what}: ${expected}, within the deadline and the limits`, async () => {
      const sockets = watchSockets();
      const port = await startRaw(serve);
      const client = createClient();
      const startedAt = systemClock.monotonic();
      const outcome = await get(client, `http://127.0.0.1:${port}/`, 400);
      assert.equal(outcome.kind === 'answered' ? String(outcome.status) : outcome.kind, expected);
      assert.ok(systemClock.monotonic() - startedAt < 2_000);
      await client.close();
      // A chunk of the socket has arrived before it can be counted, and one may be behind it.
      const bytesMax = answerBytesMax + 2 * 64 * 1024;
      for (const socket of sockets) assert.ok(socket.bytesRead <= bytesMax, `${socket.bytesRead}`);
    });
  }

  for (const [bytes, expectedConnections] of [
    [answerBytesMax, 1],
    [answerBytesMax + 1, 3],
  ] as const) {
    it(`by an answer of ${bytes} bytes has ${expectedConnections} connections for three`, async () => {
      let connections = 0;
      const head = 'HTTP/1.1 200 OK\r\ncontent-length: ';
      const bodyBytes = bytes - head.length - '65000\r\n\r\n'.length;
      const text = `${head}${bodyBytes}\r\n\r\n${'a'.repeat(bodyBytes)}`;
      const port = await startRaw((socket) => {
        connections++;
        socket.on('data', () => socket.write(text));
      });
      const client = createClient();
      for (let count = 0; count < 3; count++) {
        const outcome = await get(client, `http://127.0.0.1:${port}/`);
        assert.deepEqual(outcome, { kind: 'answered', status: 200 });
      }
      assert.equal(text.length, bytes);
      assert.equal(connections, expectedConnections);
    });
  }

  it('does not keep the connections from those who come after it', async () => {
    let isAwake = false;
    const port = await startHttp((_request, response) => {
      if (isAwake) response.end();
    });
    const client = createClient({ connectionsPerOrigin: 2 });
    const url = `http://127.0.0.1:${port}/`;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => get(client, url, 300)));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'failed'));
    isAwake = true;
    const later = await Promise.all(Array.from({ length: 6 }, () => get(client, url)));
    assert.ok(later.every((outcome) => outcome.kind === 'answered'));
  });

  it('and refuses connections fails all who wait for one', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const client = createClient({ connectionsPerOrigin: 2 });
    const url = `http://127.0.0.1:${port}/`;
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => get(client, url)));
    for (const outcome of outcomes) {
      assert.equal(outcome.kind, 'failed');
      if (outcome.kind === 'failed') assert.match(outcome.reason, /ECONNREFUSED/);
    }
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

function createClient(settings: Partial<GuardSettings> = {}): GuardedHttp {
  const client = createGuardedHttp({
    allowedNetworks: loopbackNetworks,
    plainHttp: true,
    clock: systemClock,
    ...settings,
  });
  cleanups.push(() => client.close());
  return client;
}

function get(client: GuardedHttp, url: string, timeoutMs = 5_000) {
  return client.send({ method: 'GET', url, headers: {}, body: null, timeoutMs });
}

async function startHttp(
  handler: Parameters<typeof createHttpServer>[1],
  onConnection: (socket: Socket) => void = () => {},
  host = '127.0.0.1',
): Promise<number> {
  const server = createHttpServer(handler);
  return listen(server, onConnection, host);
}

function startRaw(serve: (socket: Socket) => void): Promise<number> {
  return listen(createServer(), serve, '127.0.0.1');
}

async function listen(
  server: Server,
  onConnection: (socket: Socket) => void,
  host: string,
): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers each request with the same bytes. */
function answer(text: string): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', () => socket.write(text));
  };
}

/** Answers and never stops. */
function forever(piece: string, start = ''): (socket: Socket) => void {
  return (socket) => {
    const pump = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.once('data', () => {
      socket.write(start);
      pump();
    });
    socket.on('drain', pump);
  };
}

/** The sockets that undici opens while a test runs. */
function watchSockets(): Socket[] {
  const sockets: Socket[] = [];
  const onConnected = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
  subscribe('undici:client:connected', onConnected);
  cleanups.push(() => {
    unsubscribe('undici:client:connected', onConnected);
  });
  return sockets;
}

function createShiftedClock(): Clock & { shift(ms: number): void } {
  let shiftMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + shiftMs,
    monotonic: () => systemClock.monotonic() + shiftMs,
    shift(ms) {
      shiftMs += ms;
    },
  };
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => systemClock.soon(() => resolve(null)));
}
