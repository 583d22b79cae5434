import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { hashPassword } from '../../src/lib/password.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from '../program/program.ts';
import { until } from '../program/until.ts';
import { cutConnections, openRaw, post } from './raw.ts';

const slowToken = '7f2d9c1e-4b6a-4d0e-9a53-0c8e1f6b2a75';
const wrongToken = '7f2d9c1e-4b6a-4d0e-9a53-0c8e1f6b2a76';
const proxy = '127.0.0.200';
const burst = 5;
const failuresMax = 3;

let program: Program;
let smppPort = 0;

before(async () => {
  program = await startProgram({
    environment: { CHAPPE_STORE: 'memory:', CHAPPE_TEST_SLOW: slowToken },
    config: {
      http: { trustedProxies: [`${proxy}/32`] },
      smpp: { port: 0 },
      limits: {
        perAddress: {
          requestsPerSecond: 1,
          burst,
          failedAuthPerMinute: failuresMax,
          // Who looks after the gateway is not a stranger.
          exemptNetworks: ['127.0.0.1/32'],
        },
      },
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          conversionLogin: {
            customer: '12345',
            login: 'Brand',
            passwordHash: hashPassword('secret', 1_024),
          },
        },
        {
          id: 'slow',
          token: { env: 'CHAPPE_TEST_SLOW' },
          smpp: { systemId: 'slow', passwordHash: hashPassword('secret', 1_024) },
          limits: { messagesPerSecond: 1, burst: 10, requestsPerSecond: 2 },
        },
      ],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: { hosts: ['127.0.0.1:9'], tls: false, systemId: 'chappe' },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  });
  const [, port = ''] = await program.prints(/"smpp":"127\.0\.0\.1:(\d+)"/);
  smppPort = Number(port);
});
afterEach(cutConnections);
after(cleanUp);

/** Each test is another stranger. */
let strangers = 1;
const nextAddress = () => `127.0.1.${++strangers}`;

/** Sends these in one packet from an address, and resolves with all that comes back. */
async function sendFrom(address: string, ...requests: readonly Buffer[]): Promise<string> {
  const connection = await openRaw(program.port, address);
  connection.socket.write(Buffer.concat(requests));
  await connection.closed;
  return connection.received;
}

