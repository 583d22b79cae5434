import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import type { PendingTransaction } from '../store/memory/memory-store.ts';
import { divert, refuse } from '../store/memory/test-commits.ts';
import { idsOf, messageWith, raise, startAt } from './test-stage.ts';

const isIntending = true;

/** Three parts that go out together. */
const ofThreeParts = {
  plan: [{ channel: 'SMS', connection: 'operator', parts: 3, timeoutMs: null, concatReference: 9 }],
} as const;

describe('no-duplicate mode', () => {
  test('nothing is handed over before its intent is on disk', async () => {
    const held: PendingTransaction[] = [];
    const { accept, connection, clock } = await raise({
      isIntending,
      commit: divert('intend', (transaction) => held.push(transaction)),
    });
    const messages = await accept(5);
    assert.deepEqual(connection.taken, []);
    for (const pending of held) pending.apply();
    await clock.advance(300);
    assert.deepEqual(connection.taken, []);
    for (const pending of held) pending.answer();
    await clock.advance(0);
    assert.deepEqual(
      idsOf(connection.taken),
      messages.map(({ id }) => id),
    );
  });

  test('what was handed over before a crash is not sent again, the rest is', async () => {
    const first = await raise({ isIntending });
    first.connection.window = 3;
    const messages = await first.accept(10);
    assert.equal(first.connection.taken.length, 3);
    const second = await raise({ isIntending, store: first.store, clock: first.clock });
    await second.clock.advance(300);
    assert.deepEqual(
      idsOf(second.connection.taken),
      messages.slice(3).map(({ id }) => id),
    );
  });

  test('in doubt after a crash: the operator settles it, or the end of the validity does', async () => {
    const first = await raise({ isIntending });
    const [told, silent] = await first.accept(2, { expiresAt: startAt + 60_000 });
    const second = await raise({ isIntending, store: first.store, clock: first.clock });
    first.connection.answer((step) =>
      step.message.id === told?.id ? { kind: 'accepted', providerId: 'late' } : null,
    );
    await second.clock.advance(3 * 3_600_000);
    const progress = async (id = '') => (await second.store.history.message(id))?.live.progress;
    assert.deepEqual([await progress(told?.id), await progress(silent?.id)], ['e', '?']);
    assert.deepEqual(second.connection.taken, []);
    assert.deepEqual(
      // The first process is not really gone, and may be the one that looks.
      [...first.reports, ...second.reports].map(({ report }) => [report.messageId, report.status]),
      [
        [told?.id, 0],
        [told?.id, 3],
        [silent?.id, 3],
      ],
    );
  });

  test('refused for now: its intent is recorded anew', async () => {
    const { accept, connection, clock, store } = await raise({ isIntending });
    const [message] = await accept(1);
    connection.answer(() => ({ kind: 'later', error: 25, attemptsMax: null }));
    await clock.advance(7_000);
    assert.equal(connection.taken.length, 2);
    assert.equal((await store.history.message(message?.id ?? ''))?.live.progress, '?');
  });

  test('of several parts those without an answer are never sent again, those not sent are', async () => {
    const { accept, connection, clock } = await raise({ isIntending });
    await accept(1, ofThreeParts);
    connection.answer((_step, part) => {
      if (part === 0) return { kind: 'unknown' };
      return part === 1 ? { kind: 'unknown', resend: true } : { kind: 'accepted', providerId: 'p' };
    });
    await clock.advance(300);
    assert.deepEqual(
      connection.taken.map((step) => step.live.progress),
      ['...', '?.e'],
    );
  });

  test('a store that cannot record intents: nothing is sent until it can', async () => {
    let isDown = true;
    const { accept, connection, clock, failures } = await raise({
      isIntending,
      commit: refuse('intend', () => isDown),
    });
    const messages = await accept(5);
    await clock.advance(600);
    assert.deepEqual(connection.taken, []);
    assert.ok(failures.includes('record what is about to be sent'));
    isDown = false;
    await clock.advance(300);
    assert.deepEqual(
      idsOf(connection.taken),
      messages.map(({ id }) => id),
    );
  });

  test('what a stop finds unsent is sent after the next start, in its order', async () => {
    const first = await raise({ isIntending });
    first.connection.isUnsent = true;
    first.connection.window = 4;
    const messages = await first.accept(10);
    const stopped = first.dispatcher.stop(1_000);
    await first.clock.advance(10);
    await stopped;
    const second = await raise({ isIntending, store: first.store, clock: first.clock });
    await second.clock.advance(300);
    assert.deepEqual(
      idsOf(second.connection.taken),
      messages.map(({ id }) => id),
    );
  });

  test('whatever the order of commits and crashes, nothing is handed over twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 50 }), async (seed, window) => {
        const random = createSeededRandom(seed);
        const clock = createVirtualClock({ startAt });
        let last = 0;
        /** Rises with each crash: what an earlier process asked for and is not on disk is lost. */
        let life = 0;
        const commit = (pending: PendingTransaction) => {
          const asked = life;
          last = Math.max(last, clock.monotonic() + Math.floor(random.fraction() * 4));
          clock.after(last - clock.monotonic(), () => {
            if (asked !== life) return;
            pending.apply();
            if (random.fraction() < 0.95) pending.answer();
            else clock.after(1, () => (asked === life ? pending.answer() : undefined));
          });
        };
        let stage = await raise({ isIntending, clock, commit });
        const seen = new Map<string, number>();
        let accepted = 0;
        for (let turn = 0; turn < 40; turn++) {
          stage.connection.window = window;
          const messages = Array.from({ length: Math.floor(random.fraction() * 30) }, () =>
            messageWith(clock.now(), {}),
          );
          const { store, dispatcher, connection } = stage;
          const asked = life;
          void store.intake
            .accept({ account: 'a', messages, now: clock.now(), wallet: 'none' })
            .then(() => (asked === life ? dispatcher.accepted(messages) : undefined));
          accepted += messages.length;
          await clock.advance(Math.floor(random.fraction() * 6));
          connection.acceptAll();
          connection.wake();
          if (random.fraction() < 0.1) {
            for (const id of idsOf(connection.taken)) seen.set(id, (seen.get(id) ?? 0) + 1);
            life++;
            stage = await raise({ isIntending, clock, store });
          }
        }
        for (const id of idsOf(stage.connection.taken)) seen.set(id, (seen.get(id) ?? 0) + 1);
        assert.ok(accepted === 0 || seen.size > 0);
        assert.deepEqual(
          [...seen].filter(([, times]) => times > 1),
          [],
        );
      }),
      { numRuns: 20 },
    );
  });
});
