import type { Clock } from '../lib/clock.ts';
import type { Wire, WireHandler } from '../lib/net.ts';
import type { Random } from '../lib/random.ts';

export type LinkSide = 'client' | 'server';

/** How the network treats what travels. */
export interface NetWeather {
  /** How long bytes travel, drawn anew for every write, in whole milliseconds. */
  latencyMs: { min: number; max: number };
  /** The chance that an arrival is cut in two at any byte, the rest arriving later. */
  splitChance: number;
  /** The chance that what arrives at the same time is handed over as one chunk. */
  mergeChance: number;
  /** The chance, at every arrival, that the connection is reset instead. */
  resetChance: number;
}

/** One connection of the virtual network, seen from above, where faults are done to it. */
export interface VirtualLink {
  /** "port of the client>port of the server". */
  readonly name: string;
  /** Both sides are told at once that the connection was reset; what was under way is lost. */
  reset(): void;
  /** One side dies without a word: it is told, the other is not, and what the other writes is lost. */
  abandon(side: LinkSide): void;
  /** Nothing arrives until `flow`; nothing is lost. */
  stall(): void;
  flow(): void;
}

/** What the network itself does with a link. */
export interface VirtualLinkControl extends VirtualLink {
  wire(side: LinkSide): Wire;
  attach(side: LinkSide, handler: WireHandler): void;
  /** The side may be handed data from now on. */
  open(side: LinkSide): void;
  fail(side: LinkSide, reason: string): void;
  isClosed(side: LinkSide): boolean;
  drawLatency(): number;
}

export interface VirtualLinkOptions {
  clock: Clock;
  random: Random;
  weather: Readonly<NetWeather>;
  name: string;
  peers: Readonly<Record<LinkSide, string>>;
  observe: (event: string) => void;
  /** Called once both sides are closed. */
  onClosed: () => void;
}

/** Above so many bytes under way a writer is told when they have gone, as the runtime does. */
const drainAboveBytes = 16 * 1024;

/** What travels: bytes, or the news that the other side has ended. */
interface Flight {
  readonly arriveAt: number;
  readonly bytes: Buffer;
  readonly isEnd: boolean;
}

/** One side and what is on its way to it. */
interface End {
  readonly side: LinkSide;
  handler: WireHandler | null;
  isOpen: boolean;
  isClosed: boolean;
  /** It has said that it will write no more. */
  hasEnded: boolean;
  incoming: Flight[];
  lastArrivalAt: number;
  /** Bytes it wrote that have not arrived. */
  bufferedBytes: number;
  wantsDrain: boolean;
}

