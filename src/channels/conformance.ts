import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { laneOf } from '../core/lane.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import { sleep, systemClock } from '../lib/clock.ts';
import type { Connection, ConnectionPorts, PartOutcome } from './contract.ts';
import { TestPorts } from './test-ports.ts';
import { listWaitingParts } from './waiting-parts.ts';

/**
 * What every connection must do, against its own simulator over real sockets. A channel passes when it is done
 * (ARCHITECTURE.md, "How to add a channel").
 */
export interface ChannelRig {
  /** The most parts that may be without an answer at the same time. */
  readonly window: number;
  /** A new connection to the provider, which waits so long for its answers; the suite starts and stops it. */
  connect(ports: ConnectionPorts, responseTimeoutMs: number): Connection;
  /** A step of one part to this number. */
  sketch(msisdn: string): ReadyStep;
  readonly provider: ProviderHandle;
  close(): Promise<void>;
}

/** What the suite has the provider do. */
export interface ProviderHandle {
  /** Not to be reached until `up` is called. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Answers come so much later. */
  delay(ms: number): Promise<void>;
  /** Refuses everything because it comes too fast, or no more. */
  throttle(on: boolean): Promise<void>;
  /** Takes everything and answers nothing, or as usual again. */
  swallow(on: boolean): Promise<void>;
  /** How many of its receipts we have answered. */
  acknowledged(): Promise<number>;
}

const timeout = 60_000;
/** How long answers are waited for that come, on a machine however busy, and those that never come. */
const patientMs = 30_000;
const impatientMs = 300;

/** Runs the suite; `open` sets up a provider and what it takes to reach it. */
export function testChannel(name: string, open: () => Promise<ChannelRig>): void {
  async function setUp(t: TestContext) {
    const rig = await open();
    const ports = new QueuePorts();
    const started: Connection[] = [];
    const begin = (responseTimeoutMs = patientMs): Connection => {
      const connection = rig.connect(ports, responseTimeoutMs);
      started.push(connection);
      connection.start();
      return connection;
    };
    // As the dispatcher does, who also looks after what waits.
    const wake = systemClock.every(50, () => started.at(-1)?.wake());
    t.after(async () => {
      wake.cancel();
      await Promise.all(started.map((one) => one.stop(0)));
      await rig.close();
    });
    const offer = (count: number): ReadyStep[] => {
      const steps = Array.from({ length: count }, (_, n) => rig.sketch(`3161111${1000 + n}`));
      ports.push(...steps);
      return steps;
    };
    return { rig, ports, begin, offer };
  }

  describe(`${name} as a connection`, { timeout }, () => {
    test('says how it is, in words when it is not up', async (t) => {
      const { rig, ports } = await setUp(t);
      const connection = rig.connect(ports, patientMs);
      assert.equal(connection.health().state, 'stopped');
      assert.notEqual(connection.health().reason, '');
      connection.start();
      await until(() => connection.health().state === 'up');
      assert.equal(connection.health().reason, '');
      await connection.stop(1_000);
      assert.equal(connection.health().state, 'stopped');
      assert.notEqual(connection.health().reason, '');
    });

    test('takes only what it has room for, and has one outcome for each part', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      await rig.provider.delay(100);
      const steps = offer(rig.window * 4);
      const connection = begin();
      await until(() => ports.held > 0);
      await until(() => ports.accepted.size === steps.length);
      assert.ok(ports.heldMost <= rig.window, `${ports.heldMost} of ${rig.window}`);
      assert.deepEqual(ports.kinds(), Array(steps.length).fill('accepted'));
      assert.equal(new Set(ports.accepted.values()).size, steps.length, 'ids of their own');
      await until(() => connection.health().outstanding === 0);
    });

    test('the provider is answered when its receipt is on disk, and not before', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      const store = Promise.withResolvers<void>();
      const answer = ports.answerReceipts;
      ports.answerReceipts = async (batch) => {
        await store.promise;
        return answer(batch);
      };
      offer(1);
      begin();
      await until(() => ports.receiptsSeen.length > 0);
      assert.equal(await rig.provider.acknowledged(), 0);
      store.resolve();
      await until(async () => (await rig.provider.acknowledged()) > 0);
    });

    test('a receipt that the store could not take comes again', async (t) => {
      const { ports, begin, offer } = await setUp(t);
      const answer = ports.answerReceipts;
      let failures = 0;
      ports.answerReceipts = (batch) =>
        failures++ === 0 ? Promise.reject(new Error('disk full')) : answer(batch);
      offer(1);
      begin();
      const ids = () => ports.receiptsSeen.map((fact) => `${fact.providerIds[0]} ${fact.state}`);
      await until(() => ids().length > new Set(ids()).size);
    });

    test('stop takes no more and ends what is under way; another one goes on', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      await rig.provider.delay(200);
      const steps = offer(rig.window * 2);
      const connection = begin();
      await until(() => ports.held > 0);
      await connection.stop(10_000);
      assert.equal(ports.held, 0, 'each part has an outcome or was given back');
      assert.equal(ports.kinds().includes('resend'), false);
      const taken = ports.takes;
      connection.wake();
      await sleep(systemClock, 20);
      assert.equal(ports.takes, taken);
      begin();
      await until(() => ports.accepted.size === steps.length);
      assert.equal(ports.kinds().filter((kind) => kind === 'accepted').length, steps.length);
    });

    test('a provider that cannot be reached gets everything once it is back', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      await rig.provider.down();
      const connection = begin();
      const steps = offer(rig.window * 2);
      await until(() => connection.health().state === 'down');
      assert.notEqual(connection.health().reason, '');
      assert.equal(ports.accepted.size, 0);
      await rig.provider.up();
      await until(() => ports.accepted.size === steps.length);
      assert.equal(ports.kinds().filter((kind) => kind === 'accepted').length, steps.length);
      await until(() => connection.health().state === 'up');
    });

    test('what is throttled goes out later, and nobody is told of a failure', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      await rig.provider.throttle(true);
      const steps = offer(rig.window);
      const connection = begin();
      await until(() => connection.health().state === 'throttled');
      await rig.provider.throttle(false);
      await until(() => ports.accepted.size === steps.length);
      assert.deepEqual(new Set(ports.kinds()), new Set(['accepted']));
    });

    test('what got no answer is unknown, which is not "not sent"', async (t) => {
      const { rig, ports, begin, offer } = await setUp(t);
      await rig.provider.swallow(true);
      const steps = offer(1);
      begin(impatientMs);
      await until(() => ports.kinds().length > 0);
      // Either a receipt has told what became of it, or it is to be sent again.
      assert.ok(['resend', 'accepted'].includes(ports.kinds()[0] ?? ''));
      await rig.provider.swallow(false);
      await until(() => ports.accepted.size === steps.length);
      assert.equal(ports.kinds().includes('refused'), false);
    });
  });
}

