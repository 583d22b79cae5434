import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { Step } from '../../core/message.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import { allStatuses } from '../../core/status.ts';
import type { Lease, Store } from '../contract.ts';
import type { OpenStore } from './open-store.ts';
import { allLanes, dayMs, hourMs, idOf, sampleMessage, sampleStep, start } from './sample.ts';

/**
 * Plays the same random calls to two stores and compares every answer, and all that can be read at
 * the end. What the one forgets, invents or sorts differently shows here.
 */
export function testAgainstModel(
  name: string,
  openModel: OpenStore,
  open: OpenStore,
  numRuns: number,
): void {
  test(`${name} answers any calls as the model does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { minLength: 5, maxLength: 60 }), async (calls) => {
        const [model, real] = await Promise.all([openModel(), open()]);
        try {
          await playBoth(model.store, real.store, calls);
        } finally {
          await Promise.all([model.store.close(), real.store.close()]);
        }
      }),
      { numRuns },
    );
  });
}

async function playBoth(model: Store, real: Store, calls: readonly Call[]): Promise<void> {
  const players = [new Player(model), new Player(real)] as const;
  for (const call of calls) {
    const [expected, found] = await Promise.all([players[0].play(call), players[1].play(call)]);
    assert.deepEqual(found, expected, call.kind);
  }
  const [expected, found] = await Promise.all([players[0].readAll(), players[1].readAll()]);
  assert.deepEqual(found, expected);
}

const connections = ['op', 'op2'] as const;
const connection = fc.constantFrom(...connections);
const messageIndex = fc.nat({ max: 25 });
const providerId = fc.nat({ max: 30 }).map((number) => `id${number}`);

const anyStep: fc.Arbitrary<Step> = fc
  .record({
    connection,
    parts: fc.integer({ min: 1, max: 2 }),
    timeoutMs: fc.option(fc.constantFrom(1000, hourMs)),
  })
  .map((fields) => sampleStep(fields));

const anyMessageFields = fc.record({
  msisdn: fc.constantFrom('31600000001', '31600000002'),
  reference: fc.option(fc.constantFrom('a', 'b')),
  operator: fc.option(fc.constantFrom('20408', '20404')),
  tariff: fc.option(fc.constantFrom(0, 150)),
  plan: fc.array(anyStep, { minLength: 1, maxLength: 3 }),
  wants: fc.constantFrom(allStatuses, allStatuses, 0b01100, 0),
  reportTo: fc.constantFrom('status:demo', 'status:demo', 'other', null),
});

const anyOutcome: fc.Arbitrary<SubmitOutcome> = fc.oneof(
  { weight: 4, arbitrary: providerId.map((id) => ({ kind: 'accepted', providerId: id }) as const) },
  fc.constant<SubmitOutcome>({ kind: 'unknown' }),
  fc.constant<SubmitOutcome>({ kind: 'refused', error: 23 }),
  fc.constantFrom<SubmitOutcome>(
    { kind: 'later', error: 28, attemptsMax: 2 },
    { kind: 'later', error: 24, attemptsMax: null },
  ),
);

const anyReceipt: fc.Arbitrary<ReceiptFact> = fc.record({
  connection,
  providerIds: fc.uniqueArray(providerId, { minLength: 1, maxLength: 3 }),
  exact: fc.integer({ min: 1, max: 2 }),
  destination: fc.option(fc.constantFrom('31600000001', '31600000002')),
  state: fc.constantFrom('enroute', 'delivered', 'delivered', 'read', 'failed', 'expired'),
  error: fc.constantFrom(0, 5),
  at: fc.constant(start),
  operator: fc.option(fc.constantFrom('20408', '20416')),
});

const anySubmit = fc.record({
  index: messageIndex,
  step: fc.constantFrom(0, 0, 1, 2),
  part: fc.nat({ max: 1 }),
  connection,
  outcome: anyOutcome,
});

const anyCall = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      messages: fc.array(anyMessageFields, { minLength: 1, maxLength: 3 }),
      wallet: fc.constantFrom(
        'none' as const,
        'none' as const,
        'trial' as const,
        'prepaid' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submitted' as const),
      batch: fc.array(anySubmit, { maxLength: 4 }),
      lease: fc.constantFrom('none' as const, 'none' as const, 'newest' as const, 'lost' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('record' as const),
      batch: fc.array(anyReceipt, { maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1000, hourMs, dayMs),
    }),
  },
  fc.record({ kind: fc.constant('sweep' as const) }),
  fc.record({
    kind: fc.constant('sweepParked' as const),
    limit: fc.constantFrom(1, 100),
    ageMs: fc.constantFrom(hourMs, 9 * dayMs),
  }),
  fc.record({
    kind: fc.constant('intend' as const),
    index: messageIndex,
    step: fc.nat({ max: 1 }),
  }),
  fc.record({
    kind: fc.constant('withdraw' as const),
    index: messageIndex,
    step: fc.nat({ max: 1 }),
    part: fc.nat({ max: 1 }),
  }),
  fc.record({ kind: fc.constant('cancel' as const), index: messageIndex }),
  fc.record({
    kind: fc.constant('acceptOnce' as const),
    fields: anyMessageFields,
    key: fc.constantFrom('k1', 'k2', 'k3'),
    fingerprint: fc.constantFrom('f', 'f', 'g'),
  }),
  fc.record({
    kind: fc.constant('convert' as const),
    index: fc.option(messageIndex),
    reference: fc.option(fc.constantFrom('a', 'b')),
    convertedAt: fc.constantFrom(start, start + 1),
  }),
  fc.record({ kind: fc.constant('pruneKept' as const), ageMs: fc.constantFrom(hourMs, 2 * dayMs) }),
  fc.record({
    kind: fc.constant('move' as const),
    index: messageIndex,
    step: fc.nat({ max: 1 }),
    from: fc.constantFrom('op', 'rbm'),
    to: fc.constantFrom('op', 'rbm', 'spare'),
  }),
  fc.record({
    kind: fc.constant('told' as const),
    places: fc.array(fc.nat({ max: 5 }), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('postpone' as const), place: fc.nat({ max: 5 }) }),
  fc.record({
    kind: fc.constant('lease' as const),
    holder: fc.constantFrom('a', 'b'),
    isReleased: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('wallet' as const), messagesLeft: fc.nat({ max: 5 }) }),
  fc.record({ kind: fc.constant('prune' as const), ageMs: fc.constantFrom(hourMs, 2 * dayMs) }),
  fc.record({ kind: fc.constant('read' as const), limit: fc.constantFrom(1, 3) }),
);

type Call = typeof anyCall extends fc.Arbitrary<infer Value> ? Value : never;

/** Plays calls to one store. Time and ids go on by the calls alone, so two players stay in step. */
class Player {
  readonly #store: Store;
  #now = start;
  #accepted = 0;
  #leases: Lease[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async play(call: Call): Promise<unknown> {
    const store = this.#store;
    const now = this.#now;
    switch (call.kind) {
      case 'accept': {
        const messages = call.messages.map((fields) =>
          sampleMessage(this.#accepted++, {
            acceptedAt: now,
            expiresAt: now + dayMs,
            ...fields,
          }),
        );
        return store.intake.accept({ account: 'demo', messages, now, wallet: call.wallet });
      }
      case 'submitted': {
        const batch = call.batch.map(({ index, ...submit }) => ({ id: idOf(index), ...submit }));
        const lease = call.lease === 'newest' ? this.#leases.at(-1) : this.#leases[0];
        return store.dispatch.submitted(batch, call.lease === 'none' ? null : (lease ?? null), now);
      }
      case 'record':
        return store.receipts.record(call.batch, now);
      case 'wait':
        this.#now += call.ms;
        return undefined;
      case 'sweep':
        return store.dispatch.sweep(now, 1000);
      case 'sweepParked':
        return store.receipts.sweepParked(now, call.limit, now - call.ageMs);
      case 'intend':
        return store.dispatch.intend([{ id: idOf(call.index), step: call.step }], now);
      case 'withdraw': {
        const { index, step, part } = call;
        return store.dispatch.withdraw([{ id: idOf(index), step, part }], now);
      }
      case 'move': {
        const { index, step, from, to } = call;
        return store.dispatch.move([{ id: idOf(index), step, from, to }], null, now);
      }
      case 'cancel':
        return store.dispatch.cancel([idOf(call.index)], now);
      case 'acceptOnce': {
        const { fields, key, fingerprint } = call;
        const times = { acceptedAt: now, expiresAt: now + dayMs };
        const messages = [sampleMessage(this.#accepted++, { ...times, ...fields })];
        const answer = { status: 200, headers: {}, body: String(this.#accepted) };
        const known = { account: 'demo', key, fingerprint, answer };
        return store.intake.acceptOnce(
          { account: 'demo', messages, now, wallet: 'none' },
          { ...known, expiresAt: now + 2 * hourMs, keysMax: 2 },
        );
      }
      case 'convert': {
        const { index, reference, convertedAt } = call;
        const reported = {
          account: 'demo',
          reference,
          msisdn: null,
          convertedAt,
          notifiedAt: null,
        };
        const messageId = index === null ? null : idOf(index);
        return store.conversions.record({ reported, messageId, now, once: null });
      }
      case 'pruneKept':
        return [
          await store.answers.prune(now, 2),
          await store.conversions.prune(now - call.ageMs, 2),
        ];
      case 'told': {
        const reports = await this.#readOutbox('status:demo', 6);
        const batch = call.places
          .map((place) => reports[place])
          .filter((row) => row !== undefined)
          .map(({ queue, sequence, report: { messageId, status } }) => {
            return { queue, sequence, messageId, status, httpStatus: 200 };
          });
        return store.outbox.told(batch, now);
      }
      case 'postpone': {
        const row = (await this.#readOutbox('status:demo', 6))[call.place];
        if (row === undefined) return undefined;
        const { queue, sequence, report } = row;
        const due = now + 1500;
        return store.outbox.postpone([{ queue, sequence, messageId: report.messageId, due }]);
      }
      case 'lease': {
        if (call.isReleased) return store.leases.release(['r'], call.holder);
        const leases = await store.leases.acquire(['r'], call.holder, hourMs, now);
        this.#leases.push(...leases);
        return leases;
      }
      case 'wallet':
        return store.intake.openWallet('demo', call.messagesLeft);
      case 'prune':
        return store.retention.prune(
          { content: now - call.ageMs, correlation: 0, history: now - 2 * call.ageMs },
          3,
        );
      case 'read':
        return [await this.#readLanes(call.limit), await this.#readOutbox('other', call.limit)];
    }
  }

  /** All that a store shows. */
  async readAll(): Promise<unknown> {
    const store = this.#store;
    return {
      lanes: await this.#readLanes(1000),
      outbox: await this.#readOutbox('status:demo', 1000),
      queues: await store.outbox.queues(),
      messages: await store.history.find({ limit: 1000 }),
      conversions: await store.conversions.find({ account: 'demo', limit: 1000 }),
      conversionCounts: await store.conversions.counts({
        account: null,
        from: 0,
        until: this.#now + hourMs,
        groupingsMax: 10,
      }),
      counts: await store.history.counts(),
      wallet: await store.intake.messagesLeft('demo'),
    };
  }

  async #readLanes(limit: number): Promise<unknown> {
    const now = this.#now;
    return Promise.all(
      connections.map((one) =>
        this.#store.dispatch.readReady({
          connection: one,
          lanes: allLanes,
          after: { due: start + 5, id: idOf(2) },
          now,
          limit,
        }),
      ),
    );
  }

  #readOutbox(queue: string, limit: number): ReturnType<Store['outbox']['read']> {
    return this.#store.outbox.read({ queue, after: null, now: this.#now, limit });
  }
}
