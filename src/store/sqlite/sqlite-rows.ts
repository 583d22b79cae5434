import type { DatabaseSync } from 'node:sqlite';
import { laneOf } from '../../core/lane.ts';
import type { Live } from '../../core/lifecycle.ts';
import type { Content, Message, MessageId, Step } from '../../core/message.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import { statusBit } from '../../core/status.ts';
import type { Lease, MessageEvent, OutboxReport, StoreCounts } from '../contract.ts';
import {
  type NewReport,
  noContent,
  type ParkedReceipt,
  type PartRef,
  type Rows,
  type Tallied,
  type TallyOf,
} from '../rows.ts';
import { type Cell, CellReader } from './cells.ts';
import { type HeldLife, LifeCache } from './life-cache.ts';
import {
  readContent,
  readEnvelope,
  readLive,
  writeContent,
  writeEnvelope,
  writeLive,
} from './message-codec.ts';
import { writePlan } from './plan-text.ts';
import { SqliteTallies } from './sqlite-tallies.ts';
import { prepareStatements, StateUpdates } from './statements.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** How often one sweep may meet only messages whose time has moved away before it leaves the rest. */
const sweepRoundsMax = 4;

/** The rows of the transactions in SQLite. One instance, on the thread that writes. */
export class SqliteRows implements Rows {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #database: DatabaseSync;
  readonly #lives: LifeCache;
  readonly #unwritten: HeldLife[] = [];
  readonly #updates: StateUpdates;
  readonly #tallies: SqliteTallies;
  /** Newest first. */
  #days: number[] = [];
  readonly #counts = { messages: 0, ready: 0, live: 0, outbox: 0, parked: 0 };
  #lastSequence = 0;
  #lastNumber = 0;
  #hasCounted = false;

  constructor(database: DatabaseSync, cachedMax: number) {
    this.#database = database;
    this.#lives = new LifeCache(cachedMax);
    this.#statements = prepareStatements(database);
    this.#updates = new StateUpdates(database);
    this.#tallies = new SqliteTallies(database);
    this.#recall();
  }