/** A queue that brings back what is to be tried again, as the dispatcher does, and counts what is taken. */
class QueuePorts extends TestPorts {
  /** Provider ids by message. */
  readonly accepted = new Map<string, string>();
  takes = 0;
  heldMost = 0;
  readonly #held = new Map<string, ReadyStep>();

  /** Parts that were taken and have neither an outcome nor been given back. */
  get held(): number {
    return this.#held.size;
  }

  override take(slot: number, slots: number, room: number): readonly ReadyStep[] {
    assert.ok(room > 0, 'room is asked for');
    const steps = super.take(slot, slots, room);
    this.takes++;
    for (const step of steps) {
      assert.equal(laneOf(step.message.msisdn) % slots, slot);
      assert.equal(listWaitingParts(step).length, 1);
      assert.equal(this.#held.has(step.message.id), false, 'a step is taken once at a time');
      this.#held.set(step.message.id, step);
    }
    this.heldMost = Math.max(this.heldMost, this.#held.size);
    return steps;
  }

  override giveBack(steps: readonly ReadyStep[]): void {
    for (const step of steps) assert.ok(this.#held.delete(step.message.id), 'it was taken');
    super.giveBack(steps);
  }

  override outcomes(batch: readonly PartOutcome[]): void {
    for (const { id, outcome } of batch) {
      const step = this.#held.get(id);
      assert.ok(step !== undefined, 'one outcome for each part');
      this.#held.delete(id);
      if (outcome.kind === 'accepted') this.accepted.set(id, outcome.providerId);
      if (outcome.kind === 'later') systemClock.after(100, () => this.push(step));
    }
    super.outcomes(batch);
  }
}

/** Waits until a condition holds; the suite's own timeout ends it when it never does. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(systemClock, 5);
}
