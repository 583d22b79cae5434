import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandId } from '../../smpp/command-id.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import { type Stage, setUpStage, stageStartAt } from './test-stage.ts';
import { sketchStep } from './test-steps.ts';

const acceptedAt = stageStartAt;

function sketchMany(count: number, change: object = {}) {
  return Array.from({ length: count }, (_, index) =>
    sketchStep({ acceptedAt, content: { text: `message ${index}` }, ...change }),
  );
}

/** Waits between the attempts to bind, in milliseconds. */
function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

async function sendOne({ ports, connection, clock }: Stage): Promise<void> {
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
}

test('a connection that is lost leaves its submits unknown and its queue alone', async (t) => {
  const stage = await setUpStage(t, { settings: { window: 3 } });
  const { clock, smsc, ports, connection, net } = stage;
  smsc.onSubmit = () => {};
  const steps = sketchMany(5);
  ports.push(...steps);
  connection.wake();
  await clock.advance(50);
  assert.equal(connection.health().outstanding, 3);
  net.links[0]?.reset();
  await clock.advance(50);
  assert.deepEqual(ports.kinds(), ['resend', 'resend', 'resend']);
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.id),
    steps.slice(0, 3).map((one) => one.message.id),
  );
  assert.equal(connection.health().state, 'down');
  assert.match(
    connection.health().reason,
    /^127\.0\.0\.1:\d+: read ECONNRESET; next attempt in [12] s\.$/,
  );
  smsc.onSubmit = ({ pdu, link }) => link.accept(pdu);
  await clock.advance(5_000);
  const again = smsc.submits.slice(3).map(({ pdu }) => pdu.short_message.toString());
  assert.deepEqual(again, ['message 0', 'message 1', 'message 2', 'message 3', 'message 4']);
});

test('with onUnknown "wait" a lost submit is unknown for good', async (t) => {
  const stage = await setUpStage(t, { settings: { onUnknown: 'wait' } });
  stage.smsc.onSubmit = () => {};
  await sendOne(stage);
  stage.net.links[0]?.reset();
  await stage.clock.advance(5_000);
  assert.deepEqual(
    stage.ports.outcomesSeen.map((one) => one.outcome),
    [{ kind: 'unknown' }],
  );
  assert.equal(stage.smsc.submits.length, 1);
});

test('what was taken and not sent goes back when the bind is lost', async (t) => {
  const { clock, smsc, ports, connection, net } = await setUpStage(t, { settings: { window: 2 } });
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RTHROTTLED);
  const steps = sketchMany(2);
  ports.push(...steps);
  connection.wake();
  await clock.advance(50);
  net.links[0]?.reset();
  await clock.advance(50);
  assert.deepEqual(ports.givenBack, steps);
  assert.deepEqual(ports.outcomesSeen, []);
});

test('the rest of a step that was begun is to be sent later, not given back', async (t) => {
  const { clock, smsc, ports, connection, net } = await setUpStage(t, { settings: { window: 1 } });
  smsc.onSubmit = ({ pdu, link }) => {
    if (smsc.submits.length === 1) link.accept(pdu);
  };
  ports.push(sketchStep({ acceptedAt, parts: 3, content: { text: 'x'.repeat(400) } }));
  connection.wake();
  await clock.advance(50);
  net.links[0]?.reset();
  await clock.advance(50);
  assert.deepEqual(ports.givenBack, []);
  assert.deepEqual(
    ports.outcomesSeen.map((one) => one.part),
    [0, 1, 2],
  );
  assert.deepEqual(ports.kinds(), ['accepted', 'resend', 'resend']);
});

test('a response that does not come is unknown after its time, and the bind stays', async (t) => {
  const stage = await setUpStage(t, { settings: { responseTimeoutMs: 2_000 } });
  const { clock, smsc, ports, connection } = stage;
  let isSwallowed = true;
  smsc.onSubmit = ({ pdu, link }) => {
    if (!isSwallowed) link.accept(pdu);
    isSwallowed = false;
  };
  await sendOne(stage);
  await clock.advance(1_900);
  assert.deepEqual(ports.kinds(), []);
  await clock.advance(400);
  assert.deepEqual(ports.kinds(), ['resend', 'accepted']);
  assert.equal(connection.health().bindsUp, 1);
  assert.equal(smsc.binds.length, 1);
});

test('several submits in a row without an answer set up the bind anew', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { responseTimeoutMs: 1_000, window: 10 },
  });
  smsc.onSubmit = () => {};
  ports.push(...sketchMany(3));
  connection.wake();
  await clock.advance(1_500);
  assert.match(connection.health().reason, /3 submits in a row without an answer/);
  smsc.onSubmit = ({ pdu, link }) => link.accept(pdu);
  await clock.advance(3_000);
  assert.equal(smsc.binds.length, 2);
  assert.deepEqual(ports.kinds().slice(3), ['accepted', 'accepted', 'accepted']);
});

