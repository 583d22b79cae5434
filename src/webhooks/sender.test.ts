import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Account, Accounts, StatusWebhook } from '../core/account.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../lib/http-client.ts';
import type { Log } from '../lib/log.ts';
import { createSeededRandom, type Random } from '../lib/random.ts';
import { createVirtualClock, type VirtualClock } from '../rehearsal/virtual-clock.ts';
import {
  accept,
  accepted,
  idOf,
  indexOf,
  receipt,
  sampleMessage,
  start,
} from '../store/conformance/sample.ts';
import type { OutboxReport, Store } from '../store/contract.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { heldMax } from './backlog.ts';
import { degradedCallsMax, healthyCallsMax } from './call-shares.ts';
import { callsAtOnceMax } from './pace.ts';
import { callTimeoutMs } from './request.ts';
import { giveUpAfterMs } from './schedule.ts';
import { createReportSender, type ReportSender } from './sender.ts';
import { createMemoryApprovals, type WebhookApprovals } from './test-call.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

const ok: HttpOutcome = { kind: 'answered', status: 200 };
const broken: HttpOutcome = { kind: 'answered', status: 500 };
const hangs: HttpOutcome = { kind: 'failed', reason: 'no answer in time' };

/** One call that an endpoint got. */
interface Call {
  readonly account: string;
  /** The webhook-id; "index:status" of what it reports. */
  readonly id: string;
  readonly report: string;
  readonly startedAt: number;
  endedAt: number;
  outcome: HttpOutcome | null;
}

/** What an endpoint does with a call: an outcome after so many milliseconds. */
type Endpoint = (call: Call) => { afterMs: number; outcome: HttpOutcome };

const good: Endpoint = () => ({ afterMs: 20, outcome: ok });
const bad: Endpoint = () => ({ afterMs: 20, outcome: broken });
const dead: Endpoint = () => ({ afterMs: callTimeoutMs, outcome: hangs });

/** A sender in virtual time with endpoints in memory. */
class Stage {
  readonly clock: VirtualClock = createVirtualClock({ startAt: start });
  readonly random: Random = createSeededRandom(7);
  readonly endpoints = new Map<string, Endpoint>();
  readonly calls: Call[] = [];
  readonly tests: HttpRequest[] = [];
  readonly logged: string[] = [];
  /** Kinds of transactions that the store refuses, or applies without answering. */
  readonly refuse = new Set<string>();
  readonly swallow = new Set<string>();
  readonly reads: number[] = [];
  testAnswer: HttpOutcome = ok;
  approvals: WebhookApprovals = createMemoryApprovals();
  accounts: Account[] = [];
  mostCalls = 0;
  readonly store: Store;
  sender: ReportSender;
  #open = 0;
  /** The processes that died: their calls end unheard. */
  #life = 0;

