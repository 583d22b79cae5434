import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answered, notify, setUpStage, sketchStep } from './test-stage.ts';
import { unreachedMax } from './trouble.ts';

const minuteMs = 60_000;

test('a call is what the API asks for, and its answer is an outcome', async (t) => {
  const { provider, ports, offer } = setUpStage(t, { baseUrl: 'http://127.0.0.1:1/graph/' });
  const step = sketchStep({ text: 'Hello *you*' });
  await offer(step);
  const { request, body } = provider.at(0);
  assert.equal(request.url, 'http://127.0.0.1:1/graph/v25.0/1061/messages');
  assert.equal(request.headers['authorization'], 'Bearer token-1');
  assert.deepEqual(body, {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '31612345678',
    type: 'text',
    text: { body: 'Hello *you*', preview_url: false },
    biz_opaque_callback_data: `${step.message.id}:0:0`,
  });
  await provider.at(0).accept('wamid.A');
  assert.deepEqual(ports.outcomesSeen, [
    {
      id: step.message.id,
      step: 0,
      part: 0,
      outcome: { kind: 'accepted', providerId: 'wamid.A' },
    },
  ]);
});

describe('order', () => {
  test('a bubble is sent when the one before it was accepted', async (t) => {
    const { provider, ports, offer } = setUpStage(t);
    await offer(sketchStep({ items: [{ text: 'one' }, { text: 'two' }, { text: 'three' }] }));
    const said = () => provider.calls.map(({ body }) => JSON.stringify(body['text']));
    assert.equal(provider.calls.length, 1);
    await provider.at(0).accept();
    await provider.at(1).accept();
    await provider.at(2).accept();
    assert.match(said().join(), /one.*two.*three/);
    assert.deepEqual(ports.kinds(), ['accepted', 'accepted', 'accepted']);
    assert.deepEqual(
      ports.outcomesSeen.map(({ part }) => part),
      [0, 1, 2],
    );
  });

  test('what was sent before is left out', async (t) => {
    const { provider, offer } = setUpStage(t);
    await offer(sketchStep({ items: [{ text: 'one' }, { text: 'two' }], progress: 'e.' }));
    assert.match(JSON.stringify(provider.at(0).body), /two/);
  });

  test('a message waits for the one before it to the same handset, and for no other', async (t) => {
    const { provider, offer } = setUpStage(t);
    await offer(sketchStep(), sketchStep(), sketchStep({ msisdn: '31687654321' }));
    assert.deepEqual(
      provider.calls.map(({ body }) => body['to']),
      ['31612345678', '31687654321'],
    );
    await provider.at(0).accept();
    assert.equal(provider.calls.length, 3);
  });

  test('a refusal ends the step: the rest of it is not sent', async (t) => {
    const { provider, ports, offer } = setUpStage(t);
    await offer(sketchStep({ items: [{ text: 'one' }, { text: 'two' }] }), sketchStep());
    await provider.at(0).fail(400, 131026);
    assert.deepEqual(ports.kinds(), ['refused', 'refused']);
    assert.equal(provider.calls.length, 2, 'the next message goes out');
  });
});

describe('room', () => {
  test('never more calls than the window', async (t) => {
    const { provider, ports, offer } = setUpStage(t, { window: 2 });
    await offer(...[1, 2, 3].map((n) => sketchStep({ msisdn: `3161234567${n}` })));
    assert.equal(provider.calls.length, 2);
    assert.equal(ports.waiting, 1);
    await provider.at(0).accept();
    assert.equal(provider.calls.length, 3);
  });

  test('never faster than the rate', async (t) => {
    const { provider, clock, offer } = setUpStage(t, { rate: 10, window: 100 });
    provider.respond = () => answered(200, { messages: [{ id: 'wamid' }] });
    await offer(...Array.from({ length: 50 }, (_, n) => sketchStep({ msisdn: `316${1e7 + n}` })));
    await clock.advance(2_000);
    assert.ok(provider.calls.length >= 19 && provider.calls.length <= 22);
  });

  test('one handset gets its burst, then its pace', async (t) => {
    const { provider, clock, offer } = setUpStage(t, { pairBurst: 3, pairIntervalMs: 6_000 });
    provider.respond = () => answered(200, { messages: [{ id: 'wamid' }] });
    await offer(...Array.from({ length: 6 }, () => sketchStep()));
    await clock.advance(5_000);
    assert.equal(provider.calls.length, 3);
    await clock.advance(6_000);
    assert.equal(provider.calls.length, 4);
    await offer(sketchStep({ msisdn: '31687654321' }));
    assert.equal(provider.calls.length, 5, 'others do not wait for it');
  });
});

