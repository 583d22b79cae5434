import assert from 'node:assert/strict';
import type { OptOut } from '../../core/opt-out.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { start } from './sample.ts';
import { arrival, partArrival, roomy, sampleInbound } from './sample-inbound.ts';

/** Who wants no messages of whom. */
export function testOptOuts(open: OpenStore): void {
  const optOut = (number: string, fields: Partial<OptOut> = {}): OptOut => {
    return { account: 'demo', channel: 'SMS', number, at: start, cause: 'api', ...fields };
  };

  testWith(
    open,
    'they are listed in order, from a cursor, of one account or all',
    async (store) => {
      const [first, second, third] = [
        optOut('311'),
        optOut('312'),
        optOut('310', { channel: 'WhatsApp', cause: 'word' }),
      ];
      const foreign = optOut('300', { account: 'another' });
      await store.optOuts.put([third, second, foreign, first]);
      const list = (account: string | null, after: OptOut | null, limit = 9) =>
        store.optOuts.list({ account, after, limit });
      assert.deepEqual(await list('demo', null), [first, second, third]);
      assert.deepEqual(await list('demo', null, 2), [first, second]);
      assert.deepEqual(await list('demo', second), [third]);
      assert.deepEqual(await list('demo', third), []);
      assert.deepEqual(await list(null, null, 2), [foreign, first]);
      assert.deepEqual(await list(null, foreign), [first, second, third]);
      assert.deepEqual(await list('nobody', null), []);
    },
  );

  testWith(open, 'one that is there stays as it is', async (store) => {
    await store.optOuts.put([optOut('311')]);
    await store.optOuts.put([optOut('311', { at: start + 9, cause: 'word' })]);
    assert.deepEqual(await store.optOuts.list({ account: 'demo', after: null, limit: 9 }), [
      optOut('311'),
    ]);
  });

  testWith(open, 'one that is removed is gone, its neighbours are not', async (store) => {
    const others = [optOut('312'), optOut('311', { channel: 'RCS' })];
    await store.optOuts.put([optOut('311'), ...others]);
    const gone = optOut('311');
    assert.deepEqual(await store.optOuts.remove([gone, gone, optOut('9')]), [true, false, false]);
    const left = await store.optOuts.list({ account: 'demo', after: null, limit: 9 });
    assert.deepEqual(new Set(left), new Set(others));
  });

  testWith(open, 'a word in a message opts out and in, in the same commit', async (store) => {
    const { account, channel, from } = sampleInbound(1);
    const key = { account, channel, number: from };
    const out = await store.inbound.record([arrival(1, { optOut: 'add' })], roomy, start + 5);
    const added = { ...key, at: start + 5, cause: 'word' } as const;
    assert.deepEqual([out.optedOut, out.optedIn], [[added], []]);
    const list = () => store.optOuts.list({ account: 'demo', after: null, limit: 9 });
    assert.deepEqual(await list(), [added]);
    const back = arrival(2, { optOut: 'remove' });
    const lifted = await store.inbound.record([back], roomy, start + 6);
    assert.deepEqual([lifted.optedOut, lifted.optedIn], [[], [key]]);
    assert.deepEqual(await list(), []);
    const again = await store.inbound.record([{ ...back, ...own(3) }], roomy, start + 7);
    assert.deepEqual(again.optedIn, []);
  });

  testWith(open, 'a word does nothing when it is repeated, or nobody’s', async (store) => {
    const word = arrival(1, { optOut: 'add' });
    await store.inbound.record([word], roomy, start);
    const repeated = await store.inbound.record([word], roomy, start);
    assert.deepEqual(repeated.optedOut, []);
    const nobody = { ...word, ...own(2), queues: [] };
    const message = sampleInbound(2, { account: '' });
    const done = await store.inbound.record([{ ...nobody, message }], roomy, start);
    assert.deepEqual(done.optedOut, []);
  });

  testWith(open, 'a long message does what its first part says', async (store) => {
    const [one, two] = [partArrival(1, 1, 2), partArrival(2, 2, 2)];
    const batch = [{ ...two, optOut: 'remove' } as const, { ...one, optOut: 'add' } as const];
    const { optedOut } = await store.inbound.record(batch, roomy, start);
    assert.equal(optedOut.length, 1);
  });
}

function own(index: number) {
  return { message: sampleInbound(index), repeatKey: `own${index}` };
}
