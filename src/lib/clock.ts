/**
 * Time, as everything in the gateway sees it. Production runs on `systemClock`; the simulation
 * runs on a virtual one, which is why no other file may read a clock or set a timer (DESIGN §3).
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch, UTC. May jump; never measure with it. */
  now(): number;
  /** Milliseconds that only rise; for measuring and for leases. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`. Does not keep the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` every `periodMs` until cancelled. Does not keep the process alive by itself. */
  every(periodMs: number, run: () => void): Timer;
  /** Calls `run` when the input that is already waiting has been read: the end of the tick. */
  soon(run: () => void): void;
}

/** A timer that can be cancelled; cancelling twice or after it fired does nothing. */
export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, run) {
    const handle = setInterval(run, periodMs);
    handle.unref();
    return { cancel: () => clearInterval(handle) };
  },
  soon(run) {
    setImmediate(run);
  },
};

/** Resolves after `delayMs` of this clock's time. For loops that wait, not for hot paths. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