/** The statuses of answers that stand close behind each other. */
function statusesOf(received: string): number[] {
  return Array.from(received.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
}

/** The same request so often on one connection, which ends behind the last. */
function repeat(request: Buffer, count: number): Buffer[] {
  const going = Buffer.from(request.toString().replace('Connection: close\r\n', ''));
  return [...Array.from({ length: count - 1 }, () => going), request];
}

function get(path: string, ...headers: readonly string[]): Buffer {
  const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
}

function jsonOf(productToken: string, recipients = 1): Buffer {
  const to = Array.from({ length: recipients }, () => ({ number: '0031612345678' }));
  const msg = [{ from: 'Bakery', to, body: { content: 'Hoi' } }];
  return post(
    '/v1.0/message',
    JSON.stringify({ messages: { authentication: { producttoken: productToken }, msg } }),
  );
}

function xmlOf(productToken: string): Buffer {
  return post(
    '/gateway.ashx',
    `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${productToken}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Bakery</FROM><TO>0031612345678</TO><BODY>Hoi</BODY></MSG></MESSAGES>`,
  );
}

function queryOf(productToken: string): Buffer {
  return get(`/gateway.ashx?producttoken=${productToken}&from=Bakery&to=0031612345678&body=Hoi`);
}

/** When the only refusal among these answers says to come again, in seconds. */
function waitOf(received: string): number {
  const [, seconds] = /^retry-after: (\d+)\r$/im.exec(received) ?? [];
  return Number(seconds);
}

const jsonRefusal = '{"details":"Too many requests.","errorCode":500,"messages":[]}';
const plainRefusal = 'Error: ERROR Too many requests.';
const ourRefusal =
  '{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Requests come too fast; try again later."}';

const messagesWith = (productToken: string) =>
  get('/api/messages', `X-CM-PRODUCTTOKEN: ${productToken}`);
const conversionWith = (productToken: string) =>
  post('/v1.0/conversion', '{}', [`X-CM-PRODUCTTOKEN: ${productToken}`]);

const conversionBy = (password: string) =>
  post(
    '/v1.0/conversion',
    JSON.stringify({ Customer: '12345', Login: 'Brand', Password: password }),
  );

describe('requests of an address: the burst is taken, the next is told to wait', () => {
  for (const [door, request, refusal] of [
    ['JSON', jsonOf(token), jsonRefusal],
    ['XML', xmlOf(token), plainRefusal],
    ['GET', queryOf(token), plainRefusal],
    ['conversions', conversionWith(token), 'Too many requests.'],
    ['our API', messagesWith(token), ourRefusal],
    ['the metrics', get('/metrics'), ourRefusal],
    ['nothing at all', get('/nowhere'), ourRefusal],
  ] as const) {
    test(door, async () => {
      const stranger = nextAddress();
      const answer = await sendFrom(stranger, ...repeat(request, burst + 1));
      const statuses = statusesOf(answer);
      assert.equal(statuses.length, burst + 1, answer);
      assert.ok(!statuses.slice(0, burst).includes(429), statuses.join(' '));
      assert.equal(statuses[burst], 429);
      const last = answer.slice(answer.lastIndexOf('HTTP/1.1 429'));
      assert.match(last, /^retry-after: 1\r$/im);
      assert.equal(last.slice(last.indexOf('\r\n\r\n') + 4), refusal);
      // Another address is not touched by it.
      const other = await sendFrom(nextAddress(), request);
      assert.equal(statusesOf(other)[0], statuses[0]);
    });
  }

  test('a large body is refused before it is sent', async () => {
    const stranger = nextAddress();
    await sendFrom(stranger, ...repeat(get('/livez'), burst));
    const connection = await openRaw(program.port, stranger);
    connection.socket.write(
      'POST /v1.0/message HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{',
    );
    await connection.closed;
    assert.equal(connection.received.slice(0, 12), 'HTTP/1.1 429');
  });

  test('who goes on is cut off without an answer', async () => {
    const answer = await sendFrom(nextAddress(), ...repeat(get('/livez'), 10 * burst));
    const statuses = statusesOf(answer);
    assert.ok(statuses.length <= 2 * burst + 2, statuses.join(' '));
  });
});

describe('failed authentications of an address', () => {
  for (const [door, bad, good, refused, taken] of [
    ['JSON', jsonOf(wrongToken), jsonOf(token), 400, 200],
    ['XML', xmlOf(wrongToken), xmlOf(token), 200, 200],
    ['GET', queryOf(wrongToken), queryOf(token), 200, 200],
    ['our API', messagesWith(wrongToken), messagesWith(token), 401, 200],
    ['conversions', conversionWith(wrongToken), conversionWith(token), 401, 400],
  ] as const) {
    test(`${door}: ${failuresMax} are answered as ever, then 429, and the good goes on`, async () => {
      const stranger = nextAddress();
      const requests = [...repeat(bad, failuresMax + 2).slice(0, -1), good];
      const answer = await sendFrom(stranger, ...requests);
      const expected = [...Array.from({ length: failuresMax }, () => refused), 429, taken];
      assert.deepEqual(statusesOf(answer), expected, answer);
      // Three a minute: one comes back within twenty seconds, and not within one.
      assert.ok(waitOf(answer) > 1 && waitOf(answer) <= 20, answer);
      const last = answer.slice(answer.lastIndexOf('HTTP/1.1'));
      assert.doesNotMatch(last, /No account|ERROR|Unauthorized/);
    });
  }
});

test('wrong passwords of conversions count too, and a password that was right goes on', async () => {
  assert.deepEqual(statusesOf(await sendFrom(nextAddress(), conversionBy('secret'))), [400]);
  const stranger = nextAddress();
  const statuses: number[] = [];
  // One after the other: only so many passwords are checked at a time.
  for (const password of [...Array.from({ length: failuresMax + 1 }, () => 'guess'), 'secret']) {
    statuses.push(...statusesOf(await sendFrom(stranger, conversionBy(password))));
  }
  const expected = [...Array.from({ length: failuresMax }, () => 401), 429, 400];
  assert.deepEqual(statuses, expected);
});

describe('behind a proxy', () => {
  const from = (client: string) => get('/livez', `X-Forwarded-For: ${client}`);

  test('each client of a trusted proxy has its own rate', async () => {
    const answer = await sendFrom(
      proxy,
      ...repeat(from('198.51.100.1'), burst + 2).slice(0, -1),
      from('198.51.100.2'),
    );
    const expected = [...Array.from({ length: burst }, () => 200), 429, 200];
    assert.deepEqual(statusesOf(answer), expected);
  });

  test('the proxy is never cut off for one of its clients', async () => {
    const answer = await sendFrom(
      proxy,
      ...repeat(from('198.51.100.3'), 5 * burst).slice(0, -1),
      from('198.51.100.4'),
    );
    assert.equal(statusesOf(answer).length, 5 * burst);
    assert.equal(statusesOf(answer).at(-1), 200);
  });

  test('what the client forged in front changes nothing', async () => {
    const requests = Array.from(
      { length: burst + 1 },
      (_, i) => repeat(from(`203.0.113.${i}, 198.51.100.5`), 2)[0],
    ).filter((one) => one !== undefined);
    const answer = await sendFrom(proxy, ...requests, from('198.51.100.6'));
    assert.deepEqual(statusesOf(answer).slice(-2), [429, 200]);
  });

  test('a stranger that forges the header stays who it is', async () => {
    const requests = Array.from(
      { length: burst + 1 },
      (_, i) => repeat(from(`198.51.100.${100 + i}`), 2)[0],
    ).filter((one) => one !== undefined);
    const answer = await sendFrom(nextAddress(), ...requests, from('198.51.100.99'));
    assert.deepEqual(statusesOf(answer).slice(-2), [429, 429]);
  });
});

describe('messages of an account', () => {
  test('a request beyond the allowance is paid back before the next, at every door', async () => {
    // A thousand messages at one a second: nothing more for a quarter of an hour.
    const large = await sendFrom('127.0.0.1', jsonOf(slowToken, 1_000));
    assert.deepEqual(statusesOf(large), [200]);
    for (const [request, refusal] of [
      [jsonOf(slowToken), jsonRefusal],
      [xmlOf(slowToken), plainRefusal],
      [queryOf(slowToken), plainRefusal],
    ] as const) {
      const answer = await sendFrom('127.0.0.1', request);
      assert.deepEqual(statusesOf(answer), [429]);
      assert.ok(waitOf(answer) > 900 && waitOf(answer) <= 991, answer);
      assert.equal(answer.slice(answer.indexOf('\r\n\r\n') + 4), refusal);
    }
    assert.equal(await submitOverSmpp(), 0x58);
    // Another account of the same address is not touched by it.
    assert.deepEqual(statusesOf(await sendFrom('127.0.0.1', jsonOf(token))), [200]);
  });

  test('requests without messages have a rate of their own', async () => {
    const answer = await sendFrom('127.0.0.1', ...repeat(messagesWith(slowToken), 3));
    assert.deepEqual(statusesOf(answer), [200, 200, 429]);
    const other = await sendFrom('127.0.0.1', ...repeat(messagesWith(token), 20));
    assert.deepEqual([...new Set(statusesOf(other))], [200]);
  });
});

test('a flood is cut, and good messages of another address go on', async () => {
  const flooder = nextAddress();
  const flood = get('/livez').toString().replace('Connection: close\r\n', '').repeat(50);
  const attackers = Array.from({ length: 10 }, async () => {
    for (let round = 0; round < 30; round++) {
      const connection = await openRaw(program.port, flooder);
      connection.socket.write(flood);
      await connection.closed;
    }
  });
  for (let i = 0; i < 50; i++) {
    assert.deepEqual(statusesOf(await sendFrom('127.0.0.1', jsonOf(token))), [200]);
  }
  // Every one of them is cut off before its last request.
  await Promise.all(attackers);
  // Told at the first and then once a minute, however many there were.
  const told = program.stdout.match(/Addresses ask faster than they may/g) ?? [];
  assert.ok(told.length >= 1 && told.length <= 2, `${told.length} lines`);
  assert.doesNotMatch(program.stdout, new RegExp(`${token}|${slowToken}|31612345678`));
});

/** Binds and submits one message; the command_status of its answer. */
async function submitOverSmpp(): Promise<number> {
  const text = (...fields: readonly string[]) => Buffer.from(`${fields.join('\0')}\0`);
  const pdu = (command: number, sequence: number, body: Buffer) => {
    const head = Buffer.alloc(16);
    [16 + body.length, command, 0, sequence].forEach((value, i) =>
      head.writeUInt32BE(value, i * 4),
    );
    return Buffer.concat([head, body]);
  };
  const bind = Buffer.concat([text('slow', 'secret', ''), Buffer.from([0x34, 0, 0, 0])]);
  const submit = Buffer.concat([
    Buffer.from([0, 5, 0]),
    text('Bakery'),
    Buffer.from([1, 1]),
    text('31612345678'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 3]),
    Buffer.from('Hoi'),
  ]);
  const connection = await openRaw(smppPort);
  const answers = () => Buffer.from(connection.received, 'latin1');
  connection.socket.write(pdu(0x00000002, 1, bind));
  await until('the bind is answered', () => answers().length >= 16);
  const bound = answers().readUInt32BE(0);
  assert.equal(answers().readUInt32BE(8), 0, 'the bind is good');
  connection.socket.write(pdu(0x00000004, 2, submit));
  await until('the submit is answered', () => answers().length >= bound + 16);
  return answers().readUInt32BE(bound + 8);
}
