import type { Socket } from 'node:net';
import type { Clock } from './clock.ts';
import { ForbiddenTarget } from './guarded-lookup.ts';
import { AnswerReader } from './http-answer.ts';
import type { HttpOutcome } from './http-client.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Most bytes of an answer that are read, headers and framing included; then the connection is dropped. */
export const answerBytesMax = 64 * 1024;

const connectTimeoutMs = 5_000;

/** One request, ready to be sent, and who wants to know what becomes of it. */
export interface Exchange {
  /** The whole request: ASCII but for its body. */
  readonly text: string;
  readonly encoding: 'latin1' | 'utf8';
  /** Monotonic milliseconds. */
  readonly deadline: number;
  finish(outcome: HttpOutcome): void;
}

/** What a socket tells the line that opened it. */
export interface SocketEvents {
  open(): void;
  /** The octets are overwritten by the next ones. */
  data(octets: Buffer, length: number): void;
  close(error: Error | null): void;
}

/** Opens a socket; returns the reason at once when the target must not be connected to. */
export type Connect = (events: SocketEvents) => Socket | ForbiddenTarget;

/** A connection that comes up when it is needed and carries one exchange at a time. */
export class Line {
  readonly #connect: Connect;
  readonly #clock: Clock;
  /** Called when an exchange is over and the line takes the next one. */
  readonly #onFree: (line: Line) => void;
  #socket: Socket | null = null;
  #isOpen = false;
  /** When it must be open, and while nothing goes over it, when it is closed. */
  #until = 0;
  #exchange: Exchange | null = null;
  #answer = new AnswerReader();
  #bytes = 0;

  constructor(connect: Connect, clock: Clock, onFree: (line: Line) => void) {
    this.#connect = connect;
    this.#clock = clock;
    this.#onFree = onFree;
  }

  start(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#answer = new AnswerReader();
    this.#bytes = 0;
    if (this.#isOpen && this.#until <= this.#clock.monotonic()) this.#drop();
    if (this.#isOpen) this.#send();
    else this.#open();
  }

  /** Ends what is past its time at `now`, in monotonic milliseconds. */
  expire(now: number, reason: string): void {
    if (this.#exchange !== null && this.#exchange.deadline <= now) this.#fail(reason);
    else if (this.#socket === null || this.#until > now) return;
    else if (this.#exchange === null) this.#drop();
    else if (!this.#isOpen) this.#fail('no connection in time');
  }

  #open(): void {
    const socket = this.#connect({
      open: () => {
        if (socket !== this.#socket) return;
        this.#isOpen = true;
        this.#send();
      },
      data: (octets, length) => {
        if (socket === this.#socket) this.#receive(octets, length);
      },
      close: (error) => {
        if (socket === this.#socket) this.#closed(error);
      },
    });
    if (socket instanceof ForbiddenTarget) {
      // Not at once: whoever waits for the line would begin in the middle of this.
      queueMicrotask(() => this.#finish({ kind: 'forbidden', reason: socket.message }));
      return;
    }
    this.#socket = socket;
    this.#until = this.#clock.monotonic() + connectTimeoutMs;
  }

  #send(): void {
    const { text, encoding } = this.#exchange ?? nothing;
    this.#socket?.write(text, encoding);
  }

  #receive(octets: Buffer, length: number): void {
    // Nobody has asked for anything.
    if (this.#exchange === null) return this.#drop();
    this.#bytes += length;
    if (this.#bytes > answerBytesMax) return this.#fail('the answer is too long');
    const progress = this.#answer.read(octets.toString('latin1', 0, length));
    if (progress === 'broken') return this.#fail('the answer is no HTTP');
    if (progress === 'more') return;
    const { keptMs } = this.#answer;
    if (keptMs === 0) this.#drop();
    else this.#until = this.#clock.monotonic() + keptMs;
    this.#finish(this.#readOutcome(''));
  }

  #closed(error: Error | null): void {
    this.#drop();
    if (this.#exchange === null) return;
    if (error instanceof ForbiddenTarget) {
      this.#finish({ kind: 'forbidden', reason: error.message });
    } else {
      const reason = error === null ? 'the other side closed the connection' : describe(error);
      this.#finish(this.#readOutcome(reason));
    }
  }

  #fail(reason: string): void {
    this.#drop();
    this.#finish(this.#readOutcome(reason));
  }

  /** An answer whose status has arrived is an answer, whatever becomes of the rest of it. */
  #readOutcome(reason: string): HttpOutcome {
    const { status, retryAfter } = this.#answer;
    if (status === 0) return { kind: 'failed', reason };
    const waitMs = retryAfter === null ? null : parseRetryAfter(retryAfter, this.#clock.now());
    return waitMs === null
      ? { kind: 'answered', status }
      : { kind: 'answered', status, retryAfterMs: waitMs };
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
    this.#isOpen = false;
  }

  #finish(outcome: HttpOutcome): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#exchange = null;
    exchange.finish(outcome);
    this.#onFree(this);
  }
}

const nothing = { text: '', encoding: 'latin1' } as const;

/** A short reason; several addresses that failed together carry no message of their own. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
