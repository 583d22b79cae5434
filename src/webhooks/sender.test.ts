import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accept, accepted, idOf, sampleMessage, start } from '../store/conformance/sample.ts';
import { giveUpAfterMs } from './schedule.ts';
import {
  accountOf,
  bad,
  dead,
  hangs,
  hourMs,
  minuteMs,
  ok,
  Stage,
  secondMs,
  upTo,
} from './test-sender-stage.ts';

describe('a report', () => {
  it('is delivered as soon as it is offered, and leaves the outbox', async () => {
    const stage = await new Stage().begin();
    await stage.enroute([1]);
    await stage.clock.advance(30);
    assert.deepEqual(stage.taken(), ['1:0']);
    assert.equal(stage.calls[0]?.startedAt, start);
    assert.equal(stage.calls[0]?.id, `${idOf(1)}-0`);
    assert.deepEqual(await stage.outbox(), []);
    const events = (await stage.store.history.message(idOf(1)))?.events ?? [];
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'told').map(({ detail }) => detail),
      ['200'],
    );
    assert.equal(stage.sender.stats().told, 1);
    assert.equal(stage.sender.stats().held, 0);
  });

  it('is not read back when it is offered', async () => {
    const stage = await new Stage().begin();
    await stage.clock.advance(100);
    const before = stage.reads.length;
    for (let round = 0; round < 20; round++) {
      await stage.enroute(upTo(10, round * 10 + 1));
      await stage.clock.advance(40);
    }
    assert.equal(stage.taken().length, 200);
    assert.equal(stage.reads.length, before);
  });

  for (const [status, isTakenByIt] of [
    [200, true],
    [201, true],
    [204, true],
    [299, true],
    [199, false],
    [301, false],
    [302, false],
    [304, false],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
    [429, false],
    [500, false],
    [503, false],
  ] as const) {
    it(`${isTakenByIt ? 'is taken' : 'has failed'} with ${status}`, async () => {
      const stage = await new Stage().begin();
      stage.endpoints.set('demo', () => ({ afterMs: 5, outcome: { kind: 'answered', status } }));
      await stage.enroute([1]);
      await stage.clock.advance(100);
      const rows = await stage.outbox();
      assert.equal(rows.length, isTakenByIt ? 0 : 1);
      if (!isTakenByIt) assert.equal(rows[0]?.attempts, 1);
    });
  }

  for (const outcome of [hangs, { kind: 'forbidden', reason: 'inside' }] as const) {
    it(`has failed when the call is ${outcome.kind}`, async () => {
      const stage = await new Stage().begin();
      stage.endpoints.set('demo', () => ({ afterMs: 5, outcome }));
      await stage.enroute([1]);
      await stage.clock.advance(100);
      assert.equal((await stage.outbox())[0]?.attempts, 1);
    });
  }

  it('that fails is tried after 1, 5, 15, 30 and 60 minutes, then hourly', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(5 * hourMs);
    const minutes = stage.calls.map((call) => (call.startedAt - start) / minuteMs);
    const expected = [0, 1, 6, 21, 51, 111, 171, 231, 291];
    assert.equal(minutes.length, expected.length);
    for (const [index, minute] of expected.entries()) {
      const late = (minutes[index] ?? 0) - minute;
      // The tick comes each second and queues are looked at every five, so each wait may be so much longer.
      assert.ok(late >= 0 && late * minuteMs <= index * 6_100, `${minutes.join()}`);
    }
    assert.equal(new Set(stage.calls.map((call) => call.id)).size, 1);
  });

  it('waits as long as it was asked to, when that is longer', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', ({ startedAt }) => ({
      afterMs: 0,
      outcome:
        startedAt === start ? { kind: 'answered', status: 500, retryAfterMs: 10 * minuteMs } : ok,
    }));
    await stage.enroute([1]);
    await stage.clock.advance(9.9 * minuteMs);
    assert.equal(stage.calls.length, 1);
    await stage.clock.advance(0.2 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('is given up after seven days, with a last try before', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    stage.clock.shiftWall(giveUpAfterMs - 2 * minuteMs);
    await stage.clock.advance(1.5 * minuteMs);
    assert.equal(stage.calls.length, 2);
    assert.deepEqual(await stage.outbox(), []);
    const events = (await stage.store.history.message(idOf(1)))?.events ?? [];
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'told').map(({ detail }) => detail),
      ['0'],
    );
    assert.equal(stage.sender.stats().givenUp, 1);
    assert.equal(stage.sender.stats().told, 0);
  });

  it('that is too old when its turn comes is given up without a call', async () => {
    const stage = new Stage();
    await stage.enroute(upTo(700));
    stage.clock.shiftWall(giveUpAfterMs);
    await stage.begin();
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    assert.deepEqual(await stage.outbox(), []);
    assert.equal(stage.sender.stats().givenUp, 700);
  });

  it('of an account without a webhook is given up and counted', async () => {
    const stage = await new Stage(['demo', 'other']).begin();
    stage.accounts = [{ ...accountOf('demo'), statusWebhook: null }];
    await stage.enroute([1, 2]);
    await stage.enroute([3], 'other');
    await stage.clock.advance(secondMs);
    assert.equal(stage.calls.length, 0);
    assert.deepEqual([...(await stage.outbox()), ...(await stage.outbox('other'))], []);
    assert.equal(stage.sender.stats().homeless, 3);
  });

  it('of a queue that is not of status reports is left alone', async () => {
    const stage = new Stage();
    await accept(stage.store, [sampleMessage(1, { reportTo: 'smpp:x' })]);
    const { reports } = await stage.store.dispatch.submitted([accepted(1, 'x')], null, start);
    await stage.begin();
    stage.sender.offer(reports);
    await stage.clock.advance(2 * minuteMs);
    assert.deepEqual(await stage.store.outbox.queues(), ['smpp:x']);
    assert.equal(stage.sender.stats().queues, 0);
  });
});

