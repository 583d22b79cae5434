import type { InboundMessage } from '../../core/inbound.ts';
import type { MessageId } from '../../core/message.ts';
import type { OptOut } from '../../core/opt-out.ts';
import {
  type InboundArrival,
  type OptOutKey,
  orderTriesMax,
  type QueuedInbound,
} from '../inbound-contract.ts';
import { type Group, groupName, type InboundRows } from '../inbound-rows.ts';

interface MemoryGroup extends Group {
  readonly connection: string;
  readonly openedAt: number;
}

/** Incoming messages and opt-outs in maps, each in the order in which they came. */
export class MemoryInbound implements InboundRows {
  readonly messages = new Map<MessageId, InboundMessage>();
  readonly queued = new Map<number, QueuedInbound>();
  readonly optOuts = new Map<string, OptOut>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #emptied = new Set<MessageId>();
  readonly #repeatKeys = new Map<string, number>();
  #sequence = 0;
  /** Takes notes of how to undo what is done. */
  readonly #note: (undo: () => void) => void;

  constructor(note: (undo: () => void) => void) {
    this.#note = note;
  }

  insertInbound(message: InboundMessage): void {
    if (this.messages.has(message.id)) throw new Error(`message ${message.id} exists already`);
    this.#set(this.messages, message.id, message);
  }

  queueInbound(queue: string, message: InboundMessage, now: number): QueuedInbound {
    let due = now;
    let isFollowing = false;
    for (const earlier of this.#ofHandset(queue, message.from)) {
      if (earlier.attempts > orderTriesMax) continue;
      due = Math.max(due, earlier.due);
      isFollowing = true;
    }
    const sequence = ++this.#sequence;
    const row = { queue, message, attempts: 0, due, sequence, isFollowing };
    this.#set(this.queued, sequence, row);
    return row;
  }

  tellInbound(queue: string, sequence: number): void {
    if (this.queued.get(sequence)?.queue === queue) this.#delete(this.queued, sequence);
  }

  postponeInbound(queue: string, sequence: number, due: number): void {
    const failed = this.queued.get(sequence);
    if (failed?.queue !== queue) return;
    const attempts = failed.attempts + 1;
    this.#set(this.queued, sequence, { ...failed, attempts, due });
    if (attempts > orderTriesMax) return;
    for (const later of this.#ofHandset(queue, failed.message.from)) {
      if (later.sequence <= sequence) continue;
      this.#set(this.queued, later.sequence, { ...later, due: Math.max(later.due, due) });
    }
  }

  putRepeatKey(key: string, until: number, now: number): boolean {
    if ((this.#repeatKeys.get(key) ?? now) > now) return false;
    this.#set(this.#repeatKeys, key, until);
    return true;
  }

  dropRepeatKeys(now: number, limit: number): void {
    const over = [...this.#repeatKeys].filter(([, until]) => until <= now).slice(0, limit);
    for (const [key] of over) this.#delete(this.#repeatKeys, key);
  }

  findGroup(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  addPart(name: string, arrival: InboundArrival, now: number): void {
    const { connection } = arrival.message;
    const { total = 1, sequence = 1 } = arrival.concat ?? {};
    const group = this.#groups.get(name) ?? { name, total, connection, openedAt: now, parts: [] };
    this.#set(this.#groups, groupName(arrival), {
      ...group,
      parts: [...group.parts, { arrival, sequence }],
    });
  }

  deleteGroup(name: string): void {
    this.#delete(this.#groups, name);
  }

  countGroups(connection: string): number {
    return this.#ofConnection(connection).length;
  }

  findOldestGroup(connection: string): Group | undefined {
    return this.#ofConnection(connection)[0];
  }

  findOldGroups(openedBefore: number, limit: number): readonly Group[] {
    return [...this.#groups.values()]
      .filter(({ openedAt }) => openedAt < openedBefore)
      .toSorted((left, right) => left.openedAt - right.openedAt)
      .slice(0, limit);
  }

  putOptOut(optOut: OptOut): void {
    const name = nameOf(optOut);
    if (!this.optOuts.has(name)) this.#set(this.optOuts, name, optOut);
  }

  removeOptOut(key: OptOutKey): boolean {
    return this.#delete(this.optOuts, nameOf(key));
  }

  hasContent(id: MessageId): boolean {
    return !this.#emptied.has(id);
  }

  /** Retention: what was said. */
  dropContent(id: MessageId): void {
    const message = this.messages.get(id);
    if (message === undefined) return;
    this.#emptied.add(id);
    this.#note(() => this.#emptied.delete(id));
    this.#set(this.messages, id, {
      ...message,
      text: '',
      fromName: null,
      media: null,
      custom: null,
      udh: null,
    });
  }

  /** Retention. */
  deleteMessage(id: MessageId): void {
    this.#delete(this.messages, id);
    if (this.#emptied.delete(id)) this.#note(() => this.#emptied.add(id));
  }

  #ofHandset(queue: string, from: string): QueuedInbound[] {
    return [...this.queued.values()].filter(
      (row) => row.queue === queue && row.message.from === from,
    );
  }

  #ofConnection(connection: string): MemoryGroup[] {
    return [...this.#groups.values()].filter((group) => group.connection === connection);
  }

  #set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    const old = map.get(key);
    map.set(key, value);
    this.#note(() => {
      if (old === undefined) map.delete(key);
      else map.set(key, old);
    });
  }

  #delete<Key, Value>(map: Map<Key, Value>, key: Key): boolean {
    const old = map.get(key);
    if (old === undefined) return false;
    map.delete(key);
    this.#note(() => map.set(key, old));
    return true;
  }
}

/** Sorts as account, channel and number do. */
export function nameOf({ account, channel, number }: OptOutKey): string {
  return `${account}\u0000${channel}\u0000${number}`;
}
