import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandStatus } from '../../smpp/command-status.ts';
import type { SeenSubmit } from './test-smsc.ts';
import { setUpStage, stageStartAt } from './test-stage.ts';
import { hourMs, sketchStep } from './test-steps.ts';

const acceptedAt = stageStartAt;

function sketchMany(count: number, change: object = {}) {
  return Array.from({ length: count }, (_, index) =>
    sketchStep({ acceptedAt, content: { text: `message ${index}` }, ...change }),
  );
}

function textsOf(submits: readonly SeenSubmit[]): string[] {
  return submits.map(({ pdu }) => pdu.short_message.toString('latin1'));
}

test('sends what is in the queue and says which id the operator gave', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  const step = sketchStep({ acceptedAt });
  ports.push(step);
  connection.wake();
  await clock.advance(50);
  assert.deepEqual(ports.outcomesSeen, [
    { id: step.message.id, step: 0, part: 0, outcome: { kind: 'accepted', providerId: 'id1' } },
  ]);
  const pdu = smsc.submits[0]?.pdu;
  assert.equal(pdu?.destination_addr, '31612345678');
  assert.equal(pdu?.source_addr, 'Chappe');
  assert.equal(pdu?.validity_period, '000000235959000R');
  assert.equal(pdu?.registered_delivery, 1);
});

test('a bind that is up is in the health, with its binds and without a reason', async (t) => {
  const { connection } = await setUpStage(t, { settings: { binds: 2 } });
  assert.deepEqual(connection.health(), {
    state: 'up',
    reason: '',
    bindsUp: 2,
    bindsWanted: 2,
    outstanding: 0,
  });
});

test('before the first bind the health says connecting', async (t) => {
  const { connection } = await setUpStage(t, { isCold: true });
  connection.start();
  assert.equal(connection.health().state, 'connecting');
  assert.notEqual(connection.health().reason, '');
});

test('the window is used up and never exceeded', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { window: 4 },
  });
  smsc.onSubmit = ({ pdu, link }) => void clock.after(20, () => link.accept(pdu));
  ports.push(...sketchMany(40));
  connection.wake();
  await clock.runUntil(() => ports.outcomesSeen.length === 40, 10_000);
  assert.equal(smsc.windowSeen, 4);
  assert.equal(ports.outcomesSeen.length, 40);
});

test('a long message does not exceed the window either, and its parts stay together', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 2 } });
  smsc.onSubmit = ({ pdu, link }) => void clock.after(20, () => link.accept(pdu));
  const long = sketchStep({ acceptedAt, parts: 5, content: { text: 'x'.repeat(153 * 5) } });
  ports.push(long, ...sketchMany(2));
  connection.wake();
  await clock.advance(1_000);
  assert.equal(smsc.windowSeen, 2);
  const sequences = smsc.submits.slice(0, 5).map(({ pdu }) => pdu.short_message[5]);
  assert.deepEqual(sequences, [1, 2, 3, 4, 5]);
  assert.deepEqual(textsOf(smsc.submits.slice(5)), ['message 0', 'message 1']);
});

test('only the waiting parts of a step are sent, with the same reference', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  ports.push(
    sketchStep({
      acceptedAt,
      parts: 3,
      content: { text: 'x'.repeat(400) },
      progress: 'e.d',
      concatReference: 0x2a,
    }),
  );
  connection.wake();
  await clock.advance(50);
  assert.equal(smsc.submits.length, 1);
  const octets = smsc.submits[0]?.pdu.short_message ?? Buffer.alloc(0);
  assert.equal(octets.subarray(0, 6).toString('hex'), '0500032a0302');
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.part),
    [1],
  );
});

test('the rate counts parts, over all binds together', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { rate: 20, binds: 2, window: 100 },
  });
  const numbers = Array.from({ length: 100 }, (_, index) => `3161234${index}000`);
  ports.push(
    ...numbers.map((msisdn) =>
      sketchStep({ acceptedAt, msisdn, parts: 2, content: { text: 'x'.repeat(306) } }),
    ),
  );
  connection.wake();
  await clock.advance(5_000);
  const { length } = smsc.submits;
  assert.ok(length >= 95 && length <= 102, `${length} parts in 5 s at 20 a second`);
  for (const { at } of smsc.submits) {
    const inSecond = smsc.submits.filter((one) => one.at >= at && one.at < at + 1_000).length;
    assert.ok(inSecond <= 22, `${inSecond} parts within one second`);
  }
  const binds = new Set(smsc.submits.map((one) => one.link));
  assert.equal(binds.size, 2, 'no bind starves');
});