describe('reports that nobody offered', () => {
  it('are found within a minute', async () => {
    const stage = await new Stage().begin();
    const offer = stage.sender.offer;
    stage.sender.offer = () => {};
    await stage.enroute([1]);
    stage.sender.offer = offer;
    await stage.clock.advance(minuteMs + secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });
});

describe('a queue without reports', () => {
  it('is forgotten after a while, and comes back with the next report', async () => {
    const stage = await new Stage().begin();
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.equal(stage.sender.stats().queues, 1);
    await stage.clock.advance(2 * minuteMs);
    assert.equal(stage.sender.stats().queues, 0);
    await stage.enroute([2]);
    await stage.clock.advance(secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '2:0']);
  });
});

describe('stopping', () => {
  it('waits for the calls under way and writes what became of them', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', () => ({ afterMs: 3 * secondMs, outcome: ok }));
    await stage.enroute(upTo(10));
    await stage.clock.advance(secondMs);
    const under = stage.calls.length;
    const stopped = stage.sender.stop(10 * secondMs);
    await stage.enroute([99]);
    await stage.clock.advance(2.5 * secondMs);
    await stopped;
    assert.equal(stage.calls.length, under);
    assert.equal((await stage.outbox()).length, 11 - under);
    assert.equal(stage.clock.pending, 0);
  });

  it('waits no longer than it may, and what is still open is sent again later', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', dead);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    const stopped = stage.sender.stop(2 * secondMs);
    await stage.clock.advance(2 * secondMs);
    await stopped;
    await stage.clock.advance(20 * secondMs);
    assert.equal((await stage.outbox())[0]?.attempts, 0);
  });

  it('is immediate when nothing is under way', async () => {
    const stage = await new Stage().begin();
    await stage.sender.stop(10 * secondMs);
    assert.equal(stage.clock.pending, 0);
  });
});
