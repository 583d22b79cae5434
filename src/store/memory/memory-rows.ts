import { laneOf } from '../../core/lane.ts';
import type { Live } from '../../core/lifecycle.ts';
import type { Content, Message, MessageId, Step } from '../../core/message.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type { StatusReport } from '../../core/report.ts';
import type { Lease, MessageEvent, OutboxReport } from '../contract.ts';
import type { ReportRecord } from '../history.ts';
import {
  type Envelope,
  type Life,
  type NewReport,
  noContent,
  type ParkedReceipt,
  type PartRef,
  type Rows,
  type Tallied,
  type TallyOf,
} from '../rows.ts';
import { MemoryAnswers } from './memory-answers.ts';
import { MemoryConversions } from './memory-conversions.ts';
import { MemoryInbound } from './memory-inbound.ts';
import { SortedList } from './sorted-list.ts';

/** A message with everything that hangs on it. */
export interface MemoryMessage extends Life {
  envelope: Envelope;
  content: Content | null;
  live: Live;
  queued: Queued | null;
  readonly events: Map<string, MessageEvent>;
  /** By status: a message has at most one report of each. */
  readonly reports: Map<number, MemoryReport>;
}

export interface Queued {
  readonly connection: string;
  readonly lane: number;
  readonly step: number;
  readonly due: number;
  readonly id: MessageId;
}

export interface MemoryReport extends OutboxReport, ReportRecord {
  readonly report: StatusReport;
}

export interface MemoryParked extends ParkedReceipt {
  readonly lookAt: number;
}

