import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../core/message.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import type { PendingTransaction } from '../store/memory/memory-store.ts';
import { divert, refuse } from '../store/memory/test-commits.ts';
import { bufferedStepsMax } from './connection-queue.ts';
import { unrecordedPartsMax } from './dispatcher.ts';
import { idsOf, messageWith, raise, startAt } from './test-stage.ts';

describe('the way to a connection', () => {
  test('what was accepted is handed over at once, in order, and its acceptance reported', async () => {
    const { accept, connection, reports, store, clock } = await raise();
    const messages = await accept(10);
    assert.deepEqual(
      idsOf(connection.taken),
      messages.map(({ id }) => id),
    );
    connection.acceptAll();
    await clock.advance(0);
    assert.equal(reports.length, 10);
    assert.equal((await store.history.counts()).ready, 0);
  });

  test('no more is taken than the window has room for', async () => {
    const { accept, connection, clock } = await raise();
    connection.window = 3;
    await accept(10);
    assert.equal(connection.taken.length, 3);
    connection.acceptAll();
    connection.wake();
    await clock.advance(0);
    assert.equal(connection.taken.length, 6);
  });

  test('more than fits into memory waits in the store; each is handed over once, in order', async () => {
    const { accept, connection, clock, dispatcher } = await raise();
    connection.window = 100;
    const messages: Message[] = [];
    const wanted = bufferedStepsMax * 2 + 500;
    while (messages.length < wanted) messages.push(...(await accept(500)));
    assert.ok((dispatcher.connections()[0]?.waiting ?? 0) <= bufferedStepsMax + 1_000);
    for (let turn = 0; connection.taken.length < messages.length && turn < 1_000; turn++) {
      connection.acceptAll();
      connection.wake();
      await clock.advance(1);
    }
    assert.deepEqual(
      idsOf(connection.taken),
      messages.map(({ id }) => id),
    );
  });

  test('what was left over is handed over after a restart', async () => {
    const first = await raise();
    first.connection.window = 0;
    const messages = await first.accept(20);
    const second = await raise({ store: first.store, clock: first.clock });
    await second.clock.advance(300);
    assert.deepEqual(
      idsOf(second.connection.taken),
      messages.map(({ id }) => id),
    );
  });

  test('what is past its validity is not handed over, and ends with status 3', async () => {
    const { accept, connection, clock, reports } = await raise();
    connection.window = 0;
    await accept(5, { expiresAt: startAt + 60_000 });
    await clock.advance(61_000);
    connection.window = 10;
    connection.wake();
    assert.deepEqual(connection.taken, []);
    assert.deepEqual(
      reports.map(({ report }) => [report.status, report.error]),
      Array.from({ length: 5 }, () => [3, 8]),
    );
  });
});

describe('answers', () => {
  test('refused for now: sent again when its time has come, not before', async () => {
    const { accept, connection, clock } = await raise();
    await accept(1);
    connection.answer(() => ({ kind: 'later', error: 25, attemptsMax: null }));
    await clock.advance(4_900);
    assert.equal(connection.taken.length, 1);
    await clock.advance(2_000);
    assert.equal(connection.taken.length, 2);
  });

  test('refused for now many times, with others passing by: the others are not held up', async () => {
    const { accept, connection, clock, store } = await raise();
    await accept(1);
    connection.answer(() => ({ kind: 'later', error: 25, attemptsMax: null }));
    for (let second = 0; second < 10; second++) {
      await accept(3);
      connection.acceptAll();
      await clock.advance(1_000);
      connection.acceptAll();
    }
    await clock.advance(1_000);
    assert.equal(connection.taken.length, 1 + 30 + 1);
    assert.equal((await store.history.counts()).ready, 0);
  });

  test('no answer: the step goes back to the head of its lane and is sent again', async () => {
    const { accept, connection, clock, store } = await raise();
    const [lost] = await accept(1);
    connection.window = 1;
    await accept(5, { msisdn: lost?.msisdn ?? '' });
    connection.answer(() => ({ kind: 'unknown', resend: true }));
    await clock.advance(300);
    assert.equal(connection.taken[1]?.message.id, lost?.id);
    connection.window = 10;
    for (let turn = 0; turn < 5; turn++) {
      connection.acceptAll();
      connection.wake();
      await clock.advance(1);
    }
    assert.equal(connection.taken.length, 7);
    assert.equal((await store.history.counts()).ready, 0);
  });

  test('a whole window without answers comes again in its order', async () => {
    const { accept, connection, clock } = await raise();
    const messages = await accept(20, { msisdn: '31612345678' });
    connection.answer(() => ({ kind: 'unknown', resend: true }));
    await clock.advance(300);
    assert.deepEqual(
      idsOf(connection.taken.slice(20)),
      messages.map(({ id }) => id),
    );
  });

  test('of several parts only the one without an answer is sent again', async () => {
    const { accept, connection, clock } = await raise();
    await accept(1, {
      plan: [
        { channel: 'SMS', connection: 'operator', parts: 3, timeoutMs: null, concatReference: 9 },
      ],
    });
    connection.answer((_step, part) =>
      part === 1 ? { kind: 'unknown', resend: true } : { kind: 'accepted', providerId: `p${part}` },
    );
    await clock.advance(300);
    assert.deepEqual(
      connection.taken.map((step) => step.live.progress),
      ['...', 'e.e'],
    );
  });

  test('ports without the lease of their lanes hand nothing out', async () => {
    const stage = await raise();
    const { clock, dispatcher } = stage;
    const ports = dispatcher.portsFor('other');
    stage.connection.window = 0;
    const messages = await stage.accept(4, {
      plan: [
        { channel: 'SMS', connection: 'other', parts: 1, timeoutMs: null, concatReference: 1 },
      ],
    });
    await clock.advance(0);
    assert.deepEqual(ports.take(0, 1, 10), []);
    assert.equal(messages.length, 4);
  });
});

