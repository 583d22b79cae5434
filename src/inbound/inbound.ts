import type { InboundMessage, InboundPart } from '../core/inbound.ts';
import type { InboundAccount } from '../core/inbound-account.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { describeError, type Log } from '../lib/log.ts';
import type { MessageIds } from '../lib/message-id.ts';
import type {
  AnsweredMessage,
  InboundArrival,
  InboundConsequences,
  InboundStore,
  QueuedInbound,
} from '../store/inbound-contract.ts';
import type { OptOuts } from './opt-outs.ts';
import type { Owners } from './owners.ts';
import { partsWaitMs, repeatOf } from './repeats.ts';
import { defaultWords, judgeText } from './words.ts';

/** A reply is tied to an outbound message for this time: five days (contract §9.1). */
export const answeredWithinMs = 5 * 24 * 60 * 60 * 1000;
/** Long messages of one connection that wait for parts; beyond it the oldest is delivered as what came. */
export const groupsMax = 2_000;

const sweepPeriodMs = 5_000;
const sweepLimits = { groups: 200, keys: 10_000 };

export interface InboundWorld {
  readonly store: InboundStore;
  readonly owners: Owners;
  readonly optOuts: OptOuts;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  /** Rows that were committed just now: the webhooks and the SMPP sessions go on. */
  onQueued(rows: readonly QueuedInbound[]): void;
  /** The file of a message that came before. */
  onSpareMedia?(uri: string): void;
}

/** Incoming messages since the start. */
export interface InboundCounts {
  /** Messages and events that were taken, those included that nobody gets. */
  readonly taken: number;
  /** Of these, those that belong to no account. */
  readonly unassigned: number;
  /** Parts and messages that had come before. */
  readonly repeated: number;
  /** Long messages that were delivered without all of their parts. */
  readonly incomplete: number;
}

/** Takes what channels receive to where its account gets it. */
export class Inbound {
  readonly #world: InboundWorld;
  readonly #counts = { taken: 0, unassigned: 0, repeated: 0, incomplete: 0 };
  readonly #strange = new Set<string>();
  #timer: Timer | null = null;
  #isSweeping = false;

  constructor(world: InboundWorld) {
    this.#world = world;
  }

  get counts(): InboundCounts {
    return this.#counts;
  }

  /** Begins to look after what never completes. */
  start(): void {
    this.#timer = this.#world.clock.every(sweepPeriodMs, () => void this.#sweep());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /**
   * Resolves when all of it is on disk, in its queues or waiting for its other parts: only then may the provider be
   * answered. Rejects when the store fails.
   */
  async take(batch: readonly InboundPart[]): Promise<void> {
    const { store, clock, onSpareMedia } = this.#world;
    const now = clock.now();
    const answered = await store.answered(batch.map((part) => this.#askFor(part, now)));
    const arrivals = batch.map((part, index) => this.#readArrival(part, answered[index] ?? null));
    const done = await store.record(arrivals, { groupsMax }, now);
    for (const [index, result] of done.results.entries()) {
      if (result === 'repeated') {
        this.#counts.repeated++;
        const media = batch[index]?.media;
        if (media !== undefined && media !== null) onSpareMedia?.(media.uri);
      } else if (result !== 'waiting') {
        this.#counts.taken++;
      }
      if (result === 'unassigned') this.#wonder(batch[index]?.connection ?? '');
    }
    this.#follow(done);
  }

  #askFor(part: InboundPart, now: number) {
    const { channel, connection, from, to, context } = part;
    const owner = this.#world.owners.byNumber(to, part.text);
    const accounts = owner === null ? null : [owner];
    const since = now - answeredWithinMs;
    return { channel, connection, from, to, context, accounts, since };
  }

  #readArrival(part: InboundPart, answered: AnsweredMessage | null): InboundArrival {
    const { owners, ids, clock } = this.#world;
    const { concat, providerId: _, ...content } = part;
    const account =
      owners.byNumber(part.to, part.text) ??
      answered?.account ??
      owners.byConnection(part.connection) ??
      '';
    const owner = owners.account(account);
    const named = answered?.isContext === true ? (answered.reference ?? answered.id) : null;
    const message: InboundMessage = {
      ...content,
      id: ids.next(),
      account: owner === null ? '' : account,
      context: named ?? part.context,
      answers: answered?.id ?? null,
      reference: answered?.reference ?? null,
      groupings: answered?.groupings ?? [null, null, null],
    };
    return {
      message,
      queues: owner === null ? [] : listQueues(owner, part),
      concat,
      ...repeatOf(part, clock.now()),
      optOut: owner === null ? null : judgePart(owner, part),
    };
  }

  #follow(done: InboundConsequences): void {
    const { optOuts, onQueued } = this.#world;
    for (const optOut of done.optedOut) optOuts.note(optOut);
    for (const key of done.optedIn) optOuts.forget(key);
    this.#counts.taken += done.incomplete;
    this.#counts.incomplete += done.incomplete;
    this.#counts.unassigned += done.unassigned;
    if (done.queued.length > 0) onQueued(done.queued);
  }

  /** Said once for each connection; the counter says how often. */
  #wonder(connection: string): void {
    if (this.#strange.has(connection)) return;
    this.#strange.add(connection);
    this.#world.log.warn('An incoming message belongs to no account; it is kept.', { connection });
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const { store, clock, log } = this.#world;
    const now = clock.now();
    try {
      const done = await store.sweep(now, now - partsWaitMs, sweepLimits);
      this.#follow(done);
    } catch (error) {
      const reason = describeError(error);
      log.error('The store failed to look after incomplete messages.', { reason });
    }
    this.#isSweeping = false;
  }
}

function listQueues(owner: InboundAccount, part: InboundPart): string[] {
  if (part.event !== null) return owner.events === null ? [] : [`event:${owner.id}`];
  const queues = owner.webhook === null ? [] : [`inbound:${owner.id}`];
  return owner.hasSessions ? [...queues, `smpp:${owner.id}`] : queues;
}

function judgePart(owner: InboundAccount, part: InboundPart): 'add' | 'remove' | null {
  const { channel, text, isBinary, event, concat } = part;
  // A word is never longer than a part.
  if (isBinary || event !== null || (concat?.total ?? 1) > 1) return null;
  return judgeText(text, owner.words[channel] ?? defaultWords);
}
