import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAgenda } from './agenda.ts';
import { createVirtualClock } from './virtual-clock.ts';

const turn = (): Promise<void> => Promise.resolve();

test('things happen when they are due, in order, on one timer', async () => {
  const clock = createVirtualClock({ startAt: 0, turn });
  const agenda = createAgenda(clock);
  const happened: string[] = [];
  const note = (name: string) => () => void happened.push(`${name}@${clock.monotonic()}`);
  agenda.after(20, note('c'));
  agenda.after(10, note('a'));
  agenda.at(10, note('b'));
  agenda.after(30, note('d'));
  assert.equal(clock.pending, 1);
  await clock.advance(25);
  assert.deepEqual(happened, ['a@10', 'b@10', 'c@20']);
  assert.equal(agenda.size, 1);
});

test('what is put on the agenda meanwhile happens too', async () => {
  const clock = createVirtualClock({ startAt: 0, turn });
  const agenda = createAgenda(clock);
  let count = 0;
  const again = (): void => {
    if (++count < 5) agenda.after(10, again);
  };
  agenda.after(10, again);
  await clock.advance(100);
  assert.equal(count, 5);
});

test('nothing happens after the end', async () => {
  const clock = createVirtualClock({ startAt: 0, turn });
  const agenda = createAgenda(clock);
  let count = 0;
  agenda.after(10, () => count++);
  agenda.close();
  agenda.after(10, () => count++);
  await clock.advance(100);
  assert.equal(count, 0);
  assert.equal(clock.pending, 0);
});
