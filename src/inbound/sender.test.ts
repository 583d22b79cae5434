import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { eventTriesMax, inboundGiveUpMs, inboundRetryMs, nextInboundTry } from './schedule.ts';
import { accountOf, broken, good, InboundStage, partOf } from './test-stage.ts';

const host = 'shop.example';
const shop = accountOf('shop', { numbers: [{ number: '3669', keyword: null }] });
const soonMs = 2_000;

describe('incoming messages over a webhook', () => {
  test('go once to an endpoint that takes them with any 2xx', async () => {
    const stage = await new InboundStage([shop]).begin();
    for (const status of [200, 201, 202, 204, 299]) {
      stage.answers.set(host, () => ({ kind: 'answered', status }));
      await stage.take(partOf(`text ${status}`));
      await stage.clock.advance(soonMs);
    }
    await stage.clock.advance(2 * inboundRetryMs);
    assert.equal(stage.calls.length, 5);
    assert.deepEqual(await stage.store.inbound.queue.queues(), []);
  });

  test('come again every five minutes until they are taken', async () => {
    const stage = await new InboundStage([shop]).begin();
    let failures = 0;
    const outcomes = [
      broken,
      { kind: 'answered', status: 302 },
      { kind: 'answered', status: 404 },
      { kind: 'failed', reason: 'no answer in time' },
      { kind: 'forbidden', reason: 'a private address' },
      good,
    ] as const;
    stage.answers.set(host, () => outcomes[failures++] ?? good);
    await stage.take(partOf('Hi'));
    await stage.clock.advance(30 * 60_000);
    assert.equal(stage.calls.length, outcomes.length);
    for (const [index, { at, headers }] of stage.calls.entries()) {
      const waitedMs = at - (stage.calls[index - 1]?.at ?? -inboundRetryMs);
      // What becomes due is looked at every five seconds.
      assert.ok(waitedMs >= inboundRetryMs && waitedMs < inboundRetryMs + 7_000, `${waitedMs}`);
      assert.equal(headers['webhook-id'], stage.queued[0]?.message.id);
    }
    assert.deepEqual(stage.sender.stats().told, 1);
  });

  test('are given up after a month', async () => {
    const stage = await new InboundStage([shop]).begin();
    stage.answers.set(host, () => broken);
    await stage.take(partOf('Hi'));
    await stage.clock.advance(soonMs);
    stage.clock.shiftWall(inboundGiveUpMs - 3 * inboundRetryMs);
    await stage.clock.advance(inboundRetryMs);
    assert.equal(stage.sender.stats().givenUp, 0);
    await stage.clock.advance(3 * inboundRetryMs);
    assert.equal(stage.sender.stats().givenUp, 1);
    assert.deepEqual(await stage.store.inbound.queue.queues(), []);
    assert.equal((await stage.store.inbound.find({ account: 'shop', limit: 9 })).length, 1);
  });

  test('of one handset stay in order while one of them fails', async () => {
    const stage = await new InboundStage([shop]).begin();
    let isDown = true;
    stage.answers.set(host, () => (isDown ? broken : good));
    await stage.take(partOf('1'), partOf('2'));
    await stage.clock.advance(soonMs);
    await stage.take(partOf('3'));
    isDown = false;
    await stage.clock.advance(inboundRetryMs + 10_000);
    assert.deepEqual(stage.texts(), ['1', '1', '2', '3']);
  });

  test('that an endpoint never takes hold others back for a while only', async () => {
    const stage = await new InboundStage([shop]).begin();
    stage.answers.set(host, ({ body }) => (body.includes('"poison"') ? broken : good));
    await stage.take(partOf('poison'), partOf('2'), partOf('other', { from: '31600000000' }));
    await stage.clock.advance(soonMs);
    assert.deepEqual(stage.texts(), ['poison', 'other']);
    await stage.clock.advance(4 * inboundRetryMs);
    assert.ok(stage.texts().includes('2'));
    await stage.take(partOf('3'));
    await stage.clock.advance(soonMs);
    assert.equal(stage.texts().at(-1), '3');
  });

  test('do not wait for another account’s dead endpoint', async () => {
    const dead = accountOf('dead', { numbers: [{ number: '4000', keyword: null }] });
    const stage = await new InboundStage([shop, dead]).begin();
    stage.answers.set('dead.example', () => ({ kind: 'failed', reason: 'no answer in time' }));
    const parts = Array.from({ length: 100 }, (_, index) => [
      partOf(`a${index}`, { from: `3161${index}` }),
      partOf(`b${index}`, { from: `3161${index}`, to: '4000' }),
    ]);
    await stage.take(...parts.flat());
    await stage.clock.advance(soonMs);
    assert.equal(stage.texts().length, 100);
    assert.ok(stage.texts('dead.example').length < 100, 'its breaker opens');
  });

  test('that waited when the process died are delivered by the next one', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.sender.stop(0);
    await stage.take(partOf('Hi'));
    await stage.clock.advance(soonMs);
    assert.deepEqual(stage.texts(), []);
    const next = await new InboundStage([shop], {}, stage.store).begin();
    await next.clock.advance(soonMs);
    assert.deepEqual(next.texts(), ['Hi']);
  });

  test('are signed as Standard Webhooks says, the query in the GET form', async () => {
    const key = Buffer.alloc(24, 7);
    const webhook = {
      url: `https://${host}/in?m={message}`,
      format: 'get',
      signingKeys: [key],
    } as const;
    const stage = await new InboundStage([{ ...shop, webhook }]).begin();
    await stage.take(partOf('a b'));
    await stage.clock.advance(soonMs);
    const call = stage.calls[0];
    assert.ok(call !== undefined);
    assert.deepEqual([call.url, call.body], [`https://${host}/in?m=a%20b`, '']);
    const signed = `${call.headers['webhook-id']}.${call.headers['webhook-timestamp']}.m=a%20b`;
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    assert.equal(call.headers['webhook-signature'], `v1,${expected}`);
  });

  test('whose account has no webhook any more are given up and counted', async () => {
    const stage = await new InboundStage([{ ...shop, hasSessions: true }]).begin();
    await stage.sender.stop(0);
    await stage.take(partOf('Hi'));
    const row = stage.queued[0];
    assert.ok(row !== undefined);
    const other = await new InboundStage([{ ...shop, webhook: null }]).begin();
    other.sender.offer([row]);
    await other.clock.advance(soonMs);
    assert.deepEqual([other.sender.stats().homeless, other.calls.length], [1, 0]);
  });
});

