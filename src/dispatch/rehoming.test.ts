import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { divert, refuse } from '../store/memory/test-commits.ts';
import { bufferedStepsMax } from './connection-queue.ts';
import { rehomePageMax } from './queue-mover.ts';
import { Rehoming, rehomePagesMax, rehomePeriodMs } from './rehoming.ts';
import { idsOf, raise, type Stage, type StandIn } from './test-stage.ts';

const toSpare = () => 'spare';

async function raiseTwo(options: Parameters<typeof raise>[0] = {}) {
  const stage = await raise({ others: ['spare'], ...options });
  const spare = stage.others.get('spare');
  assert.ok(spare !== undefined);
  return { ...stage, spare };
}

/** Moves all that can be moved, page by page. */
async function rehomeAll(
  { clock, dispatcher }: Stage,
  find: (step: ReadyStep) => string | null = toSpare,
): Promise<void> {
  let isDone = false;
  async function run(): Promise<void> {
    let after = await dispatcher.rehome('operator', null, find);
    while (after !== null) after = await dispatcher.rehome('operator', after, find);
    isDone = true;
  }
  void run();
  await clock.runUntil(() => isDone, 10_000);
  await clock.advance(0);
}

function shut(connection: StandIn): void {
  connection.window = 0;
}

function open(connection: StandIn): void {
  connection.window = Number.POSITIVE_INFINITY;
}

function listIds(messages: readonly Message[]): string[] {
  return messages.map(({ id }) => id);
}

describe('what waits for a connection', () => {
  test('is sent by the other one, in its order, and not here', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock, store } = stage;
    shut(connection);
    const messages = await accept(20);
    await rehomeAll(stage);
    assert.deepEqual(idsOf(spare.taken), listIds(messages));
    spare.acceptAll();
    open(connection);
    await clock.advance(2_000);
    assert.deepEqual(connection.taken, []);
    const shown = await store.history.message(messages[0]?.id ?? '');
    assert.equal(shown?.message.plan[0]?.connection, 'spare');
    assert.equal((await store.history.counts()).ready, 0);
  });

  test('is moved as well when it does not fit into memory', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept } = stage;
    shut(connection);
    const messages = await accept(bufferedStepsMax + rehomePageMax);
    await rehomeAll(stage);
    await stage.clock.advance(2_000);
    assert.deepEqual(new Set(idsOf(spare.taken)), new Set(listIds(messages)));
    assert.equal(spare.taken.length, messages.length);
  });

  test('stays where nobody else can send it', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    shut(connection);
    const messages = await accept(3);
    await rehomeAll(stage, ({ message }) => (message.id === messages[1]?.id ? 'spare' : null));
    assert.deepEqual(idsOf(spare.taken), [messages[1]?.id]);
    open(connection);
    await clock.advance(2_000);
    assert.deepEqual(idsOf(connection.taken), [messages[0]?.id, messages[2]?.id]);
  });

  test('stays when the other connection is none of ours', async () => {
    const stage = await raiseTwo();
    shut(stage.connection);
    await stage.accept(1);
    await rehomeAll(stage, () => 'nowhere');
    open(stage.connection);
    await stage.clock.advance(2_000);
    assert.equal(stage.connection.taken.length, 1);
  });

  test('is moved while it waits for its next attempt', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    const [message] = await accept(1);
    connection.answer(() => ({ kind: 'later', error: 25, attemptsMax: null }));
    await clock.advance(10);
    shut(connection);
    await rehomeAll(stage);
    assert.deepEqual(spare.taken, [], 'its time has not come');
    await clock.advance(60_000);
    assert.deepEqual(idsOf(spare.taken), [message?.id]);
    assert.equal(connection.taken.length, 1);
  });
});

/** WhatsApp over a connection that is out, then SMS over one that is not. */
const withNext = {
  plan: [
    { channel: 'WhatsApp', connection: 'operator', parts: 1, timeoutMs: null, concatReference: 1 },
    { channel: 'SMS', connection: 'spare', parts: 1, timeoutMs: null, concatReference: 1 },
  ],
} as const;

describe('a channel without any connection that is not out', () => {
  const nobody = () => null;

  test('is given up where another channel is behind it', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock, reports } = stage;
    shut(connection);
    const messages = await accept(20, withNext);
    await rehomeAll(stage, nobody);
    assert.deepEqual(idsOf(spare.taken), listIds(messages));
    spare.acceptAll();
    open(connection);
    await clock.advance(2_000);
    assert.deepEqual(connection.taken, []);
    assert.deepEqual(new Set(reports.map(({ report }) => report.channel)), new Set(['SMS']));
  });

  test('is not given up for what was sent over it', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    await accept(1, withNext);
    await rehomeAll(stage, nobody);
    connection.acceptAll();
    await clock.advance(2_000);
    assert.deepEqual([connection.taken.length, spare.taken.length], [1, 0]);
  });

  test('keeps its messages while the store fails, and gives each up once', async () => {
    let isDown = true;
    const stage = await raiseTwo({
      commit: refuse('submitted', () => isDown),
    });
    const { connection, spare, accept, clock, failures } = stage;
    shut(connection);
    const messages = await accept(5, withNext);
    await rehomeAll(stage, nobody);
    assert.deepEqual([failures, spare.taken], [['give up a channel that is out'], []]);
    isDown = false;
    await rehomeAll(stage, nobody);
    await clock.advance(2_000);
    assert.deepEqual(idsOf(spare.taken), listIds(messages));
    open(connection);
    await clock.advance(2_000);
    assert.deepEqual(connection.taken, []);
  });
});

