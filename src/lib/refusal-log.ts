import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** The log tells of refusals of one kind once in this time. */
export const refusalLogPeriodMs = 60_000;
/** Names in one line. */
export const refusalNamesMax = 5;

/** Tells the log that something is being refused: at the first time, then once in a period with the count. */
export class RefusalLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #sentence: string;
  readonly #names = new Set<string>();
  #count = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(log: Log, clock: Clock, sentence: string) {
    this.#log = log;
    this.#clock = clock;
    this.#sentence = sentence;
  }

  /** One more refusal; `name` is an account or an address. */
  note(name: string): void {
    this.#count++;
    if (this.#names.size < refusalNamesMax) this.#names.add(name);
    const now = this.#clock.monotonic();
    if (now < this.#quietUntil) return;
    this.#log.warn(this.#sentence, { times: this.#count, who: [...this.#names].join(' ') });
    this.#quietUntil = now + refusalLogPeriodMs;
    this.#count = 0;
    this.#names.clear();
  }
}
