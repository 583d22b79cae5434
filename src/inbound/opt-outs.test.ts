import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OptOut } from '../core/opt-out.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import { OptOuts } from './opt-outs.ts';

function optOut(number: string, fields: Partial<OptOut> = {}): OptOut {
  return { account: 'shop', channel: 'SMS', number, at: 1, cause: 'api', ...fields };
}

test('all that is stored is known after loading, page by page', async () => {
  const store = createMemoryStore();
  const all = Array.from({ length: 10_001 }, (_, index) => optOut(String(31_600_000_000 + index)));
  await store.optOuts.put(all);
  const optOuts = new OptOuts(store.optOuts);
  assert.ok(!optOuts.has('shop', 'SMS', '31600000000'));
  await optOuts.load();
  assert.equal(optOuts.size, all.length);
  assert.ok(optOuts.has('shop', 'SMS', '31600010000'));
  assert.ok(!optOuts.has('shop', 'SMS', '31600010001'));
});

test('one is of one account, one channel and one number', async () => {
  const optOuts = new OptOuts(createMemoryStore().optOuts);
  await optOuts.add([optOut('311')]);
  await optOuts.add([optOut('311')]);
  assert.equal(optOuts.size, 1);
  assert.deepEqual(
    [
      optOuts.has('shop', 'SMS', '311'),
      optOuts.has('shop', 'SMS', '312'),
      optOuts.has('shop', 'RCS', '311'),
      optOuts.has('other', 'SMS', '311'),
    ],
    [true, false, false, false],
  );
  assert.deepEqual(await optOuts.remove([optOut('311'), optOut('312')]), [true, false]);
  assert.equal(optOuts.size, 0);
  assert.ok(!optOuts.has('shop', 'SMS', '311'));
});

test('a full list takes none over the API; a word is stored and counted', async () => {
  const store = createMemoryStore();
  const optOuts = new OptOuts(store.optOuts, 2);
  assert.ok(await optOuts.add([optOut('311'), optOut('312')]));
  assert.equal(await optOuts.add([optOut('313')]), false);
  assert.equal((await store.optOuts.list({ account: null, after: null, limit: 9 })).length, 2);
  optOuts.note(optOut('314'));
  assert.deepEqual([optOuts.size, optOuts.excess], [2, 1]);
  assert.ok(!optOuts.has('shop', 'SMS', '314'));
});
