import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from '../src/core/message.ts';
import type { ReceiptFact } from '../src/core/receipt.ts';
import { allStatuses } from '../src/core/status.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createMessageIds } from '../src/lib/message-id.ts';
import { createSystemRandom } from '../src/lib/random.ts';
import type { Store } from '../src/store/contract.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { parseOptions } from './options.ts';

const help = `bench/store.ts: whole lifecycles (T1 to T4) against the SQLite store, alone.

  --messages N    how many messages (1000000)
  --batch N       messages in a request, parts and receipts in a batch (200)
  --flows N       requests under way at once (8)
  --every N       print a line after so many messages (100000)
  --random-ids    provider ids in no order; otherwise they count up, as most operators' do
  --wants N       statuses to report, as a bit mask (12: delivered and failed)
  --directory D   where the file goes (a fresh one under the temporary directory)
`;

/** Carries messages through T1, T2, T3 and T4 and says what it cost. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseOptions({
    args,
    options: {
      messages: { type: 'string', default: '1000000' },
      batch: { type: 'string', default: '200' },
      flows: { type: 'string', default: '8' },
      every: { type: 'string', default: '100000' },
      wants: { type: 'string', default: '12' },
      directory: { type: 'string' },
      'random-ids': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const directory = values.directory ?? (await mkdtemp(join(tmpdir(), 'chappe-bench-store-')));
  const store = await openSqliteStore({ file: join(directory, 'bench.db'), clock: systemClock });
  try {
    await carry(store, {
      messages: Number(values.messages),
      batch: Number(values.batch),
      flows: Number(values.flows),
      every: Number(values.every),
      wants: Number(values.wants),
      hasRandomIds: values['random-ids'],
      firstId: Date.now() * 1000,
    });
  } finally {
    await store.close();
    if (values.directory === undefined) await rm(directory, { recursive: true });
  }
}

interface Load {
  readonly messages: number;
  readonly batch: number;
  readonly flows: number;
  readonly every: number;
  readonly wants: number;
  readonly hasRandomIds: boolean;
  /** The operator's count goes on where it was when the same directory was used before. */
  readonly firstId: number;
}

async function carry(store: Store, load: Load): Promise<void> {
  const ids = createMessageIds(systemClock, createSystemRandom(), 0);
  let begun = 0;
  let ended = 0;
  const meter = new Meter(load.every);
  console.log(' stored   messages/s   us of writer   us of this thread   batch p50   batch p99 ms');

  async function flow(): Promise<void> {
    while (begun < load.messages) {
      const first = begun;
      begun += load.batch;
      const startedAt = performance.now();
      await carryBatch(store, load, first, () => ids.next());
      ended += load.batch;
      meter.count(load.batch, performance.now() - startedAt, ended);
    }
  }
  await Promise.all(Array.from({ length: load.flows }, flow));
  meter.printTotal();
  console.log(`memory ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`);
}

async function carryBatch(
  store: Store,
  load: Load,
  first: number,
  nextId: () => string,
): Promise<void> {
  const now = Date.now();
  const messages: Message[] = [];
  for (let index = first; index < first + load.batch; index++) {
    messages.push(makeMessage(nextId(), index, now, load.wants));
  }
  await store.intake.accept({ account: 'demo', messages, now, wallet: 'none' });
  const providerIds = messages.map((_, index) =>
    load.hasRandomIds ? crypto.randomUUID() : (load.firstId + first + index).toString(16),
  );
  const parts = messages.map(({ id }, index) => ({
    id,
    step: 0,
    part: 0,
    connection: 'sms-nl',
    outcome: { kind: 'accepted', providerId: providerIds[index] ?? '' } as const,
  }));
  const submitted = await store.dispatch.submitted(parts, null, now);
  const receipts = providerIds.map(
    (providerId): ReceiptFact => ({
      connection: 'sms-nl',
      providerIds: [providerId],
      exact: 1,
      destination: null,
      state: 'delivered',
      error: 0,
      at: now,
      operator: null,
    }),
  );
  const recorded = await store.receipts.record(receipts, now);
  const told = [...submitted.reports, ...recorded.reports].map(({ queue, sequence, report }) => ({
    queue,
    sequence,
    messageId: report.messageId,
    status: report.status,
    httpStatus: 200,
  }));
  if (told.length > 0) await store.outbox.told(told, now);
}

function makeMessage(id: string, index: number, now: number, wants: number): Message {
  const msisdn = `316${String((index * 7919) % 100_000_000).padStart(8, '0')}`;
  return {
    id,
    account: 'demo',
    door: 'json',
    acceptedAt: now,
    expiresAt: now + 24 * 60 * 60 * 1000,
    from: 'Chappe',
    to: `00${msisdn}`,
    msisdn,
    reference: `order-${index}`,
    groupings: [null, null, null],
    operator: '20408',
    tariff: null,
    plan: [{ channel: 'SMS', connection: 'sms-nl', parts: 1, timeoutMs: null, concatReference: 0 }],
    wants: wants & allStatuses,
    reportTo: 'status:demo',
    content: {
      text: `Your code is ${100_000 + (index % 900_000)}. It is valid for ten minutes; share it with nobody.`,
      encoding: 'gsm7',
      udh: null,
      partsMax: 8,
      rich: null,
      appKey: null,
    },
  };
}

/** Counts messages, time and processor time, and prints a line now and then. */
class Meter {
  readonly #every: number;
  readonly #begin = mark();
  #last = this.#begin;
  #lastCount = 0;
  #count = 0;
  #batchMs: number[] = [];

  constructor(every: number) {
    this.#every = every;
  }

  count(messages: number, batchMs: number, total: number): void {
    this.#count += messages;
    this.#batchMs.push(batchMs);
    if (this.#count - this.#lastCount < this.#every) return;
    const now = mark();
    const sorted = this.#batchMs.toSorted((left, right) => left - right);
    const at = (share: number): string =>
      (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0).padStart(9);
    print(String(total).padStart(8), this.#last, now, this.#count - this.#lastCount, [
      at(0.5),
      at(0.99),
    ]);
    this.#last = now;
    this.#lastCount = this.#count;
    this.#batchMs = [];
  }

  printTotal(): void {
    print('   total', this.#begin, mark(), this.#count, []);
  }
}

interface Mark {
  readonly ms: number;
  readonly processUs: number;
  readonly threadUs: number;
}

function mark(): Mark {
  const all = process.cpuUsage();
  const own = process.threadCpuUsage();
  return {
    ms: performance.now(),
    processUs: all.user + all.system,
    threadUs: own.user + own.system,
  };
}

function print(title: string, from: Mark, to: Mark, messages: number, more: string[]): void {
  const rate = (messages / (to.ms - from.ms)) * 1000;
  const own = (to.threadUs - from.threadUs) / messages;
  const others = (to.processUs - from.processUs) / messages - own;
  console.log(
    [
      title,
      rate.toFixed(0).padStart(10),
      others.toFixed(1).padStart(12),
      own.toFixed(1).padStart(16),
      ...more,
    ].join('   '),
  );
}

if (import.meta.main) await run(process.argv.slice(2));
