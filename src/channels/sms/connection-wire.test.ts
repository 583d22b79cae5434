import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { nodeNet } from '../../lib/node-net.ts';
import { createSystemRandom } from '../../lib/random.ts';
import type { Connection } from '../contract.ts';
import { TestPorts } from '../test-ports.ts';
import { createSmsConnection } from './connection.ts';
import { tlsCertificate, tlsKey } from './simulator/test-certificate.ts';
import { TestSmsc } from './test-smsc.ts';
import { settingsFor } from './test-stage.ts';
import { sketchStep } from './test-steps.ts';

/** As much of the npm package as is used here; it has no types. */
interface IndependentPdu {
  readonly destination_addr: string;
  readonly short_message: { message: string };
  readonly registered_delivery: number;
  readonly command_status: number;
  response(fields?: object): IndependentPdu;
}
interface IndependentSession {
  on(event: string, listener: (pdu: IndependentPdu) => void): void;
  send(pdu: IndependentPdu): void;
  deliver_sm(fields: object, done: (pdu: IndependentPdu) => void): void;
}
interface IndependentServer {
  listen(port: number, host: string, done: () => void): void;
  address(): { port: number };
  close(): void;
}
const independent: {
  createServer(accept: (session: IndependentSession) => void): IndependentServer;
} = createRequire(import.meta.url)('smpp');

/** Resolves when the condition holds; it is looked at after every change that was told. */
function watch(
  ...sources: { onChange: () => void }[]
): (condition: () => boolean) => Promise<void> {
  return (condition) =>
    new Promise((resolve) => {
      const look = () => {
        if (condition()) resolve();
      };
      for (const source of sources) source.onChange = look;
      look();
    });
}

function connect(
  t: TestContext,
  port: number,
  ports: TestPorts,
  change: Readonly<Record<string, unknown>> = {},
): Connection {
  const connection = createSmsConnection('operator', settingsFor(port, change), ports, {
    clock: systemClock,
    net: nodeNet,
    random: createSystemRandom(),
  });
  t.after(() => connection.stop(1_000));
  connection.start();
  return connection;
}

function sketchNow(count: number) {
  return Array.from({ length: count }, (_, index) =>
    sketchStep({ acceptedAt: systemClock.now(), msisdn: `3161234${1000 + index}` }),
  );
}

async function serve(t: TestContext, tls?: { cert: string; key: string }): Promise<TestSmsc> {
  const smsc = new TestSmsc(systemClock);
  await smsc.listen(nodeNet, tls);
  t.after(() => smsc.close());
  return smsc;
}

test('sends and takes receipts over real sockets, by several binds', async (t) => {
  const smsc = await serve(t);
  const ports = new TestPorts();
  const until = watch(smsc, ports);
  smsc.onSubmit = ({ pdu, link }) => {
    const id = smsc.nextId();
    link.accept(pdu, id);
    void link.deliver({ esm_class: 4, text: `id:${id} stat:DELIVRD err:000` });
  };
  ports.push(...sketchNow(500));
  const connection = connect(t, smsc.port, ports, { binds: 3, window: 20 });
  await until(() => ports.outcomesSeen.length === 500 && ports.receiptsSeen.length === 500);
  assert.ok(ports.kinds().every((kind) => kind === 'accepted'));
  const given = ports.outcomesSeen.map(({ outcome }) =>
    'providerId' in outcome ? outcome.providerId : '',
  );
  const reported = ports.receiptsSeen.map((one) => one.providerIds[0]);
  assert.deepEqual(new Set(given), new Set(reported));
  await connection.stop(2_000);
  assert.equal(connection.health().state, 'stopped');
});

test('speaks TLS with a checked certificate', async (t) => {
  const smsc = await serve(t, { cert: tlsCertificate, key: tlsKey });
  const ports = new TestPorts();
  const until = watch(smsc, ports);
  ports.push(...sketchNow(1));
  connect(t, smsc.port, ports, { tls: true, tlsCa: tlsCertificate, tlsServerName: 'localhost' });
  await until(() => ports.outcomesSeen.length === 1);
  assert.deepEqual(ports.kinds(), ['accepted']);
});

