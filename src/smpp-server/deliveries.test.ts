import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandStatus } from '../smpp/command-status.ts';
import { heldMax } from '../webhooks/backlog.ts';
import { giveUpAfterMs } from '../webhooks/schedule.ts';
import { DeliveryStage, good, hourMs, type Manner } from './test-delivery-stage.ts';

const silent: Manner = () => ({ afterMs: 30_000, answer: 'lost' });
const answering =
  (answer: number): Manner =>
  () => ({ afterMs: 20, answer });

const indexes = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index);

async function open(): Promise<DeliveryStage> {
  return new DeliveryStage().begin();
}

describe('receipts', () => {
  test('go to the bind that is up, each once, and their rows go after the answer', async () => {
    const stage = await open();
    const bind = stage.bind();
    await stage.enroute([1, 2, 3]);
    await stage.clock.advance(10);
    assert.deepEqual(bind.came, ['1:6', '2:6', '3:6']);
    assert.equal(await stage.waiting(), 3, 'nothing is told before the ESME has answered');
    await stage.clock.advance(50);
    assert.equal(await stage.waiting(), 0);
    assert.equal(stage.sender.stats().receipts.taken, 3);
  });

  test('of one message go one after the other', async () => {
    const stage = await open();
    const bind = stage.bind(() => ({ afterMs: 1_000, answer: 0 }));
    await stage.enroute([1, 2]);
    await stage.receive([1, 2]);
    await stage.clock.advance(500);
    assert.deepEqual(bind.came, ['1:6', '2:6']);
    await stage.clock.advance(2_000);
    assert.deepEqual(bind.came, ['1:6', '2:6', '1:2', '2:2']);
  });

  test('keep to the window', async () => {
    const stage = await open();
    const bind = stage.bind(good, 3);
    await stage.enroute(indexes(1, 20));
    await stage.clock.advance(1_000);
    assert.equal(bind.most, 3);
    assert.equal(bind.came.length, 20);
  });

  test('are shared by all binds of the account, and others get none', async () => {
    const stage = await open();
    const binds = [stage.bind(), stage.bind(), stage.bind(good, 10, 'other')];
    await stage.enroute(indexes(1, 20));
    await stage.clock.advance(1_000);
    assert.deepEqual(
      binds.map((bind) => bind.came.length),
      [10, 10, 0],
    );
    assert.equal(new Set(binds.flatMap((bind) => bind.came)).size, 20);
  });

  test('of other queues are passed over', async () => {
    const stage = await open();
    const bind = stage.bind();
    await stage.enroute([1], 'other');
    await stage.clock.advance(10_000);
    assert.deepEqual(bind.came, []);
    assert.equal(await stage.waiting('other'), 1);
  });

  test('"read" leaves the queue without a receipt', async () => {
    const stage = await open();
    const bind = stage.bind();
    await stage.enroute([1]);
    await stage.receive([1], 'read');
    await stage.clock.advance(1_000);
    assert.deepEqual(bind.came, ['1:6', '1:2']);
    assert.equal(await stage.waiting(), 0);
    assert.equal(stage.sender.stats().receipts.taken, 2);
  });
});

describe('without a bind', () => {
  test('receipts and messages wait, none in memory, and go when one comes', async () => {
    const stage = await open();
    await stage.enroute(indexes(1, 700));
    await stage.write('Hoi');
    await stage.clock.advance(180_000);
    assert.equal(stage.sender.stats().held, 0);
    const bind = stage.bind();
    await stage.clock.advance(10_000);
    assert.equal(bind.came.length, 701);
    assert.equal(await stage.waiting(), 0);
  });

  test('they survive a restart', async () => {
    const stage = await open();
    await stage.enroute([1, 2]);
    await stage.write('Hoi');
    await stage.restart();
    const bind = stage.bind();
    await stage.clock.advance(1_000);
    assert.deepEqual(bind.came.toSorted(), ['1:6', '2:6', 'Hoi']);
  });

  test('they are given up after seven days, and counted', async () => {
    const stage = await open();
    await stage.enroute(indexes(1, 600));
    await stage.write('Hoi');
    stage.clock.shiftWall(giveUpAfterMs - 60_000);
    await stage.enroute([1_000]);
    await stage.clock.advance(1_000);
    assert.equal(await stage.waiting(), 602);
    await stage.clock.advance(180_000);
    assert.equal(await stage.waiting(), 1);
    const { receipts, incoming } = stage.sender.stats();
    assert.deepEqual([receipts.expired, incoming.expired], [600, 1]);
  });

  test('what is too old when a bind comes is not sent any more', async () => {
    const stage = await open();
    await stage.enroute([1]);
    await stage.sender.stop(0);
    stage.clock.shiftWall(giveUpAfterMs);
    await stage.restart();
    await stage.enroute([2]);
    const bind = stage.bind();
    await stage.clock.advance(1_000);
    assert.deepEqual(bind.came, ['2:6']);
    assert.equal(stage.sender.stats().receipts.expired, 1);
    assert.equal(await stage.waiting(), 0);
  });
});