describe('throttling', () => {
  test('of the number pauses all, and the call is made again', async (t) => {
    const { provider, ports, connection, clock, offer } = setUpStage(t);
    await offer(sketchStep());
    await provider.at(0).fail(429, 130429, 7_000);
    await offer(sketchStep({ msisdn: '31687654321' }));
    assert.equal(connection.health().state, 'throttled');
    await clock.advance(6_900);
    assert.equal(provider.calls.length, 1);
    await clock.advance(200);
    assert.equal(provider.calls.length, 2);
    assert.deepEqual(ports.kinds(), []);
    assert.equal(provider.at(1).body['to'], '31612345678');
  });

  test('of a pair pauses that handset alone, four times as long each time', async (t) => {
    const { provider, connection, clock, offer } = setUpStage(t);
    await offer(sketchStep());
    await provider.at(0).fail(429, 131056);
    await offer(sketchStep({ msisdn: '31687654321' }));
    assert.equal(provider.calls.length, 2);
    assert.equal(connection.health().state, 'up');
    await clock.advance(1_100);
    assert.equal(provider.calls.length, 3);
    await provider.at(2).fail(429, 131056);
    await clock.advance(3_900);
    assert.equal(provider.calls.length, 3);
    await clock.advance(200);
    assert.equal(provider.calls.length, 4);
  });
});

describe('trouble', () => {
  test('of the provider is for now: what cannot be reached is tried later, by one call', async (t) => {
    const { provider, ports, connection, clock, logged, offer } = setUpStage(t);
    provider.respond = () => ({ kind: 'unsent', reason: 'refused' });
    await offer(...Array.from({ length: 5 }, (_, n) => sketchStep({ msisdn: `3161234567${n}` })));
    assert.equal(connection.health().state, 'down');
    assert.match(connection.health().reason, /cannot be reached; the next call is made in \d s/);
    assert.ok(provider.calls.length >= unreachedMax);
    assert.deepEqual(new Set(ports.kinds()), new Set(['later']));
    const before = provider.calls.length;
    await offer(sketchStep());
    assert.equal(provider.calls.length, before, 'no call in the pause');
    provider.respond = null;
    await clock.advance(1_100);
    assert.equal(connection.health().state, 'up', 'or routing would never let it see');
    const refused = ports.kinds().length;
    await offer(sketchStep(), sketchStep({ msisdn: '31687654321' }));
    assert.equal(provider.calls.length, before + 1, 'one call sees whether it is over');
    assert.equal(ports.kinds().length, refused, 'the other waits for what it finds');
    await provider.at(-1).accept();
    assert.equal(connection.health().state, 'up');
    assert.equal(provider.calls.length, before + 2, 'and is sent');
    assert.equal(logged.filter((line) => line.startsWith('warn')).length, 1);
  });

  test('that goes on: what waited for the call is refused with it, and the pause is longer', async (t) => {
    const { provider, ports, connection, clock, offer } = setUpStage(t);
    provider.respond = () => ({ kind: 'unsent', reason: 'refused' });
    await offer(...Array.from({ length: 5 }, (_, n) => sketchStep({ msisdn: `3161234567${n}` })));
    await clock.advance(1_100);
    const before = provider.calls.length;
    await offer(sketchStep(), sketchStep({ msisdn: '31687654321' }));
    assert.equal(provider.calls.length, before + 1);
    assert.deepEqual(ports.kinds().slice(-2), ['later', 'later']);
    await clock.advance(1_100);
    assert.equal(connection.health().state, 'down');
    await clock.advance(1_000);
    assert.equal(connection.health().state, 'up');
  });

  test('of the token stops calls, raises an alarm and names no secret', async (t) => {
    const { provider, ports, connection, clock, logged, offer } = setUpStage(t);
    await offer(sketchStep({ hasFallback: true }));
    await provider.at(0).fail(401, 190);
    assert.deepEqual(ports.outcomesSeen[0]?.outcome, {
      kind: 'later',
      error: 5,
      attemptsMax: null,
    });
    assert.equal(connection.health().state, 'down');
    await offer(sketchStep());
    assert.equal(provider.calls.length, 1);
    assert.equal(logged.length, 1);
    assert.doesNotMatch(logged.join(), /token-1|app-secret|verify-1|31612345678/);
    await clock.advance(31_000);
    await offer(sketchStep());
    assert.equal(provider.calls.length, 2);
    await provider.at(1).fail(401, 190);
    await clock.advance(31_000);
    await offer(sketchStep());
    assert.equal(provider.calls.length, 2, 'the second pause is longer');
  });
});

