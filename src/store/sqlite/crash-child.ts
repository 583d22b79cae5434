import { systemClock } from '../../lib/clock.ts';
import { accept, accepted, sampleMessage, start } from '../conformance/sample.ts';
import { openSqliteStore } from './sqlite-store.ts';

// A process for sqlite-store.test.ts to kill: accepts and submits one message after the other and prints the
// number of each that it was promised, until its crash point comes.
const store = await openSqliteStore({ file: process.argv[2] ?? '', clock: systemClock });
for (let index = 0; index < 20; index++) {
  await accept(store, [sampleMessage(index)]);
  process.stdout.write(`${index}\n`);
  await store.dispatch.submitted([accepted(index, `id${index}`)], null, start);
}
await store.close();
