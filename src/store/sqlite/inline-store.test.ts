import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../lib/clock.ts';
import { testAgainstModel } from '../conformance/model.ts';
import type { OpenedStore } from '../conformance/open-store.ts';
import { testStore } from '../conformance.ts';
import { createMemoryStore } from '../memory/memory-store.ts';
import { migrate } from './database.ts';
import { createInlineStore } from './inline-store.ts';

const openModel = async () => ({ store: createMemoryStore() });

testStore('SQLite store without threads', () => open());
testAgainstModel('SQLite', openModel, () => open(), 60);
// With room for one message in the cache everything is read back from its rows.
testStore('SQLite store without a cache', () => open(1));
testAgainstModel('SQLite without a cache', openModel, () => open(1), 60);

async function open(cachedMessagesMax?: number): Promise<OpenedStore> {
  const database = new DatabaseSync(':memory:');
  migrate(database, 'a database in memory');
  const open = () => createInlineStore(database, systemClock, cachedMessagesMax);
  // The second store shares nothing with the first but the rows.
  return { store: open(), reopen: async () => open() };
}
