import { heldBytesMax, partHoldMs, partIdleMs } from './limits.ts';
import type { UserData } from './user-data.ts';

/** One PDU of a longer message, waiting for the others. */
export interface HeldPart<Request> {
  readonly request: Request;
  readonly data: UserData;
}

interface Group<Request> {
  readonly key: string;
  readonly total: number;
  readonly data_coding: number;
  readonly parts: (HeldPart<Request> | undefined)[];
  count: number;
  bytes: number;
  readonly openedAt: number;
  lastAt: number;
}

/** What is to be done now that a part has come. */
export interface Released<Request> {
  /** All parts of one message, in order. */
  readonly whole: readonly HeldPart<Request>[] | null;
  /** Parts that go on their way alone. */
  readonly alone: readonly HeldPart<Request>[];
}

/**
 * Puts the parts of longer messages together before any of them is accepted: none has been answered,
 * so nothing that is here can be lost, and what is here is bounded by the windows of its sessions.
 *
 * A customer may wait for the answer to one part before it sends the next. So whoever does not go on
 * within `partIdleMs` gets its parts accepted one by one, each with its place in the header, and the
 * handset puts them together (docs/reference/smpp.md).
 */
export class ConcatGroups<Request> {
  readonly #groups = new Map<string, Group<Request>>();
  #bytes = 0;

  /** Messages that wait for parts. */
  get size(): number {
    return this.#groups.size;
  }

  /** Takes a part that has a place. `key`: who writes to whom. */
  add(key: string, part: HeldPart<Request>, now: number): Released<Request> {
    const { concat, data_coding, octets } = part.data;
    if (concat === null) throw new Error('a part without a place');
    const { form, referenceWidth, reference, total, sequence } = concat;
    const groupKey = `${form}/${referenceWidth}/${reference}/${key}`;
    const known = this.#groups.get(groupKey);
    const isSame =
      known !== undefined &&
      known.total === total &&
      known.data_coding === data_coding &&
      known.parts[sequence - 1] === undefined;
    // The reference has been used again: what was there will never be complete.
    const left = known === undefined || isSame ? [] : this.#release(known);
    if (this.#bytes + octets.length > heldBytesMax) {
      const rest = isSame ? this.#release(known) : [];
      return { whole: null, alone: [...left, ...rest, part] };
    }
    const group = isSame ? known : this.#open(groupKey, total, data_coding, now);
    group.parts[sequence - 1] = part;
    group.count++;
    group.lastAt = now;
    group.bytes += octets.length;
    this.#bytes += octets.length;
    if (group.count < total) return { whole: null, alone: left };
    return { whole: this.#release(group), alone: left };
  }

  /** What has waited long enough. */
  expire(now: number): HeldPart<Request>[] {
    const late: HeldPart<Request>[] = [];
    for (const group of this.#groups.values()) {
      if (now - group.lastAt < partIdleMs && now - group.openedAt < partHoldMs) continue;
      late.push(...this.#release(group));
    }
    return late;
  }

  /** Gives up the groups that hold something of `isMeant`, because its session ends. */
  releaseWhere(isMeant: (request: Request) => boolean): HeldPart<Request>[] {
    const released: HeldPart<Request>[] = [];
    for (const group of this.#groups.values()) {
      if (!group.parts.some((part) => part !== undefined && isMeant(part.request))) continue;
      released.push(...this.#release(group));
    }
    return released;
  }

  #open(key: string, total: number, data_coding: number, now: number): Group<Request> {
    const group: Group<Request> = {
      key,
      total,
      data_coding,
      parts: [],
      count: 0,
      bytes: 0,
      openedAt: now,
      lastAt: now,
    };
    this.#groups.set(key, group);
    return group;
  }

  #release(group: Group<Request>): HeldPart<Request>[] {
    this.#groups.delete(group.key);
    this.#bytes -= group.bytes;
    return group.parts.filter((part) => part !== undefined);
  }
}