test('two unanswered submits and an answer do not', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { responseTimeoutMs: 1_000, window: 1 },
  });
  smsc.onSubmit = ({ pdu, link }) => {
    if (smsc.submits.length % 3 === 0) link.accept(pdu);
  };
  ports.push(...sketchMany(3));
  connection.wake();
  await clock.advance(15_000);
  assert.equal(ports.kinds().filter((kind) => kind === 'accepted').length, 3);
  assert.equal(smsc.binds.length, 1);
});

test('a generic_nack with sequence number 0 is a fault of the session', async (t) => {
  const stage = await setUpStage(t);
  stage.smsc.onSubmit = ({ link }) => link.nack(0, commandStatus.ESME_RINVCMDLEN);
  await sendOne(stage);
  assert.deepEqual(stage.ports.kinds(), ['resend']);
  assert.match(stage.connection.health().reason, /could not read what we sent/);
});

test('ESME_RINVBNDSTS sets up the bind anew and the message is tried later', async (t) => {
  const stage = await setUpStage(t);
  stage.smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RINVBNDSTS);
  await sendOne(stage);
  assert.deepEqual(stage.ports.kinds(), ['later']);
  await stage.clock.advance(3_000);
  assert.equal(stage.smsc.binds.length, 2);
  assert.equal(stage.connection.health().state, 'up');
});

test('an operator that falls silent is noticed by enquire_link', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t);
  smsc.isSilent = true;
  await clock.advance(39_000);
  assert.equal(connection.health().state, 'up');
  await clock.advance(2_000);
  assert.equal(connection.health().state, 'down');
  assert.match(connection.health().reason, /did not answer enquire_link/);
});

test('an operator that answers enquire_link stays bound for an hour', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t);
  await clock.advance(3_600_000);
  assert.equal(connection.health().state, 'up');
  assert.equal(smsc.binds.length, 1);
});

test('reconnects wait 1 s, doubling to 60 s, give or take a fifth', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, { isCold: true });
  smsc.bindStatus = () => commandStatus.ESME_RSYSERR;
  connection.start();
  await clock.advance(400_000);
  const gaps = gapsOf(smsc.bindTimes);
  for (const [index, gap] of gaps.entries()) {
    const wait = Math.min(1_000 * 2 ** index, 60_000);
    assert.ok(gap >= wait * 0.8 && gap <= wait * 1.2 + 10, `wait ${index}: ${gap} ms`);
  }
  assert.ok(gaps.length >= 9, `${gaps.length} attempts`);
  assert.ok(new Set(gaps.map((gap) => gap % 1_000)).size > 3, 'the waits are spread');
});

for (const [title, status, reason] of [
  ['a wrong password', commandStatus.ESME_RINVPASWD, /refused the password \(ESME_RINVPASWD\)/],
  ['an unknown system id', commandStatus.ESME_RINVSYSID, /does not know the system id/],
  ['a failed bind', commandStatus.ESME_RBINDFAIL, /refused the bind \(ESME_RBINDFAIL\)/],
] as const) {
  test(`${title} slows down to 60 to 300 s and is an alarm`, async (t) => {
    const { clock, smsc, connection, logged } = await setUpStage(t, { isCold: true });
    smsc.bindStatus = () => status;
    connection.start();
    await clock.advance(1_000_000);
    const gaps = gapsOf(smsc.bindTimes);
    for (const [index, gap] of gaps.entries()) {
      const wait = Math.min(60_000 * 2 ** index, 300_000);
      assert.ok(gap >= wait * 0.8 && gap <= wait * 1.2 + 10, `wait ${index}: ${gap} ms`);
    }
    assert.ok(gaps.length >= 3);
    assert.match(connection.health().reason, reason);
    assert.match(connection.health().reason, /next attempt in \d+ s\.$/);
    assert.ok(logged.some((line) => line.startsWith('error:')));
    assert.ok(!logged.join().includes('secret'), 'the password is in no line of the log');
  });
}

test('while a password is in doubt only one bind of several tries it', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, { isCold: true, settings: { binds: 5 } });
  let isWrong = true;
  smsc.bindStatus = () => (isWrong ? commandStatus.ESME_RINVPASWD : commandStatus.ESME_ROK);
  connection.start();
  await clock.advance(300_000);
  // Five at the start, which were under way before the first answer, then one after another.
  assert.ok(smsc.binds.length <= 8, `${smsc.binds.length} attempts`);
  isWrong = false;
  await clock.advance(400_000);
  assert.equal(connection.health().bindsUp, 5);
});

