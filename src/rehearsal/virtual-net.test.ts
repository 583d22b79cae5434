import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Wire } from '../lib/net.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createVirtualNet, type VirtualNet, type VirtualNetSettings } from './virtual-net.ts';

interface Stage {
  clock: VirtualClock;
  net: VirtualNet;
  trace: string[];
}

function createStage(seed: number, settings: Partial<VirtualNetSettings> = {}): Stage {
  // Nothing here awaits anything but the clock, so a settled promise is turn enough.
  const clock = createVirtualClock({ startAt: 0, turn: () => Promise.resolve() });
  const trace: string[] = [];
  const random = createSeededRandom(seed);
  const observe = (event: string): void => void trace.push(event);
  return { clock, trace, net: createVirtualNet({ clock, random, settings, observe }) };
}

interface Peer {
  wire: Wire;
  chunks: Buffer[];
  events: string[];
}

const target = { host: 'smsc', port: 2775, connectTimeoutMs: 1000 };
const address = { host: '0.0.0.0', port: 2775 };

async function listen(stage: Stage, onOpen: (peer: Peer) => void = () => {}): Promise<Peer[]> {
  const peers: Peer[] = [];
  await stage.net.listen(address, (wire) => {
    const peer: Peer = { wire, chunks: [], events: [] };
    peers.push(peer);
    onOpen(peer);
    return createHandler(peer);
  });
  return peers;
}

function connect(stage: Stage): Peer {
  const peer: Omit<Peer, 'wire'> = { chunks: [], events: [] };
  return Object.assign(peer, { wire: stage.net.connect(target, createHandler(peer)) });
}

function createHandler(peer: Omit<Peer, 'wire'>) {
  return {
    open: () => void peer.events.push('open'),
    data: (chunk: Buffer) => void peer.chunks.push(Buffer.from(chunk)),
    drain: () => void peer.events.push('drain'),
    close: (error: Error | null) => void peer.events.push(`close ${error?.message ?? ''}`.trim()),
  };
}

test('bytes arrive whole and in order, however they are cut', async () => {
  const writes = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer(), writes, async (seed, chunks) => {
      const stage = createStage(seed, { splitChance: 0.5, latencyMs: { min: 0, max: 9 } });
      const servers = await listen(stage, (peer) => peer.wire.write(Buffer.from('hello')));
      const client = connect(stage);
      for (const chunk of chunks) {
        client.wire.write(chunk);
        chunk.fill(0, 0, 0);
      }
      const sent = Buffer.concat(chunks);
      client.wire.end();
      await stage.clock.advance(5000);
      const server = servers[0];
      assert.ok(server);
      assert.deepEqual(Buffer.concat(server.chunks), sent);
      assert.equal(Buffer.concat(client.chunks).toString(), 'hello');
      assert.deepEqual(server.events, ['open', 'close']);
      assert.deepEqual(client.events, ['open', 'close']);
      assert.equal(client.wire.bufferedBytes, 0);
      assert.deepEqual(stage.net.links, []);
    }),
    { numRuns: 200 },
  );
});

test('a writer may use its buffer again', async () => {
  const stage = createStage(1);
  const servers = await listen(stage);
  const client = connect(stage);
  const buffer = Buffer.from('first');
  client.wire.write(buffer);
  buffer.fill('x');
  await stage.clock.advance(100);
  assert.equal(Buffer.concat(servers[0]?.chunks ?? []).toString(), 'first');
});

test('open and close are never called within connect', () => {
  const stage = createStage(1);
  assert.deepEqual(connect(stage).events, []);
});

const failures = [
  {
    name: 'nobody listens',
    settings: {},
    listens: false,
    close: 'close connect ECONNREFUSED smsc:2775',
  },
  {
    name: 'connections are refused',
    settings: { connecting: 'refused' },
    listens: true,
    close: 'close connect ECONNREFUSED smsc:2775',
  },
  {
    name: 'nobody answers',
    settings: { connecting: 'unanswered' },
    listens: true,
    close: 'close no connection to smsc:2775 within 1000 ms',
  },
] as const;