  constructor(accounts: readonly string[] = ['demo']) {
    this.store = createMemoryStore({ commit: (transaction) => this.#commit(transaction) });
    for (const id of accounts) {
      this.accounts.push(accountOf(id));
      this.endpoints.set(id, good);
    }
    this.sender = this.#build();
  }

  async begin(): Promise<this> {
    for (const { id, statusWebhook } of this.accounts) {
      if (statusWebhook !== null) await this.approvals.add(id, statusWebhook.url);
    }
    await this.sender.start();
    return this;
  }

  /** As after a crash: what was under way is lost, and another process begins. */
  async crash(): Promise<void> {
    this.#life++;
    this.#open = 0;
    this.sender = this.#build();
    await this.sender.start();
  }

  /** The operator takes messages: report 0 of each. */
  async enroute(indexes: readonly number[], account = 'demo'): Promise<void> {
    const fields = { account, reportTo: `status:${account}` };
    const acceptedAt = this.clock.now();
    await accept(
      this.store,
      indexes.map((index) =>
        sampleMessage(index, { ...fields, acceptedAt, expiresAt: acceptedAt + 24 * hourMs }),
      ),
    );
    const batch = indexes.map((index) => accepted(index, `id${index}`));
    const { reports } = await this.store.dispatch.submitted(batch, null, this.clock.now());
    this.sender.offer(reports);
  }

  /** The operator delivers, or sees them read: report 2, report 4 of each. */
  async receive(indexes: readonly number[], state: 'delivered' | 'read' = 'delivered') {
    const batch = indexes.map((index) => receipt(`id${index}`, { state }));
    const { reports } = await this.store.receipts.record(batch, this.clock.now());
    this.sender.offer(reports);
  }

  async outbox(account = 'demo'): Promise<readonly OutboxReport[]> {
    const now = this.clock.now() + 2 * giveUpAfterMs;
    return this.store.outbox.read({ queue: `status:${account}`, after: null, now, limit: 1e6 });
  }

  /** The reports that were taken, in order. */
  taken(account = 'demo'): string[] {
    return this.calls
      .filter((call) => call.account === account && isTaken(call))
      .toSorted((left, right) => left.endedAt - right.endedAt)
      .map((call) => call.report);
  }

  untilEmpty(maxMs: number): Promise<boolean> {
    let isEmpty = false;
    const look = (): void => {
      void this.store.history.counts().then(({ outbox }) => {
        isEmpty = outbox === 0;
      });
    };
    return this.clock.runUntil(() => {
      look();
      return isEmpty;
    }, maxMs);
  }

  #build(): ReportSender {
    const accounts: Accounts = {
      byId: (id) => this.accounts.find((account) => account.id === id) ?? null,
      byToken: () => null,
      all: () => this.accounts,
    };
    const log: Log = {
      error: (sentence) => this.logged.push(sentence),
      warn: (sentence) => this.logged.push(sentence),
      info: (sentence) => this.logged.push(sentence),
      debug: () => {},
    };
    const { clock, random, approvals } = this;
    const store = this.store.outbox;
    return createReportSender({
      store,
      accounts,
      http: this.#http(),
      approvals,
      clock,
      random,
      log,
    });
  }

  #http(): HttpClient {
    const life = this.#life;
    return {
      send: (request) => {
        const id = request.headers['webhook-id'] ?? '';
        if (life !== this.#life) return new Promise(() => {});
        if (id.startsWith('test-')) {
          this.tests.push(request);
          return Promise.resolve(this.testAnswer);
        }
        return this.#call(new URL(request.url).hostname.split('.')[0] ?? '', id, life);
      },
      close: () => Promise.resolve(),
    };
  }

  #call(account: string, id: string, life: number): Promise<HttpOutcome> {
    const [messageId = '', status = ''] = id.split('-');
    const report = `${indexOf(messageId)}:${status}`;
    const startedAt = this.clock.now();
    const call: Call = { account, id, report, startedAt, endedAt: 0, outcome: null };
    this.calls.push(call);
    this.mostCalls = Math.max(this.mostCalls, ++this.#open);
    const endpoint = this.endpoints.get(account) ?? bad;
    const { afterMs, outcome } = endpoint(call);
    return new Promise((resolve) => {
      this.clock.after(afterMs, () => {
        if (life !== this.#life) return;
        this.#open--;
        call.endedAt = this.clock.now();
        call.outcome = outcome;
        resolve(outcome);
      });
    });
  }

  #commit(transaction: PendingTransaction): void {
    if (this.refuse.has(transaction.kind)) {
      transaction.reject(new Error('the disk is full'));
      return;
    }
    if (transaction.kind === 'read') this.reads.push(this.clock.now());
    transaction.apply();
    if (!this.swallow.has(transaction.kind)) transaction.answer();
  }
}

function accountOf(id: string, webhook: Partial<StatusWebhook> = {}): Account {
  const url = `https://${id}.example/hook`;
  return {
    id,
    channels: null,
    partsMaxDefault: 8,
    references: 'tolerant',
    wallet: 'none',
    statusWebhook: { url, format: 'json', statuses: 31, signingKeys: [], ...webhook },
  };
}

function isTaken(call: Call): boolean {
  return call.outcome?.kind === 'answered' && Math.floor(call.outcome.status / 100) === 2;
}

function upTo(count: number, first = 1): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** No report was taken twice, and each message's in rising order. */
function checkOrder(taken: readonly string[]): void {
  const last = new Map<string, number>();
  for (const report of taken) {
    const [index = '', status = ''] = report.split(':');
    assert.ok((last.get(index) ?? -1) < Number(status), `${report} after ${last.get(index)}`);
    last.set(index, Number(status));
  }
}

describe('a report', () => {
  it('is delivered as soon as it is offered, and leaves the outbox', async () => {
    const stage = await new Stage().begin();
    await stage.enroute([1]);
    await stage.clock.advance(30);
    assert.deepEqual(stage.taken(), ['1:0']);
    assert.equal(stage.calls[0]?.startedAt, start);
    assert.equal(stage.calls[0]?.id, `${idOf(1)}-0`);
    assert.deepEqual(await stage.outbox(), []);
    const events = (await stage.store.history.message(idOf(1)))?.events ?? [];
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'told').map(({ detail }) => detail),
      ['200'],
    );
    assert.equal(stage.sender.stats().told, 1);
    assert.equal(stage.sender.stats().held, 0);
  });