describe('an ESME that refuses', () => {
  for (const name of [
    'ESME_RX_T_APPN',
    'ESME_RTHROTTLED',
    'ESME_RMSGQFUL',
    'ESME_RSYSERR',
  ] as const) {
    test(`${name}: it gets the receipt again`, async () => {
      const stage = await open();
      const bind = stage.bind(answering(commandStatus[name]));
      await stage.enroute([1]);
      await stage.clock.advance(500);
      bind.manner = good;
      await stage.clock.advance(5_000);
      assert.deepEqual(bind.came, ['1:6', '1:6']);
      assert.equal(await stage.waiting(), 0);
      const { taken, failed } = stage.sender.stats().receipts;
      assert.deepEqual([taken, failed], [1, 1]);
    });
  }

  for (const name of ['ESME_RX_P_APPN', 'ESME_RX_R_APPN'] as const) {
    test(`${name}: it never gets the receipt again`, async () => {
      const stage = await open();
      const bind = stage.bind(answering(commandStatus[name]));
      await stage.enroute([1]);
      await stage.clock.advance(hourMs);
      assert.deepEqual(bind.came, ['1:6']);
      assert.equal(await stage.waiting(), 0);
      assert.equal(stage.sender.stats().receipts.refused, 1);
    });
  }

  test('a later receipt does not overtake the one that was refused', async () => {
    const stage = await open();
    let answer: number = commandStatus.ESME_RX_T_APPN;
    const bind = stage.bind(() => ({ afterMs: 20, answer }));
    await stage.enroute([1]);
    await stage.clock.advance(100);
    answer = 0;
    await stage.receive([1]);
    await stage.clock.advance(5_000);
    assert.deepEqual(bind.came, ['1:6', '1:6', '1:2']);
  });

  test('a throttled bind rests, longer each time, while the other one goes on', async () => {
    const stage = await open();
    const throttled = stage.bind(answering(commandStatus.ESME_RTHROTTLED), 1);
    const other = stage.bind(good, 1);
    await stage.enroute(indexes(1, 100));
    await stage.clock.advance(20_000);
    assert.equal(other.came.length, 100);
    assert.ok(
      throttled.came.length >= 1 && throttled.came.length <= 5,
      String(throttled.came.length),
    );
    assert.equal(await stage.waiting(), 0);
  });
});

describe('an ESME that does not answer', () => {
  test('gets its receipts again, ever more seldom, and is not flooded', async () => {
    const stage = await open();
    const bind = stage.bind(silent);
    await stage.enroute([1]);
    await stage.clock.advance(hourMs);
    assert.ok(bind.came.length >= 5 && bind.came.length <= 6, String(bind.came.length));
    assert.equal(await stage.waiting(), 1);
    assert.equal(stage.sender.stats().receipts.taken, 0);
  });

  test('and goes away: what was lost goes to the other bind', async () => {
    const stage = await open();
    const bind = stage.bind(silent);
    await stage.enroute([1, 2]);
    await stage.clock.advance(100);
    const other = stage.bind();
    bind.close();
    await stage.clock.advance(10_000);
    assert.deepEqual(other.came, ['1:6', '2:6']);
    assert.equal(await stage.waiting(), 0);
  });

  test('each becomes due in its own time, whenever the store was looked at', async () => {
    const stage = await open();
    const bind = stage.bind(silent);
    const came: number[] = [];
    for (const index of indexes(1, 5)) {
      await stage.enroute([index]);
      await stage.clock.advance(700);
    }
    bind.close();
    const lostAt = stage.clock.now();
    stage.bind(() => {
      came.push(stage.clock.now() - lostAt);
      return { afterMs: 20, answer: 0 };
    });
    await stage.clock.advance(8_000);
    assert.equal(came.length, 5);
    assert.ok(
      came.every((ms) => ms >= 5_000 && ms <= 7_000),
      String(came),
    );
  });

  test('and comes back: it gets what was lost', async () => {
    const stage = await open();
    const bind = stage.bind(silent);
    await stage.enroute([1, 2]);
    await stage.clock.advance(100);
    bind.close();
    await stage.clock.advance(100);
    const again = stage.bind();
    await stage.clock.advance(10_000);
    assert.deepEqual(again.came, ['1:6', '2:6']);
  });
});

