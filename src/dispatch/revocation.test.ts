import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Step } from '../core/message.ts';
import type { Revocation } from '../core/revocation.ts';
import { raise } from './test-stage.ts';

const waitMs = 5_000;

function stepOf(connection: string, timeoutMs: number | null): Step {
  return { channel: 'SMS', connection, parts: 1, timeoutMs, concatReference: 1 };
}

const plan = [stepOf('operator', waitMs), stepOf('next', null)];

function show(revoked: readonly Revocation[]): unknown[] {
  return revoked.map(({ message, step, providerIds }) => [message.id, step, providerIds]);
}

function placeOf(message: Message | undefined, step: number): unknown[] {
  return [message?.id, step, [`${message?.id}-0`]];
}

test('a step that took too long is taken back by the connection that sent it, all at once', async () => {
  const { accept, clock, connection, others } = await raise({ others: ['next'] });
  const messages = await accept(3, { plan });
  connection.acceptAll();
  await clock.advance(waitMs - 1);
  assert.deepEqual(connection.revoked, []);
  await clock.advance(1_000);
  assert.deepEqual(
    show(connection.revoked),
    messages.map((message) => placeOf(message, 0)),
  );
  assert.deepEqual(others.get('next')?.revoked, []);
});

test('what is delivered late after all takes the next step back', async () => {
  const { accept, clock, connection, others } = await raise({ others: ['next'] });
  const next = others.get('next');
  assert.ok(next !== undefined);
  const [message] = await accept(1, { plan });
  assert.ok(message !== undefined);
  connection.acceptAll();
  await clock.advance(waitMs + 1_000);
  next.acceptAll();
  await clock.advance(0);
  await connection.deliver(message);
  assert.deepEqual(show(next.revoked), [placeOf(message, 1)]);
});

test('a connection that is on its way with a given-up step takes it back when it knows the id', async () => {
  const { accept, clock, connection } = await raise({ others: ['next'] });
  const [message] = await accept(1, { plan });
  await clock.advance(waitMs + 1_000);
  assert.deepEqual(connection.revoked, []);
  connection.acceptAll();
  await clock.advance(0);
  assert.deepEqual(show(connection.revoked), [placeOf(message, 0)]);
});

test('what comes to its end in time is not taken back', async () => {
  const { accept, clock, connection } = await raise({ others: ['next'] });
  const [message] = await accept(1, { plan });
  assert.ok(message !== undefined);
  connection.acceptAll();
  await clock.advance(0);
  await connection.deliver(message);
  await clock.advance(2 * waitMs);
  assert.deepEqual(connection.revoked, []);
});
