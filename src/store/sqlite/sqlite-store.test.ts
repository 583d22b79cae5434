import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { testStore } from '../conformance.ts';
import { openSqliteStore } from './sqlite-store.ts';

const directory = await mkdtemp(join(tmpdir(), 'chappe-store-'));
after(() => rm(directory, { recursive: true }));

let files = 0;

testStore('SQLite store', async () => {
  const file = join(directory, `${files++}.db`);
  const store = await openSqliteStore({ file, clock: systemClock });
  return {
    store,
    async reopen() {
      await store.close();
      return openSqliteStore({ file, clock: systemClock });
    },
  };
});