/** The rows in maps and sorted lists. Every change leaves a note of how to take it back. */
export class MemoryRows implements Rows {
  readonly messages = new Map<MessageId, MemoryMessage>();
  readonly parts = new Map<string, { ref: PartRef; at: number }>();
  readonly parked = new Map<number, MemoryParked>();
  readonly #parkedByKey = new Map<string, readonly number[]>();
  readonly leases = new Map<string, Lease>();
  readonly wallets = new Map<string, number>();
  readonly answers = new MemoryAnswers((undo) => this.#undo.push(undo));
  readonly conversions = new MemoryConversions((undo) => this.#undo.push(undo));
  readonly inbound = new MemoryInbound((undo) => this.#undo.push(undo));
  readonly ready = new Map<string, SortedList<Pick<Queued, 'due' | 'id'>>>();
  readonly live = new SortedList<{ due: number; id: MessageId }>(byDueAndId);
  readonly outbox = new Map<string, SortedList<{ due: number; sequence: number; id: MessageId }>>();
  #sequence = 0;
  #parkedKey = 0;
  #undo: (() => void)[] = [];

  /** Runs one transaction: all of its changes stay, or none when it throws. */
  run<Result>(transaction: () => Result): Result {
    this.#undo = [];
    try {
      return transaction();
    } catch (error) {
      for (const step of this.#undo.reverse()) step();
      throw error;
    }
  }

  insertMessage(message: Message, live: Live): void {
    const { content, ...envelope } = message;
    if (this.messages.has(message.id)) throw new Error(`message ${message.id} exists already`);
    const row = { envelope, content, live, queued: null, events: new Map(), reports: new Map() };
    this.#set(this.messages, message.id, row);
    this.#setDue(message.id, null, live.due);
  }

  findLife(id: MessageId): MemoryMessage | undefined {
    return this.messages.get(id);
  }

  readContent(id: MessageId): Content {
    return this.#message(id).content ?? noContent;
  }

  putLive(id: MessageId, live: Live): void {
    const message = this.#message(id);
    const old = message.live;
    this.#setDue(id, old.due, live.due);
    message.live = live;
    this.#undo.push(() => {
      message.live = old;
    });
  }

  insertEvent(id: MessageId, event: MessageEvent): boolean {
    const { events } = this.#message(id);
    const key = `${event.kind} ${event.step} ${event.part} ${event.state} ${event.detail}`;
    if (events.has(key)) return false;
    this.#set(events, key, event);
    return true;
  }

  findDue(now: number, limit: number): readonly MessageId[] {
    const ids: MessageId[] = [];
    for (const { due, id } of this.live.from(null)) {
      if (due > now || ids.length === limit) break;
      ids.push(id);
    }
    return ids;
  }

  queue(id: MessageId, step: number, due: number): void {
    const { envelope } = this.#message(id);
    const connection = envelope.plan[step]?.connection;
    if (connection === undefined) throw new Error(`message ${id} has no step ${step}`);
    this.#setQueued(id, { connection, lane: laneOf(envelope.msisdn), step, due, id });
  }

  unqueue(id: MessageId, step: number): boolean {
    if (this.#message(id).queued?.step !== step) return false;
    this.#setQueued(id, null);
    return true;
  }

  findQueuedDue(id: MessageId, step: number): number | null {
    const { queued } = this.#message(id);
    return queued?.step === step ? queued.due : null;
  }

  putPlan(id: MessageId, plan: readonly Step[]): void {
    const message = this.#message(id);
    const old = message.envelope;
    message.envelope = { ...old, plan };
    this.#undo.push(() => {
      message.envelope = old;
    });
  }

  putPart(connection: string, providerId: string, ref: PartRef, now: number): void {
    const { id, step, part } = ref;
    this.#set(this.parts, partKey(connection, providerId), { ref: { id, step, part }, at: now });
  }

  findPart(connection: string, providerId: string): PartRef | undefined {
    return this.parts.get(partKey(connection, providerId))?.ref;
  }

  findProviderIds({ id, step, part }: PartRef): readonly string[] {
    return [...this.#message(id).events.values()]
      .filter((event) => event.step === step && event.part === part && event.state === 'accepted')
      .map(({ detail }) => detail)
      .toSorted();
  }

  park(fact: ReceiptFact, now: number, lookAt: number): void {
    const first = fact.providerIds[0] ?? '';
    const isParked = this.findParked(fact.connection, first).some(
      (other) => other.fact.providerIds[0] === first && other.fact.state === fact.state,
    );
    if (isParked) return;
    const key = ++this.#parkedKey;
    this.#set(this.parked, key, { key, fact, parkedAt: now, lookAt });
    for (const name of partKeys(fact)) {
      this.#set(this.#parkedByKey, name, [...(this.#parkedByKey.get(name) ?? []), key]);
    }
  }

  findParked(connection: string, providerId: string): readonly ParkedReceipt[] {
    const keys = this.#parkedByKey.get(partKey(connection, providerId)) ?? [];
    return keys.map((key) => this.parked.get(key)).filter((receipt) => receipt !== undefined);
  }

  findParkedDue(now: number, limit: number): readonly ParkedReceipt[] {
    return [...this.parked.values()]
      .filter(({ lookAt }) => lookAt <= now)
      .toSorted((left, right) => left.lookAt - right.lookAt || left.key - right.key)
      .slice(0, limit);
  }

  deferParked(key: number, lookAt: number): void {
    const old = this.parked.get(key);
    if (old !== undefined) this.#set(this.parked, key, { ...old, lookAt });
  }

  unpark(key: number): void {
    const receipt = this.parked.get(key);
    if (receipt === undefined) return;
    this.#delete(this.parked, key);
    for (const name of partKeys(receipt.fact)) {
      const others = (this.#parkedByKey.get(name) ?? []).filter((other) => other !== key);
      if (others.length === 0) this.#delete(this.#parkedByKey, name);
      else this.#set(this.#parkedByKey, name, others);
    }
  }

  dropParked(before: number, limit: number): number {
    const old = [...this.parked.values()].filter(({ parkedAt }) => parkedAt < before);
    const dropped = old.slice(0, limit);
    for (const { key } of dropped) this.unpark(key);
    return dropped.length;
  }

  insertReport({ queue, report, step }: NewReport): OutboxReport {
    const sequence = ++this.#sequence;
    const { reports } = this.#message(report.messageId);
    let due = report.createdAt;
    let isFollowing = false;
    for (const earlier of reports.values()) {
      if (earlier.told !== null || earlier.queue !== queue) continue;
      due = Math.max(due, earlier.due);
      isFollowing = true;
    }
    const row = { queue, report, attempts: 0, due, sequence, isFollowing };
    if (reports.has(report.status)) throw new Error(`status ${report.status} was reported before`);
    this.#putReport(report.messageId, { ...row, step, told: null });
    return row;
  }

  tellReport(id: MessageId, status: number, httpStatus: number, now: number): void {
    const old = this.messages.get(id)?.reports.get(status);
    if (old?.told !== null) return;
    this.#putReport(id, { ...old, told: { at: now, httpStatus } });
  }

  postponeReports(queue: string, sequence: number, id: MessageId, due: number): void {
    for (const old of this.messages.get(id)?.reports.values() ?? []) {
      if (old.told !== null || old.queue !== queue) continue;
      const attempts = old.attempts + (old.sequence === sequence ? 1 : 0);
      this.#putReport(id, { ...old, attempts, due });
    }
  }

  findLease(resource: string): Lease | undefined {
    return this.leases.get(resource);
  }

  putLease(lease: Lease): void {
    this.#set(this.leases, lease.resource, lease);
  }

  findWallet(account: string): number | undefined {
    return this.wallets.get(account);
  }

  putWallet(account: string, messagesLeft: number): void {
    this.#set(this.wallets, account, messagesLeft);
  }

  tally(of: TallyOf, connection: string, what: Tallied): void {
    this.conversions.tally(of, connection, what);
  }

  tallyGroupings(of: TallyOf, what: Tallied): void {
    this.conversions.tallyGroupings(of, what);
  }

  /** Retention: the message and all that hangs on it. */
  deleteMessage(id: MessageId): void {
    this.#delete(this.messages, id);
  }

  deleteContent(id: MessageId): void {
    const message = this.#message(id);
    const old = message.content;
    message.content = null;
    this.#undo.push(() => {
      message.content = old;
    });
  }

  deletePart(key: string): void {
    this.#delete(this.parts, key);
  }

  #message(id: MessageId): MemoryMessage {
    const message = this.messages.get(id);
    if (message === undefined) throw new Error(`there is no message ${id}`);
    return message;
  }

