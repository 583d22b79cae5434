import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { accept, dayMs, idOf, sampleMessage, start } from '../conformance/sample.ts';
import type { Store } from '../contract.ts';
import type { AnsweredQuery } from '../inbound-contract.ts';
import { migrate } from './database.ts';
import { createInlineStore } from './inline-store.ts';
import { runLength, SearchRuns } from './search-runs.ts';

// The conformance suite finds messages among those that have no run yet; here are those that have one.

const database = new DatabaseSync(':memory:');
const handset = '31612345678';
const query: AnsweredQuery = {
  channel: 'SMS',
  connection: 'op',
  from: handset,
  to: '3669',
  context: null,
  accounts: null,
  since: start - 5 * dayMs,
};
let store: Store;

/** Six runs of messages, each accepted a day after the one before. */
before(async () => {
  migrate(database, 'a database in memory');
  store = createInlineStore(database, systemClock);
  for (let run = 0; run < 6; run++) {
    const acceptedAt = start - (5 - run) * dayMs;
    const own = { msisdn: handset, from: '3669', account: `of run ${run}` };
    const batch = Array.from({ length: runLength }, (_, index) =>
      sampleMessage(run * runLength + index, {
        acceptedAt,
        wants: 0,
        ...(index === 500 ? own : { msisdn: `316${run}${index}` }),
      }),
    );
    await accept(store, batch, { account: 'many', now: acceptedAt });
  }
  const runs = new SearchRuns(database);
  let made = 0;
  while (runs.makeRun(6 * runLength)) made++;
  assert.equal(made, 6);
});
after(() => store.close());

async function findIndex(change: Partial<AnsweredQuery>): Promise<string | undefined> {
  const [found] = await store.inbound.answered([{ ...query, ...change }]);
  return found?.id;
}

describe('the message that is answered', () => {
  const inRun = (run: number): string => idOf(run * runLength + 500);

  test('is found in the newest run that has one', async () => {
    assert.equal(await findIndex({}), inRun(5));
  });

  for (let run = 0; run < 6; run++) {
    test(`is found in run ${run}, for its account`, async () => {
      assert.equal(await findIndex({ accounts: [`of run ${run}`] }), inRun(run));
    });
  }

  test('is not one that is too old, in a run that is not', async () => {
    const accounts = ['of run 2'];
    const acceptedAt = start - 3 * dayMs;
    assert.equal(await findIndex({ accounts, since: acceptedAt }), inRun(2));
    assert.equal(await findIndex({ accounts, since: acceptedAt + 1 }), undefined);
  });

  test('is none for a handset that nobody wrote to', async () => {
    assert.equal(await findIndex({ from: '31600000000' }), undefined);
  });
});