  get counts(): StoreCounts {
    return { ...this.#counts };
  }

  /** The number of the newest message. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  begin(): void {
    this.#statements.begin.write();
  }

  commit(): void {
    this.flush();
    this.#tallies.flush();
    if (this.#hasCounted) {
      const { messages } = this.#counts;
      this.#statements.putCounter.write(messages, this.#lastNumber, this.#lastSequence);
      this.#hasCounted = false;
    }
    this.#statements.commit.write();
  }

  /** Undoes everything since `begin` and forgets what was in memory of it. */
  rollback(): void {
    // SQLite has rolled back by itself when the disk failed.
    if (this.#database.isTransaction) this.#statements.rollback.write();
    this.#unwritten.length = 0;
    this.#tallies.clear();
    this.#lives.clear();
    this.#recall();
  }

  /** Writes the changed states; needed before a statement looks for them. */
  flush(): void {
    for (const life of this.#unwritten) this.#write(life);
    this.#unwritten.length = 0;
  }

  insertMessage(message: Message, live: Live): void {
    const n = ++this.#lastNumber;
    const cells: Cell[] = [n];
    writeEnvelope(cells, message);
    this.#statements.insertMessage.write(...cells);
    const body: Cell[] = [n];
    writeContent(body, message.content);
    this.#statements.insertBody.write(...body);
    const life: HeldLife = {
      n,
      envelope: message,
      live,
      queued: null,
      wake: live.due,
      pending: 'insert',
      hasMovedLane: false,
      hasMovedWake: false,
      hasNewStep: false,
    };
    this.#unwritten.push(life);
    this.#lives.add(life);
    this.#count('messages', 1);
    if (live.due !== null) this.#count('live', 1);
  }

  findLife(id: MessageId): HeldLife | undefined {
    const held = this.#lives.get(id);
    if (held !== undefined) return held;
    // One that was pushed out may still wait to be written.
    this.flush();
    const row = this.#statements.findLife.get(id);
    if (row === undefined) return undefined;
    const n = row.number();
    const envelope = readEnvelope(row);
    const live = readLive(row);
    const wake = row.numberOrNull();
    const due = row.numberOrNull();
    const life: HeldLife = {
      n,
      envelope,
      live,
      queued: due === null ? null : { step: live.step, due },
      wake,
      pending: 'none',
      hasMovedLane: false,
      hasMovedWake: false,
      hasNewStep: false,
    };
    this.#lives.add(life);
    return life;
  }

  readContent(id: MessageId): Content {
    const row = this.#statements.readContent.get(this.#life(id).n);
    return row === undefined ? noContent : readContent(row);
  }

  putLive(id: MessageId, live: Live): void {
    const life = this.#life(id);
    const old = life.live;
    if (live.due === null && old.due !== null) this.#count('live', -1);
    if (
      live.step !== old.step ||
      live.attempts !== old.attempts ||
      live.lastError !== old.lastError
    ) {
      life.hasNewStep = true;
    }
    life.live = live;
    if (live.due === null || life.wake === null || live.due < life.wake)
      this.#wakeAt(life, live.due);
    this.#touch(life);
  }

  insertEvent(id: MessageId, event: MessageEvent): boolean {
    const { step, part, state, detail, at, error } = event;
    const { n } = this.#life(id);
    return this.#statements.insertEvent.run(n, step, part, state, detail, at, error) > 0;
  }

  findDue(now: number, limit: number): readonly MessageId[] {
    const due = new Set<HeldLife>();
    for (let round = 0; round < sweepRoundsMax && due.size < limit; round++) {
      this.flush();
      const rows = this.#statements.findDue.all(now, limit);
      for (const row of rows) {
        const life = this.#life(new CellReader(row).text());
        // Its time has moved away since it was sorted in: it is looked at again then.
        if (life.live.due === null || life.live.due > now) this.#wakeAt(life, life.live.due);
        else due.add(life);
      }
      if (rows.length < limit) break;
    }
    return [...due].toSorted(byDue).map(({ envelope }) => envelope.id);
  }

  queue(id: MessageId, step: number, due: number): void {
    const life = this.#life(id);
    if (life.queued === null) this.#count('ready', 1);
    life.queued = { step, due };
    life.hasMovedLane = true;
    this.#touch(life);
  }

  unqueue(id: MessageId, step: number): boolean {
    const life = this.#life(id);
    if (life.queued?.step !== step) return false;
    this.#count('ready', -1);
    life.queued = null;
    life.hasMovedLane = true;
    this.#touch(life);
    return true;
  }

  findQueuedDue(id: MessageId, step: number): number | null {
    const { queued } = this.#life(id);
    return queued?.step === step ? queued.due : null;
  }

  putPlan(id: MessageId, plan: readonly Step[]): void {
    const life = this.#life(id);
    life.envelope = { ...life.envelope, plan };
    this.#statements.putPlan.write(writePlan(plan), life.n);
  }

  putPart(connection: string, providerId: string, ref: PartRef, now: number): void {
    const day = Math.floor(now / dayMs);
    if (!this.#days.includes(day)) {
      this.#days = [...this.#days, day].toSorted((left, right) => right - left);
    }
    const { n } = this.#life(ref.id);
    this.#statements.putPart.write(day, providerId, connection, n, ref.step, ref.part);
  }

  findPart(connection: string, providerId: string): PartRef | undefined {
    for (const day of this.#days) {
      const row = this.#statements.findPart.get(day, providerId, connection);
      if (row === undefined) continue;
      const id = this.#idOf(row.number());
      if (id !== undefined) return { id, step: row.number(), part: row.number() };
    }
    return undefined;
  }

  findProviderIds({ id, step, part }: PartRef): readonly string[] {
    const rows = this.#statements.findProviderIds.all(this.#life(id).n, step, part);
    return rows.map((row) => new CellReader(row).text());
  }

  park(fact: ReceiptFact, now: number, lookAt: number): void {
    const { connection, providerIds, state } = fact;
    const key = this.#statements.nextParkedKey.get()?.number() ?? 1;
    const first = providerIds[0] ?? '';
    const text = JSON.stringify(fact);
    if (this.#statements.park.run(key, connection, first, state, text, now, lookAt) === 0) return;
    for (const providerId of new Set(providerIds)) {
      this.#statements.putParkedKey.write(providerId, connection, key);
    }
    this.#count('parked', 1);
  }

  findParked(connection: string, providerId: string): readonly ParkedReceipt[] {
    if (this.#counts.parked === 0) return [];
    return this.#statements.findParked.all(providerId, connection).map(readParked);
  }

  findParkedDue(now: number, limit: number): readonly ParkedReceipt[] {
    return this.#statements.findParkedDue.all(now, limit).map(readParked);
  }

  deferParked(key: number, lookAt: number): void {
    this.#statements.deferParked.write(lookAt, key);
  }

  unpark(key: number): void {
    const row = this.#statements.readParked.get(key);
    if (row === undefined) return;
    const { fact } = parsedFact(row.text());
    for (const providerId of new Set(fact.providerIds)) {
      this.#statements.deleteParkedKey.write(providerId, fact.connection, key);
    }
    this.#statements.unpark.write(key);
    this.#count('parked', -1);
  }

  dropParked(before: number, limit: number): number {
    const rows = this.#statements.findParkedOld.all(before, limit);
    for (const row of rows) this.unpark(new CellReader(row).number());
    return rows.length;
  }

  insertReport({ queue, report, step }: NewReport): OutboxReport {
    const { n, envelope, live } = this.#life(report.messageId);
    const sequence = ++this.#lastSequence;
    const { status, error, createdAt } = report;
    const mayHaveEarlier = (live.told & envelope.wants & ~statusBit(status)) !== 0;
    const earlier = mayHaveEarlier ? this.#statements.readReportsDue.get(n) : undefined;
    const earlierDue = earlier?.numberOrNull() ?? null;
    const due = Math.max(createdAt, earlierDue ?? 0);
    // Null stands for the message's own operator, which most reports repeat.
    const operator = report.operator === envelope.operator ? null : report.operator;
    this.#statements.insertReport.write(
      n,
      status,
      step,
      error,
      createdAt,
      operator,
      queue,
      sequence,
      due,
    );
    this.#count('outbox', 1);
    return { queue, report, attempts: 0, due, sequence, isFollowing: earlierDue !== null };
  }

  tellReport(id: MessageId, status: number, httpStatus: number, now: number): void {
    const n = this.#numberOf(id);
    if (n === undefined) return;
    const told = this.#statements.tellReport.run(now, httpStatus, n, status);
    if (told > 0) this.#count('outbox', -told);
  }

  postponeReports(queue: string, sequence: number, id: MessageId, due: number): void {
    const n = this.#numberOf(id);
    if (n !== undefined) this.#statements.postponeReports.write(sequence, due, n, queue);
  }

  findLease(resource: string): Lease | undefined {
    const row = this.#statements.findLease.get(resource);
    if (row === undefined) return undefined;
    return { resource, holder: row.text(), epoch: row.number(), expiresAt: row.number() };
  }

  putLease({ resource, holder, epoch, expiresAt }: Lease): void {
    this.#statements.putLease.write(resource, holder, epoch, expiresAt);
  }

  findWallet(account: string): number | undefined {
    return this.#statements.findWallet.get(account)?.number();
  }

  putWallet(account: string, messagesLeft: number): void {
    this.#statements.putWallet.write(account, messagesLeft);
  }

  tally(of: TallyOf, connection: string, what: Tallied): void {
    this.#tallies.add(of, connection, what);
  }

  tallyGroupings(of: TallyOf, what: Tallied): void {
    this.#tallies.addGroupings(of, what);
  }

  /** Writes something, to see whether anything can be written: a number is passed over that nobody will miss. */
  probe(): void {
    this.#lastSequence++;
    this.#hasCounted = true;
  }

  /** Retention has deleted a message that had ended. */
  forget(id: MessageId): void {
    this.#lives.delete(id);
    this.#count('messages', -1);
  }

  /** Retention has deleted the last provider id of a day. */
  forgetDay(day: number): void {
    this.#days = this.#days.filter((other) => other !== day);
  }

  #life(id: MessageId): HeldLife {
    const life = this.findLife(id);
    if (life === undefined) throw new Error(`there is no message ${id}`);
    return life;
  }

  #numberOf(id: MessageId): number | undefined {
    return this.#lives.get(id)?.n ?? this.#statements.findNumber.get(id)?.number();
  }

  #idOf(n: number): MessageId | undefined {
    return this.#lives.getByNumber(n)?.envelope.id ?? this.#statements.findId.get(n)?.text();
  }

  #touch(life: HeldLife): void {
    if (life.pending !== 'none') return;
    life.pending = 'update';
    this.#unwritten.push(life);
  }