describe('what was sent, or may have been, is not moved', () => {
  test('a step at the operator', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    const [message] = await accept(1);
    await rehomeAll(stage);
    connection.acceptAll();
    await clock.advance(2_000);
    assert.deepEqual([idsOf(connection.taken), spare.taken], [[message?.id], []]);
  });

  test('a step whose answer did not come', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    const [message] = await accept(1);
    shut(connection);
    connection.answer(() => ({ kind: 'unknown', resend: true }));
    await clock.advance(10);
    await rehomeAll(stage);
    assert.deepEqual(spare.taken, []);
    open(connection);
    await clock.advance(2_000);
    assert.deepEqual(idsOf(connection.taken), [message?.id, message?.id], 'sent again here');
  });

  test('the same when a second attempt was refused for now', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    await accept(1);
    connection.answer(() => ({ kind: 'unknown', resend: true }));
    await clock.advance(1_000);
    connection.answer(() => ({ kind: 'later', error: 25, attemptsMax: null }));
    shut(connection);
    await clock.advance(10);
    await rehomeAll(stage);
    await clock.advance(60_000);
    assert.deepEqual(spare.taken, []);
  });

  test('a part of a step', async () => {
    const stage = await raiseTwo();
    const { connection, spare, accept, clock } = stage;
    const plan = [
      { channel: 'SMS', connection: 'operator', parts: 2, timeoutMs: null, concatReference: 1 },
    ] as const;
    await accept(1, { plan });
    shut(connection);
    connection.answer((step, part) =>
      part === 0
        ? { kind: 'accepted', providerId: step.message.id }
        : { kind: 'unknown', resend: true },
    );
    await clock.advance(10);
    await rehomeAll(stage);
    assert.deepEqual(spare.taken, []);
  });

  test('what a process before may have sent', async () => {
    const store = createMemoryStore();
    const before = await raiseTwo({ store });
    const [message] = await before.accept(1);
    await before.clock.advance(1_000);
    // It dies without a word; the next one starts on what it left.
    const after = await raiseTwo({ store, clock: before.clock });
    shut(after.connection);
    await rehomeAll(after);
    assert.deepEqual(after.spare.taken, []);
    open(after.connection);
    await after.clock.advance(2_000);
    assert.deepEqual(idsOf(after.connection.taken), [message?.id]);
  });

  test('what waits in no-duplicate mode', async () => {
    const stage = await raiseTwo({ isIntending: true });
    shut(stage.connection);
    await stage.accept(1);
    await rehomeAll(stage);
    assert.deepEqual(stage.spare.taken, []);
  });
});

describe('while a move is written', () => {
  const ends: [title: string, settle: (pending: PendingTransaction) => void, sender: string][] = [
    [
      'and when it is, the other one sends',
      (pending) => {
        pending.apply();
        pending.answer();
      },
      'spare',
    ],
    [
      'and when it fails, this one sends',
      (pending) => pending.reject(new Error('full')),
      'operator',
    ],
    [
      'and when nobody knows, whoever has it in the store sends',
      (pending) => {
        pending.apply();
        pending.reject(new Error('lost'));
      },
      'spare',
    ],
  ];
  for (const [title, settle, sender] of ends) {
    test(`neither connection sends, ${title}`, async () => {
      const held: PendingTransaction[] = [];
      const stage = await raiseTwo({
        commit: divert('move', (transaction) => held.push(transaction)),
      });
      const { connection, spare, accept, clock, dispatcher } = stage;
      shut(connection);
      const messages = await accept(5);
      const moving = dispatcher.rehome('operator', null, toSpare);
      await clock.runUntil(() => held.length === 1, 1_000);
      open(connection);
      await clock.advance(2_000);
      assert.deepEqual([connection.taken, spare.taken], [[], []]);
      for (const pending of held) settle(pending);
      await moving;
      await clock.advance(2_000);
      const [taken, others] =
        sender === 'spare' ? [spare.taken, connection.taken] : [connection.taken, spare.taken];
      assert.deepEqual(new Set(idsOf(taken)), new Set(listIds(messages)));
      assert.deepEqual([taken.length, others.length], [messages.length, 0]);
    });
  }
});

describe('the look at connections that are out', () => {
  test('comes each period, goes on where it ended and stops when told', async () => {
    const stage = await raiseTwo();
    const looks: (string | null)[] = [];
    let out: string[] = [];
    const rehoming = new Rehoming({
      dispatcher: {
        rehome: (name, after) => {
          looks.push(`${name} ${after?.due ?? 'start'}`);
          return Promise.resolve(
            looks.length <= rehomePagesMax ? { due: looks.length, id: '' } : null,
          );
        },
      },
      clock: stage.clock,
      listOut: () => out,
      find: toSpare,
      onStoreFailure: (what) => looks.push(what),
    });
    rehoming.start();
    await stage.clock.advance(rehomePeriodMs);
    assert.deepEqual(looks, []);
    out = ['operator'];
    await stage.clock.advance(rehomePeriodMs);
    assert.equal(looks.length, rehomePagesMax);
    assert.deepEqual(looks.slice(0, 2), ['operator start', 'operator 1']);
    await stage.clock.advance(rehomePeriodMs);
    assert.deepEqual(looks.slice(rehomePagesMax), [`operator ${rehomePagesMax}`]);
    rehoming.stop();
    await stage.clock.advance(5 * rehomePeriodMs);
    assert.equal(looks.length, rehomePagesMax + 1);
  });
});
