import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { systemClock } from './clock.ts';
import { answerBytesMax } from './http-origin.ts';
import {
  afterwards,
  answer,
  cleanUp,
  createClient,
  get,
  startHttp,
  startRaw,
} from './test-guarded-http.ts';
import { listenLocally } from './test-listen.ts';

afterEach(cleanUp);

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
      let passedMs = 0;
      const client = createClient({ clock: { ...systemClock, monotonic: () => passedMs } });
      const call = get(client, `http://127.0.0.1:${port}/`);
      // Its time is up when nothing comes any more, on a machine however busy.
      await untilQuiet(call, sockets);
      passedMs = Number.POSITIVE_INFINITY;
      const outcome = await call;
      assert.equal(outcome.kind === 'answered' ? String(outcome.status) : outcome.kind, expected);
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
    const port = await listenLocally(server);
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

/** So many turns of the loop, which server and client share, without an octet: there is none to come. */
const quietTurns = 200;

/** Resolves when the call has its outcome, or when all has been read that the server writes. */
async function untilQuiet(call: Promise<unknown>, sockets: readonly Socket[]): Promise<void> {
  let isOver = false;
  void call.then(() => {
    isOver = true;
  });
  let bytesRead = 0;
  for (let quiet = 0; quiet < quietTurns && !isOver; quiet++) {
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    const bytes = sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
    if (bytes !== bytesRead) quiet = 0;
    bytesRead = bytes;
  }
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
  afterwards(() => {
    unsubscribe('undici:client:connected', onConnected);
  });
  return sockets;
}