describe('incoming messages', () => {
  test('go out whole, and receipts beside them', async () => {
    const stage = await open();
    const bind = stage.bind(good, 1);
    await stage.enroute(indexes(1, 3));
    for (const text of ['one', 'two', 'three']) await stage.write(text);
    await stage.clock.advance(2_000);
    assert.equal(bind.came.length, 6);
    assert.notDeepEqual(bind.came.slice(0, 3), ['1:6', '2:6', '3:6'], 'neither starves the other');
    const texts = bind.came.filter((one) => !one.includes(':'));
    assert.deepEqual(texts, ['one', 'two', 'three'], 'in the order of their handset');
  });

  test('of several parts stay on one bind and are told when all parts are', async () => {
    const stage = await open();
    const binds = [stage.bind(good, 1), stage.bind(good, 1)];
    await stage.write('a'.repeat(500));
    await stage.clock.advance(30);
    assert.equal(await stage.waiting(), 1);
    await stage.clock.advance(1_000);
    assert.deepEqual(
      binds.map((bind) => bind.came.length).toSorted((left, right) => left - right),
      [0, 4],
    );
    assert.equal(await stage.waiting(), 0);
    assert.equal(stage.sender.stats().incoming.taken, 1);
  });

  test('whose parts are lost in the middle go out again, whole', async () => {
    const stage = await open();
    const first = stage.bind(good, 1);
    await stage.write('a'.repeat(500));
    await stage.clock.advance(50);
    first.close();
    assert.ok(first.came.length < 4);
    const second = stage.bind();
    await stage.clock.advance(10_000);
    assert.equal(second.came.length, 4);
    assert.deepEqual(second.deliveries[0]?.body, first.deliveries[0]?.body, 'with the same parts');
    assert.equal(await stage.waiting(), 0);
  });

  test('after some failures nobody waits for one of them', async () => {
    const stage = await open();
    const bind = stage.bind(({ body }) => {
      const isBad = 'short_message' in body && body.short_message.toString() === 'bad';
      return { afterMs: 20, answer: isBad ? commandStatus.ESME_RX_T_APPN : 0 };
    });
    await stage.write('bad');
    await stage.write('good');
    await stage.clock.advance(1_000);
    assert.ok(!bind.came.includes('good'));
    await stage.clock.advance(10 * 60_000);
    assert.equal(bind.came.filter((one) => one === 'good').length, 1);
  });
});

describe('the store', () => {
  test('that fails is asked again; nothing is lost', async () => {
    const stage = await open();
    const bind = stage.bind();
    stage.refuse.add('told');
    await stage.enroute([1]);
    await stage.clock.advance(1_000);
    assert.equal(await stage.waiting(), 1);
    assert.ok(stage.logged.length > 0);
    stage.refuse.clear();
    await stage.clock.advance(1_000);
    assert.equal(await stage.waiting(), 0);
    assert.deepEqual(bind.came, ['1:6'], 'and it is not sent twice');
  });

  test('keeps what is beyond the bound in memory', async () => {
    const stage = await open();
    const bind = stage.bind(silent, 10);
    await stage.enroute(indexes(1, heldMax + 1_000));
    await stage.clock.advance(1_000);
    assert.ok(stage.sender.stats().held <= heldMax);
    bind.manner = good;
    bind.close();
    const again = stage.bind(good, 1_000);
    await stage.clock.advance(20_000);
    assert.equal(new Set(again.came).size, heldMax + 1_000);
  });
});

describe('the end', () => {
  test('waits for answers, writes them and sends nothing more', async () => {
    const stage = await open();
    const bind = stage.bind(() => ({ afterMs: 500, answer: 0 }), 2);
    await stage.enroute([1, 2, 3]);
    await stage.clock.advance(100);
    let hasEnded = false;
    void stage.sender.stop(5_000).then(() => {
      hasEnded = true;
    });
    await stage.clock.advance(1_000);
    assert.equal(hasEnded, true);
    assert.deepEqual(bind.came, ['1:6', '2:6']);
    assert.equal(await stage.waiting(), 1);
  });

  test('does not wait for ever', async () => {
    const stage = await open();
    stage.bind(silent);
    await stage.enroute([1]);
    await stage.clock.advance(100);
    let hasEnded = false;
    void stage.sender.stop(5_000).then(() => {
      hasEnded = true;
    });
    await stage.clock.advance(4_999);
    assert.equal(hasEnded, false);
    await stage.clock.advance(1);
    assert.equal(hasEnded, true);
    assert.equal(await stage.waiting(), 1);
  });
});
