import { type Clock, systemClock, type Timer } from '../lib/clock.ts';
import { createDueQueue } from './due-queue.ts';

/**
 * A clock whose time moves only when it is told to: the whole program runs on it from a seed, a
 * day in seconds (reliability §5). The order of events is fixed: what was put off with `soon` goes
 * first, then timers by due time, then by the order in which they were set.
 */
export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms` and runs everything that falls due on the way. Rejects with whatever a
   * callback throws, and when the clock is moving already.
   */
  advance(ms: number): Promise<void>;
  /**
   * Moves time on until the condition holds, looking after every event, for `maxMs` at most.
   * Resolves with whether it holds.
   */
  runUntil(condition: () => boolean, maxMs: number): Promise<boolean>;
  /** Moves the wall clock alone, as a correction of the system's time does. */
  shiftWall(ms: number): void;
  /** Timers and put-off calls that have not run. */
  readonly pending: number;
}

export interface VirtualClockOptions {
  /** Epoch milliseconds of the wall clock at the beginning. */
  startAt: number;
  /** Lets promises and the runtime's own queues settle between two events; a real turn of the event loop by default. */
  turn?: () => Promise<void>;
}

/** So many events at one instant are a loop that would never end. */
export const eventsPerInstantMax = 100_000;

interface Sleeper {
  run: (() => void) | null;
}

export function createVirtualClock(options: VirtualClockOptions): VirtualClock {
  const turn = options.turn ?? turnEventLoop;
  const timers = createDueQueue<Sleeper>();
  const soon: (() => void)[] = [];
  let elapsedMs = 0;
  let wallShiftMs = 0;
  let eventsAtInstant = 0;
  let sleeping = 0;
  let moving = false;

  function sleep(due: number, run: () => void): Sleeper {
    const sleeper = { run };
    sleeping++;
    timers.push(due, sleeper);
    return sleeper;
  }

  function cancel(sleeper: Sleeper): void {
    if (sleeper.run === null) return;
    sleeper.run = null;
    sleeping--;
  }

  /** Runs the next event not later than `end`; false when there is none. */
  function runNext(end: number): boolean {
    const waiting = soon.shift();
    if (waiting !== undefined) {
      countEvent();
      waiting();
      return true;
    }
    for (;;) {
      const due = timers.nextDue();
      if (due === null || due > end) return false;
      const sleeper = timers.take(due);
      const run = sleeper?.run;
      if (!sleeper || !run) continue;
      if (due > elapsedMs) eventsAtInstant = 0;
      elapsedMs = Math.max(elapsedMs, due);
      countEvent();
      cancel(sleeper);
      run();
      return true;
    }
  }

  function countEvent(): void {
    if (++eventsAtInstant <= eventsPerInstantMax) return;
    throw new Error(`${eventsPerInstantMax} events ran and the virtual time stood still`);
  }

  async function move(condition: () => boolean, ms: number): Promise<boolean> {
    if (moving) throw new Error('the virtual clock is moving already');
    moving = true;
    try {
      const end = elapsedMs + ms;
      do {
        await turn();
        if (condition()) return true;
      } while (runNext(end));
      elapsedMs = end;
      return condition();
    } finally {
      moving = false;
    }
  }

  return {
    now: () => options.startAt + Math.floor(elapsedMs) + wallShiftMs,
    monotonic: () => elapsedMs,
    after(delayMs, run): Timer {
      const sleeper = sleep(elapsedMs + wholeDelay(delayMs), run);
      return { cancel: () => cancel(sleeper) };
    },
    every(periodMs, run): Timer {
      const period = wholeDelay(periodMs);
      const again = (): void => {
        sleeper = sleep(elapsedMs + period, again);
        run();
      };
      let sleeper = sleep(elapsedMs + period, again);
      return { cancel: () => cancel(sleeper) };
    },
    soon(run) {
      soon.push(run);
    },
    async advance(ms) {
      await move(() => false, ms);
    },
    runUntil: move,
    shiftWall(ms) {
      wallShiftMs += ms;
    },
    get pending() {
      return sleeping + soon.length;
    },
  };
}

/** As the runtime's timers: whole milliseconds, at least one. */
function wholeDelay(delayMs: number): number {
  return delayMs >= 1 ? Math.trunc(delayMs) : 1;
}

function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    systemClock.soon(resolve);
  });
}
