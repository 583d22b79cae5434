import type { Clock, Timer } from '../lib/clock.ts';
import { createDueQueue } from './due-queue.ts';

/** Everything that is to happen later, on one timer: no message has a timer of its own. */
export interface Agenda {
  /** Runs `run` at a time of the monotonic clock; what is due at the same time runs in order. */
  at(due: number, run: () => void): void;
  /** Runs `run` after `delayMs`, after what was due before; 0 means with the next tick of the timer. */
  after(delayMs: number, run: () => void): void;
  /** How much is to happen yet. */
  readonly size: number;
  /** Nothing happens any more. */
  close(): void;
}

export function createAgenda(clock: Clock): Agenda {
  const queue = createDueQueue<() => void>();
  let timer: Timer | null = null;
  let armedFor = 0;
  let isRunning = false;
  let isClosed = false;

  function arm(due: number): void {
    if (isRunning || isClosed || (timer !== null && armedFor <= due)) return;
    timer?.cancel();
    armedFor = due;
    timer = clock.after(Math.max(Math.ceil(due - clock.monotonic()), 1), runDue);
  }

  function runDue(): void {
    timer = null;
    isRunning = true;
    const now = clock.monotonic();
    for (let run = queue.take(now); run !== null; run = queue.take(now)) run();
    isRunning = false;
    const next = queue.nextDue();
    if (next !== null) arm(next);
  }

  function at(due: number, run: () => void): void {
    queue.push(due, run);
    arm(due);
  }

  return {
    at,
    after: (delayMs, run) => at(clock.monotonic() + Math.max(delayMs, 0), run),
    get size() {
      return queue.size;
    },
    close() {
      isClosed = true;
      timer?.cancel();
      queue.clear();
    },
  };
}
