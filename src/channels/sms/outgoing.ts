import type { ReadyStep } from '../../core/ready-step.ts';
import { Deque } from '../../lib/deque.ts';
import type { SmsContent } from './submit.ts';

/** A step that was taken and is not finished here. */
export interface Job {
  readonly ready: ReadyStep;
  readonly content: SmsContent;
  /** Parts that were to be sent when the step was taken. */
  readonly parts: number;
  /** Of them, those that have not been sent, or were sent back by a throttle. */
  unsent: number;
}

/** One part on its way: the token that comes back with its response. */
export interface Outgoing {
  readonly job: Job;
  readonly part: number;
  /** Rises with every part that is taken: the order in which they are sent. */
  readonly order: number;
  /** Monotonic milliseconds of the last submit. */
  sentAt: number;
  withValidity: boolean;
}

/**
 * What one bind has taken and not sent: the rest of a step that was larger than the room, and what
 * came back throttled. It goes out in the order of its taking, so the parts of a message stay
 * together and behind nothing younger.
 */
export class Pending {
  readonly #queue = new Deque<Outgoing>();
  #returned: Outgoing[] = [];

  get size(): number {
    return this.#queue.size + this.#returned.length;
  }

  add(outgoing: Outgoing): void {
    this.#queue.pushBack(outgoing);
  }

  /** Takes back a part that was sent and not accepted, to be sent again before anything younger. */
  putBack(outgoing: Outgoing): void {
    outgoing.job.unsent++;
    this.#returned.push(outgoing);
  }

  next(): Outgoing | undefined {
    this.#sort();
    return this.#queue.popFront();
  }

  /** Takes everything out, in order. */
  drain(): Outgoing[] {
    this.#sort();
    return this.#queue.drain();
  }

  /** Takes out what is left of one step. */
  takeJob(job: Job): Outgoing[] {
    const taken: Outgoing[] = [];
    for (const one of this.drain()) {
      if (one.job === job) taken.push(one);
      else this.add(one);
    }
    return taken;
  }

  /** Responses come in any order, so what came back finds its place by the order of taking. */
  #sort(): void {
    if (this.#returned.length === 0) return;
    const all = [...this.#returned, ...this.#queue.drain()];
    this.#returned = [];
    this.#queue.pushFront(all.sort((a, b) => a.order - b.order));
  }
}