test('ESME_RALYBND waits 30 to 60 s for the old session to go', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, { isCold: true });
  smsc.bindStatus = (_, count) =>
    count <= 3 ? commandStatus.ESME_RALYBND : commandStatus.ESME_ROK;
  connection.start();
  await clock.advance(200_000);
  const gaps = gapsOf(smsc.bindTimes);
  assert.equal(gaps.length, 3);
  for (const gap of gaps) assert.ok(gap >= 30_000 && gap <= 60_010, `${gap} ms`);
  assert.equal(connection.health().state, 'up');
});

test('a bind that is not answered is given up after the connect timeout', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, {
    isCold: true,
    settings: { connectTimeoutMs: 4_000 },
  });
  smsc.bindStatus = (_, count) => (count === 1 ? 'silence' : commandStatus.ESME_ROK);
  connection.start();
  await clock.advance(4_500);
  assert.match(connection.health().reason, /did not answer the bind/);
  await clock.advance(3_000);
  assert.equal(connection.health().state, 'up');
});

test('a host that does not answer is followed by the next one', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, {
    isCold: true,
    settings: { hosts: ['127.0.0.1:9', '127.0.0.1:40000'] },
  });
  assert.equal(smsc.port, 40_000);
  connection.start();
  await clock.advance(500);
  assert.match(connection.health().reason, /ECONNREFUSED 127\.0\.0\.1:9/);
  await clock.advance(2_000);
  assert.equal(connection.health().state, 'up');
});

test('the peer may unbind: it is answered, and a new bind follows', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = () => {};
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  const link = smsc.link();
  const answers: string[] = [];
  const receive = link.data.bind(link);
  link.data = (chunk) => {
    answers.push(chunk.toString('hex'));
    receive(chunk);
  };
  // It does not care that it owes us an answer.
  link.writeHeader(commandId.unbind, 0, 99);
  await clock.advance(50);
  assert.deepEqual(answers, ['00000010800000060000000000000063']);
  assert.equal(connection.health().state, 'down');
  assert.match(connection.health().reason, /ended the bind/);
  smsc.onSubmit = ({ pdu, link: next }) => next.accept(pdu);
  await clock.advance(3_000);
  assert.deepEqual(ports.kinds(), ['resend', 'accepted']);
});

test('a transmitter and a receiver make a pair', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, {
    settings: { bindMode: 'tx+rx', binds: 2 },
  });
  assert.deepEqual(smsc.binds.toSorted(), [
    'bind_receiver',
    'bind_receiver',
    'bind_transmitter',
    'bind_transmitter',
  ]);
  assert.equal(connection.health().bindsUp, 4);
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  assert.equal(smsc.submits[0]?.link.command, 'bind_transmitter');
  const receiver = smsc.links.find((link) => link.command === 'bind_receiver');
  void receiver?.deliver({ esm_class: 4, text: 'id:id1 stat:DELIVRD' });
  await clock.advance(50);
  assert.deepEqual(
    ports.receiptsSeen.map((one) => one.state),
    ['delivered'],
  );
});

test('without a transmitter the connection is down, whatever the receiver does', async (t) => {
  const { clock, smsc, connection } = await setUpStage(t, {
    isCold: true,
    settings: { bindMode: 'tx+rx' },
  });
  smsc.bindStatus = (command) =>
    command === 'bind_transmitter' ? commandStatus.ESME_RSYSERR : commandStatus.ESME_ROK;
  connection.start();
  await clock.advance(100);
  assert.equal(connection.health().bindsUp, 1);
  assert.equal(connection.health().state, 'down');
});

test('the pause of a throttle survives a reconnect', async (t) => {
  const { clock, smsc, ports, connection, net } = await setUpStage(t, {
    settings: { reconnectFirstMs: 10, reconnectLongestMs: 10 },
  });
  smsc.onSubmit = ({ pdu, link }) => {
    if (smsc.submits.length === 1) link.refuse(pdu, commandStatus.ESME_RTHROTTLED);
    else link.accept(pdu);
  };
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  net.links[0]?.reset();
  await clock.advance(700);
  assert.equal(smsc.binds.length, 2);
  assert.equal(smsc.submits.length, 1, 'the pause is not over');
  await clock.advance(500);
  assert.equal(smsc.submits.length, 2);
});

test('stop waits for outstanding answers, unbinds, and takes nothing new', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 2 } });
  smsc.onSubmit = ({ pdu, link }) => void clock.after(800, () => link.accept(pdu));
  ports.push(...sketchMany(4));
  connection.wake();
  await clock.advance(50);
  let isStopped = false;
  const stopping = connection.stop(10_000).then(() => {
    isStopped = true;
  });
  await clock.advance(500);
  assert.equal(isStopped, false);
  assert.equal(connection.health().bindsUp, 0);
  await clock.advance(1_000);
  await stopping;
  assert.deepEqual(ports.kinds(), ['accepted', 'accepted']);
  assert.equal(ports.waiting, 2);
  assert.equal(connection.health().state, 'stopped');
  assert.equal(smsc.up().length, 0);
});

