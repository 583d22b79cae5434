import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { textTo } from '../program/customer.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from '../program/program.ts';
import { until } from '../program/until.ts';
import { cutConnections, post, sendRaw, statusesOf } from './raw.ts';

/** An account, and an operator behind it that is never there. */
export const withoutOperator = {
  accounts: [{ id: 'shop', token: tokenSecret }],
  connections: [
    {
      name: 'operator',
      channel: 'SMS',
      settings: { hosts: ['127.0.0.1:9'], tls: false, systemId: 'chappe' },
    },
  ],
  routes: [{ channel: 'SMS', connection: 'operator' }],
};

/** A gateway that strangers attack while we look after it. */
interface Watched {
  readonly program: Program;
  /** Asserts that it lives, takes good messages, and holds no more memory than before. */
  assertUnharmed(): Promise<void>;
}

/** What the heap and buffers may differ by, once everything has been collected. */
const memoryBytesMax = 8 * 1024 * 1024;

/** A program that collects its garbage when asked to, so that what remains is what it holds. */
const collecting = [
  '--expose-gc',
  '--import',
  'data:text/javascript,process.on("SIGUSR2",()=>globalThis.gc())',
];

/** The gateway that the tests of a file attack. */
export interface WatchedGateway {
  readonly program: Program;
  readonly port: number;
}

/**
 * Starts a gateway before the tests of a file. After each its attackers are cut off, and it is found unharmed; after
 * the last it is stopped.
 */
export function watchGateway(limits: object = {}): WatchedGateway {
  let watched: Watched | null = null;
  const get = (): Watched => {
    assert.ok(watched !== null, 'it runs while tests do');
    return watched;
  };
  before(async () => {
    watched = await startWatched(limits);
  });
  afterEach(async () => {
    cutConnections();
    await get().assertUnharmed();
  });
  after(cleanUp);
  return {
    get program() {
      return get().program;
    },
    get port() {
      return get().program.port;
    },
  };
}

/** Starts a gateway in production with these limits, and with an operator that is never there. */
async function startWatched(limits: object): Promise<Watched> {
  const program = await startProgram({
    nodeArgs: collecting,
    environment: { CHAPPE_STORE: 'memory:' },
    config: {
      http: { limits },
      ...withoutOperator,
    },
  });
  // Code and caches are warm before memory is compared.
  for (let i = 0; i < 20; i++) await sendGood(program);
  const before = await readMemory(program);
  return {
    program,
    async assertUnharmed() {
      await sendGood(program);
      await until('its memory is as it was', async () => {
        program.signal('SIGUSR2');
        const bytes = await readMemory(program);
        return bytes - before < memoryBytesMax;
      });
    },
  };
}

/** A good message, over a connection of its own, as the next customer would send it. */
export async function sendGood({ port }: Program): Promise<void> {
  const body = JSON.stringify({ messages: { msg: [textTo('0031612345678', 'Hoi')] } });
  const answer = await sendRaw(port, post('/v1.0/message', body, [`X-CM-PRODUCTTOKEN: ${token}`]));
  assert.deepEqual(statusesOf(answer), [200], answer);
}

/** Bytes of heap and buffers that are in use. */
async function readMemory({ port }: Program): Promise<number> {
  const metrics = await sendRaw(
    port,
    'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  return ['heap_size_used', 'external_memory']
    .map((name) =>
      Number(new RegExp(`^chappe_nodejs_${name}_bytes (\\S+)$`, 'm').exec(metrics)?.[1]),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}