describe('a call without an answer', () => {
  const silence = { kind: 'unanswered', reason: 'no answer in time' } as const;

  test('is in doubt for a while, then sent again', async (t) => {
    const { provider, ports, clock, offer } = setUpStage(t);
    const step = sketchStep({ items: [{ text: 'one' }, { text: 'two' }] });
    await offer(step, sketchStep());
    await provider.at(0).end(silence);
    await clock.advance(minuteMs - 100);
    assert.deepEqual(ports.kinds(), []);
    assert.equal(provider.calls.length, 1, 'what stands behind it waits');
    await clock.advance(200);
    assert.deepEqual(ports.kinds().slice(0, 2), ['resend', 'resend']);
    assert.deepEqual(
      ports.outcomesSeen.slice(0, 2).map(({ part }) => part),
      [0, 1],
    );
  });

  test('is never sent again where the settings say so; the rest of the message is', async (t) => {
    const { provider, ports, clock, offer } = setUpStage(t, { onUnknown: 'wait' });
    await offer(sketchStep({ items: [{ text: 'one' }, { text: 'two' }] }));
    await provider.at(0).end(silence);
    await clock.advance(minuteMs + 100);
    assert.deepEqual(ports.kinds(), ['unknown']);
    assert.match(JSON.stringify(provider.at(1).body), /two/);
  });

  test('is accepted when a status says so', async (t) => {
    const { provider, ports, clock, offer, callBack } = setUpStage(t);
    ports.answerReceipts = (batch) => Promise.resolve(batch.map(() => ({ kind: 'parked' })));
    const step = sketchStep();
    await offer(step);
    await provider.at(0).end(silence);
    const key = `${step.message.id}:0:0`;
    const status = { id: 'wamid.B', status: 'sent', biz_opaque_callback_data: key };
    assert.equal((await callBack(notify({ statuses: [status] }))).status, 200);
    assert.deepEqual(ports.outcomesSeen, [
      {
        id: step.message.id,
        step: 0,
        part: 0,
        outcome: { kind: 'accepted', providerId: 'wamid.B' },
      },
    ]);
    await clock.advance(2 * minuteMs);
    assert.equal(provider.calls.length, 1);
  });

  test('is accepted once when the status comes before the answer', async (t) => {
    const { provider, ports, offer, callBack } = setUpStage(t);
    ports.answerReceipts = (batch) => Promise.resolve(batch.map(() => ({ kind: 'parked' })));
    const step = sketchStep();
    await offer(step);
    const key = `${step.message.id}:0:0`;
    await callBack(
      notify({ statuses: [{ id: 'wamid.C', status: 'delivered', biz_opaque_callback_data: key }] }),
    );
    await provider.at(0).accept('wamid.C');
    assert.deepEqual(ports.kinds(), ['accepted']);
  });

  test('a status of a part that nobody here waits for tells its id all the same', async (t) => {
    const { ports, callBack } = setUpStage(t);
    ports.answerReceipts = (batch) => Promise.resolve(batch.map(() => ({ kind: 'parked' })));
    const key = `${'a'.repeat(32)}:0:1`;
    await callBack(
      notify({ statuses: [{ id: 'wamid.D', status: 'read', biz_opaque_callback_data: key }] }),
    );
    assert.deepEqual(ports.outcomesSeen, [
      {
        id: 'a'.repeat(32),
        step: 0,
        part: 1,
        outcome: { kind: 'accepted', providerId: 'wamid.D' },
      },
    ]);
  });

  for (const [title, outcome] of [
    ['a page of a gateway', answered(502, '<html>')],
    ['an answer that names no message', answered(200, {})],
    ['an answer that is no JSON', answered(200, '<html>')],
  ] as const) {
    test(`${title} is none`, async (t) => {
      const { provider, ports, offer } = setUpStage(t);
      await offer(sketchStep());
      await provider.at(0).end(outcome);
      assert.deepEqual(ports.kinds(), []);
      assert.equal(provider.calls.length, 1);
    });
  }
});

