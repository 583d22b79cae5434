import type { Socket } from 'node:net';
import { giveBack } from './bodies.ts';
import type { ParserWork } from './parser-work.ts';

/** What a read brings beyond this goes to the parser in slices, the first of so many octets. */
export const sliceBytes = 1_024;

/** As long as there is little in a slice the next has twice as many octets, up to this. */
export const sliceBytesMax = 4_096;
const quietUnitsMax = 4;

/**
 * When the slices of a read have begun so many requests and pieces of bodies, what is left of it waits for a
 * turn of its own. The slice that goes beyond is finished: at its largest it has 150 requests or 700 pieces.
 */
export const turnUnitsMax = 64;

/** Between two turns of reads that wait everybody else has this time. */
const turnPauseMs = 1;

/** Octets that wait for their turn, of all connections together; who brings more than there is room for is cut. */
export const heldBytesMax = 32 * 1024 * 1024;

/** So much is read over behind the last that a connection may send, so that its answers arrive; then it is cut. */
export const ignoredBytesMax = 1024 * 1024;

/**
 * Hands the HTTP parser in slices what a connection sends. The parser goes through all that it is given before
 * anybody else has a turn, and a read of 64 KiB may hold 2,500 requests, or 10,000 pieces of a body. A read
 * of ordinary size passes as it is, and so does the body of a request that says its length.
 */
export class SlicedReads {
  readonly #work: ParserWork;
  readonly #after: (delayMs: number, run: () => void) => unknown;
  readonly #feeds = new WeakMap<Socket, Feed>();
  /** Those that have something for the parser, in the order in which they get their turns. */
  readonly #waiting = new Set<Feed>();
  readonly #turns: Turns;
  #heldBytes = 0;
  #isTurnDue = false;

  /** `after` starts a timer. */
  constructor(
    work: ParserWork,
    after: (delayMs: number, run: () => void) => unknown,
    bytesMax = heldBytesMax,
  ) {
    this.#work = work;
    this.#after = after;
    this.#turns = {
      mayBegin: () => this.#waiting.size === 0,
      wait: (feed) => this.#wait(feed),
      hold: (bytes) => {
        this.#heldBytes += bytes;
        return this.#heldBytes <= bytesMax;
      },
    };
  }

  /** Stands between a connection and the server's parser, which has just been put behind it. */
  attach(socket: Socket): void {
    // As soon as somebody else listens for octets, the parser takes them from the stream. Until then it
    // takes them from the operating system, past everybody.
    const listener = (): void => {};
    socket.on('data', listener).off('data', listener);
    this.#feeds.set(socket, new Feed(socket, this.#work, this.#turns));
  }

  /** The parser gets nothing more of what this connection sends. */
  ignore(socket: Socket): void {
    this.#feeds.get(socket)?.ignore();
  }

  #wait(feed: Feed): void {
    this.#waiting.add(feed);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#after(turnPauseMs, () => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#isTurnDue = false;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.run();
    const [following] = this.#waiting;
    if (following !== undefined) this.#wait(following);
  }
}

interface Turns {
  /** Nobody waits: a read that has just come need not either. */
  mayBegin(): boolean;
  /** Has the feed's `run` called later. */
  wait(feed: Feed): void;
  /** Notes that so many octets more, or less, are held; false when they are too many. */
  hold(bytes: number): boolean;
}

/** What one connection has sent and its parser has not got yet. */
class Feed {
  readonly #socket: Socket;
  readonly #work: ParserWork;
  readonly #turns: Turns;
  readonly #push: Socket['push'];
  /** What was read, in order; null is the end. */
  readonly #held: (Buffer | null)[] = [];
  /** So much of the first that is held has been handed on. */
  #at = 0;
  /** What has been noted as held. */
  #notedBytes = 0;
  #isIgnored = false;
  #ignoredBytes = 0;

  constructor(socket: Socket, work: ParserWork, turns: Turns) {
    this.#socket = socket;
    this.#work = work;
    this.#turns = turns;
    this.#push = socket.push.bind(socket);
    const read = socket._read.bind(socket);
    // These two are where a stream is extended: `push` gets what was read and says whether to read on,
    // `_read` is asked to read on.
    socket.push = (chunk: Buffer | null) => this.#take(chunk);
    socket._read = (size) => {
      if (this.#held.length === 0) read(size);
    };
  }

  #take(chunk: Buffer | null): boolean {
    if (this.#isIgnored) return this.#readOver(chunk);
    const isOrdinary = chunk === null || chunk.length <= sliceBytes;
    if (isOrdinary && this.#held.length === 0 && !this.#socket.isPaused()) {
      return this.#push(chunk);
    }
    this.#held.push(chunk);
    if (this.#held.length > 1) this.#note();
    else if (this.#turns.mayBegin()) this.run();
    else this.#goOnLater();
    return this.#held.length === 0;
  }

  /** Hands slices on until they are work enough for one turn, or the server does not want more. */
  run(): void {
    const work = this.#work;
    const unitsMax = work.units + turnUnitsMax;
    let slice = sliceBytes;
    let bodyBytesLeft = 0;
    while (this.#held.length > 0 && work.units < unitsMax && !this.#socket.isPaused()) {
      const { units } = work;
      work.bodyBytesLeft = 0;
      this.#handOn(Math.max(slice, bodyBytesLeft));
      bodyBytesLeft = work.bodyBytesLeft;
      const isQuiet = work.units - units <= quietUnitsMax;
      slice = isQuiet ? Math.min(slice * 2, sliceBytesMax) : sliceBytes;
    }
    this.#goOnLater();
  }

  #handOn(bytes: number): void {
    const [chunk = null] = this.#held;
    const from = this.#at;
    const isLast = chunk === null || chunk.length <= from + bytes;
    this.#at = isLast ? 0 : from + bytes;
    if (isLast) this.#held.shift();
    this.#push(chunk?.subarray(from, from + bytes) ?? null);
    if (isLast && chunk !== null && this.#socket.readableLength === 0) giveBack(chunk);
  }

  #goOnLater(): void {
    this.#note();
    if (this.#held.length === 0) return;
    if (this.#socket.isPaused()) this.#socket.once('resume', () => this.#goOnLater());
    else this.#turns.wait(this);
  }

  /** Notes how much is held now; nothing, when there is no connection or no room for it. */
  #note(): void {
    if (this.#socket.destroyed) this.#held.length = 0;
    const bytes = this.#held.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0);
    if (bytes === this.#notedBytes) return;
    if (this.#notedBytes === 0) this.#socket.once('close', this.#onClose);
    else if (bytes === 0) this.#socket.off('close', this.#onClose);
    const hasRoom = this.#turns.hold(bytes - this.#notedBytes);
    const isMore = bytes > this.#notedBytes;
    this.#notedBytes = bytes;
    if (hasRoom || !isMore) return;
    this.#socket.destroy();
    this.#note();
  }

  readonly #onClose = (): void => this.#note();

  ignore(): void {
    this.#isIgnored = true;
    this.#held.length = 0;
    this.#note();
  }

  #readOver(chunk: Buffer | null): boolean {
    // The parser was left in the middle of something; told of the end, it would complain.
    if (chunk === null) return false;
    this.#ignoredBytes += chunk.length;
    giveBack(chunk);
    if (this.#ignoredBytes > ignoredBytesMax) this.#socket.destroy();
    return true;
  }
}