test('stop gives up after its grace: what is outstanding then is unknown', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = () => {};
  ports.push(...sketchMany(1));
  connection.wake();
  await clock.advance(50);
  const stopping = connection.stop(2_000);
  await clock.advance(1_900);
  assert.deepEqual(ports.kinds(), []);
  await clock.advance(1_500);
  await stopping;
  assert.deepEqual(ports.kinds(), ['resend']);
});

test('stop in the middle of a throttle gives everything back', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RTHROTTLED);
  const steps = sketchMany(3);
  ports.push(...steps);
  connection.wake();
  await clock.advance(50);
  const stopping = connection.stop(5_000);
  await clock.advance(2_000);
  await stopping;
  assert.deepEqual(ports.givenBack, steps);
});

test('a part that is throttled after stop was asked for goes back too', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) =>
    void clock.after(300, () => link.refuse(pdu, commandStatus.ESME_RTHROTTLED));
  const steps = sketchMany(2);
  ports.push(...steps);
  connection.wake();
  await clock.advance(50);
  const stopping = connection.stop(5_000);
  await clock.advance(3_000);
  await stopping;
  assert.deepEqual(ports.givenBack, steps);
  assert.deepEqual(ports.outcomesSeen, []);
});

test('stop while connecting, while waiting and before the start comes to an end', async (t) => {
  for (const [status, ms] of [
    ['silence', 0],
    ['silence', 100],
    [commandStatus.ESME_RINVPASWD, 100],
  ] as const) {
    const { clock, smsc, connection } = await setUpStage(t, { isCold: true });
    smsc.bindStatus = () => status;
    connection.start();
    await clock.advance(ms);
    const stopping = connection.stop(1_000);
    await clock.advance(3_000);
    await stopping;
    assert.equal(connection.health().state, 'stopped');
    const { length } = smsc.binds;
    await clock.advance(200_000);
    assert.equal(smsc.binds.length, length, 'no attempt after the stop');
  }
  const { connection } = await setUpStage(t, { isCold: true });
  await connection.stop(1_000);
  assert.equal(connection.health().state, 'stopped');
});

test('SMPP 3.3 gets no TLVs', async (t) => {
  for (const [version, expected] of [
    [null, undefined],
    [0x33, undefined],
    [0x34, { other: [{ tag: 0x1400, value: Buffer.from('x\0') }] }],
  ] as const) {
    const stage = await setUpStage(t, {
      isCold: true,
      settings: { tlvs: [{ tag: 0x1400, text: 'x' }] },
    });
    stage.smsc.version = version;
    stage.connection.start();
    await stage.clock.advance(50);
    await sendOne(stage);
    assert.deepEqual(stage.smsc.submits[0]?.pdu.tlvs, expected);
  }
});

test('a fault of the configuration is an alarm, once a minute however many submits it refuses', async (t) => {
  const { clock, smsc, ports, connection, logged } = await setUpStage(t);
  smsc.onSubmit = ({ pdu, link }) => link.refuse(pdu, commandStatus.ESME_RINVSYSTYP);
  ports.push(...sketchMany(50));
  connection.wake();
  await clock.advance(1_000);
  assert.equal(ports.kinds().filter((kind) => kind === 'later').length, 50);
  assert.equal(logged.filter((line) => line.startsWith('error:')).length, 1);
});

test('an operator that does not read gets no more submits, and is left when that goes on', async (t) => {
  let bufferedBytes = 300 * 1024;
  const stage = await setUpStage(t, { bufferedBytes: () => bufferedBytes });
  await sendOne(stage);
  assert.equal(stage.smsc.submits.length, 0);
  bufferedBytes = 200 * 1024;
  await stage.clock.advance(300);
  assert.equal(stage.smsc.submits.length, 1);
  bufferedBytes = 9 * 1024 * 1024;
  await stage.clock.advance(300);
  assert.match(stage.connection.health().reason, /does not read what we send/);
});

test('the rest of a step whose sent part is throttled after the release goes the same way', async (t) => {
  const { clock, smsc, ports, connection } = await setUpStage(t, { settings: { window: 1 } });
  smsc.onSubmit = ({ pdu, link }) =>
    void clock.after(300, () => link.refuse(pdu, commandStatus.ESME_RTHROTTLED));
  ports.push(sketchStep({ acceptedAt, parts: 2, content: { text: 'x'.repeat(200) } }));
  connection.wake();
  await clock.advance(50);
  const stopping = connection.stop(5_000);
  await clock.advance(3_000);
  await stopping;
  assert.deepEqual(ports.kinds(), ['resend', 'resend']);
  assert.deepEqual(ports.givenBack, []);
});