for (const [title, change, reason] of [
  ['nobody vouches for', { tlsServerName: 'localhost' }, /self-signed certificate/],
  ['is for another host', { tlsCa: tlsCertificate }, /IP: 127\.0\.0\.1 is not in the cert/],
  [
    'is for another name',
    { tlsCa: tlsCertificate, tlsServerName: 'smsc.example.net' },
    /Host: smsc\.example\.net\. is not in the cert/,
  ],
] as const) {
  test(`an operator whose certificate ${title} gets no password`, async (t) => {
    const smsc = await serve(t, { cert: tlsCertificate, key: tlsKey });
    const refused = Promise.withResolvers<string>();
    const settings = settingsFor(smsc.port, { tls: true, ...change });
    const connection = createSmsConnection('operator', settings, new TestPorts(), {
      clock: systemClock,
      net: nodeNet,
      random: createSystemRandom(),
      log: { error: () => {}, info: () => {}, debug: () => {}, warn: refused.resolve },
    });
    t.after(() => connection.stop(1_000));
    connection.start();
    assert.match(await refused.promise, reason);
    assert.equal(connection.health().state, 'down');
    assert.deepEqual(smsc.binds, []);
  });
}

test('an operator that breaks off in the middle leaves nothing lost', async (t) => {
  const smsc = await serve(t);
  const ports = new TestPorts();
  const until = watch(smsc, ports);
  let isBroken = false;
  smsc.onSubmit = ({ pdu, link }) => {
    link.accept(pdu);
    if (smsc.submits.length < 50 || isBroken) return;
    isBroken = true;
    link.wire.destroy();
  };
  ports.push(...sketchNow(200));
  connect(t, smsc.port, ports, { reconnectFirstMs: 10, window: 10 });
  await until(() => ports.kinds().filter((kind) => kind === 'accepted').length >= 200);
  const accepted = new Set(
    ports.outcomesSeen.filter(({ outcome }) => outcome.kind === 'accepted').map(({ id }) => id),
  );
  assert.equal(accepted.size, 200);
  assert.ok(smsc.submits.length <= 200 + 10, 'at most a window is sent twice');
});

test('works with an SMSC that shares no code with ours', async (t) => {
  const ports = new TestPorts();
  const answers: number[] = [];
  const submits: IndependentPdu[] = [];
  const server = independent.createServer((session) => {
    session.on('error', () => {});
    session.on('bind_transceiver', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => session.send(pdu.response()));
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('submit_sm', (pdu) => {
      submits.push(pdu);
      const message_id = `A0${submits.length}`;
      session.send(pdu.response({ message_id }));
      session.deliver_sm(
        {
          esm_class: 4,
          source_addr: pdu.destination_addr,
          short_message: `id:${message_id} stat:UNDELIV err:027`,
          receipted_message_id: message_id,
          message_state: 5,
        },
        (answer) => {
          answers.push(answer.command_status);
          changes.onChange();
        },
      );
    });
  });
  const changes = { onChange: () => {} };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const until = watch(ports, changes);
  ports.push(...sketchNow(3));
  const connection = connect(t, server.address().port, ports);
  await until(() => answers.length === 3);
  assert.deepEqual(
    submits.map((pdu) => pdu.short_message.message),
    ['Hello', 'Hello', 'Hello'],
  );
  assert.deepEqual(ports.kinds(), ['accepted', 'accepted', 'accepted']);
  assert.deepEqual(answers, [0, 0, 0]);
  assert.deepEqual(
    ports.receiptsSeen.map(({ providerIds, state, error }) => [providerIds[0], state, error]),
    [
      ['A01', 'failed', 24],
      ['A02', 'failed', 24],
      ['A03', 'failed', 24],
    ],
  );
  await connection.stop(2_000);
});
