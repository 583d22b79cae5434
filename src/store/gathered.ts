import { advance, type Effect, type Fact, type Live, part, partsOf } from '../core/lifecycle.ts';
import type { MessageId } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { StatusReport } from '../core/report.ts';
import type { Revocation } from '../core/revocation.ts';
import type { Consequences, OutboxReport } from './contract.ts';
import { dropContent, type Envelope, type Life, type Rows } from './rows.ts';
import { tallyChange } from './tallies.ts';

/** Does what the lifecycle asks for and remembers what the caller must know of it. */
export class Gathered {
  readonly reports: OutboxReport[] = [];
  readonly #rows: Rows;
  readonly #queued = new Map<MessageId, { step: number; due: number }>();
  /** By message: its steps. */
  readonly #revoked = new Map<MessageId, Set<number>>();
  #deliveredAgain = 0;
  readonly #unqueued: { id: MessageId; step: number }[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Applies a fact to a message and says what its state is then. */
  advance(life: Life, fact: Fact, now: number, operator: string | null = null): Live {
    const { envelope, live } = life;
    const next = advance(envelope, live, fact, now);
    if (next.live !== live) {
      this.#rows.putLive(envelope.id, next.live);
      tallyChange(this.#rows, envelope, live, next.live);
    }
    this.apply(envelope, next.effects, now, operator ?? envelope.operator);
    return next.live;
  }

  apply(
    envelope: Envelope,
    effects: readonly Effect[],
    now: number,
    operator: string | null,
  ): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'report':
          this.#report(envelope, effect, now, operator);
          break;
        case 'queue':
          this.#rows.queue(envelope.id, effect.step, effect.due);
          this.#queued.set(envelope.id, { step: effect.step, due: effect.due });
          break;
        case 'unqueue':
          this.#unqueue(envelope.id, effect.step);
          break;
        case 'revoke':
          this.#revoked.set(
            envelope.id,
            (this.#revoked.get(envelope.id) ?? new Set()).add(effect.step),
          );
          break;
        case 'deliveredAgain':
          this.#deliveredAgain++;
          break;
      }
    }
  }

  consequences(): Consequences {
    const queued: ReadyStep[] = [];
    for (const [id, { step, due }] of this.#queued) {
      const life = this.#rows.findLife(id);
      if (life === undefined) continue;
      const message = { ...life.envelope, content: this.#rows.readContent(id) };
      queued.push({ message, step, live: life.live, due });
    }
    return {
      reports: this.reports,
      queued,
      unqueued: this.#unqueued,
      revoked: this.#listRevoked(),
      deliveredAgain: this.#deliveredAgain,
    };
  }

  /** What has come to an end within the batch need not be taken back any more. */
  #listRevoked(): Revocation[] {
    const revoked: Revocation[] = [];
    for (const [id, steps] of this.#revoked) {
      const life = this.#rows.findLife(id);
      if (life === undefined) continue;
      for (const step of steps) {
        const providerIds: string[] = [];
        for (const [index, letter] of partsOf(life.live, step).split('').entries()) {
          if (letter !== part.enroute) continue;
          providerIds.push(...this.#rows.findProviderIds({ id, step, part: index }));
        }
        if (providerIds.length > 0) {
          revoked.push({ message: dropContent(life.envelope), step, providerIds });
        }
      }
    }
    return revoked;
  }

  #report(
    envelope: Envelope,
    effect: Extract<Effect, { kind: 'report' }>,
    now: number,
    operator: string | null,
  ): void {
    if (envelope.reportTo === null) return;
    const channel = envelope.plan[effect.channelStep]?.channel;
    if (channel === undefined) throw new Error(`message ${envelope.id} has no such step`);
    const report: StatusReport = {
      messageId: envelope.id,
      account: envelope.account,
      status: effect.status,
      error: effect.error,
      createdAt: now,
      channel,
      from: envelope.from,
      to: envelope.to,
      reference: envelope.reference,
      groupings: envelope.groupings,
      operator,
    };
    const row = { queue: envelope.reportTo, report, step: effect.channelStep };
    this.reports.push(this.#rows.insertReport(row));
  }

  #unqueue(id: MessageId, step: number): void {
    this.#queued.delete(id);
    if (!this.#rows.unqueue(id, step)) return;
    // A step that has gone out completely leaves its lane without a word: its owner sent it.
    const live = this.#rows.findLife(id)?.live;
    if (live !== undefined && partsOf(live, step).includes(part.waiting)) {
      this.#unqueued.push({ id, step });
    }
  }
}
