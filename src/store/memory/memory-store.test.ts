import { testStore } from '../conformance.ts';
import { createMemoryStore } from './memory-store.ts';

testStore('memory store', async () => {
  const store = createMemoryStore();
  return { store, reopen: async () => store };
});