for (const { name, settings, listens, close } of failures) {
  test(`connecting fails when ${name}`, async () => {
    const stage = createStage(1, settings);
    const servers = listens ? await listen(stage) : [];
    const client = connect(stage);
    client.wire.write(Buffer.from('lost'));
    await stage.clock.advance(2000);
    assert.deepEqual(client.events, [close]);
    assert.deepEqual(servers, []);
  });
}

test('a reset is told to both sides and loses what was under way', async () => {
  const stage = createStage(1);
  const servers = await listen(stage);
  const client = connect(stage);
  await stage.clock.advance(100);
  client.wire.write(Buffer.from('lost'));
  stage.net.links[0]?.reset();
  await stage.clock.advance(100);
  assert.deepEqual(client.events, ['open', 'close read ECONNRESET']);
  assert.deepEqual(servers[0]?.events, ['open', 'close read ECONNRESET']);
  assert.deepEqual(servers[0]?.chunks, []);
});

test('a side that dies without a word leaves the other half-open', async () => {
  const stage = createStage(1);
  const servers = await listen(stage);
  const client = connect(stage);
  await stage.clock.advance(100);
  stage.net.links[0]?.abandon('server');
  client.wire.write(Buffer.from('into the void'));
  await stage.clock.advance(100_000);
  assert.deepEqual(client.events, ['open']);
  assert.equal(client.wire.bufferedBytes, 13);
  assert.deepEqual(servers[0]?.events, ['open', 'close read ECONNRESET']);
  client.wire.destroy();
  await stage.clock.advance(1);
  assert.deepEqual(client.events, ['open', 'close']);
});

test('a stalled link delivers everything once it flows again', async () => {
  const stage = createStage(1);
  const servers = await listen(stage);
  const client = connect(stage);
  await stage.clock.advance(100);
  stage.net.links[0]?.stall();
  for (let count = 0; count < 20; count++) client.wire.write(Buffer.alloc(1024, count));
  await stage.clock.advance(10_000);
  assert.deepEqual(servers[0]?.chunks, []);
  assert.equal(client.wire.bufferedBytes, 20 * 1024);
  stage.net.links[0]?.flow();
  await stage.clock.advance(100);
  assert.equal(Buffer.concat(servers[0]?.chunks ?? []).length, 20 * 1024);
  assert.deepEqual(client.events, ['open', 'drain']);
});

test('two listeners cannot have one port, and a closed one gives it back', async () => {
  const stage = createStage(1);
  const accept = () => createHandler({ chunks: [], events: [] });
  const first = await stage.net.listen(address, accept);
  await assert.rejects(stage.net.listen(address, accept), /EADDRINUSE/);
  const client = connect(stage);
  await stage.clock.advance(100);
  const closed = first.close();
  await stage.clock.advance(100);
  await closed;
  assert.deepEqual(client.events, ['open', 'close']);
  await stage.net.listen(address, accept);
  const other = await stage.net.listen({ host: '0.0.0.0', port: 0 }, accept);
  assert.notEqual(other.port, 0);
});

test('a seed decides when connections are reset', async () => {
  const stage = createStage(3, { resetChance: 0.2 });
  await listen(stage);
  const client = connect(stage);
  stage.clock.every(10, () => client.wire.write(Buffer.from('tick')));
  await stage.clock.advance(1000);
  assert.deepEqual(client.events, ['open', 'close read ECONNRESET']);
});

test('the same seed gives the same trace, another seed another', async () => {
  const traceOf = async (seed: number): Promise<string[]> => {
    const stage = createStage(seed, { splitChance: 0.3, resetChance: 0.001 });
    await listen(stage, (peer) => stage.clock.every(7, () => peer.wire.write(Buffer.alloc(99, 7))));
    for (let count = 0; count < 5; count++) {
      const client = connect(stage);
      stage.clock.every(11 + count, () => client.wire.write(Buffer.alloc(40, count)));
    }
    await stage.clock.advance(2000);
    return stage.trace;
  };
  const [one, again, other] = [await traceOf(7), await traceOf(7), await traceOf(8)];
  assert.ok(one.length > 500);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
});
