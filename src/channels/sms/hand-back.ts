import type { ReadyStep } from '../../core/ready-step.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type { ConnectionPorts, PartOutcome } from '../contract.ts';
import type { Job, Outgoing, Pending } from './outgoing.ts';

/** What one turn of a connection has to say to the dispatcher, gathered and said at once. */
export class HandBack {
  readonly #connection: string;
  readonly #ports: ConnectionPorts;
  #outcomes: PartOutcome[] = [];
  #returned: ReadyStep[] = [];
  #assumed: ReceiptFact[] = [];

  constructor(connection: string, ports: ConnectionPorts) {
    this.#connection = connection;
    this.#ports = ports;
  }

  conclude(outgoing: Outgoing, outcome: PartOutcome['outcome']): void {
    this.concludePart(outgoing.job.ready, outgoing.part, outcome);
  }

  concludePart(ready: ReadyStep, part: number, outcome: PartOutcome['outcome']): void {
    this.#outcomes.push({ id: ready.message.id, step: ready.step, part, outcome });
  }

  giveBack(ready: ReadyStep): void {
    this.#returned.push(ready);
  }

  /** Lets go of all that a bind has not sent. */
  release(pending: Pending): void {
    const jobs = new Map<Job, Outgoing[]>();
    for (const one of pending.drain()) {
      const list = jobs.get(one.job);
      if (list === undefined) jobs.set(one.job, [one]);
      else list.push(one);
    }
    for (const [job, rest] of jobs) this.releaseJob(job, rest);
  }

  /** Gives a step back that was not begun. Of one that was, the `rest` is to be sent later. */
  releaseJob(job: Job, rest: readonly Outgoing[]): void {
    if (job.unsent === job.parts) {
      this.giveBack(job.ready);
      return;
    }
    for (const one of rest) {
      job.unsent--;
      this.conclude(one, { kind: 'unknown', resend: true });
    }
  }

  /** A receipt of our own, where the operator sends none and its acceptance has to do. */
  assume(outgoing: Outgoing, providerId: string, now: number): void {
    this.#assumed.push({
      connection: this.#connection,
      providerIds: [providerId],
      exact: 1,
      destination: outgoing.job.ready.message.msisdn,
      state: 'delivered',
      error: 0,
      at: now,
      operator: null,
    });
  }

  /** Says it. Steps that were not sent are younger than those that were, so they go back first. */
  handOver(): void {
    if (this.#returned.length > 0) {
      const returned = this.#returned;
      this.#returned = [];
      this.#ports.giveBack(returned);
    }
    if (this.#outcomes.length > 0) {
      const outcomes = this.#outcomes;
      this.#outcomes = [];
      this.#ports.outcomes(outcomes);
    }
    if (this.#assumed.length > 0) void this.#recordAssumed();
  }

  async #recordAssumed(): Promise<void> {
    const batch = this.#assumed;
    this.#assumed = [];
    try {
      await this.#ports.receipts(batch);
    } catch {
      // The next turn tries again: nobody else will say this a second time.
      this.#assumed = [...batch, ...this.#assumed];
    }
  }
}
