import { type Concat, type InboundMessage, joinParts } from '../core/inbound.ts';
import type { OptOut } from '../core/opt-out.ts';
import type {
  InboundArrival,
  InboundBounds,
  InboundConsequences,
  InboundResult,
  OptOutKey,
  QueuedInbound,
} from './inbound-contract.ts';
import { type Group, groupName, type InboundRows } from './inbound-rows.ts';

/** T5 (contract `InboundStore.record`). */
export function recordInbound(
  rows: InboundRows,
  batch: readonly InboundArrival[],
  bounds: InboundBounds,
  now: number,
): InboundConsequences & { results: readonly InboundResult[] } {
  const taken = new Taken(rows, now);
  const results = batch.map((arrival): InboundResult => {
    if (!rows.putRepeatKey(arrival.repeatKey, arrival.repeatUntil, now)) return 'repeated';
    const { concat } = arrival;
    if (concat === null || concat.total === 1) return taken.take(arrival, arrival.message);
    return takePart(rows, taken, arrival, concat, bounds, now);
  });
  return { ...taken.consequences(), results };
}

function takePart(
  rows: InboundRows,
  taken: Taken,
  arrival: InboundArrival,
  concat: Concat,
  bounds: InboundBounds,
  now: number,
): InboundResult {
  const name = groupName(arrival);
  const before = rows.findGroup(name);
  if (before?.parts.some(({ sequence }) => sequence === concat.sequence) === true) {
    // Another text in the same place: the handset uses its reference for a new message.
    taken.end(before);
  } else if (
    before === undefined &&
    rows.countGroups(arrival.message.connection) >= bounds.groupsMax
  ) {
    const oldest = rows.findOldestGroup(arrival.message.connection);
    if (oldest !== undefined) taken.end(oldest);
  }
  rows.addPart(name, arrival, now);
  const group = rows.findGroup(name);
  if (group === undefined || group.parts.length < group.total) return 'waiting';
  return taken.end(group);
}

/** Contract `InboundStore.sweep`. */
export function sweepInbound(
  rows: InboundRows,
  now: number,
  openedBefore: number,
  limits: { readonly groups: number; readonly keys: number },
): InboundConsequences {
  const taken = new Taken(rows, now);
  for (const group of rows.findOldGroups(openedBefore, limits.groups)) taken.end(group);
  rows.dropRepeatKeys(now, limits.keys);
  return taken.consequences();
}

/** Makes messages of what came and remembers what the caller must know of it. */
class Taken {
  readonly #rows: InboundRows;
  readonly #now: number;
  readonly #queued: QueuedInbound[] = [];
  readonly #optedOut: OptOut[] = [];
  readonly #optedIn: OptOutKey[] = [];
  #incomplete = 0;
  #unassigned = 0;

  constructor(rows: InboundRows, now: number) {
    this.#rows = rows;
    this.#now = now;
  }

  /** @param message what `arrival` is a part of, or its own. */
  take(arrival: InboundArrival, message: InboundMessage): InboundResult {
    this.#rows.insertInbound(message);
    for (const queue of arrival.queues) {
      this.#queued.push(this.#rows.queueInbound(queue, message, this.#now));
    }
    this.#followWord(arrival);
    if (message.account !== '') return 'queued';
    this.#unassigned++;
    return 'unassigned';
  }

  /** Makes a message of what there is of a group. */
  end(group: Group): InboundResult {
    this.#rows.deleteGroup(group.name);
    if (group.parts.length < group.total) this.#incomplete++;
    const parts = group.parts.map(({ arrival, sequence }) => ({
      message: arrival.message,
      sequence,
    }));
    // Whose it is and what it asks for is in its first words.
    const [first] = group.parts.toSorted((left, right) => left.sequence - right.sequence);
    if (first === undefined) throw new Error('a group has at least one part');
    return this.take(first.arrival, joinParts(parts, group.total));
  }

  consequences(): InboundConsequences {
    return {
      queued: this.#queued,
      optedOut: this.#optedOut,
      optedIn: this.#optedIn,
      incomplete: this.#incomplete,
      unassigned: this.#unassigned,
    };
  }

  #followWord({ message, optOut }: InboundArrival): void {
    if (optOut === null || message.account === '') return;
    const { account, channel, from: number } = message;
    const key = { account, channel, number };
    if (optOut === 'add') {
      const added: OptOut = { ...key, at: this.#now, cause: 'word' };
      this.#rows.putOptOut(added);
      this.#optedOut.push(added);
    } else if (this.#rows.removeOptOut(key)) {
      this.#optedIn.push(key);
    }
  }
}

/** Contract `InboundQueue.told`. */
export function toldInbound(
  rows: InboundRows,
  batch: readonly { queue: string; sequence: number }[],
): void {
  for (const { queue, sequence } of batch) rows.tellInbound(queue, sequence);
}

/** Contract `InboundQueue.postpone`. */
export function postponeInbound(
  rows: InboundRows,
  batch: readonly { queue: string; sequence: number; due: number }[],
): void {
  for (const { queue, sequence, due } of batch) rows.postponeInbound(queue, sequence, due);
}

/** Contract `OptOutStore.put`. */
export function putOptOuts(rows: InboundRows, batch: readonly OptOut[]): void {
  for (const optOut of batch) rows.putOptOut(optOut);
}

/** Contract `OptOutStore.remove`. */
export function removeOptOuts(rows: InboundRows, batch: readonly OptOutKey[]): boolean[] {
  return batch.map((key) => rows.removeOptOut(key));
}
