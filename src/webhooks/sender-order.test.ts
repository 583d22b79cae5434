import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpOutcome } from '../lib/http-client.ts';
import { createSeededRandom } from '../lib/random.ts';
import { idOf } from '../store/conformance/sample.ts';
import { heldMax } from './backlog.ts';
import {
  bad,
  broken,
  checkOrder,
  dead,
  good,
  hourMs,
  minuteMs,
  ok,
  Stage,
  secondMs,
  upTo,
} from './test-sender-stage.ts';

describe('the reports of one message', () => {
  it('wait for the earlier one to be told on disk, not only taken', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    await stage.enroute([1]);
    await stage.receive([1]);
    await stage.clock.advance(10 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
    stage.refuse.clear();
    await stage.clock.advance(2 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2']);
    assert.equal(stage.calls.length, 2);
  });

  it('stay in order when the first fails and the others come meanwhile or later', async () => {
    const stage = await new Stage().begin();
    let failures = 2;
    stage.endpoints.set('demo', () => ({ afterMs: 50, outcome: failures-- > 0 ? broken : ok }));
    await stage.enroute([1]);
    await stage.clock.advance(10);
    await stage.receive([1]);
    await stage.clock.advance(10 * secondMs);
    await stage.receive([1], 'read');
    await stage.clock.advance(10 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2', '1:4']);
    assert.deepEqual(
      stage.calls.map((call) => call.report),
      ['1:0', '1:0', '1:0', '1:2', '1:4'],
    );
  });

  it('are each taken once and in order, whatever the endpoint does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        async (seed, failing) => {
          const stage = await new Stage().begin();
          const random = createSeededRandom(seed);
          stage.endpoints.set('demo', () => ({
            afterMs: Math.floor(random.fraction() * 300),
            outcome: random.fraction() < failing ? broken : ok,
          }));
          await stage.enroute(upTo(30));
          for (const index of upTo(30)) {
            await stage.clock.advance(Math.floor(random.fraction() * 40));
            await stage.receive([index]);
            if (random.fraction() < 0.3) await stage.receive([index], 'read');
          }
          stage.endpoints.set('demo', good);
          assert.ok(await stage.untilEmpty(2 * hourMs));
          const taken = stage.taken();
          checkOrder(taken);
          const { told } = stage.sender.stats();
          assert.equal(taken.length, told);
          assert.ok(told >= 60);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('after a restart', () => {
  it('what was left over is delivered, in order, each once', async () => {
    const stage = await new Stage(['demo', 'other']).begin();
    stage.endpoints.set('demo', dead);
    stage.endpoints.set('other', dead);
    await stage.enroute(upTo(1_200));
    await stage.enroute(upTo(3, 5_000), 'other');
    await stage.receive(upTo(1_200));
    await stage.clock.advance(3 * secondMs);
    stage.endpoints.set('demo', good);
    stage.endpoints.set('other', good);
    await stage.crash();
    assert.ok(await stage.untilEmpty(minuteMs));
    checkOrder(stage.taken());
    assert.equal(stage.taken().length, 2_400);
    assert.deepEqual(stage.taken('other').toSorted(), ['5000:0', '5001:0', '5002:0']);
  });

  it('the order holds for a message whose first report had been postponed', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    await stage.receive([1]);
    stage.endpoints.set('demo', good);
    await stage.crash();
    await stage.clock.advance(30 * secondMs);
    assert.deepEqual(stage.taken(), []);
    await stage.clock.advance(45 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2']);
  });

  it('a report that waits for its next try gets it when that is due', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(70 * secondMs);
    assert.equal(stage.calls.length, 2);
    stage.endpoints.set('demo', good);
    await stage.crash();
    await stage.clock.advance(5 * minuteMs);
    const wait = (stage.calls[2]?.startedAt ?? 0) - (stage.calls[1]?.endedAt ?? 0);
    assert.ok(wait >= 5 * minuteMs && wait <= 5 * minuteMs + 6 * secondMs, `${wait}`);
  });

  it('only what was taken without its T4 is sent again, under the same id', async () => {
    const stage = await new Stage().begin();
    await stage.enroute(upTo(5));
    await stage.clock.advance(secondMs);
    stage.refuse.add('told');
    await stage.enroute(upTo(5, 6));
    await stage.clock.advance(secondMs);
    stage.refuse.clear();
    await stage.crash();
    assert.ok(await stage.untilEmpty(minuteMs));
    const times = new Map<string, number>();
    for (const { id } of stage.calls) times.set(id, (times.get(id) ?? 0) + 1);
    assert.deepEqual(
      upTo(10).map((index) => times.get(`${idOf(index)}-0`)),
      [1, 1, 1, 1, 1, 2, 2, 2, 2, 2],
    );
  });

  it('at any moment nothing is lost and nothing goes backwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        const stage = await new Stage().begin();
        const random = createSeededRandom(seed);
        const outcomeOf = (): HttpOutcome => (random.fraction() < 0.3 ? broken : ok);
        stage.endpoints.set('demo', () => ({
          afterMs: Math.floor(random.fraction() * 500),
          outcome: outcomeOf(),
        }));
        for (let round = 0; round < 6; round++) {
          const indexes = upTo(20, round * 20 + 1);
          await stage.enroute(indexes);
          await stage.clock.advance(Math.floor(random.fraction() * 400));
          await stage.receive(indexes);
          await stage.clock.advance(Math.floor(random.fraction() * 400));
          if (random.fraction() < 0.6) await stage.crash();
        }
        stage.endpoints.set('demo', good);
        assert.ok(await stage.untilEmpty(2 * hourMs));
        const firstTaken = new Map<string, number>();
        for (const [position, report] of stage.taken().entries()) {
          if (!firstTaken.has(report)) firstTaken.set(report, position);
        }
        for (const index of upTo(120)) {
          const [enroute, delivered] = [0, 2].map((status) => firstTaken.get(`${index}:${status}`));
          assert.ok(enroute !== undefined && delivered !== undefined && enroute < delivered);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('more reports than memory holds', () => {
  it('wait in the store and are all delivered in order', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', () => ({ afterMs: 200, outcome: ok }));
    let mostHeld = 0;
    const watch = stage.clock.every(50, () => {
      mostHeld = Math.max(mostHeld, stage.sender.stats().held);
    });
    for (let round = 0; round < 10; round++) {
      const indexes = upTo(800, round * 800 + 1);
      await stage.enroute(indexes);
      await stage.clock.advance(300);
      await stage.receive(indexes);
      await stage.clock.advance(300);
    }
    assert.ok(await stage.untilEmpty(10 * minuteMs));
    watch.cancel();
    assert.equal(stage.taken().length, 16_000);
    checkOrder(stage.taken());
    assert.ok(mostHeld <= heldMax, `${mostHeld}`);
    assert.ok(mostHeld > heldMax / 2);
    assert.equal(stage.sender.stats().held, 0);
  });
});
