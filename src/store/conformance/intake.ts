import assert from 'node:assert/strict';
import { begin } from '../../core/lifecycle.ts';
import { type OpenStore, testWith } from './open-store.ts';
import {
  accept,
  accepted,
  allLanes,
  idOf,
  readLanes,
  readOutbox,
  receipt,
  sampleMessage,
  sampleStep,
  start,
} from './sample.ts';

/** T1 and the wallets. */
export function testIntake(open: OpenStore): void {
  testWith(open, 'an accepted message is stored whole and waits in its lane', async (store) => {
    const message = sampleMessage(1, {
      door: 'smpp',
      reference: 'order "4711"',
      groupings: ['a', null, 'ü\n\u0000'],
      operator: '20408',
      tariff: 150,
      plan: [
        sampleStep({ channel: 'RCS', connection: 'rbm', timeoutMs: 60_000 }),
        sampleStep({ parts: 3, concatReference: 65_535 }),
      ],
      content: {
        text: 'Grüße 👋 \u0000 end',
        encoding: 'ucs2',
        udh: '050003cc0301',
        partsMax: 3,
        rich: '{"a":1}',
        appKey: 'app',
      },
    });
    const result = await accept(store, [message]);
    assert.deepEqual(result, { kind: 'accepted', queued: [message], reports: [] });
    const history = await store.history.message(message.id);
    assert.deepEqual(history, { message, live: begin(message), events: [] });
    const steps = await store.dispatch.readReady({
      connection: 'rbm',
      lanes: allLanes,
      after: null,
      now: start,
      limit: 10,
    });
    assert.deepEqual(steps, [{ message, step: 0, live: begin(message), due: start }]);
    assert.deepEqual(await store.history.counts(), {
      messages: 1,
      ready: 1,
      live: 1,
      outbox: 0,
      parked: 0,
    });
  });

  testWith(open, 'a request is taken in whole or not at all', async (store) => {
    await accept(store, [sampleMessage(2)]);
    // Three requests in one commit: the one that fails takes neither neighbour with it.
    const [first, second, third] = await Promise.allSettled([
      accept(store, [sampleMessage(3)]),
      accept(store, [sampleMessage(4), sampleMessage(2)]),
      accept(store, [sampleMessage(5)]),
    ]);
    assert.equal(first.status, 'fulfilled');
    assert.equal(second.status, 'rejected');
    assert.equal(third.status, 'fulfilled');
    assert.equal(await store.history.message(idOf(4)), null);
    assert.deepEqual(await readLanes(store, start), ['2.0', '3.0', '5.0']);
    assert.deepEqual(await store.history.counts(), {
      messages: 3,
      ready: 3,
      live: 3,
      outbox: 0,
      parked: 0,
    });
  });

  testWith(open, 'a request that fails leaves what was said beside it in force', async (store) => {
    await accept(store, [sampleMessage(1), sampleMessage(2)]);
    const [sent, , delivered] = await Promise.allSettled([
      store.dispatch.submitted([accepted(1, 'a')], null, start),
      accept(store, [sampleMessage(2)]),
      store.receipts.record([receipt('a')], start),
    ]);
    const statuses = [sent, delivered].map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.reports.map((row) => row.report.status) : [],
    );
    assert.deepEqual(statuses, [[0], [2]]);
    assert.deepEqual(await readLanes(store, start), ['2.0']);
    assert.deepEqual(await readOutbox(store, start), ['1:0', '1:2']);
    assert.equal((await store.history.message(idOf(1)))?.live.progress, 'd');
  });

  testWith(
    open,
    'an account has no wallet until one is opened, and then keeps it',
    async (store) => {
      assert.equal(await store.intake.messagesLeft('demo'), null);
      await store.intake.openWallet('demo', 5);
      await store.intake.openWallet('demo', 9);
      assert.equal(await store.intake.messagesLeft('demo'), 5);
      assert.equal(await store.intake.messagesLeft('other'), null);
    },
  );

  testWith(open, 'a trial account sends until its wallet cannot pay the request', async (store) => {
    await store.intake.openWallet('demo', 3);
    const two = [sampleMessage(1), sampleMessage(2)];
    assert.equal((await accept(store, two, { wallet: 'trial' })).kind, 'accepted');
    const refused = await accept(store, [sampleMessage(3), sampleMessage(4)], { wallet: 'trial' });
    assert.deepEqual(refused, { kind: 'insufficient-balance' });
    assert.equal(await store.history.message(idOf(3)), null);
    assert.equal(await store.intake.messagesLeft('demo'), 1);
    assert.equal((await accept(store, [sampleMessage(5)], { wallet: 'trial' })).kind, 'accepted');
    assert.equal(await store.intake.messagesLeft('demo'), 0);
  });

  testWith(open, 'a trial account without a wallet has nothing to spend', async (store) => {
    const refused = await accept(store, [sampleMessage(1)], { wallet: 'trial' });
    assert.deepEqual(refused, { kind: 'insufficient-balance' });
  });

  testWith(open, 'a prepaid account is told of what it could not pay', async (store) => {
    await store.intake.openWallet('demo', 1);
    const messages = [
      sampleMessage(1),
      sampleMessage(2, { reference: 'r2', operator: '20404' }),
      sampleMessage(3, { wants: 0 }),
      sampleMessage(4, { reportTo: null }),
    ];
    const result = await accept(store, messages, { wallet: 'prepaid' });
    assert.equal(result.kind, 'accepted');
    assert.deepEqual(result.queued, messages.slice(0, 1));
    assert.deepEqual(result.reports, [
      {
        queue: 'status:demo',
        report: {
          messageId: idOf(2),
          account: 'demo',
          status: 1,
          error: 30,
          createdAt: start,
          channel: 'SMS',
          from: 'Chappe',
          to: '+31612342',
          reference: 'r2',
          groupings: [null, null, null],
          operator: '20404',
        },
        attempts: 0,
        due: start,
        sequence: result.reports[0]?.sequence,
        isFollowing: false,
      },
    ]);
    assert.deepEqual(await readLanes(store, start), ['1.0']);
    assert.deepEqual(await readOutbox(store, start), ['2:1']);
    assert.equal((await store.history.message(idOf(2)))?.live.due, null);
    assert.equal(await store.intake.messagesLeft('demo'), 0);
  });

  testWith(open, 'concurrent requests never spend more than the wallet holds', async (store) => {
    await store.intake.openWallet('demo', 25);
    const requests = Array.from({ length: 20 }, (_, request) =>
      accept(store, [sampleMessage(2 * request), sampleMessage(2 * request + 1)], {
        wallet: 'trial',
      }),
    );
    const results = await Promise.all(requests);
    assert.equal(results.filter(({ kind }) => kind === 'accepted').length, 12);
    assert.equal(await store.intake.messagesLeft('demo'), 1);
    assert.equal((await store.history.counts()).messages, 24);
  });
}
