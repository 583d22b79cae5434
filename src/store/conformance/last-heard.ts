import assert from 'node:assert/strict';
import type { InboundMessage } from '../../core/inbound.ts';
import type { Store } from '../contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { dayMs, start } from './sample.ts';
import { arrival, roomy, sampleInbound } from './sample-inbound.ts';

const handset = '31612345678';

/** When handsets last wrote over a connection. */
export function testLastHeard(open: OpenStore): void {
  testWith(open, 'it is the latest message of each handset, the earliest first', async (store) => {
    await take(store, [
      { from: '31600000001', receivedAt: start + 30 },
      { from: '31600000002', receivedAt: start + 10 },
      { from: '31600000001', receivedAt: start + 20 },
      { from: '31600000003', receivedAt: start + 20 },
    ]);
    assert.deepEqual(await read(store, {}), [
      'op 31600000002 10',
      'op 31600000003 20',
      'op 31600000001 30',
    ]);
  });

  const cases: readonly (readonly [string, Partial<InboundMessage>, boolean])[] = [
    ['of an account', {}, true],
    ['of nobody', { account: '' }, true],
    ['a reaction, a tap or an event', { text: '', custom: '{}', event: 'x' }, true],
    ['an old one, at the limit', { receivedAt: start - dayMs }, true],
    ['an older one', { receivedAt: start - dayMs - 1 }, false],
    ['over another connection', { connection: 'op2' }, false],
    ['over one whose name begins the same', { connection: 'o' }, false],
  ];
  for (const [title, fields, isHeard] of cases) {
    testWith(open, `${title}: ${isHeard ? 'known' : 'not'}`, async (store) => {
      await take(store, [fields]);
      assert.equal((await read(store, {})).length, isHeard ? 1 : 0);
    });
  }

  testWith(open, 'a handset is another one over another connection', async (store) => {
    await take(store, [
      { connection: 'a', receivedAt: start + 1 },
      { connection: 'b', receivedAt: start + 2 },
      { connection: 'c', receivedAt: start + 3 },
    ]);
    const heard = await read(store, { connections: ['b', 'a', 'x'] });
    assert.deepEqual(heard, [`a ${handset} 1`, `b ${handset} 2`]);
    assert.deepEqual(await read(store, { connections: [] }), []);
  });

  testWith(open, 'the limit is each connection’s own, and keeps the latest', async (store) => {
    await take(
      store,
      ['a', 'a', 'a', 'b'].map((connection, index) => ({
        connection,
        from: `3160000000${index}`,
        receivedAt: start + (connection === 'a' ? 10 + index : 0),
      })),
    );
    assert.deepEqual(await read(store, { connections: ['a', 'b'], limit: 2 }), [
      'b 31600000003 0',
      'a 31600000001 11',
      'a 31600000002 12',
    ]);
  });

  testWith(open, 'retention of what was said does not matter', async (store) => {
    await take(store, [{}], []);
    const before = { content: start + 1, correlation: 0, history: 0 };
    assert.equal(await store.retention.prune(before, 10), 1);
    assert.deepEqual(await read(store, {}), [`op ${handset} 0`]);
    await store.retention.prune({ ...before, history: start + 1 }, 10);
    assert.deepEqual(await read(store, {}), []);
  });
}

async function take(
  store: Store,
  messages: readonly Partial<InboundMessage>[],
  queues: readonly string[] = ['inbound:demo'],
): Promise<void> {
  const batch = messages.map((fields, index) =>
    arrival(index, { message: sampleInbound(index, fields), queues }),
  );
  await store.inbound.record(batch, roomy, start);
}

/** As "connection handset milliseconds since the start". */
async function read(
  store: Store,
  query: { readonly connections?: readonly string[]; readonly limit?: number },
): Promise<string[]> {
  const { connections = ['op'], limit = 9 } = query;
  const heard = await store.inbound.lastHeard({ connections, since: start - dayMs, limit });
  return heard.map(({ connection, from, at }) => `${connection} ${from} ${at - start}`);
}