  it('is not read back when it is offered', async () => {
    const stage = await new Stage().begin();
    await stage.clock.advance(100);
    const before = stage.reads.length;
    for (let round = 0; round < 20; round++) {
      await stage.enroute(upTo(10, round * 10 + 1));
      await stage.clock.advance(40);
    }
    assert.equal(stage.taken().length, 200);
    assert.equal(stage.reads.length, before);
  });

  for (const [status, isTakenByIt] of [
    [200, true],
    [201, true],
    [204, true],
    [299, true],
    [199, false],
    [301, false],
    [302, false],
    [304, false],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
    [429, false],
    [500, false],
    [503, false],
  ] as const) {
    it(`${isTakenByIt ? 'is taken' : 'has failed'} with ${status}`, async () => {
      const stage = await new Stage().begin();
      stage.endpoints.set('demo', () => ({ afterMs: 5, outcome: { kind: 'answered', status } }));
      await stage.enroute([1]);
      await stage.clock.advance(100);
      const rows = await stage.outbox();
      assert.equal(rows.length, isTakenByIt ? 0 : 1);
      if (!isTakenByIt) assert.equal(rows[0]?.attempts, 1);
    });
  }

  for (const outcome of [hangs, { kind: 'forbidden', reason: 'inside' }] as const) {
    it(`has failed when the call is ${outcome.kind}`, async () => {
      const stage = await new Stage().begin();
      stage.endpoints.set('demo', () => ({ afterMs: 5, outcome }));
      await stage.enroute([1]);
      await stage.clock.advance(100);
      assert.equal((await stage.outbox())[0]?.attempts, 1);
    });
  }

