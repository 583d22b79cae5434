import type { ReadyStep } from '../../core/ready-step.ts';
import type { ConnectionPorts, PartOutcome } from '../contract.ts';
import { listWaitingParts } from '../waiting-parts.ts';
import { waitingStepsMax } from './limits.ts';
import { Lines } from './lines.ts';
import type { Job, PairLine, PairPace } from './pair-line.ts';
import type { PartKey } from './part-key.ts';

/** Steps that are refused in one turn while calls make no sense. */
const refusedPerTurnMax = 200;

type Outcome = PartOutcome['outcome'];

/**
 * The steps that a connection has taken and not finished, in the lines of their handsets, and what is to be said
 * about them at the end of a turn. All times are monotonic milliseconds.
 */
export class HeldSteps {
  readonly #ports: ConnectionPorts;
  readonly #lines: Lines;
  #held = 0;
  #outcomes: PartOutcome[] = [];
  #returned: ReadyStep[] = [];

  constructor(ports: ConnectionPorts, pace: PairPace) {
    this.#ports = ports;
    this.#lines = new Lines(pace);
  }

  /** Steps that are new here, at most `roomMax` parts; each is to be held, noted or given back. */
  take(roomMax: number): readonly ReadyStep[] {
    const room = Math.min(roomMax, waitingStepsMax - this.#held);
    return room <= 0 ? [] : this.#ports.take(0, 1, room);
  }

  /** Puts a step in its handset's line. */
  hold(job: Job, now: number): void {
    const line = this.#lines.of(job.ready.message.msisdn, now);
    line.jobs.pushBack(job);
    this.#held++;
    this.#lines.list(line);
  }

  /** Takes out a line that may send now. It is listed again when its call has ended. */
  next(now: number): PairLine | undefined {
    return this.#lines.next(now);
  }

  /** When the next of those may send that may not yet; infinite when there are none. */
  nextAt(now: number): number {
    return this.#lines.nextAt(now);
  }

  /** Forgets lines that have nothing to send. */
  forgetIdle(now: number): void {
    this.#lines.forgetIdle(now);
  }

  /** Puts a line back among those that may send, if it has something to send. */
  list(line: PairLine): void {
    this.#lines.list(line);
  }

  /** What became of parts of a step. */
  note(ready: ReadyStep, parts: readonly number[], outcome: Outcome): void {
    const { message, step } = ready;
    for (const part of parts) this.#outcomes.push({ id: message.id, step, part, outcome });
  }

  /** The same of one part whose step is not held here, or no longer. */
  noteStray(part: PartKey, outcome: Outcome): void {
    this.#outcomes.push({ ...part, outcome });
  }

  /** A step that was taken and not held: it has no outcome, and must not count as handed out. */
  giveBack(ready: ReadyStep): void {
    this.#returned.push(ready);
  }

  /** The outcome of the first part that waits, of the step that stands first in its line. */
  concludePart(line: PairLine, job: Job, part: number, outcome: Outcome): void {
    this.note(job.ready, [part], outcome);
    job.waiting.shift();
    if (job.waiting.length === 0) this.#drop(line);
    this.#lines.list(line);
  }

  /** The same outcome for all that is left of the step that stands first in its line. */
  conclude(line: PairLine, job: Job, outcome: Outcome): void {
    this.#end(line, job, outcome);
    this.#lines.list(line);
  }

  /** Lets go of the step that stands first in its line. */
  letGo(line: PairLine, job: Job): void {
    this.#release(line, job);
    this.#lines.list(line);
  }

  /** Lets go of all that is in a line, or waits in any line. */
  letGoOf(line: PairLine): void {
    for (let job = line.jobs.peek(); job !== undefined; job = line.jobs.peek()) {
      this.#release(line, job);
    }
  }

  letGoWaiting(): void {
    for (const line of this.#lines.drain()) this.letGoOf(line);
  }

  /** Calls make no sense now: what has a fallback goes on to it, the rest comes back later. */
  refuseWaiting(outcome: Outcome): void {
    for (const line of this.#lines.drain()) {
      for (let job = line.jobs.peek(); job !== undefined; job = line.jobs.peek()) {
        this.#end(line, job, outcome);
      }
    }
    for (const ready of this.take(refusedPerTurnMax)) {
      this.note(ready, listWaitingParts(ready), outcome);
    }
  }

  /** Says what became of parts. Steps that were not sent are younger than those that were, so they go back first. */
  handOver(): void {
    if (this.#returned.length > 0) {
      const returned = this.#returned;
      this.#returned = [];
      this.#ports.giveBack(returned);
    }
    if (this.#outcomes.length === 0) return;
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    this.#ports.outcomes(outcomes);
  }

  #end(line: PairLine, job: Job, outcome: Outcome): void {
    this.note(job.ready, job.waiting, outcome);
    this.#drop(line);
  }

  /** Gives a step back that was not begun. Of one that was, the rest is to be sent later. */
  #release(line: PairLine, job: Job): void {
    if (job.isBegun) return this.#end(line, job, { kind: 'unknown', resend: true });
    this.giveBack(job.ready);
    this.#drop(line);
  }

  #drop(line: PairLine): void {
    line.jobs.popFront();
    this.#held--;
  }
}