export function createVirtualLink(options: VirtualLinkOptions): VirtualLinkControl {
  const { clock, random, weather, name, observe } = options;
  const ends: Record<LinkSide, End> = { client: createEnd('client'), server: createEnd('server') };
  const wires: Record<LinkSide, Wire> = {
    client: createWire('client'),
    server: createWire('server'),
  };
  let isStalled = false;
  let isLost = false;

  function createWire(side: LinkSide): Wire {
    return {
      peer: options.peers[side],
      get bufferedBytes() {
        return ends[side].bufferedBytes;
      },
      write(bytes) {
        const end = ends[side];
        if (end.isClosed || end.hasEnded || bytes.length === 0) return;
        end.bufferedBytes += bytes.length;
        if (end.bufferedBytes > drainAboveBytes) end.wantsDrain = true;
        // A copy, because the writer may use its buffer again.
        launch(end, Buffer.from(bytes), false);
      },
      end() {
        const end = ends[side];
        if (end.isClosed || end.hasEnded) return;
        end.hasEnded = true;
        launch(end, Buffer.alloc(0), true);
      },
      destroy: () => destroy(ends[side], null),
    };
  }

  function destroy(end: End, error: Error | null): void {
    if (end.isClosed) return;
    if (!end.hasEnded) launch(end, Buffer.alloc(0), true);
    close(end, error);
  }

  /** Sends something on its way to the other side; it never overtakes what was sent before. */
  function launch(from: End, bytes: Buffer, isEnd: boolean): void {
    const to = otherEnd(from);
    const arriveAt = Math.max(to.lastArrivalAt, clock.monotonic() + drawLatency());
    to.lastArrivalAt = arriveAt;
    to.incoming.push({ arriveAt, bytes, isEnd });
    scheduleArrival(to, arriveAt);
  }

  function scheduleArrival(to: End, at: number): void {
    clock.after(at - clock.monotonic(), () => arrive(to));
  }

  function arrive(to: End): void {
    if (isStalled || isLost || !to.isOpen || to.isClosed) return;
    const now = clock.monotonic();
    const first = to.incoming[0];
    if (first === undefined || first.arriveAt > now) return;
    if (!first.isEnd && random.fraction() < weather.resetChance) return reset();
    let count = 1;
    if (!first.isEnd && random.fraction() < weather.mergeChance) {
      while (isMergeable(to.incoming[count], now)) count++;
    }
    const taken = to.incoming.splice(0, count);
    // What is due and was not merged comes next, before anything later.
    if (isDue(to.incoming[0], now)) scheduleArrival(to, now + 1);
    if (first.isEnd) return endBoth(to);
    let bytes = taken.length === 1 ? first.bytes : Buffer.concat(taken.map((one) => one.bytes));
    if (bytes.length > 1 && random.fraction() < weather.splitChance) {
      const at = 1 + Math.floor(random.fraction() * (bytes.length - 1));
      const arriveAt = now + drawLatency();
      to.incoming.unshift({ arriveAt, bytes: bytes.subarray(at), isEnd: false });
      to.lastArrivalAt = Math.max(to.lastArrivalAt, arriveAt);
      scheduleArrival(to, arriveAt);
      bytes = bytes.subarray(0, at);
    }
    hand(to, bytes);
  }

  function hand(to: End, bytes: Buffer): void {
    const from = otherEnd(to);
    from.bufferedBytes -= bytes.length;
    observe(`${clock.monotonic()} ${name} ${to.side} ${bytes.length} ${checksum(bytes)}`);
    if (from.wantsDrain && from.bufferedBytes === 0 && !from.isClosed) {
      from.wantsDrain = false;
      clock.soon(() => {
        if (!from.isClosed) from.handler?.drain?.();
      });
    }
    to.handler?.data(bytes);
  }

  /** The other side has ended: this one ends too, as sockets that are not half-open do. */
  function endBoth(to: End): void {
    wires[to.side].end();
    close(to, null);
  }

  function close(end: End, error: Error | null): void {
    if (end.isClosed) return;
    end.isClosed = true;
    end.incoming = [];
    observe(`${clock.monotonic()} ${name} ${end.side} closed ${error?.message ?? ''}`);
    clock.soon(() => end.handler?.close(error));
    if (otherEnd(end).isClosed || otherEnd(end).handler === null) options.onClosed();
  }

  function reset(): void {
    for (const end of [ends.client, ends.server]) close(end, new Error('read ECONNRESET'));
  }

  function otherEnd(end: End): End {
    return end.side === 'client' ? ends.server : ends.client;
  }

  function drawLatency(): number {
    const { min, max } = weather.latencyMs;
    return min + Math.floor(random.fraction() * (max - min + 1));
  }

  function catchUp(end: End): void {
    for (const flight of end.incoming) scheduleArrival(end, flight.arriveAt);
  }

  return {
    name,
    wire: (side) => wires[side],
    attach(side, handler) {
      ends[side].handler = handler;
    },
    open(side) {
      const end = ends[side];
      if (end.isClosed) return;
      end.isOpen = true;
      observe(`${clock.monotonic()} ${name} ${side} open`);
      end.handler?.open?.();
      catchUp(end);
    },
    fail: (side, reason) => destroy(ends[side], new Error(reason)),
    isClosed: (side) => ends[side].isClosed,
    drawLatency,
    reset,
    abandon(side) {
      isLost = true;
      close(ends[side], new Error('read ECONNRESET'));
    },
    stall() {
      isStalled = true;
    },
    flow() {
      isStalled = false;
      catchUp(ends.client);
      catchUp(ends.server);
    },
  };
}

function createEnd(side: LinkSide): End {
  return {
    side,
    handler: null,
    isOpen: false,
    isClosed: false,
    hasEnded: false,
    incoming: [],
    lastArrivalAt: 0,
    bufferedBytes: 0,
    wantsDrain: false,
  };
}

function isDue(flight: Flight | undefined, now: number): boolean {
  return flight !== undefined && flight.arriveAt <= now;
}

function isMergeable(flight: Flight | undefined, now: number): boolean {
  return flight !== undefined && !flight.isEnd && flight.arriveAt <= now;
}

/** Tells contents apart in the trace without showing them (FNV-1a). */
function checksum(bytes: Buffer): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16);
}
