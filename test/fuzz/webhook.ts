import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { loopbackNetworks } from '../../src/lib/addresses.ts';
import { createGuardedHttp, type GuardedHttp } from '../../src/lib/guarded-http.ts';
import type { HttpOutcome } from '../../src/lib/http-client.ts';
import type { Random } from '../../src/lib/random.ts';
import { HandClock } from './hand-clock.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const callsPerClient = 2_000;
const timeoutMs = 1_000;
/** So many turns of the event loop an answer may take before time goes on. */
const turnsMax = 100;

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const seeds = [
  ok,
  ok,
  'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n',
  'HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 429 Slow\r\nRetry-After: Sun, 22 Nov 2026 12:05:00 GMT\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Yes\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
  `${ok}HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'y'.repeat(70_000)}`,
].map((text) => Buffer.from(text));

const counts = { calls: 0, answered: 0, failed: 0 };

/** What an endpoint does with a connection, once it has been asked something. */
type Answer = (socket: Socket) => void;

interface Endpoint {
  readonly url: string;
  answer: Answer;
}

async function listen(): Promise<Endpoint> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => endpoint.answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Nothing that waits for a call keeps the process alive.
  server.unref();
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${address.port}/reports`,
    answer: (socket) => socket.write(ok),
  };
  return endpoint;
}

interface Stage {
  readonly bad: Endpoint;
  readonly good: Endpoint;
  readonly clock: HandClock;
  client: GuardedHttp;
}

let stage: Stage | null = null;

async function raise(): Promise<Stage> {
  const clock = new HandClock();
  return { bad: await listen(), good: await listen(), clock, client: createClient(clock) };
}

function createClient(clock: HandClock): GuardedHttp {
  return createGuardedHttp({ allowedNetworks: loopbackNetworks, plainHttp: true, clock });
}

/** What a customer's endpoint answers a status report with. */
export const webhookTarget: FuzzTarget = {
  about: "answers of customers' webhooks to our client, over sockets",
  seeds,
  async attempt(input, random) {
    stage ??= await raise();
    const { bad, good, clock } = stage;
    counts.calls++;
    if (counts.calls % callsPerClient === 0) {
      await stage.client.close();
      stage.client = createClient(clock);
    }
    bad.answer = chooseAnswer(input, random);
    const isPost = random.uint32() % 2 === 0;
    check(await call(stage, bad, { isPost, isPatient: false }));
    // Another customer's endpoint is none the worse for it.
    if (random.uint32() % 4 !== 0) return;
    const outcome = await call(stage, good, { isPost, isPatient: true });
    assert.deepEqual(outcome, { kind: 'answered', status: 200 });
  },
  summarise() {
    return `${counts.answered} answered, ${counts.failed} failed`;
  },
};

/** Calls an endpoint; its time is up when it has not answered after some turns of the loop, unless we are patient. */
async function call(
  { client, clock }: Stage,
  endpoint: Endpoint,
  { isPost, isPatient }: { isPost: boolean; isPatient: boolean },
): Promise<HttpOutcome> {
  const headers = { 'content-type': 'application/json', 'user-agent': 'chappe' };
  const what = isPost
    ? ({ method: 'POST', body: '{"reference":"r1"}' } as const)
    : ({ method: 'GET', body: null } as const);
  let outcome: HttpOutcome | null = null;
  void client.send({ ...what, url: endpoint.url, headers, timeoutMs }).then((said) => {
    outcome = said;
  });
  for (let turn = 1; ; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (outcome !== null) return outcome;
    if (!isPatient && turn % turnsMax === 0) clock.advance(2 * timeoutMs);
  }
}

/** The bytes in one piece or two, and what becomes of the connection behind them. */
function chooseAnswer(input: Buffer, random: Random): Answer {
  const cut = random.uint32() % 3 === 0 ? random.uint32() % (input.length + 1) : input.length;
  const leave = pick(
    [
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.destroySoon(),
      (socket: Socket) => socket.resetAndDestroy(),
      () => {},
      () => {},
    ],
    random,
  );
  return (socket) => {
    socket.write(input.subarray(0, cut), () => {
      if (cut === input.length) leave(socket);
      else socket.write(input.subarray(cut), () => leave(socket));
    });
  };
}

function check(outcome: HttpOutcome): void {
  if (outcome.kind === 'failed') {
    counts.failed++;
    assert.notEqual(outcome.reason, '');
    return;
  }
  assert.ok(outcome.kind === 'answered', outcome.kind);
  counts.answered++;
  const { status, retryAfterMs = 0 } = outcome;
  assert.ok(Number.isInteger(status) && status >= 200 && status <= 999, String(status));
  assert.ok(Number.isFinite(retryAfterMs) && retryAfterMs >= 0, String(retryAfterMs));
}
