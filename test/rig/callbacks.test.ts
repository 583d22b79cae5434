import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { untilClosed } from '../../src/lib/test-listen.ts';
import { type CallbackSettings, Callbacks } from './callbacks.ts';
import { HttpReader } from './http-reader.ts';
import { Waiters } from './waiters.ts';

const json = JSON.stringify({
  messages: {
    msg: { to: '0031600000007', reference: 'b00000007', status: { code: '2', errorCode: '' } },
  },
});
const failed = json.replace('"code":"2","errorCode":""', '"code":"3","errorCode":"24"');
const xml =
  '<?xml version="1.0"?><MESSAGES><MSG><REFERENCE>b00000007</REFERENCE>' +
  '<STATUS><CODE>2</CODE><ERRORCODE></ERRORCODE></STATUS></MSG></MESSAGES>';

const forms: Record<string, { call: string; status: number; error: string; reference: string }> = {
  json: { call: post(json), status: 2, error: '', reference: 'b00000007' },
  'json of a failure': { call: post(failed), status: 3, error: '24', reference: 'b00000007' },
  xml: { call: post(xml), status: 2, error: '', reference: 'b00000007' },
  get: {
    call: get('/status?GSM=0031600000007&REFERENCE=b%3A00000007&STATUS=2&STATUSDESCRIPTION='),
    status: 2,
    error: '',
    reference: 'b:00000007',
  },
  'dlr-url': {
    call: get('/dlr?status=1&reference=b00000007'),
    status: 1,
    error: '',
    reference: 'b00000007',
  },
};

for (const [form, { call, ...expected }] of Object.entries(forms)) {
  test(`a report as ${form} is counted, recorded and answered with 200`, async (t) => {
    const { callbacks, caller } = await open(t, { ledger: true });
    caller.socket.write(call);
    await caller.when(() => caller.answers.length === 1);
    assert.deepEqual(caller.answers, [200]);
    assert.ok(callbacks.seen.has(7));
    assert.equal(callbacks.counts.byStatus[expected.status], 1);
    const { at, webhookId, answer, ...record } = callbacks.ledger[0] ?? assert.fail('no record');
    assert.deepEqual(record, expected);
    assert.deepEqual(
      [webhookId, answer],
      [form === 'get' || form === 'dlr-url' ? null : 'w1', 200],
    );
    assert.ok(at > 0);
  });
}

test('pipelined calls in one write, and one call over many writes, are all answered', async (t) => {
  const { callbacks, caller } = await open(t);
  caller.socket.write(post(json) + post(failed) + get('/?status=2&reference=b00000008'));
  for (const octet of Buffer.from(post(xml))) caller.socket.write(Buffer.from([octet]));
  await caller.when(() => caller.answers.length === 4);
  assert.equal(callbacks.counts.calls, 4);
  assert.deepEqual([callbacks.seen.distinct, callbacks.seen.repeated], [2, 2]);
});

test('what is no report is counted as unreadable and answered all the same', async (t) => {
  const { callbacks, caller } = await open(t);
  caller.socket.write(post('{}') + post('{"messages":{"msg":[]}}') + post('hello') + get('/'));
  caller.socket.write(post('{"messages":'));
  await caller.when(() => caller.answers.length === 5);
  assert.equal(callbacks.counts.unreadable, 5);
  assert.equal(callbacks.seen.distinct, 0);
});

test('told to fail it answers 500 and does not count the report as accepted', async (t) => {
  const { callbacks, caller } = await open(t, { fail: 1, ledger: true });
  caller.socket.write(post(json));
  await caller.when(() => caller.answers.length === 1);
  callbacks.change({ fail: 0 });
  caller.socket.write(post(json));
  await caller.when(() => caller.answers.length === 2);
  assert.deepEqual(caller.answers, [500, 200]);
  assert.deepEqual([callbacks.counts.calls, callbacks.counts.accepted], [2, 1]);
  assert.deepEqual(
    callbacks.ledger.map(({ answer }) => answer),
    [500, 200],
  );
});

test('told to cut it closes the connection without an answer', async (t) => {
  const { callbacks, caller } = await open(t, { cut: 1, ledger: true });
  caller.socket.write(post(json));
  await untilClosed(caller.socket);
  assert.deepEqual(caller.answers, []);
  assert.equal(callbacks.ledger[0]?.answer, 0);
});

test('told to be slow it answers after the delay', async (t) => {
  const { caller } = await open(t, { delayMs: 30 });
  const sentAt = performance.now();
  caller.socket.write(post(json));
  await caller.when(() => caller.answers.length === 1);
  assert.ok(performance.now() - sentAt >= 29);
});

test('a stream that is not HTTP is closed, others go on', async (t) => {
  const { callbacks, caller, connect } = await open(t);
  caller.socket.write('x'.repeat(20_000));
  await untilClosed(caller.socket);
  const other = await connect();
  other.socket.write(post(json));
  await callbacks.when(() => callbacks.counts.calls === 1);
});

function post(body: string): string {
  const head = `POST /status HTTP/1.1\r\nHost: x\r\nwebhook-id: w1\r\nContent-Length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}

function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

async function open(t: TestContext, changes: Partial<CallbackSettings> = {}) {
  const callbacks = new Callbacks(changes);
  const port = await callbacks.listen(0);
  t.after(() => callbacks.close());
  const connect = async () => {
    const caller = new Caller(createConnection({ port, host: '127.0.0.1', noDelay: true }));
    t.after(() => caller.socket.destroy());
    await once(caller.socket, 'connect');
    return caller;
  };
  return { callbacks, connect, caller: await connect() };
}

class Caller {
  readonly socket: Socket;
  readonly answers: number[] = [];
  readonly #waiters = new Waiters();

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new HttpReader();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      reader.read(chunk, (answer) => this.answers.push(Number(answer.startLine.slice(9, 12))));
      this.#waiters.check();
    });
  }

  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }
}
