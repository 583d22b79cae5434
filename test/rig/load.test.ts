import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { type HttpMessage, HttpReader } from './http-reader.ts';
import { Load, type LoadOptions } from './load.ts';
import { createJsonTemplate, createKannelTemplate } from './request-template.ts';

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';

test('each message is sent once, with its own number in recipient, text and reference', async (t) => {
  const { load, requests } = await open(t, { messages: 60, perRequest: 3, firstIndex: 100 });
  await load.run();
  const messages = requests.flatMap((request) => JSON.parse(request.body.toString()).messages.msg);
  const numbers = messages.map((message) => [
    message.to[0].number.slice(-8),
    message.body.content.slice(-8),
    message.reference.slice(-8),
  ]);
  const expected = Array.from({ length: 60 }, (_, i) => String(100 + i).padStart(8, '0'));
  assert.deepEqual(
    numbers.toSorted((a, b) => a[0] - b[0]),
    expected.map((number) => [number, number, number]),
  );
  assert.deepEqual(load.counts, { sent: 60, accepted: 60, rejected: 0, unknown: 0, refusals: 0 });
  assert.equal(load.latency.count, 20);
});

test('the token stands in the body and the length is right', async (t) => {
  const { load, requests } = await open(t, { messages: 1 });
  await load.run();
  const [request] = requests;
  const document = JSON.parse(request?.body.toString() ?? '');
  assert.equal(document.messages.authentication.productToken, token);
  assert.equal(request?.startLine, 'POST /v1.0/message HTTP/1.1');
});

test("Kannel's request asks for the final states under the reference of the message", () => {
  const reportUrl = 'http://127.0.0.1:9/dlr';
  const target = { host: 'x', user: 'u', password: 'p', reportUrl };
  const template = createKannelTemplate({ ...target, perRequest: 1 });
  const bytes = template.create();
  template.fill(bytes, 7);
  const url = new URL(bytes.toString().split(' ')[1] ?? '', 'http://x');
  assert.equal(url.searchParams.get('to'), '31600000007');
  assert.equal(url.searchParams.get('dlr-mask'), '19');
  assert.equal(url.searchParams.get('dlr-url'), `${reportUrl}?status=%d&reference=b00000007`);
  assert.equal(template.accepted(202, Buffer.alloc(0)), 1);
  assert.equal(template.accepted(403, Buffer.alloc(0)), 0);
  const plain = createKannelTemplate({ ...target, reportUrl: null, perRequest: 2 });
  assert.doesNotMatch(plain.create().toString(), /dlr/);
});

test('the open loop counts latency from the intended time, not from when it could send', async (t) => {
  // One connection and a server that holds its first answer for 60 ms: the requests that were to
  // go out meanwhile have waited too.
  let answered = 0;
  const { load } = await open(t, {
    messages: 20,
    connections: 1,
    ratePerSecond: 1000,
    answer: (socket, text) => {
      answered += 1;
      if (answered === 1) setTimeout(() => socket.write(text), 60);
      else socket.write(text);
    },
  });
  await load.run();
  assert.ok(load.latency.quantileMs(0.5) >= 40, `median ${load.latency.quantileMs(0.5)} ms`);
});

test('the open loop sends nothing before its time', async (t) => {
  const { load } = await open(t, { messages: 50, connections: 4, ratePerSecond: 500 });
  const startedAt = performance.now();
  await load.run();
  assert.ok(load.lastAnswerAt - startedAt >= 49 * 2);
});

test('a message that was refused with 429 or 503 is sent again until it is accepted', async (t) => {
  let calls = 0;
  const { load } = await open(t, {
    messages: 5,
    ledger: true,
    answer: (socket, text) => {
      calls += 1;
      socket.write(calls <= 4 ? respond(calls % 2 === 0 ? '503 Busy' : '429 Slow', '') : text);
    },
  });
  await load.run();
  assert.deepEqual(load.counts, { sent: 5, accepted: 5, rejected: 0, unknown: 0, refusals: 4 });
  const accepted = load.ledger.filter(({ outcome }) => outcome === 'answered');
  assert.deepEqual(
    accepted.map(({ firstIndex }) => firstIndex).toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  );
});

test('a message that was rejected is not sent again', async (t) => {
  const { load } = await open(t, {
    messages: 3,
    answer: (socket) => socket.write(respond('400 Bad Request', '{"details":"Invalid JSON"}')),
  });
  await load.run();
  assert.deepEqual(load.counts, { sent: 3, accepted: 0, rejected: 3, unknown: 0, refusals: 0 });
});

test('a request whose connection was lost is unknown, and the next goes over a new one', async (t) => {
  let calls = 0;
  const { load } = await open(t, {
    messages: 4,
    connections: 1,
    ledger: true,
    answer: (socket, text) => {
      calls += 1;
      if (calls === 2) socket.destroy();
      else socket.write(text);
    },
  });
  await load.run();
  assert.deepEqual(
    load.ledger.map(({ firstIndex, outcome, accepted }) => [firstIndex, outcome, accepted]),
    [
      [0, 'answered', 1],
      [1, 'unknown', 0],
      [2, 'answered', 1],
      [3, 'answered', 1],
    ],
  );
  assert.equal(load.counts.unknown, 1);
});

test('the closed loop waits while it may not start', async (t) => {
  let isOpen = false;
  const { load, requests } = await open(t, { messages: 4, mayStart: () => isOpen });
  const running = load.run();
  assert.equal(requests.length, 0);
  isOpen = true;
  await running;
  assert.equal(requests.length, 4);
});

test('a load without end ends when it is stopped', async (t) => {
  const { load } = await open(t, { messages: Number.POSITIVE_INFINITY });
  const running = load.run();
  await load.when(() => load.counts.accepted >= 10);
  load.stop();
  await running;
  assert.equal(load.counts.accepted, load.counts.sent);
});

test('messages that do not fill their last request are refused', () => {
  const template = createJsonTemplate({ host: 'x', token, perRequest: 10 });
  const options = { host: '127.0.0.1', port: 1, connections: 1, template };
  assert.throws(() => new Load({ ...options, messages: 15 }), /15 messages/);
});

type Answer = (socket: Socket, text: string) => void;

interface Setting extends Partial<LoadOptions> {
  messages: number;
  perRequest?: number;
  answer?: Answer;
}

/** A load and a server that accepts everything, unless `answer` does something else. */
async function open(t: TestContext, setting: Setting) {
  const { perRequest = 1, answer = (socket, text) => socket.write(text), ...options } = setting;
  const requests: HttpMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const reader = new HttpReader();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk, (request) => {
        requests.push(request);
        answer(socket, respond('200 OK', `{"details":"Created ${perRequest} message(s)"}`));
      });
    });
  });
  const port = await listenLocally(server);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const template = createJsonTemplate({ host: `127.0.0.1:${port}`, token, perRequest });
  const load = new Load({ host: '127.0.0.1', port, connections: 3, template, ...options });
  t.after(() => load.stop());
  return { load, requests };
}

function respond(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