describe('what is known of a handset', () => {
  const text = { from: '31612345678', id: 'wamid.in', timestamp: '1795359845', type: 'text' };
  const inbound = notify({ messages: [{ ...text, text: { body: 'Hi' } }] });
  const template = { template: { whatsapp: { element_name: 'x', language: { code: 'en' } } } };

  test('outside the window free text is refused without a call, a template is not', async (t) => {
    const { provider, ports, clock, offer, callBack } = setUpStage(t);
    await offer(sketchStep());
    await provider.at(0).fail(400, 131047);
    await offer(sketchStep(), sketchStep({ items: [template] }));
    assert.deepEqual(ports.kinds(), ['refused', 'refused']);
    assert.deepEqual(ports.outcomesSeen[1]?.outcome, { kind: 'refused', error: 20 });
    assert.equal(provider.calls.length, 2);
    await provider.at(1).accept();
    await clock.advance(1_000);
    const later = { ...text, timestamp: String(clock.now() / 1000) };
    await callBack(notify({ messages: [{ ...later, text: { body: 'Hi' } }] }));
    await offer(sketchStep());
    assert.equal(provider.calls.length, 3, 'the handset has written');
  });

  test('the window closes a day after the last message', async (t) => {
    const { provider, ports, clock, offer, callBack } = setUpStage(t);
    await callBack(inbound);
    await clock.advance(23 * 60 * minuteMs);
    await offer(sketchStep({ validMs: 72 * 60 * minuteMs }));
    assert.equal(provider.calls.length, 1);
    await provider.at(0).accept();
    await clock.advance(60 * minuteMs);
    await offer(sketchStep({ validMs: 72 * 60 * minuteMs }));
    assert.equal(provider.calls.length, 1);
    assert.deepEqual(ports.kinds(), ['accepted', 'refused']);
  });

  test('of a stranger nothing is known: he is tried, or not, as the settings say', async (t) => {
    const { provider, ports, offer } = setUpStage(t, { unknownWindow: 'refuse' });
    await offer(sketchStep(), sketchStep({ items: [template] }));
    assert.equal(provider.calls.length, 1);
    assert.deepEqual(ports.kinds(), ['refused']);
  });

  test('who has no WhatsApp is not tried again for a day where there is a fallback', async (t) => {
    const { provider, ports, clock, offer, callBack } = setUpStage(t);
    const status = { id: 'w', status: 'failed', recipient_id: '31612345678' };
    await callBack(notify({ statuses: [{ ...status, errors: [{ code: 131026 }] }] }));
    await offer(sketchStep({ hasFallback: true }));
    assert.deepEqual(ports.outcomesSeen[0]?.outcome, { kind: 'refused', error: 23 });
    assert.equal(provider.calls.length, 0);
    await offer(sketchStep());
    assert.equal(provider.calls.length, 1, 'with nothing else to try, it is tried');
    await provider.at(0).accept();
    await clock.advance(25 * 60 * minuteMs);
    await offer(sketchStep({ hasFallback: true, validMs: 72 * 60 * minuteMs }));
    assert.equal(provider.calls.length, 2);
  });

  test('a number that has another form inside WhatsApp is one handset', async (t) => {
    const { provider, ports, offer, callBack } = setUpStage(t);
    await offer(sketchStep({ msisdn: '5511987654321' }));
    await provider
      .at(0)
      .end(answered(200, { contacts: [{ wa_id: '551187654321' }], messages: [{ id: 'w' }] }));
    await callBack(notify({ messages: [{ ...text, from: '551187654321', text: { body: 'Oi' } }] }));
    assert.equal(ports.inboundSeen[0]?.from, '5511987654321');
  });
});

describe('what cannot be sent', () => {
  test('content that WhatsApp does not take is refused as malformed', async (t) => {
    const { provider, ports, offer } = setUpStage(t);
    await offer(sketchStep({ items: [{ carousel: { cards: [] } }] }), sketchStep({ text: '' }));
    assert.deepEqual(
      ports.outcomesSeen.map(({ outcome }) => outcome),
      [
        { kind: 'refused', error: 20 },
        { kind: 'refused', error: 20 },
      ],
    );
    assert.equal(provider.calls.length, 0);
  });

  test('what is past its validity goes back without an outcome', async (t) => {
    const { ports, clock, offer } = setUpStage(t, { pairBurst: 1, pairIntervalMs: 60 * minuteMs });
    await offer(sketchStep(), sketchStep({ validMs: minuteMs }));
    await clock.advance(2 * minuteMs);
    await offer(sketchStep({ validMs: minuteMs, msisdn: '31687654321' }));
    assert.equal(ports.givenBack.length, 1);
  });
});

describe('stop', () => {
  test('waits for answers, gives back what was not sent, and takes nothing more', async (t) => {
    const { provider, ports, connection, clock, offer } = setUpStage(t);
    const waiting = sketchStep();
    await offer(sketchStep(), waiting);
    let isStopped = false;
    const stopping = connection.stop(5_000).then(() => (isStopped = true));
    await clock.advance(1_000);
    assert.equal(isStopped, false);
    await provider.at(0).accept();
    await clock.advance(100);
    await stopping;
    assert.deepEqual(ports.givenBack, [waiting]);
    assert.deepEqual(ports.kinds(), ['accepted']);
    await offer(sketchStep());
    assert.equal(provider.calls.length, 1);
    assert.equal(connection.health().state, 'stopped');
  });

  test('ends at its grace: what has no answer is unknown', async (t) => {
    const { ports, connection, clock, offer } = setUpStage(t);
    await offer(sketchStep({ items: [{ text: 'one' }, { text: 'two' }] }));
    const stopping = connection.stop(1_000);
    await clock.advance(1_100);
    await stopping;
    assert.deepEqual(ports.kinds(), ['resend', 'resend']);
  });
});
