import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { token } from '../program/program.ts';
import { openRaw, post, sendRaw, sendUntilClosed, statusesOf } from './raw.ts';
import { watchGateway } from './watched.ts';

const path = '/v1.0/message';
const gateway = watchGateway();

const mebibyte = 1024 * 1024;
const withToken = [`X-CM-PRODUCTTOKEN: ${token}`];

/** A document with one good message, and this beside its fields. */
function withField(field: string): string {
  return `{"messages":{"msg":[{"from":"Bakery","to":[{"number":"0031612345678"}],"body":{"content":"Hoi"}${field === '' ? '' : ','}${field}}]}}`;
}

/** An object of so many keys, each another one. */
function manyKeys(count: number): string {
  return `{${Array.from({ length: count }, (_, i) => `"${i.toString(36)}":1`).join(',')}}`;
}

describe('bodies that are built to harm', () => {
  for (const [title, body, status, said] of [
    ['20 MiB', Buffer.alloc(20 * mebibyte, ' '), 413, '"errorCode":202'],
    ['100,000 levels of arrays', '['.repeat(100_000), 400, 'Invalid JSON'],
    ['100,000 levels of objects', '{"a":'.repeat(100_000), 400, 'Invalid JSON'],
    [
      'as deep within a field that nobody reads',
      withField(`"x":${'['.repeat(100_000)}`),
      400,
      'Invalid JSON',
    ],
    ['200,000 keys', manyKeys(200_000), 400, 'Invalid JSON'],
    ['a string without end', `{"messages":"${'x'.repeat(mebibyte)}`, 400, 'Invalid JSON'],
    ['a million of backslashes', `{"messages":"${'\\'.repeat(mebibyte)}"}`, 400, 'Invalid JSON'],
    [
      'a number of a million digits',
      withField(`"dcs":${'9'.repeat(mebibyte)}`),
      400,
      'dcs must be 0 or 8',
    ],
    [
      'invalid UTF-8',
      Buffer.from(withField('"reference":"\xff\xfe"'), 'latin1'),
      400,
      'Invalid JSON',
    ],
    ['half of a surrogate pair', withField('"customGrouping":"\\ud83d"'), 200, '"parts":1'],
    ['a byte order mark', `\ufeff${withField('')}`, 200, '"Accepted"'],
    ['UTF-16', Buffer.from(withField(''), 'utf16le'), 400, 'Invalid JSON'],
    ['nothing', '', 400, 'Invalid JSON'],
    ['NUL', '\0'.repeat(1_000), 400, 'Invalid JSON'],
    [
      'keys twice in different case: the last one counts',
      withField('"reference":"one","REFERENCE":"two"'),
      200,
      '"reference":"two"',
    ],
    [
      'names of the prototype',
      withField('"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}'),
      200,
      '"Accepted"',
    ],
    ['__proto__ in place of messages', '{"__proto__":{"messages":{"msg":[]}}}', 400, '"errorCode"'],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      const answer = await sendRaw(gateway.port, post(path, body, withToken));
      assert.deepEqual(statusesOf(answer), [status], answer.slice(0, 500));
      assert.ok(answer.includes(said), answer.slice(0, 500));
    });
  }

  test('a large document of nobody we know is not even parsed', async () => {
    const body = `[${'{"a":{}},'.repeat(60_000)}1]`;
    const answer = await sendRaw(gateway.port, post(path, body));
    assert.deepEqual(statusesOf(answer), [400]);
    assert.ok(answer.includes('"errorCode":103'));
  });

  test('a million keys of a body in chunks: 413', async () => {
    const text = manyKeys(1_000_000);
    const answer = await sendRaw(
      gateway.port,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    );
    assert.deepEqual(statusesOf(answer), [413]);
  });

  test('chunks without end are refused, and cut off when they go on', async () => {
    const connection = await openRaw(gateway.port);
    const { socket } = connection;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    await sendUntilClosed(connection, `10000\r\n${'x'.repeat(65_536)}\r\n`);
    assert.deepEqual(statusesOf(connection.received), [413]);
  });

  test('chunks of one octet without end are refused before they cost anything', async () => {
    const connection = await openRaw(gateway.port);
    const { socket } = connection;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const sent = await sendUntilClosed(connection, '1\r\nx\r\n'.repeat(10_000));
    assert.deepEqual(statusesOf(connection.received), [413]);
    assert.ok(sent < 200, `${sent}0,000 chunks were taken`);
  });
});

describe('what is no HTTP, or none that we take', () => {
  const good = `Host: x\r\n\r\n`;
  for (const [title, bytes, statuses] of [
    ['noise', Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 167 + 13) % 256)), [400]],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex'), [400]],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    [
      'an SMPP bind',
      Buffer.from('0000001f000000020000000000000001610062000000340000', 'hex'),
      [400],
    ],
    ['HTTP/9.9', `GET /livez HTTP/9.9\r\n${good}`, [400]],
    ['no Host', 'GET /livez HTTP/1.1\r\n\r\n', [400]],
    ['a method nobody knows', `BREAD /livez HTTP/1.1\r\n${good}`, [400]],
    [
      'Content-Length and Transfer-Encoding',
      `POST ${path} HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${good}0\r\n\r\n`,
      [400],
    ],
    [
      'two Content-Lengths',
      `POST ${path} HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n${good}hello`,
      [400],
    ],
    ['a negative Content-Length', `POST ${path} HTTP/1.1\r\nContent-Length: -5\r\n${good}`, [400]],
    [
      'a Content-Length beyond all',
      `POST ${path} HTTP/1.1\r\nContent-Length: ${'9'.repeat(30)}\r\n${good}`,
      [400],
    ],
    [
      'a chunk larger than any number',
      `POST ${path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${good}${'f'.repeat(40)}\r\n`,
      [400],
    ],
    [
      'a chunk extension without end',
      `POST ${path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${good}1;${'e'.repeat(64_000)}`,
      [413],
    ],
    [
      'a transfer coding we do not know',
      `POST ${path} HTTP/1.1\r\nTransfer-Encoding: gzip\r\n${good}`,
      [400],
    ],
    ['a header folded over lines', `GET /livez HTTP/1.1\r\nX: a\r\n b\r\n${good}`, [400]],
    ['a blank before the colon', `GET /livez HTTP/1.1\r\nX : a\r\n${good}`, [400]],
    ['NUL in a header', `GET /livez HTTP/1.1\r\nX: a\0b\r\n${good}`, [400]],
    ['line feeds only', 'GET /livez HTTP/1.1\nHost: x\n\n', [400]],
    ['headers without end', `GET /livez HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}`, [431]],
    ['a URL without end', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${good}`, [431]],
    ['CONNECT', 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n', []],
    ['a path that climbs', `GET /../../etc/passwd HTTP/1.1\r\nConnection: close\r\n${good}`, [404]],
    [
      'a path that is not encoded well',
      `GET /%ff%zz HTTP/1.1\r\nConnection: close\r\n${good}`,
      [404],
    ],
    ['another method', `DELETE ${path} HTTP/1.1\r\nConnection: close\r\n${good}`, [405]],
  ] as const) {
    test(`${title}: ${statuses.join() || 'closed'}`, async () => {
      assert.deepEqual(statusesOf(await sendRaw(gateway.port, bytes)), statuses);
    });
  }

  test('an upgrade is not done', async () => {
    const answer = await sendRaw(
      gateway.port,
      `GET /livez HTTP/1.1\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n${good}`,
    );
    assert.deepEqual(statusesOf(answer), [200]);
  });
});
