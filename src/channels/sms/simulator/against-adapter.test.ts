import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryErrors } from '../../../core/status.ts';
import { createSeededRandom } from '../../../lib/random.ts';
import { createHandsets, type Handsets } from '../../../rehearsal/handsets.ts';
import { createVirtualClock, type VirtualClock } from '../../../rehearsal/virtual-clock.ts';
import { createVirtualNet } from '../../../rehearsal/virtual-net.ts';
import type { Connection } from '../../contract.ts';
import { TestPorts } from '../../test-ports.ts';
import { createSmsConnection } from '../connection.ts';
import { settingsFor } from '../test-stage.ts';
import { sketchStep } from '../test-steps.ts';
import { simulatorReceiptErrors, simulatorStatusErrors } from './causes.ts';
import { createSmscSimulator, type SmscSimulator } from './simulator.ts';
import type { Switches } from './switches.ts';

/** The SMS adapter and the simulated SMSC in virtual time, on a network that cuts packets. */
interface Pair {
  clock: VirtualClock;
  smsc: SmscSimulator;
  handsets: Handsets;
  ports: TestPorts;
  connection: Connection;
  trace: string[];
  close(): Promise<void>;
}

const startAt = Date.UTC(2026, 10, 22);

async function createPair(
  seed: number,
  switches: Partial<Switches> = {},
  settings: Record<string, unknown> = {},
): Promise<Pair> {
  const clock = createVirtualClock({ startAt });
  const trace: string[] = [];
  const net = createVirtualNet({
    clock,
    random: createSeededRandom(seed),
    settings: { splitChance: 0.2 },
    observe: (event) => trace.push(event),
  });
  const handsets = createHandsets({ clock });
  const smsc = createSmscSimulator({
    net,
    clock,
    random: createSeededRandom(seed + 1),
    handsets,
    settings: { accounts: { chappe: { password: 'secret', ...switches } } },
  });
  const { port } = await smsc.listen({ host: '127.0.0.1', port: 0 });
  const ports = new TestPorts();
  const connection = createSmsConnection(
    'operator',
    settingsFor(port, {
      receiptErrors: simulatorReceiptErrors,
      statusErrors: simulatorStatusErrors,
      ...settings,
    }),
    ports,
    {
      clock,
      net,
      random: createSeededRandom(seed + 2),
      log: { error() {}, warn() {}, info() {}, debug() {} },
    },
  );
  connection.start();
  await clock.runUntil(() => connection.health().state === 'up', 10_000);
  const send = ports.push.bind(ports);
  ports.push = (...steps) => {
    send(...steps);
    connection.wake();
  };
  return {
    clock,
    smsc,
    handsets,
    ports,
    connection,
    trace,
    async close() {
      const closing = Promise.all([connection.stop(0), smsc.close()]);
      await clock.advance(60_000);
      await closing;
    },
  };
}

test('a number that ends in 000 and an error fails with it, through the adapter', async () => {
  const pair = await createPair(1);
  const { clock, ports } = pair;
  const errors = Object.keys(deliveryErrors).map(Number);
  const idOf = new Map<string, number>();
  for (const error of errors) {
    const step = sketchStep({
      msisdn: `31612000${String(error).padStart(2, '0')}`,
      acceptedAt: startAt,
    });
    idOf.set(step.message.id, error);
    ports.push(step);
  }
  await clock.advance(10_000);
  const found = new Map<number, number>();
  const providerIds = new Map<string, number>();
  for (const { id, outcome } of ports.outcomesSeen) {
    const wanted = idOf.get(id) ?? 0;
    if (outcome.kind === 'refused') found.set(wanted, outcome.error);
    if (outcome.kind === 'accepted') providerIds.set(outcome.providerId, wanted);
  }
  for (const {
    providerIds: [id = ''],
    error,
  } of ports.receiptsSeen) {
    found.set(providerIds.get(id) ?? 0, error);
  }
  assert.deepEqual(
    [...found].toSorted(([a], [b]) => a - b),
    errors.map((error) => [error, error]),
  );
  await pair.close();
});

