import type { Clock } from './clock.ts';
import { type Connect, type Exchange, Line } from './http-line.ts';

/**
 * The connections to one origin. The idle ones are a stack, so that those that are not needed grow old and close,
 * and a request never waits for a connection that has failed.
 */
export class Origin {
  usedAt = 0;
  readonly #connect: Connect;
  readonly #clock: Clock;
  readonly #connectionsMax: number;
  readonly #lines: Line[] = [];
  readonly #idle: Line[] = [];
  readonly #waiting = new Set<Exchange>();

  constructor(connect: Connect, clock: Clock, connectionsMax: number) {
    this.#connect = connect;
    this.#clock = clock;
    this.#connectionsMax = connectionsMax;
  }

  get isIdle(): boolean {
    return this.#idle.length === this.#lines.length;
  }

  /** Starts the exchange, or lets it wait for a free connection. */
  add(exchange: Exchange): void {
    const line = this.#idle.pop() ?? this.#addLine();
    if (line === null) this.#waiting.add(exchange);
    else line.start(exchange);
  }

  /** Ends what is past its time at `now`, in monotonic milliseconds. */
  expire(now: number, reason: string): void {
    for (const exchange of this.#waiting) {
      if (exchange.deadline > now) continue;
      this.#waiting.delete(exchange);
      exchange.finish({ kind: 'failed', reason });
    }
    for (const line of this.#lines) line.expire(now, reason);
  }

  #addLine(): Line | null {
    if (this.#lines.length >= this.#connectionsMax) return null;
    const line = new Line(this.#connect, this.#clock, (free) => this.#reuse(free));
    this.#lines.push(line);
    return line;
  }

  #reuse(line: Line): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(line);
    } else {
      this.#waiting.delete(next);
      line.start(next);
    }
  }
}
