import type { Clock } from '../lib/clock.ts';
import type { OutboxStore } from '../store/contract.ts';
import { type Budget, type Held, pageMax } from '../webhooks/backlog.ts';
import { Batches } from '../webhooks/batches.ts';
import { OutboxReader } from '../webhooks/outbox-reader.ts';
import { giveUpAt } from '../webhooks/schedule.ts';
import { type DeliveryOutcome, nextDelivery } from './delivery-outcome.ts';
import { WaitingQueue, type WaitingRow } from './waiting-queue.ts';

const queuePrefix = 'smpp:';

/** How often the store is asked which queues have rows. */
const listPeriodMs = 60_000;

/** The store's side of one kind of row. */
export interface RowSource<Row> {
  queues(): Promise<readonly string[]>;
  read(query: Parameters<OutboxStore['read']>[0]): Promise<readonly Row[]>;
  told(batch: readonly { row: Row; wasTaken: boolean }[], now: number): Promise<void>;
  postpone(batch: readonly { row: Row; due: number }[]): Promise<void>;
  /** Rows with the same key go out one after the other. */
  keyOf(row: Row): string;
  /** Epoch milliseconds from which its seven days count. */
  bornAt(row: Row): number;
  /** After so many failures the later rows with its key no longer wait for it. */
  readonly orderTriesMax: number;
}

/** What became of the rows of one kind, since the start. */
export interface RowCounts {
  taken: number;
  /** Tries that failed; the row was tried again. */
  failed: number;
  /** Refused for ever by the ESME. */
  refused: number;
  /** Given up because their time was over. */
  expired: number;
}

interface Settled<Row extends WaitingRow> {
  readonly queue: WaitingQueue<Row>;
  readonly held: Held<Row>;
}

/** All that waits of one kind, for all accounts: heads in memory, the rest in the store. */
export class WaitingRows<Row extends WaitingRow> {
  readonly counts: RowCounts = { taken: 0, failed: 0, refused: 0, expired: 0 };
  readonly #source: RowSource<Row>;
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #onReady: (account: string) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #queues = new Map<string, WaitingQueue<Row>>();
  readonly #reader: OutboxReader<Row, WaitingQueue<Row>>;
  readonly #told: Batches<Settled<Row> & { readonly wasTaken: boolean }>;
  readonly #postponed: Batches<Settled<Row> & { readonly due: number }>;
  #listAt = 0;
  #isListing = false;

