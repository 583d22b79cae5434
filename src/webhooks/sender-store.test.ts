import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heldMax } from './backlog.ts';
import { minuteMs, Stage, secondMs, upTo } from './test-sender-stage.ts';

describe('a store that fails', () => {
  it('to take outcomes gets them again, and no call is made twice', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    await stage.enroute(upTo(20));
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 20);
    assert.equal((await stage.outbox()).length, 20);
    stage.refuse.clear();
    await stage.clock.advance(2 * secondMs);
    assert.equal((await stage.outbox()).length, 0);
    assert.equal(stage.calls.length, 20);
    assert.ok(stage.logged.length >= 1);
  });

  it('to take outcomes for long stops the calls before memory is full', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    for (let round = 0; round < 5; round++) {
      await stage.enroute(upTo(1_000, round * 1_000 + 1));
      await stage.clock.advance(10 * secondMs);
    }
    assert.ok(stage.calls.length <= heldMax, `${stage.calls.length}`);
    stage.refuse.clear();
    assert.ok(await stage.untilEmpty(minuteMs));
    assert.equal(stage.calls.length, 5_000);
  });

  it('to hand out reports is asked again', async () => {
    const stage = new Stage();
    await stage.enroute(upTo(3));
    stage.refuse.add('read');
    await stage.begin();
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    stage.refuse.clear();
    await stage.clock.advance(3 * secondMs);
    assert.equal(stage.taken().length, 3);
  });

  it('at the start makes the start fail', async () => {
    const stage = new Stage();
    stage.refuse.add('queues');
    await assert.rejects(stage.begin(), /the disk is full/);
  });

  it('to list queues later is asked again', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('queues');
    await stage.clock.advance(3 * minuteMs);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
    assert.ok(stage.logged.length >= 2);
  });
});
