import type { Random } from '../../src/lib/random.ts';

/** What power-cut.c wrote down: something that was done to a file of the data directory. */
export type DiskEvent =
  | { kind: 'opened' | 'created'; handle: number; name: string }
  | { kind: 'written'; handle: number; offset: number; bytes: Buffer }
  | { kind: 'truncated'; handle: number; length: number }
  | { kind: 'synced'; handle: number }
  | { kind: 'renamed'; from: string; to: string }
  | { kind: 'unlinked'; name: string };

/** The files of a directory by name. */
export type Files = ReadonlyMap<string, Buffer>;

/**
 * What the disk made of writes that nobody had synced: none is left; those up to some moment; the same, and the
 * next one torn; each one or not, in no order.
 */
export const survivals = ['synced', 'prefix', 'torn', 'scattered'] as const;
export type Survival = (typeof survivals)[number];

const headerBytes = 24;
/** Disks write whole sectors. */
const sectorBytes = 512;

/** Reads the log of power-cut.c; a record that was cut short by the kill is left out. */
export function readDiskLog(log: Buffer): DiskEvent[] {
  const events: DiskEvent[] = [];
  let at = 0;
  while (at + headerBytes <= log.length) {
    const size = Number(log.readBigUInt64LE(at + 16));
    const end = at + headerBytes + size;
    if (end > log.length) break;
    const offset = Number(log.readBigUInt64LE(at + 8));
    const bytes = log.subarray(at + headerBytes, end);
    events.push(readEvent(log.readUInt32LE(at), log.readUInt32LE(at + 4), offset, bytes));
    at = end;
  }
  return events;
}

function readEvent(kind: number, handle: number, offset: number, bytes: Buffer): DiskEvent {
  const text = () => bytes.toString('utf8');
  switch (kind) {
    case 1:
      return { kind: 'opened', handle, name: text() };
    case 2:
      return { kind: 'created', handle, name: text() };
    case 3:
      return { kind: 'written', handle, offset, bytes };
    case 4:
      return { kind: 'truncated', handle, length: offset };
    case 5:
      return { kind: 'synced', handle };
    case 6: {
      const [from = '', to = ''] = text().split('/');
      return { kind: 'renamed', from, to };
    }
    case 7:
      return { kind: 'unlinked', name: text() };
    default:
      throw new Error(`the disk log has a record of kind ${kind}`);
  }
}

/**
 * The files that a power cut leaves behind, when `events` have happened since everything in `before` was on
 * the disk. What was synced is there, what was not is there as far as `survival` says; a name that was made, moved
 * or removed counts as synced with the directory. SQLite's -shm is never on the disk.
 */
export function cutPower(
  before: Files,
  events: readonly DiskEvent[],
  survival: Survival,
  random: Random,
): Map<string, Buffer> {
  const disk = new Disk(before);
  for (const event of events) disk.happen(event);
  return disk.cut(survival, random);
}

/** A change that is on its way to the disk. */
interface Change {
  readonly target: Inode | Disk;
  /** Carries it out; `bytesMax` tears it. */
  readonly apply: (bytesMax: number) => void;
  readonly bytes: number;
}

class Inode {
  bytes: Buffer;
  length: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  write(offset: number, bytes: Buffer): void {
    this.#grow(offset + bytes.length);
    bytes.copy(this.bytes, offset);
    this.length = Math.max(this.length, offset + bytes.length);
  }

  truncate(length: number): void {
    this.#grow(length);
    if (length < this.length) this.bytes.fill(0, length, this.length);
    this.length = length;
  }

  #grow(length: number): void {
    if (length <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(length, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

class Disk {
  /** The names as the processes see them, and as they are on the disk. */
  readonly #seen = new Map<string, Inode>();
  readonly #names = new Map<string, Inode>();
  readonly #handles = new Map<number, Inode | Disk>();
  #unsynced: Change[] = [];

  constructor(before: Files) {
    for (const [name, bytes] of before) {
      if (isLost(name)) continue;
      const inode = new Inode(Buffer.from(bytes));
      this.#seen.set(name, inode);
      this.#names.set(name, inode);
    }
  }

  happen(event: DiskEvent): void {
    switch (event.kind) {
      case 'created':
        return this.#create(event.handle, event.name);
      case 'opened': {
        const target = event.name === '' ? this : this.#seen.get(event.name);
        if (target !== undefined) this.#handles.set(event.handle, target);
        return;
      }
      case 'written': {
        const { offset, bytes } = event;
        return this.#change(event.handle, bytes.length, (inode, bytesMax) => {
          inode.write(offset, bytes.subarray(0, bytesMax));
        });
      }
      case 'truncated':
        return this.#change(event.handle, 0, (inode) => inode.truncate(event.length));
      case 'synced':
        return this.#sync(this.#handles.get(event.handle));
      case 'renamed': {
        const { from, to } = event;
        return this.#rename((names) => {
          const inode = names.get(from);
          if (inode === undefined) return;
          names.delete(from);
          names.set(to, inode);
        });
      }
      case 'unlinked':
        return this.#rename((names) => void names.delete(event.name));
    }
  }

  cut(survival: Survival, random: Random): Map<string, Buffer> {
    const pending = this.#unsynced;
    const kept = Math.floor(random.fraction() * (pending.length + 1));
    for (const [at, { apply, bytes }] of pending.entries()) {
      if (survival === 'scattered') {
        if (random.fraction() < 0.5) apply(bytes);
      } else if (survival !== 'synced' && at < kept) {
        apply(bytes);
      } else if (survival === 'torn' && at === kept) {
        const sectors = Math.ceil(bytes / sectorBytes);
        apply(Math.floor(random.fraction() * sectors) * sectorBytes);
      }
    }
    return new Map(
      [...this.#names].map(([name, { bytes, length }]) => [name, bytes.subarray(0, length)]),
    );
  }

  #create(handle: number, name: string): void {
    if (isLost(name)) return;
    const inode = new Inode(Buffer.alloc(0));
    this.#handles.set(handle, inode);
    this.#rename((names) => void names.set(name, inode));
  }

  /** A change of the directory itself: seen at once, on the disk when the directory is synced. */
  #rename(change: (names: Map<string, Inode>) => void): void {
    change(this.#seen);
    this.#unsynced.push({ target: this, apply: () => change(this.#names), bytes: 0 });
  }

  #change(handle: number, bytes: number, run: (inode: Inode, bytesMax: number) => void): void {
    const inode = this.#handles.get(handle);
    if (!(inode instanceof Inode)) return;
    this.#unsynced.push({ target: inode, apply: (bytesMax) => run(inode, bytesMax), bytes });
  }

  #sync(target: Inode | Disk | undefined): void {
    if (target === undefined) return;
    const rest: Change[] = [];
    for (const change of this.#unsynced) {
      if (change.target === target) change.apply(change.bytes);
      else rest.push(change);
    }
    this.#unsynced = rest;
  }
}

function isLost(name: string): boolean {
  return name.endsWith('-shm');
}
