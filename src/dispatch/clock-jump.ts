import type { Clock } from '../lib/clock.ts';

/** A wall clock that is so far from what the monotonic one lets expect has jumped. */
export const clockJumpMs = 60_000;
/** After so long the new time is believed. */
export const clockDoubtMs = 10 * 60_000;

/**
 * The time by which messages may end. A wall clock that is set wrong for a while must not end all that waits
 * (reliability §3.5): after a jump it is the earlier of the clock's time and of the one without the jump, until the
 * clock is back or the doubt is over.
 */
export class ClockJump {
  readonly #clock: Clock;
  /** What the wall clock is ahead of the monotonic one; null before the first look. */
  #offset: number | null = null;
  /** Monotonic time at which it jumped; null when it is believed. */
  #doubtedSince: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be asked several times a minute. `isOver`: a jump that the last look knew of is one no longer. */
  look(): { now: number; isOver: boolean } {
    const wall = this.#clock.now();
    const elapsed = this.#clock.monotonic();
    const expected = elapsed + (this.#offset ?? wall - elapsed);
    const since = this.#doubtedSince;
    if (Math.abs(wall - expected) <= clockJumpMs || elapsed - (since ?? elapsed) >= clockDoubtMs) {
      this.#offset = wall - elapsed;
      this.#doubtedSince = null;
      return { now: wall, isOver: since !== null };
    }
    this.#doubtedSince ??= elapsed;
    return { now: Math.min(wall, expected), isOver: false };
  }
}
