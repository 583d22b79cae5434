import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from './clock.ts';
import { cellMax, cellOf, createMessageIds, timeOf } from './message-id.ts';
import { createSeededRandom } from './random.ts';

function clockAt(readTime: () => number): Clock {
  const unused = () => assert.fail('ids set no timers');
  return { now: readTime, monotonic: unused, after: unused, every: unused, soon: unused };
}

describe('message ids', () => {
  test('are 32 lower-case hex characters: time, version 7, cell, variant 2', () => {
    const ids = createMessageIds(
      clockAt(() => 0x0190_0000_0001),
      createSeededRandom(1),
      0xabc,
    );
    const id = ids.next();
    assert.match(id, /^0190000000017abc[89ab][0-9a-f]{15}$/);
    assert.equal(cellOf(id), 0xabc);
  });

  test('rise within a millisecond, over milliseconds, and while the wall clock goes back', () => {
    let now = 1_700_000_000_000;
    const ids = createMessageIds(
      clockAt(() => now),
      createSeededRandom(2),
      0,
    );
    let last = '';
    for (let step = 0; step < 50_000; step++) {
      if (step % 1_000 === 0) now += step % 3_000 === 0 ? -50 : 20;
      const id = ids.next();
      assert.ok(id > last, `${id} after ${last}`);
      last = id;
    }
  });

  for (const cell of [0, cellMax]) {
    test(`cell ${cell} is taken`, () => {
      assert.equal(
        cellOf(
          createMessageIds(
            clockAt(() => 1),
            createSeededRandom(1),
            cell,
          ).next(),
        ),
        cell,
      );
    });
  }
  for (const cell of [-1, cellMax + 1, 1.5, Number.NaN]) {
    test(`cell ${cell} is refused`, () => {
      assert.throws(
        () =>
          createMessageIds(
            clockAt(() => 1),
            createSeededRandom(1),
            cell,
          ),
        /cell/,
      );
    });
  }

  test('an id says when it was given out', () => {
    const at = Date.parse('2026-07-01T09:59:58.123Z');
    const ids = createMessageIds(
      clockAt(() => at),
      createSeededRandom(1),
      7,
    );
    assert.equal(timeOf(ids.next()), at);
  });
});