  constructor(init: {
    source: RowSource<Row>;
    clock: Clock;
    budget: Budget;
    /** The account may have something to send. */
    onReady: (account: string) => void;
    onFailure: (error: unknown) => void;
  }) {
    const { source, clock, onFailure } = init;
    this.#source = source;
    this.#clock = clock;
    this.#budget = init.budget;
    this.#onReady = init.onReady;
    this.#onFailure = onFailure;
    this.#reader = new OutboxReader({
      store: source,
      clock,
      onPage: (queue) => this.#activate(queue),
      onFailure,
    });
    this.#told = new Batches({
      clock,
      onFailure,
      write: (batch) => source.told(batch.map(toldRow), clock.now()),
      written: ({ queue, held }) => {
        queue.backlog.told(held);
        this.#activate(queue);
      },
    });
    this.#postponed = new Batches({
      clock,
      onFailure,
      write: (batch) => source.postpone(batch.map(({ held, due }) => ({ row: held.row, due }))),
      written: ({ queue, held, due }) => {
        queue.backlog.postponed(held);
        // What waited behind it in memory has not been put off with it.
        if (held.row.attempts + 1 >= source.orderTriesMax) queue.backlog.readAgain();
        this.#expect(queue, due);
        this.#activate(queue);
      },
    });
  }

  /** Sessions of the account are up: what waits for it is read. */
  open(account: string): void {
    const queue = this.#queueOf(queuePrefix + account);
    queue.open();
    this.#activate(queue);
  }

  close(account: string): void {
    this.#queues.get(queuePrefix + account)?.close();
  }

  /** Takes over rows that were just written, in the order of their commits; other queues' it passes over. */
  offer(rows: readonly Row[]): void {
    const now = this.#clock.now();
    for (const row of rows) {
      if (!row.queue.startsWith(queuePrefix)) continue;
      const queue = this.#queueOf(row.queue);
      queue.isListed = true;
      if (!queue.isOpen) continue;
      if (row.due > now) this.#expect(queue, row.due);
      else queue.backlog.offer(row);
      this.#activate(queue);
    }
  }

  /** The next row for the account whose time is not over. */
  next(account: string): Settled<Row> | null {
    const queue = this.#queues.get(queuePrefix + account);
    if (queue === undefined) return null;
    const now = this.#clock.now();
    for (let held = queue.next(); held !== undefined; held = queue.next()) {
      if (now < giveUpAt(this.#source.bornAt(held.row))) return { queue, held };
      this.counts.expired++;
      this.#told.add({ queue, held, wasTaken: false });
    }
    return null;
  }

  /** Notes what became of a row that `next` gave. */
  settle({ queue, held }: Settled<Row>, outcome: DeliveryOutcome): void {
    if (outcome === 'taken' || outcome === 'refused') {
      this.counts[outcome]++;
      this.#told.add({ queue, held, wasTaken: outcome === 'taken' });
      return;
    }
    this.counts.failed++;
    const { row } = held;
    const attempts = row.attempts + 1;
    const bornAt = this.#source.bornAt(row);
    const due = nextDelivery({ outcome, attempts, bornAt, now: this.#clock.now() });
    if (due !== null) {
      this.#postponed.add({ queue, held, due });
    } else {
      this.counts.expired++;
      this.#told.add({ queue, held, wasTaken: false });
    }
  }

  /** A row that is not to be sent at all. */
  passOver({ queue, held }: Settled<Row>): void {
    this.#told.add({ queue, held, wasTaken: false });
  }

  /** Looks after what has become due, and after queues that nobody binds for. */
  tick(): void {
    this.#told.retry();
    this.#postponed.retry();
    if (this.#clock.monotonic() >= this.#listAt) void this.list().catch(this.#onFailure);
    for (const queue of this.#queues.values()) this.#activate(queue);
  }

  /** Asks which queues have rows, and gives up what is too old in those without a session. */
  async list(): Promise<void> {
    if (this.#isListing) return;
    this.#isListing = true;
    this.#listAt = this.#clock.monotonic() + listPeriodMs;
    try {
      const listed = new Set(await this.#source.queues());
      for (const name of listed) if (name.startsWith(queuePrefix)) this.#queueOf(name);
      for (const [name, queue] of this.#queues) {
        queue.isListed = listed.has(name);
        if (queue.isOpen && queue.isListed && queue.backlog.size === 0) queue.backlog.readAgain();
        if (!queue.isOpen && !queue.isListed && queue.backlog.size === 0) this.#queues.delete(name);
        else if (!queue.isOpen) await this.#giveUpOld(name);
      }
    } finally {
      this.#isListing = false;
    }
  }

  /** Writes all there is, unless the store fails. */
  async finish(): Promise<void> {
    await this.#told.finish();
    await this.#postponed.finish();
  }

  #queueOf(name: string): WaitingQueue<Row> {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new WaitingQueue(name, this.#budget, (row) => this.#source.keyOf(row));
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #activate(queue: WaitingQueue<Row>): void {
    this.#reader.offer(queue);
    if (queue.isOpen && queue.backlog.hasReady)
      this.#onReady(queue.queue.slice(queuePrefix.length));
  }

  /** Notes that a row of the queue becomes due. */
  #expect(queue: WaitingQueue<Row>, due: number): void {
    const waitMs = Math.max(due - this.#clock.now(), 0);
    queue.expect(this.#clock.monotonic() + waitMs);
  }

  /** Page after page as long as there is nothing but old rows; usually one look at the first row. */
  async #giveUpOld(queue: string): Promise<void> {
    for (let limit = 1; ; limit = pageMax) {
      const now = this.#clock.now();
      const page = await this.#source.read({ queue, after: null, now, limit });
      const old = page.filter((row) => now >= giveUpAt(this.#source.bornAt(row)));
      if (old.length === 0) return;
      await this.#source.told(
        old.map((row) => ({ row, wasTaken: false })),
        now,
      );
      this.counts.expired += old.length;
      if (old.length < page.length) return;
    }
  }
}

function toldRow<Row extends WaitingRow>({ held, wasTaken }: Settled<Row> & { wasTaken: boolean }) {
  return { row: held.row, wasTaken };
}