  it('that fails is tried after 1, 5, 15, 30 and 60 minutes, then hourly', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(5 * hourMs);
    const minutes = stage.calls.map((call) => (call.startedAt - start) / minuteMs);
    const expected = [0, 1, 6, 21, 51, 111, 171, 231, 291];
    assert.equal(minutes.length, expected.length);
    for (const [index, minute] of expected.entries()) {
      const late = (minutes[index] ?? 0) - minute;
      // The tick comes each second and queues are looked at every five, so each wait may be so much longer.
      assert.ok(late >= 0 && late * minuteMs <= index * 6_100, `${minutes.join()}`);
    }
    assert.equal(new Set(stage.calls.map((call) => call.id)).size, 1);
  });

  it('waits as long as it was asked to, when that is longer', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', ({ startedAt }) => ({
      afterMs: 0,
      outcome:
        startedAt === start ? { kind: 'answered', status: 500, retryAfterMs: 10 * minuteMs } : ok,
    }));
    await stage.enroute([1]);
    await stage.clock.advance(9.9 * minuteMs);
    assert.equal(stage.calls.length, 1);
    await stage.clock.advance(0.2 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('is given up after seven days, with a last try before', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    stage.clock.shiftWall(giveUpAfterMs - 2 * minuteMs);
    await stage.clock.advance(1.5 * minuteMs);
    assert.equal(stage.calls.length, 2);
    assert.deepEqual(await stage.outbox(), []);
    const events = (await stage.store.history.message(idOf(1)))?.events ?? [];
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'told').map(({ detail }) => detail),
      ['0'],
    );
    assert.equal(stage.sender.stats().givenUp, 1);
    assert.equal(stage.sender.stats().told, 0);
  });

  it('that is too old when its turn comes is given up without a call', async () => {
    const stage = new Stage();
    await stage.enroute(upTo(700));
    stage.clock.shiftWall(giveUpAfterMs);
    await stage.begin();
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    assert.deepEqual(await stage.outbox(), []);
    assert.equal(stage.sender.stats().givenUp, 700);
  });

  it('of an account without a webhook is given up and counted', async () => {
    const stage = await new Stage(['demo', 'other']).begin();
    stage.accounts = [{ ...accountOf('demo'), statusWebhook: null }];
    await stage.enroute([1, 2]);
    await stage.enroute([3], 'other');
    await stage.clock.advance(secondMs);
    assert.equal(stage.calls.length, 0);
    assert.deepEqual([...(await stage.outbox()), ...(await stage.outbox('other'))], []);
    assert.equal(stage.sender.stats().homeless, 3);
  });

  it('of a queue that is not of status reports is left alone', async () => {
    const stage = new Stage();
    await accept(stage.store, [sampleMessage(1, { reportTo: 'smpp:x' })]);
    const { reports } = await stage.store.dispatch.submitted([accepted(1, 'x')], null, start);
    await stage.begin();
    stage.sender.offer(reports);
    await stage.clock.advance(2 * minuteMs);
    assert.deepEqual(await stage.store.outbox.queues(), ['smpp:x']);
    assert.equal(stage.sender.stats().queues, 0);
  });
});