const takeBackCases = [
  {
    title: 'what waits for a phone that is off is taken back and never shown',
    settings: { cancel: true },
    isOn: false,
    counts: { asked: 2, done: 2, refused: 0 },
    shown: 0,
    state: 'failed',
  },
  {
    title: 'without the setting it is shown when the phone is switched on',
    settings: {},
    isOn: false,
    counts: null,
    shown: 1,
    state: 'delivered',
  },
  {
    title: 'what was shown already is not taken back',
    settings: { cancel: true },
    isOn: true,
    counts: { asked: 2, done: 0, refused: 2 },
    shown: 1,
    state: 'delivered',
  },
] as const;

for (const { title, settings, isOn, counts, shown, state } of takeBackCases) {
  test(title, async () => {
    const pair = await createPair(3, {}, settings);
    const { clock, ports, handsets, connection } = pair;
    const msisdn = '31655555555';
    handsets.change(msisdn, { on: isOn });
    const content = { text: 'x'.repeat(200), encoding: 'gsm7' } as const;
    const step = sketchStep({ msisdn, content, parts: 2, acceptedAt: startAt });
    ports.push(step);
    await clock.advance(10_000);
    const providerIds = ports.outcomesSeen.map(({ outcome }) =>
      outcome.kind === 'accepted' ? outcome.providerId : '',
    );
    assert.equal(providerIds.length, 2);
    connection.revoke?.([{ message: step.message, step: 0, providerIds }]);
    await clock.advance(1_000);
    handsets.change(msisdn, { on: true });
    await clock.advance(3_600_000);
    assert.deepEqual(connection.revocations, counts);
    assert.equal(handsets.find(msisdn)?.inbox.messages.length, shown);
    assert.deepEqual(
      ports.receiptsSeen.map((receipt) => receipt.state),
      [state, state],
    );
    await pair.close();
  });
}

/** Everything at once that an operator can do and a gateway must survive without a loss. */
const storm: Partial<Switches> = {
  responseMinMs: 5,
  responseMeanMs: 40,
  responsesOutOfOrder: true,
  swallowChance: 0.01,
  nackChance: 0.01,
  disconnectChance: 0.005,
  submitErrorChance: 0.02,
  windowMax: 8,
  rate: 200,
  deliverMaxMs: 100,
  receiptCopies: 2,
  receiptShuffleMs: 500,
  receiptTiming: 'before-response',
  wire: 'split',
};

async function runStorm(seed: number) {
  const pair = await createPair(seed, storm, { window: 10, responseTimeoutMs: 2_000, rate: 500 });
  const { clock, smsc, ports, handsets } = pair;
  const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`);
  const seen = new Set<string>();
  handsets.onMessage((_number, { text }) => seen.add(text));
  for (const [index, text] of texts.entries()) {
    const content = { text, encoding: 'gsm7' } as const;
    const msisdn = `3161${String(1_111_111 + index)}`;
    ports.push(sketchStep({ msisdn, content, acceptedAt: startAt }));
  }
  const isSettled = (): boolean => {
    const later = ports.outcomesSeen.filter(({ outcome }) => outcome.kind === 'later').length;
    return seen.size + later >= texts.length && ports.waiting === 0;
  };
  const settled = await clock.runUntil(isSettled, 3_600_000);
  await clock.advance(60_000);
  const stats = smsc.stats();
  await pair.close();
  return { settled, seen, texts, stats, trace: pair.trace, ports };
}

test('in a storm nothing is lost, and the counts agree', async () => {
  const { settled, seen, texts, stats, ports } = await runStorm(5);
  assert.ok(settled);
  const later = ports.outcomesSeen.filter(({ outcome }) => outcome.kind === 'later').length;
  assert.ok(seen.size >= texts.length - later);
  const { submitted, delivered, failed, pending, lost } = stats.messages;
  assert.equal(submitted, delivered + failed + pending + lost);
  assert.equal(pending, 0);
  assert.ok(stats.submits.refused > 0 && stats.submits.duplicates > 0);
  const { created, acknowledged, waiting } = stats.deliveries;
  assert.equal(created, 2 * submitted);
  assert.equal(acknowledged + waiting, created);
  assert.equal(waiting, 0);
});

test('the same seed gives the same storm, another seed another', async () => {
  const [one, again, other] = [await runStorm(6), await runStorm(6), await runStorm(7)];
  assert.ok(one.trace.length > 500);
  assert.deepEqual(one.trace, again.trace);
  assert.deepEqual(one.stats, again.stats);
  assert.notDeepEqual(one.trace, other.trace);
});
