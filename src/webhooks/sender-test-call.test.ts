import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountOf, broken, minuteMs, ok, Stage, secondMs, upTo } from './test-sender-stage.ts';

describe('a webhook', () => {
  it('that has not passed its test call gets no report until it does', async () => {
    const stage = new Stage();
    stage.testAnswer = { kind: 'answered', status: 404 };
    await stage.sender.start();
    await stage.enroute(upTo(3));
    await stage.clock.advance(10 * minuteMs);
    assert.equal(stage.calls.length, 0);
    assert.equal((await stage.outbox()).length, 3);
    assert.deepEqual(stage.sender.stats().webhooks, [
      {
        account: 'demo',
        isUsed: false,
        sentence:
          'A webhook is not used and its reports wait, because on the test call it answered 404; it must answer 200.',
      },
    ]);
    assert.ok(stage.tests.length >= 10 && stage.tests.length <= 15, `${stage.tests.length}`);
    assert.equal(stage.logged.length, 1);
    stage.testAnswer = ok;
    await stage.clock.advance(minuteMs + secondMs);
    assert.equal(stage.taken().length, 3);
    assert.equal(stage.sender.stats().webhooks[0]?.isUsed, true);
    const tests = stage.tests.length;
    await stage.clock.advance(10 * minuteMs);
    assert.equal(stage.tests.length, tests);
  });

  for (const answer of [
    { kind: 'answered', status: 201 },
    { kind: 'answered', status: 204 },
    { kind: 'answered', status: 302 },
    { kind: 'failed', reason: 'connect ECONNREFUSED' },
    { kind: 'forbidden', reason: '10.0.0.1 is private use' },
  ] as const) {
    it(`does not pass with ${JSON.stringify(answer)}`, async () => {
      const stage = new Stage();
      stage.testAnswer = answer;
      await stage.sender.start();
      await stage.enroute([1]);
      await stage.clock.advance(minuteMs);
      assert.equal(stage.calls.length, 0);
    });
  }

  it('that passed once is used after a restart without another call, even if it is down', async () => {
    const stage = new Stage();
    await stage.sender.start();
    await stage.clock.advance(secondMs);
    assert.equal(stage.tests.length, 1);
    stage.testAnswer = broken;
    await stage.crash();
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.equal(stage.tests.length, 1);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('that changes is tested anew, and reports wait meanwhile', async () => {
    const stage = await new Stage().begin();
    stage.testAnswer = broken;
    stage.accounts = [accountOf('demo', { url: 'https://demo.example/new' })];
    await stage.clock.advance(2 * secondMs);
    await stage.enroute([1]);
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    assert.equal(stage.tests.at(-1)?.url, 'https://demo.example/new');
    stage.testAnswer = ok;
    await stage.clock.advance(2 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('whose record cannot be kept is tested, and used when it passes', async () => {
    const stage = new Stage();
    const fail = () => Promise.reject(new Error('the disk is full'));
    stage.approvals = { has: fail, add: fail };
    await stage.crash();
    await stage.enroute([1]);
    await stage.clock.advance(3 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });
});