  #wakeAt(life: HeldLife, due: number | null): void {
    life.wake = due;
    life.hasMovedWake = true;
    this.#touch(life);
  }

  #write(life: HeldLife): void {
    const { queued, envelope, live, n, wake } = life;
    const isNew = life.pending === 'insert';
    const connection = queued === null ? null : (envelope.plan[queued.step]?.connection ?? null);
    const cells: Cell[] = [n];
    if (isNew) {
      writeLive(cells, live);
      cells.push(wake, connection, laneOf(envelope.msisdn), queued?.due ?? null);
      this.#statements.insertState.write(...cells);
    } else {
      cells.push(live.rank, live.told, live.progress, live.due);
      if (life.hasNewStep) cells.push(live.step, live.attempts, live.lastError);
      if (life.hasMovedLane && queued !== null) cells.push(connection, queued.due);
      if (life.hasMovedWake) cells.push(wake);
      const lane = life.hasMovedLane ? (queued === null ? 'left' : 'entered') : 'kept';
      this.#updates.of(lane, life.hasNewStep, life.hasMovedWake).write(...cells);
    }
    life.pending = 'none';
    life.hasMovedLane = false;
    life.hasMovedWake = false;
    life.hasNewStep = false;
  }

  #count(what: keyof StoreCounts, change: number): void {
    this.#counts[what] += change;
    this.#hasCounted = true;
  }

  #recall(): void {
    const statements = this.#statements;
    const counter = statements.readCounter.get();
    const messages = counter?.number() ?? 0;
    this.#lastNumber = counter?.number() ?? 0;
    this.#lastSequence = counter?.number() ?? 0;
    const [ready = 0, live = 0, outbox = 0, parked = 0] = statements.readCounts
      .all()
      .map((row) => new CellReader(row).number());
    Object.assign(this.#counts, { messages, ready, live, outbox, parked });
    this.#hasCounted = false;
    this.#days = [];
    let day = statements.readDayBefore.get(Number.MAX_SAFE_INTEGER)?.numberOrNull() ?? null;
    while (day !== null) {
      this.#days.push(day);
      day = statements.readDayBefore.get(day)?.numberOrNull() ?? null;
    }
  }
}

function byDue(left: HeldLife, right: HeldLife): number {
  return (left.live.due ?? 0) - (right.live.due ?? 0) || left.n - right.n;
}

function readParked(row: readonly unknown[]): ParkedReceipt {
  const cells = new CellReader(row);
  return { key: cells.number(), ...parsedFact(cells.text()), parkedAt: cells.number() };
}

function parsedFact(text: string): { fact: ReceiptFact } {
  return { fact: JSON.parse(text) };
}
