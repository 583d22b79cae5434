import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import type { StatusWebhook } from '../core/account.ts';
import { sampleAccount, sampleWebhook } from '../core/test-account.ts';
import { loopbackNetworks } from '../lib/addresses.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { createGuardedHttp } from '../lib/guarded-http.ts';
import { createSystemRandom } from '../lib/random.ts';
import { listenLocally } from '../lib/test-listen.ts';
import { accept, accepted, idOf, receipt, sampleMessage } from '../store/conformance/sample.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import { createReportSender } from './sender.ts';
import { createMemoryApprovals } from './test-call.ts';

const key = Buffer.from('a key of 32 bytes for this test.');
const silentLog = { error() {}, warn() {}, info() {}, debug() {} };

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Visit {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An endpoint that keeps what it gets, and resolves `until` when it has got enough. */
async function startEndpoint(
  answer: (visit: Visit, response: ServerResponse) => void = (_visit, response) => response.end(),
) {
  const visits: Visit[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const visit = { method, url, headers, body: Buffer.concat(chunks).toString() };
      visits.push(visit);
      answer(visit, response);
      for (const { count, resolve } of waiters) if (visits.length >= count) resolve();
    });
  });
  server.on('connection', () => connections++);
  const port = await listenLocally(server);
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    visits,
    connections: () => connections,
    url: `http://127.0.0.1:${port}/hook`,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        if (visits.length >= count) resolve();
        else waiters.push({ count, resolve });
      }),
  };
}

async function startSender(
  webhooks: Readonly<Record<string, Partial<StatusWebhook>>>,
  clock: Clock = systemClock,
) {
  const accounts = Object.entries(webhooks).map(([id, webhook]) =>
    sampleAccount({ id, statusWebhook: sampleWebhook({ signingKeys: [key], ...webhook }) }),
  );
  const store = createMemoryStore();
  const http = createGuardedHttp({
    allowedNetworks: loopbackNetworks,
    plainHttp: true,
    clock,
  });
  const sender = createReportSender({
    store: store.outbox,
    accounts: {
      byId: (id) => accounts.find((account) => account.id === id) ?? null,
      byToken: () => null,
      all: () => accounts,
    },
    http,
    approvals: createMemoryApprovals(),
    clock,
    random: createSystemRandom(),
    log: silentLog,
  });
  await sender.start();
  cleanups.push(async () => {
    await sender.stop(1_000);
    await http.close();
  });

  /** Messages that an operator took, and then delivered. */
  async function deliver(indexes: readonly number[], account: string): Promise<void> {
    const now = systemClock.now();
    const fields = {
      account,
      reportTo: `status:${account}`,
      acceptedAt: now,
      expiresAt: now + 1e7,
    };
    const reference = `r<&>"é ${account}`;
    await accept(
      store,
      indexes.map((index) => sampleMessage(index, { ...fields, reference })),
    );
    const batch = indexes.map((index) => accepted(index, `id${index}`));
    sender.offer((await store.dispatch.submitted(batch, null, now)).reports);
    const receipts = indexes.map((index) => receipt(`id${index}`));
    sender.offer((await store.receipts.record(receipts, now)).reports);
  }
  return { sender, store, deliver };
}

