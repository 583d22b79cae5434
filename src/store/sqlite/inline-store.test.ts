import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../lib/clock.ts';
import { testAgainstModel } from '../conformance/model.ts';
import type { OpenedStore } from '../conformance/open-store.ts';
import { testStore } from '../conformance.ts';
import { createMemoryStore } from '../memory/memory-store.ts';
import { migrate } from './database.ts';
import { createInlineStore } from './inline-store.ts';

testStore('SQLite store without threads', open);
testAgainstModel('SQLite', async () => ({ store: createMemoryStore() }), open, 150);

async function open(): Promise<OpenedStore> {
  const database = new DatabaseSync(':memory:');
  migrate(database, 'a database in memory');
  return { store: createInlineStore(database, systemClock) };
}
