import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { systemClock } from '../lib/clock.ts';
import { ecCertificate, ecKey } from '../lib/test-certificates.ts';
import { createWorkingMessage, type ParserWork } from './parser-work.ts';
import {
  heldBytesMax,
  ignoredBytesMax,
  SlicedReads,
  sliceBytesMax,
  turnUnitsMax,
} from './sliced-reads.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server behind sliced reads that notes how much work was done at a time, and one client. */
async function listen(
  handle: (path: string, bytes: number) => void,
  { isDeaf = false, isSecure = false, bytesMax = heldBytesMax } = {},
) {
  const work: ParserWork = { units: 0, bodyBytesLeft: 0 };
  const stretches: number[] = [];
  const sockets: Socket[] = [];
  const due = { turns: 0, everAsked: 0 };
  const noteWorkOf = <Result>(run: () => Result): Result => {
    const before = work.units;
    const result = run();
    stretches.push(work.units - before);
    return result;
  };
  const after = (delayMs: number, run: () => void): void => {
    due.turns++;
    due.everAsked++;
    systemClock.after(delayMs, () => {
      due.turns--;
      noteWorkOf(run);
    });
  };
  const reads = new SlicedReads(work, after, bytesMax);
  const answerTo: RequestListener = (asked, answer) => {
    let bytes = 0;
    asked.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    asked.on('end', () => {
      handle(asked.url ?? '', bytes);
      answer.end();
    });
  };
  const options = { IncomingMessage: createWorkingMessage(work) };
  const server = isSecure
    ? createSecureServer({ ...options, cert: ecCertificate, key: ecKey }, answerTo)
    : createServer(options, answerTo);
  server.on(isSecure ? 'secureConnection' : 'connection', (socket: Socket) => {
    reads.attach(socket);
    const take = socket.push;
    socket.push = (chunk) => noteWorkOf(() => take(chunk));
    sockets.push(socket);
    if (isDeaf) reads.ignore(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { port } = address;
  const client = isSecure
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1');
  cleanUps.push(() => client.destroy());
  client.on('error', () => {});
  client.resume();
  return { client, sockets, work, stretches, due };
}

const minimal = 'GET / HTTP/1.1\r\nHost:x\r\n\r\n';
const crumb = '1\r\nx\r\n';
const chunkedHead = 'POST /last HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('what one turn may cost', () => {
  for (const [title, bytes, units, perSlice] of [
    [
      '5,000 requests',
      `${minimal.repeat(4_999)}GET /last HTTP/1.1\r\nHost: x\r\n\r\n`,
      5_000,
      sliceBytesMax / minimal.length,
    ],
    [
      'a body of 20,000 single octets',
      `${chunkedHead}${crumb.repeat(20_000)}0\r\n\r\n`,
      20_001,
      sliceBytesMax / crumb.length,
    ],
  ] as const) {
    for (const isSecure of [false, true]) {
      const how = isSecure ? ' over TLS' : '';
      test(`${title}${how}: all of it comes, a slice or so at a time`, async () => {
        const last = Promise.withResolvers<void>();
        const { client, work, stretches } = await listen(
          (path) => {
            if (path === '/last') last.resolve();
          },
          { isSecure },
        );
        // Over TLS it comes with the end of the handshake.
        client.write(bytes);
        await last.promise;
        assert.equal(work.units, units);
        const most = Math.max(...stretches);
        assert.ok(most <= turnUnitsMax + perSlice, `${most} at a time`);
      });
    }
  }

  for (const [title, bytes] of [
    ['a large body that says its length', 2_000_000],
    ['a small one', 100],
  ] as const) {
    test(`${title} waits for nobody`, async () => {
      const last = Promise.withResolvers<number>();
      const { client, due } = await listen((_path, got) => last.resolve(got));
      client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`);
      client.write(Buffer.alloc(bytes));
      assert.equal(await last.promise, bytes);
      assert.equal(due.everAsked, 0);
    });
  }

  test('connections take turns: a long one does not keep a short one waiting', async () => {
    const ended: string[] = [];
    const both = Promise.withResolvers<void>();
    const { client, sockets } = await listen((path) => {
      if (path === '/') return;
      if (ended.push(path) === 2) both.resolve();
    });
    client.write(`${minimal.repeat(5_000)}GET /long HTTP/1.1\r\nHost: x\r\n\r\n`);
    while (sockets.length === 0) await turn();
    const port = sockets[0]?.localPort ?? 0;
    const other = connect(port, '127.0.0.1');
    cleanUps.push(() => other.destroy());
    other.resume().write(`${minimal.repeat(500)}GET /short HTTP/1.1\r\nHost: x\r\n\r\n`);
    await both.promise;
    assert.deepEqual(ended, ['/short', '/long']);
  });

  for (const [spare, outcome] of [
    [0, 'waits'],
    [-1, 'is cut'],
  ] as const) {
    test(`a read for which there is ${spare} octets of room ${outcome}`, async () => {
      const last = Promise.withResolvers<void>();
      const bytes = `${minimal.repeat(800)}GET /last HTTP/1.1\r\nHost: x\r\n\r\n`;
      const { client, work } = await listen(
        (path) => {
          if (path === '/last') last.resolve();
        },
        { bytesMax: bytes.length + spare },
      );
      client.once('close', () => last.resolve());
      client.write(bytes);
      await last.promise;
      assert.equal(work.units === 801, spare === 0);
      assert.equal(client.closed, spare < 0);
    });
  }

  test('room is given back, by those who go, too', async () => {
    const bytes = minimal.repeat(800);
    const { client, sockets, work, due } = await listen(() => {}, { bytesMax: bytes.length });
    for (let i = 1; i <= 3; i++) {
      client.write(bytes);
      while (work.units < 800 * i && !client.closed) await turn();
      assert.equal(client.closed, false);
    }
    client.write(bytes);
    while (due.turns === 0) await turn();
    const port = sockets[0]?.localPort ?? 0;
    sockets[0]?.destroy();
    const before = work.units;
    while (!client.closed) await turn();
    const other = connect(port, '127.0.0.1');
    cleanUps.push(() => other.destroy());
    other.resume().write(bytes);
    while (work.units < before + 800 && !other.closed) await turn();
    assert.equal(other.closed, false);
  });

  test('what is held goes with its connection', async () => {
    const { client, sockets, work, due } = await listen(() => {});
    client.write(minimal.repeat(5_000));
    while (due.turns === 0) await turn();
    sockets[0]?.destroy();
    const { units } = work;
    while (due.turns > 0) await turn();
    assert.equal(work.units, units);
    while (!client.closed) await turn();
    assert.equal(work.units, units);
  });
});

describe('a connection that is read over', () => {
  test('stays open up to a number of octets, and nothing comes of them', async () => {
    const { client, sockets, work } = await listen(() => {}, { isDeaf: true });
    client.write(minimal.padEnd(ignoredBytesMax));
    while ((sockets[0]?.bytesRead ?? 0) < ignoredBytesMax) await turn();
    assert.equal(work.units, 0);
    assert.equal(sockets[0]?.destroyed, false);
  });

  test('is cut one octet beyond', async () => {
    const { client, work } = await listen(() => {}, { isDeaf: true });
    client.write(minimal.padEnd(ignoredBytesMax + 1));
    while (!client.closed) await turn();
    assert.equal(work.units, 0);
  });
});

const turn = () => new Promise<void>((resolve) => systemClock.soon(resolve));
