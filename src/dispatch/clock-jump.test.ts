import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '../core/status.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { ClockJump, clockDoubtMs, clockJumpMs } from './clock-jump.ts';
import { idsOf, raise, startAt } from './test-stage.ts';

const hourMs = 3_600_000;

function createRig() {
  const clock = createVirtualClock({ startAt, turn: () => Promise.resolve() });
  return { clock, jump: new ClockJump(clock) };
}

test('time that passes, and small corrections of it, are believed', async () => {
  const { clock, jump } = createRig();
  assert.deepEqual(jump.look(), { now: startAt, isOver: false });
  await clock.advance(2 * hourMs);
  clock.shiftWall(clockJumpMs);
  assert.deepEqual(jump.look(), { now: startAt + 2 * hourMs + clockJumpMs, isOver: false });
  clock.shiftWall(-clockJumpMs);
  assert.deepEqual(jump.look(), { now: startAt + 2 * hourMs, isOver: false });
});

for (const { way, shift, now } of [
  { way: 'forwards', shift: 2 * hourMs, now: startAt + 1_000 },
  { way: 'backwards', shift: -2 * hourMs, now: startAt - 2 * hourMs + 1_000 },
]) {
  test(`a jump ${way} and back ends nothing`, async () => {
    const { clock, jump } = createRig();
    jump.look();
    clock.shiftWall(shift);
    await clock.advance(1_000);
    assert.deepEqual(jump.look(), { now, isOver: false });
    clock.shiftWall(-shift);
    assert.deepEqual(jump.look(), { now: startAt + 1_000, isOver: true });
    assert.equal(jump.look().isOver, false);
  });

  test(`a jump ${way} that stays is believed in the end`, async () => {
    const { clock, jump } = createRig();
    jump.look();
    clock.shiftWall(shift);
    jump.look();
    await clock.advance(clockDoubtMs - 1);
    assert.equal(jump.look().isOver, false);
    await clock.advance(1);
    assert.deepEqual(jump.look(), { now: startAt + shift + clockDoubtMs, isOver: true });
  });
}

test('a message outlives a clock that is two hours ahead for a minute, and is sent', async () => {
  const { clock, connection, reports, accept } = await raise();
  connection.window = 0;
  const messages = await accept(3, { expiresAt: startAt + hourMs });
  await clock.advance(1_000);
  clock.shiftWall(2 * hourMs);
  connection.window = 10;
  await clock.advance(60_000);
  assert.deepEqual([connection.taken, reports], [[], []]);
  clock.shiftWall(-2 * hourMs);
  await clock.advance(1_000);
  assert.deepEqual(
    idsOf(connection.taken),
    messages.map(({ id }) => id),
  );
});

test('a message whose time is over by a clock that stays ahead ends', async () => {
  const { clock, connection, reports, accept } = await raise();
  connection.window = 0;
  await accept(1, { expiresAt: startAt + hourMs });
  await clock.advance(1_000);
  clock.shiftWall(2 * hourMs);
  await clock.advance(clockDoubtMs + 1_000);
  assert.deepEqual(
    reports.map(({ report }) => [report.status, report.error]),
    [[status.failed, 8]],
  );
});

test('what comes while the clock is an hour behind is sent, and ends at its own time', async () => {
  const { clock, connection, reports, accept } = await raise();
  await clock.advance(1_000);
  clock.shiftWall(-hourMs);
  const now = clock.now();
  const [message] = await accept(1, { expiresAt: now + 30_000 });
  await clock.advance(29_000);
  assert.deepEqual(idsOf(connection.taken), [message?.id]);
  assert.deepEqual(reports, []);
});