test('without a rate nothing is held back', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 500 } });
  ports.push(...sketchMany(400));
  connection.wake();
  await clock.advance(10);
  assert.equal(smsc.submits.length, 400);
});

test('responses in any order reach the right messages', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  const seen: SeenSubmit[] = [];
  smsc.onSubmit = (one) => {
    seen.push(one);
    if (seen.length < 5) return;
    for (const { pdu, link } of seen.reverse()) {
      link.accept(pdu, `for ${pdu.short_message.toString('latin1')}`);
    }
  };
  const steps = sketchMany(5);
  ports.push(...steps);
  connection.wake();
  await clock.advance(50);
  const ids = new Map(
    ports.outcomesSeen.map(({ id, outcome }) => [
      id,
      'providerId' in outcome ? outcome.providerId : '',
    ]),
  );
  for (const { message } of steps) {
    assert.equal(ids.get(message.id), `for ${message.content.text}`);
  }
});

for (const [name, status] of [
  ['ESME_RTHROTTLED', commandStatus.ESME_RTHROTTLED],
  ['ESME_RMSGQFUL', commandStatus.ESME_RMSGQFUL],
] as const) {
  test(`${name} pauses the whole connection and changes no order`, async (t) => {
    const { clock, smsc, ports, connection, logged } = await setUpStage(t, {
      settings: { window: 5, binds: 1 },
    });
    let refusals = 0;
    smsc.onSubmit = ({ pdu, link }) => {
      const isFirstTime = smsc.submits.length <= 5;
      if (isFirstTime && smsc.submits.length >= 3) {
        refusals++;
        link.refuse(pdu, status);
      } else link.accept(pdu);
    };
    ports.push(...sketchMany(10));
    connection.wake();
    await clock.advance(500);
    assert.equal(refusals, 3);
    assert.equal(smsc.submits.length, 5, 'nothing is sent during the pause');
    assert.equal(connection.health().state, 'throttled');
    assert.match(connection.health().reason, /throttles.* 1 s/);
    assert.deepEqual(ports.kinds(), ['accepted', 'accepted'], 'a throttled part has no outcome');
    await clock.advance(30_000);
    const accepted = smsc.submits.filter((_, index) => index < 2 || index >= 5);
    assert.deepEqual(
      textsOf(accepted),
      Array.from({ length: 10 }, (_, index) => `message ${index}`),
    );
    assert.equal(ports.outcomesSeen.length, 10);
    assert.equal(logged.filter((line) => line.includes('throttles')).length, 1);
    assert.equal(connection.health().state, 'up');
  });
}

test('throttling again and again doubles the pause, and a success ends that', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 1 } });
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RTHROTTLED);
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(20_000);
  const gaps = smsc.submits.slice(1).map(({ at }, index) => at - (smsc.submits[index]?.at ?? 0));
  assert.equal(gaps.length, 4);
  for (const [index, gap] of gaps.entries()) {
    const pause = 1_000 * 2 ** index;
    assert.ok(gap >= pause && gap < pause + 100, `${gap} ms after a pause of ${pause}`);
  }
});

test('a throttled message whose validity ends meanwhile is given back unsent', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RTHROTTLED);
  const step = sketchStep({ acceptedAt, validMs: 500 });
  ports.push(step);
  connection.wake();
  await clock.advance(1_200);
  assert.equal(smsc.submits.length, 1);
  assert.deepEqual(ports.givenBack.slice(0, 1), [step]);
  assert.deepEqual(ports.outcomesSeen, []);
});

test('a message past its validity is not sent', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  ports.push(sketchStep({ acceptedAt: acceptedAt - hourMs, validMs: hourMs }));
  connection.wake();
  await clock.advance(50);
  assert.equal(smsc.submits.length, 0);
  assert.deepEqual(ports.outcomesSeen, []);
  assert.notEqual(ports.givenBack.length, 0);
});

for (const [title, status, attempts, outcome] of [
  ['a wrong number is refused for ever', 0x0b, 0, { kind: 'refused', error: 23 }],
  ['a system error is tried later', 0x08, 0, { kind: 'later', error: 25, attemptsMax: null }],
  ['RSUBMITFAIL is tried later', 0x45, 0, { kind: 'later', error: 25, attemptsMax: 3 }],
  ['RSUBMITFAIL a third time is refused', 0x45, 2, { kind: 'refused', error: 5 }],
  ['a number of the vendor is refused', 0x4ff, 0, { kind: 'refused', error: 5 }],
] as const) {
  test(title, async (t) => {
    const { clock, smsc, ports, connection } = await setUpStage(t);
    smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, status);
    ports.push(sketchStep({ acceptedAt, attempts }));
    connection.wake();
    await clock.advance(50);
    assert.deepEqual(
      ports.outcomesSeen.map((one) => one.outcome),
      [outcome],
    );
  });
}