describe('the reports of one message', () => {
  it('wait for the earlier one to be told on disk, not only taken', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    await stage.enroute([1]);
    await stage.receive([1]);
    await stage.clock.advance(10 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
    stage.refuse.clear();
    await stage.clock.advance(2 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2']);
    assert.equal(stage.calls.length, 2);
  });

  it('stay in order when the first fails and the others come meanwhile or later', async () => {
    const stage = await new Stage().begin();
    let failures = 2;
    stage.endpoints.set('demo', () => ({ afterMs: 50, outcome: failures-- > 0 ? broken : ok }));
    await stage.enroute([1]);
    await stage.clock.advance(10);
    await stage.receive([1]);
    await stage.clock.advance(10 * secondMs);
    await stage.receive([1], 'read');
    await stage.clock.advance(10 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2', '1:4']);
    assert.deepEqual(
      stage.calls.map((call) => call.report),
      ['1:0', '1:0', '1:0', '1:2', '1:4'],
    );
  });

  it('are each taken once and in order, whatever the endpoint does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        async (seed, failing) => {
          const stage = await new Stage().begin();
          const random = createSeededRandom(seed);
          stage.endpoints.set('demo', () => ({
            afterMs: Math.floor(random.fraction() * 300),
            outcome: random.fraction() < failing ? broken : ok,
          }));
          await stage.enroute(upTo(30));
          for (const index of upTo(30)) {
            await stage.clock.advance(Math.floor(random.fraction() * 40));
            await stage.receive([index]);
            if (random.fraction() < 0.3) await stage.receive([index], 'read');
          }
          stage.endpoints.set('demo', good);
          assert.ok(await stage.untilEmpty(2 * hourMs));
          const taken = stage.taken();
          checkOrder(taken);
          const { told } = stage.sender.stats();
          assert.equal(taken.length, told);
          assert.ok(told >= 60);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('after a restart', () => {
  it('what was left over is delivered, in order, each once', async () => {
    const stage = await new Stage(['demo', 'other']).begin();
    stage.endpoints.set('demo', dead);
    stage.endpoints.set('other', dead);
    await stage.enroute(upTo(1_200));
    await stage.enroute(upTo(3, 5_000), 'other');
    await stage.receive(upTo(1_200));
    await stage.clock.advance(3 * secondMs);
    stage.endpoints.set('demo', good);
    stage.endpoints.set('other', good);
    await stage.crash();
    assert.ok(await stage.untilEmpty(minuteMs));
    checkOrder(stage.taken());
    assert.equal(stage.taken().length, 2_400);
    assert.deepEqual(stage.taken('other').toSorted(), ['5000:0', '5001:0', '5002:0']);
  });

  it('the order holds for a message whose first report had been postponed', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    await stage.receive([1]);
    stage.endpoints.set('demo', good);
    await stage.crash();
    await stage.clock.advance(30 * secondMs);
    assert.deepEqual(stage.taken(), []);
    await stage.clock.advance(45 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '1:2']);
  });

  it('a report that waits for its next try gets it when that is due', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute([1]);
    await stage.clock.advance(70 * secondMs);
    assert.equal(stage.calls.length, 2);
    stage.endpoints.set('demo', good);
    await stage.crash();
    await stage.clock.advance(5 * minuteMs);
    const wait = (stage.calls[2]?.startedAt ?? 0) - (stage.calls[1]?.endedAt ?? 0);
    assert.ok(wait >= 5 * minuteMs && wait <= 5 * minuteMs + 6 * secondMs, `${wait}`);
  });

  it('only what was taken without its T4 is sent again, under the same id', async () => {
    const stage = await new Stage().begin();
    await stage.enroute(upTo(5));
    await stage.clock.advance(secondMs);
    stage.refuse.add('told');
    await stage.enroute(upTo(5, 6));
    await stage.clock.advance(secondMs);
    stage.refuse.clear();
    await stage.crash();
    assert.ok(await stage.untilEmpty(minuteMs));
    const times = new Map<string, number>();
    for (const { id } of stage.calls) times.set(id, (times.get(id) ?? 0) + 1);
    assert.deepEqual(
      upTo(10).map((index) => times.get(`${idOf(index)}-0`)),
      [1, 1, 1, 1, 1, 2, 2, 2, 2, 2],
    );
  });

  it('at any moment nothing is lost and nothing goes backwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
        const stage = await new Stage().begin();
        const random = createSeededRandom(seed);
        const outcomeOf = (): HttpOutcome => (random.fraction() < 0.3 ? broken : ok);
        stage.endpoints.set('demo', () => ({
          afterMs: Math.floor(random.fraction() * 500),
          outcome: outcomeOf(),
        }));
        for (let round = 0; round < 6; round++) {
          const indexes = upTo(20, round * 20 + 1);
          await stage.enroute(indexes);
          await stage.clock.advance(Math.floor(random.fraction() * 400));
          await stage.receive(indexes);
          await stage.clock.advance(Math.floor(random.fraction() * 400));
          if (random.fraction() < 0.6) await stage.crash();
        }
        stage.endpoints.set('demo', good);
        assert.ok(await stage.untilEmpty(2 * hourMs));
        const firstTaken = new Map<string, number>();
        for (const [position, report] of stage.taken().entries()) {
          if (!firstTaken.has(report)) firstTaken.set(report, position);
        }
        for (const index of upTo(120)) {
          const [enroute, delivered] = [0, 2].map((status) => firstTaken.get(`${index}:${status}`));
          assert.ok(enroute !== undefined && delivered !== undefined && enroute < delivered);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('an endpoint that fails', () => {
  it('is left alone but for probes, and no report is burnt', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', bad);
    await stage.enroute(upTo(3_000));
    await stage.clock.advance(2 * hourMs);
    assert.ok(stage.calls.length < 60, `${stage.calls.length} calls`);
    const rows = await stage.outbox();
    assert.equal(rows.length, 3_000);
    const untried = rows.filter((row) => row.attempts === 0);
    assert.ok(untried.length > 2_940);
    assert.ok(untried.every((row) => row.due === start));
    assert.equal(stage.sender.stats().resting, 1);
    assert.equal(stage.sender.stats().held, 0, 'what waits needs no memory');
    stage.endpoints.set('demo', good);
    const recoveredAt = stage.clock.now();
    assert.ok(await stage.untilEmpty(2 * hourMs));
    assert.equal(stage.taken().length, 3_000);
    checkOrder(stage.taken());
    const soon = stage.calls.filter(
      (call) => isTaken(call) && call.endedAt < recoveredAt + 6 * minuteMs,
    );
    assert.ok(soon.length > 2_900, 'noticed within the longest wait');
    assert.deepEqual(stage.logged, [
      'A webhook fails; its reports wait.',
      'A webhook answers again.',
    ]);
  });

  it('only sometimes still gets everything', async () => {
    const stage = await new Stage().begin();
    const refused = new Set(['4:0', '8:0']);
    stage.endpoints.set('demo', ({ report }) => ({
      afterMs: 20,
      outcome: refused.delete(report) ? broken : ok,
    }));
    await stage.enroute(upTo(8));
    await stage.clock.advance(secondMs);
    assert.equal(stage.taken().length, 6);
    await stage.clock.advance(70 * secondMs);
    assert.equal(stage.taken().length, 8);
  });

  it('and asks for a pause gets it for all its reports, five minutes at most', async () => {
    for (const [asked, pauseMs] of [
      [30 * secondMs, 30 * secondMs],
      [hourMs, 5 * minuteMs],
    ] as const) {
      const stage = await new Stage().begin();
      let asks = 1;
      stage.endpoints.set('demo', () => ({
        afterMs: 10,
        outcome: asks-- > 0 ? { kind: 'answered', status: 429, retryAfterMs: asked } : ok,
      }));
      await stage.enroute([1]);
      await stage.clock.advance(secondMs);
      await stage.enroute([2]);
      await stage.clock.advance(pauseMs - 2 * secondMs);
      assert.equal(stage.calls.length, 1);
      await stage.clock.advance(3 * secondMs);
      assert.deepEqual(stage.taken(), ['2:0']);
    }
  });
});

describe('an endpoint that is slow or dead', () => {
  const healthy = upTo(27).map((index) => `good${index}`);
  const hanging = upTo(3).map((index) => `dead${index}`);

  /** How long the healthy wait for their reports, the slowest hundredth left out. */
  async function measure(isHanging: boolean): Promise<{ p99: number; stage: Stage }> {
    const stage = await new Stage([...healthy, ...hanging]).begin();
    let index = 1;
    const offeredAt = new Map<string, number>();
    for (let round = 0; round < 80; round++) {
      // All have been quick for a while, so those that will hang have their full share.
      if (isHanging && round === 30) for (const id of hanging) stage.endpoints.set(id, dead);
      for (const account of [...hanging, ...healthy]) {
        const burst = upTo(account.startsWith('dead') ? 12 : 2, index);
        index += burst.length;
        for (const one of burst) offeredAt.set(`${one}:0`, stage.clock.now());
        await stage.enroute(burst, account);
      }
      await stage.clock.advance(100);
    }
    await stage.clock.advance(2 * secondMs);
    const waits = stage.calls
      .filter((call) => call.account.startsWith('good'))
      .map((call) => {
        assert.ok(isTaken(call));
        return call.endedAt - (offeredAt.get(call.report) ?? 0);
      })
      .toSorted((left, right) => left - right);
    assert.equal(waits.length, healthy.length * 2 * 80);
    return { p99: waits[Math.floor(waits.length * 0.99)] ?? 0, stage };
  }

  it('does not delay the others', async () => {
    const { p99: usual } = await measure(false);
    const { p99: disturbed, stage } = await measure(true);
    assert.ok(disturbed <= usual * 1.5, `${disturbed} ms against ${usual} ms`);
    const { calling, callingDegraded } = stage.sender.stats();
    assert.equal(calling, callingDegraded);
    assert.ok(stage.mostCalls <= healthyCallsMax + hanging.length * callsAtOnceMax);
  });

  it('gets a quarter of the calls at most, together with its like', async () => {
    const many = upTo(60).map((index) => `dead${index}`);
    const stage = await new Stage(many).begin();
    for (const account of many) stage.endpoints.set(account, dead);
    for (const [position, account] of many.entries()) {
      await stage.enroute(upTo(50, position * 100 + 1), account);
    }
    await stage.clock.advance(500);
    const { calling } = stage.sender.stats();
    assert.ok(calling >= many.length && calling < healthyCallsMax, `${calling}`);
    await stage.clock.advance(30 * secondMs);
    assert.ok(stage.sender.stats().calling <= degradedCallsMax);
    assert.equal(stage.sender.stats().calling, stage.sender.stats().callingDegraded);
  });

  it('gets at most so many calls at once, and more the better it answers', async () => {
    const stage = await new Stage().begin();
    await stage.enroute(upTo(1_500));
    await stage.clock.advance(10);
    assert.equal(stage.sender.stats().calling, 4);
    assert.ok(await stage.untilEmpty(minuteMs));
    assert.equal(stage.mostCalls, callsAtOnceMax);
  });
});

describe('more reports than memory holds', () => {
  it('wait in the store and are all delivered in order', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', () => ({ afterMs: 200, outcome: ok }));
    let mostHeld = 0;
    const watch = stage.clock.every(50, () => {
      mostHeld = Math.max(mostHeld, stage.sender.stats().held);
    });
    for (let round = 0; round < 10; round++) {
      const indexes = upTo(800, round * 800 + 1);
      await stage.enroute(indexes);
      await stage.clock.advance(300);
      await stage.receive(indexes);
      await stage.clock.advance(300);
    }
    assert.ok(await stage.untilEmpty(10 * minuteMs));
    watch.cancel();
    assert.equal(stage.taken().length, 16_000);
    checkOrder(stage.taken());
    assert.ok(mostHeld <= heldMax, `${mostHeld}`);
    assert.ok(mostHeld > heldMax / 2);
    assert.equal(stage.sender.stats().held, 0);
  });
});

describe('a store that fails', () => {
  it('to take outcomes gets them again, and no call is made twice', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    await stage.enroute(upTo(20));
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 20);
    assert.equal((await stage.outbox()).length, 20);
    stage.refuse.clear();
    await stage.clock.advance(2 * secondMs);
    assert.equal((await stage.outbox()).length, 0);
    assert.equal(stage.calls.length, 20);
    assert.ok(stage.logged.length >= 1);
  });

  it('to take outcomes for long stops the calls before memory is full', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('told');
    for (let round = 0; round < 5; round++) {
      await stage.enroute(upTo(1_000, round * 1_000 + 1));
      await stage.clock.advance(10 * secondMs);
    }
    assert.ok(stage.calls.length <= heldMax, `${stage.calls.length}`);
    stage.refuse.clear();
    assert.ok(await stage.untilEmpty(minuteMs));
    assert.equal(stage.calls.length, 5_000);
  });

  it('to hand out reports is asked again', async () => {
    const stage = new Stage();
    await stage.enroute(upTo(3));
    stage.refuse.add('read');
    await stage.begin();
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    stage.refuse.clear();
    await stage.clock.advance(3 * secondMs);
    assert.equal(stage.taken().length, 3);
  });

  it('at the start makes the start fail', async () => {
    const stage = new Stage();
    stage.refuse.add('queues');
    await assert.rejects(stage.begin(), /the disk is full/);
  });

  it('to list queues later is asked again', async () => {
    const stage = await new Stage().begin();
    stage.refuse.add('queues');
    await stage.clock.advance(3 * minuteMs);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
    assert.ok(stage.logged.length >= 2);
  });
});

describe('a queue without reports', () => {
  it('is forgotten after a while, and comes back with the next report', async () => {
    const stage = await new Stage().begin();
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.equal(stage.sender.stats().queues, 1);
    await stage.clock.advance(2 * minuteMs);
    assert.equal(stage.sender.stats().queues, 0);
    await stage.enroute([2]);
    await stage.clock.advance(secondMs);
    assert.deepEqual(stage.taken(), ['1:0', '2:0']);
  });
});

describe('reports that nobody offered', () => {
  it('are found within a minute', async () => {
    const stage = await new Stage().begin();
    const offer = stage.sender.offer;
    stage.sender.offer = () => {};
    await stage.enroute([1]);
    stage.sender.offer = offer;
    await stage.clock.advance(minuteMs + secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });
});

describe('stopping', () => {
  it('waits for the calls under way and writes what became of them', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', () => ({ afterMs: 3 * secondMs, outcome: ok }));
    await stage.enroute(upTo(10));
    await stage.clock.advance(secondMs);
    const under = stage.calls.length;
    const stopped = stage.sender.stop(10 * secondMs);
    await stage.enroute([99]);
    await stage.clock.advance(2.5 * secondMs);
    await stopped;
    assert.equal(stage.calls.length, under);
    assert.equal((await stage.outbox()).length, 11 - under);
    assert.equal(stage.clock.pending, 0);
  });

  it('waits no longer than it may, and what is still open is sent again later', async () => {
    const stage = await new Stage().begin();
    stage.endpoints.set('demo', dead);
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    const stopped = stage.sender.stop(2 * secondMs);
    await stage.clock.advance(2 * secondMs);
    await stopped;
    await stage.clock.advance(20 * secondMs);
    assert.equal((await stage.outbox())[0]?.attempts, 0);
  });

  it('is immediate when nothing is under way', async () => {
    const stage = await new Stage().begin();
    await stage.sender.stop(10 * secondMs);
    assert.equal(stage.clock.pending, 0);
  });
});

describe('a webhook', () => {
  it('that has not passed its test call gets no report until it does', async () => {
    const stage = new Stage();
    stage.testAnswer = { kind: 'answered', status: 404 };
    await stage.sender.start();
    await stage.enroute(upTo(3));
    await stage.clock.advance(10 * minuteMs);
    assert.equal(stage.calls.length, 0);
    assert.equal((await stage.outbox()).length, 3);
    assert.deepEqual(stage.sender.stats().webhooks, [
      {
        account: 'demo',
        isUsed: false,
        sentence:
          'A webhook is not used and its reports wait, because on the test call it answered 404; it must answer 200.',
      },
    ]);
    assert.ok(stage.tests.length >= 10 && stage.tests.length <= 15, `${stage.tests.length}`);
    assert.equal(stage.logged.length, 1);
    stage.testAnswer = ok;
    await stage.clock.advance(minuteMs + secondMs);
    assert.equal(stage.taken().length, 3);
    assert.equal(stage.sender.stats().webhooks[0]?.isUsed, true);
    const tests = stage.tests.length;
    await stage.clock.advance(10 * minuteMs);
    assert.equal(stage.tests.length, tests);
  });

  for (const answer of [
    { kind: 'answered', status: 201 },
    { kind: 'answered', status: 204 },
    { kind: 'answered', status: 302 },
    { kind: 'failed', reason: 'connect ECONNREFUSED' },
    { kind: 'forbidden', reason: '10.0.0.1 is private use' },
  ] as const) {
    it(`does not pass with ${JSON.stringify(answer)}`, async () => {
      const stage = new Stage();
      stage.testAnswer = answer;
      await stage.sender.start();
      await stage.enroute([1]);
      await stage.clock.advance(minuteMs);
      assert.equal(stage.calls.length, 0);
    });
  }

  it('that passed once is used after a restart without another call, even if it is down', async () => {
    const stage = new Stage();
    await stage.sender.start();
    await stage.clock.advance(secondMs);
    assert.equal(stage.tests.length, 1);
    stage.testAnswer = broken;
    await stage.crash();
    await stage.enroute([1]);
    await stage.clock.advance(secondMs);
    assert.equal(stage.tests.length, 1);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('that changes is tested anew, and reports wait meanwhile', async () => {
    const stage = await new Stage().begin();
    stage.testAnswer = broken;
    stage.accounts = [accountOf('demo', { url: 'https://demo.example/new' })];
    await stage.clock.advance(2 * secondMs);
    await stage.enroute([1]);
    await stage.clock.advance(5 * secondMs);
    assert.equal(stage.calls.length, 0);
    assert.equal(stage.tests.at(-1)?.url, 'https://demo.example/new');
    stage.testAnswer = ok;
    await stage.clock.advance(2 * minuteMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });

  it('whose record cannot be kept is tested, and used when it passes', async () => {
    const stage = new Stage();
    const fail = () => Promise.reject(new Error('the disk is full'));
    stage.approvals = { has: fail, add: fail };
    await stage.crash();
    await stage.enroute([1]);
    await stage.clock.advance(3 * secondMs);
    assert.deepEqual(stage.taken(), ['1:0']);
  });
});