describe('a store that is slow', () => {
  test('as many results as a crash may lose wait for the disk; until it has them nothing is handed over', async () => {
    const held: PendingTransaction[] = [];
    const { accept, connection, clock } = await raise({
      commit: divert('submitted', (transaction) => held.push(transaction)),
    });
    connection.window = unrecordedPartsMax - 1;
    await accept(unrecordedPartsMax + 1);
    connection.acceptAll();
    connection.wake();
    assert.equal(connection.taken.length, unrecordedPartsMax + 1);
    connection.acceptAll();
    await accept(5);
    connection.wake();
    assert.equal(connection.taken.length, unrecordedPartsMax + 1);
    for (const pending of held) {
      pending.apply();
      pending.answer();
    }
    await clock.advance(0);
    assert.equal(connection.taken.length, unrecordedPartsMax + 6);
  });
});

describe('a store that fails', () => {
  test('results are kept and written when it is back; nothing new is sent meanwhile', async () => {
    let isDown = false;
    const { accept, connection, clock, failures, store } = await raise({
      commit: refuse('submitted', () => isDown),
    });
    connection.window = 5;
    await accept(5);
    isDown = true;
    connection.acceptAll();
    await clock.advance(10);
    assert.deepEqual(failures, ['record what was submitted']);
    await accept(5);
    connection.wake();
    assert.equal(connection.taken.length, 5);
    isDown = false;
    await clock.advance(1_000);
    assert.equal(connection.taken.length, 10);
    connection.acceptAll();
    await clock.advance(10);
    assert.equal((await store.history.counts()).ready, 0);
  });
});

describe('whatever the order of commits and answers', () => {
  test('each message is handed over at least once, and once only unless its answer was lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 400 }), async (seed, window) => {
        const random = createSeededRandom(seed);
        const clock = createVirtualClock({ startAt });
        let last = 0;
        const stage = await raise({
          clock,
          commit(pending) {
            // Commits keep their order and take their time, as one writer does.
            last = Math.max(last, clock.monotonic() + Math.floor(random.fraction() * 4));
            clock.after(last - clock.monotonic(), () => {
              pending.apply();
              pending.answer();
            });
          },
        });
        stage.connection.window = window;
        const wanted = new Set<string>();
        for (let turn = 0; turn < 30; turn++) {
          const messages = Array.from({ length: Math.floor(random.fraction() * 400) }, () =>
            messageWith(clock.now(), {}),
          );
          for (const { id } of messages) wanted.add(id);
          void stage.store.intake
            .accept({ account: 'a', messages, now: clock.now(), wallet: 'none' })
            .then(() => stage.dispatcher.accepted(messages));
          await clock.advance(Math.floor(random.fraction() * 6));
          stage.connection.acceptAll();
          stage.connection.wake();
        }
        for (let turn = 0; turn < 20_000 && stage.connection.taken.length < wanted.size; turn++) {
          await clock.advance(3);
          stage.connection.acceptAll();
          stage.connection.wake();
        }
        const taken = idsOf(stage.connection.taken);
        assert.equal(taken.length, wanted.size);
        assert.deepEqual(new Set(taken), wanted);
      }),
      { numRuns: 15 },
    );
  });
});