describe('events', () => {
  const click = partOf('', {
    channel: 'RCS',
    event: 'SuggestionClick',
    custom: '{"postbackdata":"btn-1"}',
  });

  test('go to the events webhook', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(click);
    await stage.clock.advance(soonMs);
    assert.deepEqual(
      stage.calls.map(({ url }) => url),
      [`https://${host}/events`],
    );
    const { event, messageContext } = JSON.parse(stage.calls[0]?.body ?? '');
    assert.deepEqual(event, { type: 'SuggestionClick', custom: { postbackdata: 'btn-1' } });
    assert.equal(messageContext, '');
  });

  test('are tried three times, time-outs included, and dropped', async () => {
    const stage = await new InboundStage([shop]).begin();
    stage.answers.set(host, () => ({ kind: 'failed', reason: 'no answer in time' }));
    await stage.take(click);
    await stage.clock.advance(60 * 60_000);
    assert.equal(stage.calls.length, eventTriesMax);
    assert.equal(stage.events.stats().givenUp, 1);
    assert.deepEqual(await stage.store.inbound.queue.queues(), []);
  });
});

test('a wait that the server asks for can only make the next try later', () => {
  const cases: readonly (readonly [number, number, number | null])[] = [
    [0, 0, inboundRetryMs],
    [0, 1_000, inboundRetryMs],
    [0, inboundRetryMs + 1, inboundRetryMs + 1],
    [inboundGiveUpMs - inboundRetryMs, 0, inboundGiveUpMs],
    [inboundGiveUpMs - inboundRetryMs, 2 * inboundRetryMs, inboundGiveUpMs],
    [inboundGiveUpMs - inboundRetryMs + 1, 0, null],
  ];
  for (const [now, retryAfterMs, expected] of cases) {
    assert.equal(nextInboundTry({ receivedAt: 0, now, retryAfterMs }), expected, `${now}`);
  }
});
