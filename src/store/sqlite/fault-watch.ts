import type { Clock, Timer } from '../../lib/clock.ts';
import type { StoreFault } from '../fault.ts';

/** How long after a fault it is tried whether the store can write again. */
export const probeFirstMs = 1_000;
/** A fault that comes back soon is probed more rarely, so that nobody is told every second. */
export const probeLongestMs = 8_000;

/**
 * Knows whether the store can write. From a fault on it tries once in a while whether a write goes through;
 * nobody need send traffic for that.
 */
export class FaultWatch {
  readonly #clock: Clock;
  readonly #probe: () => Promise<void>;
  readonly #onChange: (fault: StoreFault | null) => void;
  #fault: StoreFault | null = null;
  #timer: Timer | null = null;
  #waitMs = probeFirstMs;
  #calmFrom = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  /** @param probe writes something that changes nothing. */
  constructor(
    clock: Clock,
    probe: () => Promise<void>,
    onChange: (fault: StoreFault | null) => void,
  ) {
    this.#clock = clock;
    this.#probe = probe;
    this.#onChange = onChange;
  }

  /** Why the store cannot write; null while it can. */
  get fault(): StoreFault | null {
    return this.#fault;
  }

  /** A write has failed for this. */
  note(fault: StoreFault): void {
    if (this.#fault !== null || this.#isStopped) return;
    const isSoon = this.#clock.monotonic() < this.#calmFrom;
    this.#waitMs = isSoon ? Math.min(2 * this.#waitMs, probeLongestMs) : probeFirstMs;
    this.#fault = fault;
    this.#onChange(fault);
    this.#plan();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(this.#waitMs, () => {
      this.#probe().then(
        () => this.#end(),
        () => this.#plan(),
      );
    });
  }

  #end(): void {
    this.#fault = null;
    this.#calmFrom = this.#clock.monotonic() + probeLongestMs;
    this.#onChange(null);
  }
}
