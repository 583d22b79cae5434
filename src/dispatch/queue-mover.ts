import { laneCount } from '../core/lane.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { Clock } from '../lib/clock.ts';
import type {
  Consequences,
  DispatchStore,
  Lease,
  ReadyCursor,
  StepMove,
  SubmittedPart,
} from '../store/contract.ts';
import type { ConnectionQueue } from './connection-queue.ts';
import { countWaiting } from './lane-buffer.ts';

/** Steps that are looked at, and given to other connections, together. */
export const rehomePageMax = 500;
/** The specification's error for a channel whose connections are all out. */
const recipientUnreachable = 24;

export interface QueueMoverParts {
  readonly store: DispatchStore;
  readonly clock: Clock;
  /** All queues by connection. */
  readonly queues: ReadonlyMap<string, ConnectionQueue>;
  /** Told of what was committed. */
  follow(consequences: Consequences): void;
  onStoreFailure(what: string, error: unknown): void;
}

/** Takes steps out of one connection's queue: to another's, or to the next channel of their messages. */
export class QueueMover {
  readonly #parts: QueueMoverParts;

  constructor(parts: QueueMoverParts) {
    this.#parts = parts;
  }

  /** See `Dispatcher.rehome`; `lease` is the one of the connection's lanes. */
  async movePage(
    name: string,
    queue: ConnectionQueue,
    lease: Lease,
    after: ReadyCursor | null,
    find: (step: ReadyStep) => string | null,
  ): Promise<ReadyCursor | null> {
    const { store, queues } = this.#parts;
    const page = await store.readReady({
      connection: name,
      lanes: { first: 0, last: laneCount - 1 },
      after,
      // Retries that wait for their time are part of it.
      now: Number.MAX_SAFE_INTEGER,
      limit: rehomePageMax,
    });
    const moves: StepMove[] = [];
    const unreachable: ReadyStep[] = [];
    for (const step of page) {
      if (!queue.mayMove(step)) continue;
      const to = find(step);
      if (to === null) {
        if (isWholeWithNext(step) && queue.withhold(step.message)) unreachable.push(step);
      } else if (queues.has(to) && queue.withhold(step.message)) {
        moves.push({ id: step.message.id, step: step.step, from: name, to });
      }
    }
    if (moves.length > 0) await this.#move(queue, moves, lease);
    if (unreachable.length > 0) await this.#giveUpChannel(name, queue, unreachable, lease);
    const last = page.length < rehomePageMax ? undefined : page.at(-1);
    return last === undefined ? null : { due: last.due, id: last.message.id };
  }

  /** While it is being written, nothing of these messages is sent. */
  async #move(queue: ConnectionQueue, moves: readonly StepMove[], lease: Lease): Promise<void> {
    const { store, clock, follow, onStoreFailure } = this.#parts;
    let moved: readonly boolean[] | null = null;
    try {
      const done = await store.move(moves, lease, clock.now());
      ({ moved } = done);
      follow(done);
    } catch (error) {
      onStoreFailure('give what waits to another connection', error);
    }
    for (const [index, { id }] of moves.entries()) queue.readmit(id, moved?.[index] ?? true);
    if (moved !== null) return;
    // Nobody knows where they are: whoever has them finds them in the store.
    for (const one of this.#parts.queues.values()) one.reread();
  }

  /** "Not available" is as good as a refusal where another channel is behind (spec "Channel fallback"). */
  async #giveUpChannel(
    name: string,
    queue: ConnectionQueue,
    steps: readonly ReadyStep[],
    lease: Lease,
  ): Promise<void> {
    const { store, clock, follow, onStoreFailure } = this.#parts;
    const facts = steps.map(({ message, step }): SubmittedPart => {
      const outcome = { kind: 'later', error: recipientUnreachable, attemptsMax: null } as const;
      return { id: message.id, step, part: 0, connection: name, outcome };
    });
    let isDone = false;
    try {
      follow(await store.submitted(facts, lease, clock.now()));
      isDone = true;
    } catch (error) {
      onStoreFailure('give up a channel that is out', error);
    }
    for (const { message } of steps) queue.readmit(message.id, isDone);
    // Without an answer it may be written all the same: the store says what still waits.
    if (!isDone) queue.reread();
  }
}

/** Whether nothing of a step has gone out and another channel is behind it. */
function isWholeWithNext(step: ReadyStep): boolean {
  const parts = step.message.plan[step.step]?.parts ?? 0;
  return step.step < step.message.plan.length - 1 && countWaiting(step) === parts;
}