  #setDue(id: MessageId, old: number | null, due: number | null): void {
    if (old === due) return;
    if (old !== null) this.live.remove({ due: old, id });
    if (due !== null) this.live.add({ due, id });
    this.#undo.push(() => {
      if (due !== null) this.live.remove({ due, id });
      if (old !== null) this.live.add({ due: old, id });
    });
  }

  #setQueued(id: MessageId, queued: Queued | null): void {
    const message = this.#message(id);
    const old = message.queued;
    const swap = (from: Queued | null, to: Queued | null): void => {
      if (from !== null) listOf(this.ready, from.connection, byDueAndId).remove(from);
      if (to !== null) listOf(this.ready, to.connection, byDueAndId).add(to);
      message.queued = to;
    };
    swap(old, queued);
    this.#undo.push(() => swap(queued, old));
  }

  #putReport(id: MessageId, report: MemoryReport): void {
    const { reports } = this.#message(id);
    const old = reports.get(report.report.status);
    const swap = (from: MemoryReport | undefined, to: MemoryReport | undefined): void => {
      if (from?.told === null)
        listOf(this.outbox, from.queue, byDueAndSequence).remove(place(from));
      if (to?.told === null) listOf(this.outbox, to.queue, byDueAndSequence).add(place(to));
    };
    swap(old, report);
    this.#undo.push(() => swap(report, old));
    this.#set(reports, report.report.status, report);
  }

  #set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    const old = map.get(key);
    map.set(key, value);
    this.#undo.push(() => {
      if (old === undefined) map.delete(key);
      else map.set(key, old);
    });
  }

  #delete<Key, Value>(map: Map<Key, Value>, key: Key): void {
    const old = map.get(key);
    if (old === undefined) return;
    map.delete(key);
    this.#undo.push(() => map.set(key, old));
  }
}

function partKey(connection: string, providerId: string): string {
  return `${connection}\n${providerId}`;
}

function partKeys({ connection, providerIds }: ReceiptFact): Set<string> {
  return new Set(providerIds.map((providerId) => partKey(connection, providerId)));
}

function place(report: MemoryReport): { due: number; sequence: number; id: MessageId } {
  return { due: report.due, sequence: report.sequence, id: report.report.messageId };
}

function byDueAndId(
  left: { due: number; id: MessageId },
  right: { due: number; id: MessageId },
): number {
  return left.due - right.due || (left.id < right.id ? -1 : Number(left.id > right.id));
}

function byDueAndSequence(
  left: { due: number; sequence: number },
  right: { due: number; sequence: number },
): number {
  return left.due - right.due || left.sequence - right.sequence;
}

function listOf<Item>(
  lists: Map<string, SortedList<Item>>,
  name: string,
  compare: (left: Item, right: Item) => number,
): SortedList<Item> {
  const found = lists.get(name) ?? new SortedList(compare);
  lists.set(name, found);
  return found;
}