test('when one part is refused for ever, the parts behind it are not sent', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 1 } });
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RINVDSTADR);
  ports.push(sketchStep({ acceptedAt, parts: 3, content: { text: 'x'.repeat(400) } }));
  connection.wake();
  await clock.advance(200);
  assert.equal(smsc.submits.length, 1);
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.part),
    [0, 1, 2],
  );
  for (const { outcome } of ports.outcomesSeen) {
    assert.deepEqual(outcome, { kind: 'refused', error: 23 });
  }
});

test('a part that fails for now does not hold up the others', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 1 } });
  smsc.onSubmit = ({ pdu, link }) => {
    if (smsc.submits.length === 1) link.refuse(pdu, commandStatus.ESME_RSYSERR);
    else link.accept(pdu);
  };
  ports.push(sketchStep({ acceptedAt, parts: 3, content: { text: 'x'.repeat(400) } }));
  connection.wake();
  await clock.advance(200);
  assert.deepEqual(ports.kinds(), ['later', 'accepted', 'accepted']);
});

test('a validity the SMSC refuses is left out, then and from then on', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => {
    if (pdu.validity_period === '') link.accept(pdu);
    else link.refuse(pdu, commandStatus.ESME_RINVEXPIRY);
  };
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  assert.deepEqual(
    smsc.submits.map(({ pdu }) => pdu.validity_period),
    ['000000235959000R', '', ''],
  );
  assert.deepEqual(ports.kinds(), ['accepted', 'accepted']);
});

test('ESME_RINVEXPIRY to a submit without validity is a refusal', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { validity: 'none' },
  });
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RINVEXPIRY);
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  assert.equal(smsc.submits.length, 1);
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.outcome),
    [{ kind: 'refused', error: 20 }],
  );
});

test('what cannot be written as a submit is refused here', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  ports.push(
    sketchStep({ acceptedAt, from: 'far too long a name' }),
    sketchStep({ acceptedAt, msisdn: 'not-a-number' }),
    sketchStep({ acceptedAt }),
  );
  connection.wake();
  await clock.advance(50);
  assert.equal(smsc.submits.length, 1);
  const errors = ports.outcomesSeen.map(({ outcome }) => ('error' in outcome ? outcome.error : 0));
  assert.deepEqual(errors, [20, 23, 0]);
});

test('a generic_nack counts by its status', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => link.nack(pdu.sequence_number, commandStatus.ESME_RINVCMDLEN);
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.outcome),
    [{ kind: 'refused', error: 20 }],
  );
  assert.equal(connection.health().bindsUp, 1);
});

test('an operator that gives no ids still has one for each part', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => link.accept(pdu, ' ');
  ports.push(sketchStep({ acceptedAt, parts: 2, content: { text: 'x'.repeat(200) } }));
  connection.wake();
  await clock.advance(50);
  const ids = ports.outcomesSeen.map(({ outcome }) =>
    'providerId' in outcome ? outcome.providerId : '',
  );
  assert.equal(new Set(ids).size, 2);
  assert.ok(!ids.includes(''));
});

test('each bind serves its own lanes', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { binds: 4 } });
  const numbers = Array.from({ length: 64 }, (_, index) => `316123456${10 + index}`);
  for (const text of ['first', 'second']) {
    ports.push(...numbers.map((msisdn) => sketchStep({ acceptedAt, msisdn, content: { text } })));
  }
  connection.wake();
  await clock.advance(500);
  assert.equal(smsc.submits.length, 128);
  for (const msisdn of numbers) {
    const seen = smsc.submits.filter(({ pdu }) => pdu.destination_addr === msisdn);
    assert.deepEqual(textsOf(seen), ['first', 'second']);
    assert.equal(new Set(seen.map((one) => one.link)).size, 1);
  }
  assert.equal(new Set(smsc.submits.map((one) => one.link)).size, 4);
});

test('where the operator sends no receipts, acceptance can count as delivery', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { receipts: 'assumed' },
  });
  let failures = 1;
  ports.answerReceipts = (batch) =>
    failures-- > 0
      ? Promise.reject(new Error('disk full'))
      : Promise.resolve(batch.map(() => ({ kind: 'applied', keyIndex: 0 })));
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(1_000);
  assert.equal(smsc.submits[0]?.pdu.registered_delivery, 0);
  assert.deepEqual(
    ports.receiptsSeen.map((one) => [one.providerIds, one.state]),
    [
      [['id1'], 'delivered'],
      [['id1'], 'delivered'],
    ],
    'asked again after the store had failed',
  );
});