describe('reports over real connections', () => {
  for (const format of ['json', 'xml', 'get'] as const) {
    it(`arrive as ${format} after the test call, signed, under their ids`, async () => {
      const endpoint = await startEndpoint();
      const url = `${endpoint.url}?user=ü`;
      const { deliver, store } = await startSender({ demo: { url, format } });
      await deliver([1], 'demo');
      await endpoint.until(3);
      const [test, first, second] = endpoint.visits;
      assert.ok(test !== undefined && first !== undefined && second !== undefined);
      assert.match(String(test.headers['webhook-id']), /^test-/);
      assert.equal(first.headers['webhook-id'], `${idOf(1)}-0`);
      assert.equal(second.headers['webhook-id'], `${idOf(1)}-2`);
      for (const visit of endpoint.visits) {
        assert.equal(visit.method, format === 'get' ? 'GET' : 'POST');
        assert.ok(visit.url.startsWith('/hook?user=%C3%BC'));
        const content = format === 'get' ? visit.url.slice('/hook?'.length) : visit.body;
        const { 'webhook-id': id, 'webhook-timestamp': time } = visit.headers;
        const digest = createHmac('sha256', key)
          .update(`${String(id)}.${String(time)}.${content}`)
          .digest('base64');
        assert.equal(visit.headers['webhook-signature'], `v1,${digest}`);
        assert.ok(Math.abs(Number(time) * 1000 - systemClock.now()) < 60_000);
      }
      const reference = 'r<&>"é demo';
      if (format === 'json') {
        assert.equal(JSON.parse(second.body).messages.msg.status.code, '2');
        assert.equal(JSON.parse(second.body).messages.msg.reference, reference);
      } else if (format === 'xml') {
        assert.ok(second.body.includes('<REFERENCE>r&lt;&amp;&gt;&quot;é demo</REFERENCE>'));
        assert.ok(second.body.includes('<CODE>2</CODE>'));
      } else {
        const parameters = new URL(second.url, 'http://h').searchParams;
        assert.equal(parameters.get('REFERENCE'), reference);
        assert.equal(parameters.get('STATUS'), '2');
        assert.equal(parameters.get('user'), 'ü');
      }
      await untilEmpty(store);
    });
  }

  it('by the thousand arrive once each, in order, over few connections', async () => {
    const endpoint = await startEndpoint();
    const { deliver, store, sender } = await startSender({ demo: { url: endpoint.url } });
    const indexes = Array.from({ length: 600 }, (_, index) => index + 1);
    await deliver(indexes, 'demo');
    await endpoint.until(1_201);
    await untilEmpty(store);
    const ids = endpoint.visits.slice(1).map((visit) => String(visit.headers['webhook-id']));
    assert.equal(new Set(ids).size, 1_200);
    for (const index of indexes) {
      assert.ok(ids.indexOf(`${idOf(index)}-0`) < ids.indexOf(`${idOf(index)}-2`));
    }
    assert.ok(endpoint.connections() <= 32, `${endpoint.connections()}`);
    assert.equal(sender.stats().told, 1_200);
  });

  it('do not wait for others on the same host that never answer', { timeout: 60_000 }, async () => {
    const host = await startEndpoint((visit, response) => {
      if (isTest(visit) || !visit.url.startsWith('/hook?silent')) response.end();
    });
    // Nobody's time-out comes before the end of the test.
    const startedAt = systemClock.monotonic();
    const clock: Clock = { ...systemClock, monotonic: () => startedAt };
    const silent = Array.from({ length: 20 }, (_, index) => `silent${index}`);
    const webhooks = [...silent, 'good'].map((id) => [id, { url: `${host.url}?${id}` }]);
    const { deliver } = await startSender(Object.fromEntries(webhooks), clock);
    for (const [index, id] of silent.entries()) await deliver(upTo(4, 1 + index * 10), id);
    const visitsOf = (id: string) =>
      host.visits.filter((visit) => !isTest(visit) && visit.url === `/hook?${id}`).length;
    await until(() => silent.reduce((sum, id) => sum + visitsOf(id), 0) >= 32);
    await deliver(upTo(10, 1_000), 'good');
    await until(() => visitsOf('good') === 20);
  });

  it('do not wait for an endpoint that never answers', { timeout: 60_000 }, async () => {
    const silent = await startEndpoint((visit, response) => {
      if (isTest(visit)) response.end();
    });
    const good = await startEndpoint();
    let stoppedAt: number | null = null;
    const clock: Clock = {
      ...systemClock,
      monotonic: () => stoppedAt ?? systemClock.monotonic(),
      after: (delayMs, run) =>
        systemClock.after(delayMs, () => {
          if (stoppedAt === null) run();
        }),
    };
    const { deliver } = await startSender(
      { silent: { url: silent.url }, good: { url: good.url } },
      clock,
    );
    await deliver(upTo(100, 1), 'silent');
    await silent.until(2);
    // From here on time stands still for the sender: what waited for an answer, or for its end, would never come.
    stoppedAt = systemClock.monotonic();
    await deliver(upTo(100, 1_000), 'good');
    await good.until(201);
    stoppedAt = null;
    assert.ok(silent.visits.length <= 33);
  });

  it('are not led on by a redirect', async () => {
    const inside = await startEndpoint();
    const endpoint = await startEndpoint((visit, response) => {
      if (!String(visit.headers['webhook-id']).startsWith('test-')) {
        response.writeHead(307, { location: inside.url });
      }
      response.end();
    });
    const { deliver, store, sender } = await startSender({ demo: { url: endpoint.url } });
    await deliver([1], 'demo');
    await until(() => sender.stats().failed === 1);
    assert.equal(inside.visits.length, 0);
    assert.equal((await store.history.counts()).outbox, 2);
  });
});

function isTest(visit: Visit): boolean {
  return String(visit.headers['webhook-id']).startsWith('test-');
}

function upTo(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function untilEmpty(store: ReturnType<typeof createMemoryStore>): Promise<void> {
  return until(async () => (await store.history.counts()).outbox === 0);
}

/** Far longer than any of it takes: without it a test that waits in vain would never end. */
const waitMs = 60_000;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = systemClock.monotonic() + waitMs;
  while (!(await condition())) {
    assert.ok(systemClock.monotonic() < endsAt, `waited ${waitMs} ms in vain`);
    await nextTick();
  }
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => {
    systemClock.soon(resolve);
  });
}
