import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { start } from '../store/conformance/sample.ts';
import { degradedCallsMax, healthyCallsMax } from './call-shares.ts';
import { callsAtOnceMax } from './pace.ts';
import {
  bad,
  broken,
  checkOrder,
  dead,
  good,
  hourMs,
  isTaken,
  minuteMs,
  ok,
  Stage,
  secondMs,
  upTo,
} from './test-sender-stage.ts';

describe('an endpoint that fails', () => {
  it('is left alone but for probes, and no report is burnt', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute(upTo(3_000));
    await stage.clock.advance(2 * hourMs);
    assert.ok(stage.calls.length < 60, `${stage.calls.length} calls`);
    const rows = await stage.outbox();
    assert.equal(rows.length, 3_000);
    const untried = rows.filter((row) => row.attempts === 0);
    assert.ok(untried.length > 2_940);
    assert.ok(untried.every((row) => row.due === start));
    assert.equal(stage.sender.stats().resting, 1);
    assert.equal(stage.sender.stats().held, 0, 'what waits needs no memory');
    stage.endpoints.set('demo', good);
    const recoveredAt = stage.clock.now();
    assert.ok(await stage.untilEmpty(2 * hourMs));
    assert.equal(stage.taken().length, 3_000);
    checkOrder(stage.taken());
    const soon = stage.calls.filter(
      (call) => isTaken(call) && call.endedAt < recoveredAt + 6 * minuteMs,
    );
    assert.ok(soon.length > 2_900, 'noticed within the longest wait');
    assert.deepEqual(stage.logged, [
      'A webhook fails; its reports wait.',
      'A webhook answers again.',
    ]);
  });

  it('only sometimes still gets everything', async () => {
    const stage = await new Stage().begin();
    const refused = new Set(['4:0', '8:0']);
    stage.endpoints.set('demo', ({ report }) => ({
      afterMs: 20,
      outcome: refused.delete(report) ? broken : ok,
    }));
    await stage.enroute(upTo(8));
    await stage.clock.advance(secondMs);
    assert.equal(stage.taken().length, 6);
    await stage.clock.advance(70 * secondMs);
    assert.equal(stage.taken().length, 8);
  });

  it('and asks for a pause gets it for all its reports, five minutes at most', async () => {
    for (const [asked, pauseMs] of [
      [30 * secondMs, 30 * secondMs],
      [hourMs, 5 * minuteMs],
    ] as const) {
      const stage = await new Stage().begin();
      let asks = 1;
      stage.endpoints.set('demo', () => ({
        afterMs: 10,
        outcome: asks-- > 0 ? { kind: 'answered', status: 429, retryAfterMs: asked } : ok,
      }));
      await stage.enroute([1]);
      await stage.clock.advance(secondMs);
      await stage.enroute([2]);
      await stage.clock.advance(pauseMs - 2 * secondMs);
      assert.equal(stage.calls.length, 1);
      await stage.clock.advance(3 * secondMs);
      assert.deepEqual(stage.taken(), ['2:0']);
    }
  });
});

describe('an endpoint that is slow or dead', () => {
  const healthy = upTo(27).map((index) => `good${index}`);
  const hanging = upTo(3).map((index) => `dead${index}`);

  /** How long the healthy wait for their reports, the slowest hundredth left out. */
  async function measure(isHanging: boolean): Promise<{ p99: number; stage: Stage }> {
    const stage = await new Stage([...healthy, ...hanging]).begin();
    let index = 1;
    const offeredAt = new Map<string, number>();
    for (let round = 0; round < 80; round++) {
      // All have been quick for a while, so those that will hang have their full share.
      if (isHanging && round === 30) for (const id of hanging) stage.endpoints.set(id, dead);
      for (const account of [...hanging, ...healthy]) {
        const burst = upTo(account.startsWith('dead') ? 12 : 2, index);
        index += burst.length;
        for (const one of burst) offeredAt.set(`${one}:0`, stage.clock.now());
        await stage.enroute(burst, account);
      }
      await stage.clock.advance(100);
    }
    await stage.clock.advance(2 * secondMs);
    const waits = stage.calls
      .filter((call) => call.account.startsWith('good'))
      .map((call) => {
        assert.ok(isTaken(call));
        return call.endedAt - (offeredAt.get(call.report) ?? 0);
      })
      .toSorted((left, right) => left - right);
    assert.equal(waits.length, healthy.length * 2 * 80);
    return { p99: waits[Math.floor(waits.length * 0.99)] ?? 0, stage };
  }

  it('does not delay the others', async () => {
    const { p99: usual } = await measure(false);
    const { p99: disturbed, stage } = await measure(true);
    assert.ok(disturbed <= usual * 1.5, `${disturbed} ms against ${usual} ms`);
    const { calling, callingDegraded } = stage.sender.stats();
    assert.equal(calling, callingDegraded);
    assert.ok(stage.mostCalls <= healthyCallsMax + hanging.length * callsAtOnceMax);
  });

  it('gets a quarter of the calls at most, together with its like', async () => {
    const many = upTo(60).map((index) => `dead${index}`);
    const stage = await new Stage(many).begin();
    for (const account of many) stage.endpoints.set(account, dead);
    for (const [position, account] of many.entries()) {
      await stage.enroute(upTo(50, position * 100 + 1), account);
    }
    await stage.clock.advance(500);
    const { calling } = stage.sender.stats();
    assert.ok(calling >= many.length && calling < healthyCallsMax, `${calling}`);
    await stage.clock.advance(30 * secondMs);
    assert.ok(stage.sender.stats().calling <= degradedCallsMax);
    assert.equal(stage.sender.stats().calling, stage.sender.stats().callingDegraded);
  });

  it('gets at most so many calls at once, and more the better it answers', async () => {
    const stage = await new Stage().begin();
    await stage.enroute(upTo(1_500));
    await stage.clock.advance(10);
    assert.equal(stage.sender.stats().calling, 4);
    assert.ok(await stage.untilEmpty(minuteMs));
    assert.equal(stage.mostCalls, callsAtOnceMax);
  });
});
