import assert from 'node:assert/strict';
import type { ReceiptState, SubmitOutcome } from '../../src/core/lifecycle.ts';
import { hasEnded, type Live } from '../../src/core/lifecycle.ts';
import type { Message, Step } from '../../src/core/message.ts';
import type { ReadyStep } from '../../src/core/ready-step.ts';
import type { Revocation } from '../../src/core/revocation.ts';
import { allStatuses } from '../../src/core/status.ts';
import type { Consequences, Store, SubmittedPart } from '../../src/store/contract.ts';
import { createMemoryStore } from '../../src/store/memory/memory-store.ts';
import { MessageModel, type StepShape, type Told } from './message-model.ts';

const start = 1_780_000_000_000;
const connection = 'provider';

/** One part that the provider has taken under an id; whether we know it is another matter. */
interface Taken {
  readonly providerId: string;
  readonly id: string;
  readonly step: number;
  readonly part: number;
  isRecorded: boolean;
  /** Receipts that came before the id was known to us. */
  readonly early: ReceiptState[];
}

/** What the gateway hears when it sends one part, and what becomes of that knowledge. */
export interface Sending {
  readonly outcome: 'accepted' | 'refused' | 'later' | 'given up' | 'unknown';
  /** The answer comes later than much else, and the part may have been sent again by then. */
  readonly isLate: boolean;
  /** Killed between the provider's answer and the commit: it is sent again by the next process. */
  readonly isKilled: boolean;
  /** A receipt that overtakes the answer. */
  readonly early: ReceiptState | null;
}

/**
 * A provider, a store and the part of a gateway between them, played one event at a time beside the
 * models of its messages. A kill forgets all but the store: here nothing else is kept at all.
 */
export class World {
  readonly #store: Store = createMemoryStore();
  readonly #models = new Map<string, MessageModel>();
  readonly #told = new Map<string, Told[]>();
  readonly #ranks = new Map<string, number>();
  readonly #taken: Taken[] = [];
  /** Answers that are on their way. */
  readonly #late: { part: SubmittedPart; taken: Taken }[] = [];
  #now = start;
  #lastId = 0;
  #paid = 0;
  #deliveredAgain = 0;

  static readonly credit = 1_000;

  async open(): Promise<void> {
    await this.#store.intake.openWallet('demo', World.credit);
  }

  async accept(plans: readonly (readonly StepShape[])[], validityMs: number): Promise<void> {
    const messages = plans.map((steps) => this.#createMessage(steps, validityMs));
    const accepted = await this.#store.intake.accept({
      account: 'demo',
      messages,
      now: this.#now,
      wallet: 'prepaid',
    });
    assert.equal(accepted.kind, 'accepted');
    this.#paid += messages.length;
    for (const { id, acceptedAt, expiresAt, plan } of messages) {
      this.#models.set(id, new MessageModel({ id, acceptedAt, expiresAt, steps: plan }));
      this.#told.set(id, []);
    }
  }

  /** Sends one of the steps that are due. */
  async send(choice: number, sendings: readonly Sending[]): Promise<void> {
    const ready = await this.#readReady();
    const chosen = ready[choice % Math.max(ready.length, 1)];
    if (chosen === undefined) return;
    for (const [part, letter] of (chosen.live.progress.split('/')[chosen.step] ?? '')
      .split('')
      .entries()) {
      const sending = sendings[part % sendings.length];
      if (letter !== '.' || sending === undefined) continue;
      await this.#sendPart(chosen, part, sending);
      // A kill ends the process: the other parts are not sent by this one.
      if (sending.isKilled) return;
    }
  }

  async #sendPart({ message: { id }, step }: ReadyStep, part: number, sending: Sending) {
    const providerId = `p${this.#taken.length}`;
    const outcome = outcomeOf(sending.outcome, providerId);
    const taken = { providerId, id, step, part, isRecorded: false, early: [] };
    if (outcome.kind === 'accepted') this.#taken.push(taken);
    if (outcome.kind === 'accepted' && sending.early !== null) {
      await this.#receive(taken, sending.early);
    }
    if (sending.isKilled) {
      // With the process go the answers that were on their way to it.
      this.#late.length = 0;
      return;
    }
    const submit = { id, step, part, connection, outcome };
    if (sending.isLate) this.#late.push({ part: submit, taken });
    else await this.#submitted(submit, taken);
  }

  /** The oldest of the answers that are on their way arrives. */
  async answer(): Promise<void> {
    const late = this.#late.shift();
    if (late !== undefined) await this.#submitted(late.part, late.taken);
  }

  async #submitted(submit: SubmittedPart, taken: Taken): Promise<void> {
    const { id, step, part, outcome } = submit;
    const model = this.#models.get(id);
    model?.submitted(step, part, outcome, this.#now);
    if (outcome.kind === 'accepted') {
      taken.isRecorded = true;
      for (const state of taken.early) model?.received(step, part, state, this.#now);
    }
    this.#hear(await this.#store.dispatch.submitted([submit], null, this.#now));
  }

  /** The provider says something about a part that it has: soon, late, again, or against itself. */
  async receive(choice: number, state: ReceiptState): Promise<void> {
    const taken = this.#taken[choice % Math.max(this.#taken.length, 1)];
    if (taken !== undefined) await this.#receive(taken, state);
  }

  async #receive(taken: Taken, state: ReceiptState): Promise<void> {
    const { providerId, id, step, part } = taken;
    if (taken.isRecorded) this.#models.get(id)?.received(step, part, state, this.#now);
    else taken.early.push(state);
    const fact = {
      connection,
      providerIds: [providerId],
      exact: 1,
      destination: null,
      state,
      error: 0,
      at: this.#now,
      operator: null,
    } as const;
    this.#hear(await this.#store.receipts.record([fact], this.#now));
  }

  async wait(ms: number): Promise<void> {
    this.#now += ms;
    for (const model of this.#models.values()) model.looked(this.#now);
    this.#hear(await this.#store.dispatch.sweep(this.#now, 1_000));
  }

  /** Compares what can be seen with the models, and with what must always hold. */
  async check(): Promise<void> {
    const queued = new Set<string>();
    for (const { message, step } of await this.#readReady()) queued.add(`${message.id}/${step}`);
    for (const [id, model] of this.#models) {
      const live = (await this.#store.history.message(id))?.live;
      assert.ok(live !== undefined, 'a message is lost');
      this.#checkLive(id, live, model);
      const isDue = model.queuedAt !== null && model.queuedAt <= this.#now;
      assert.equal(queued.delete(`${id}/${model.active}`), isDue, 'in its lane when it is due');
      assert.deepEqual(this.#told.get(id), model.told, 'what the customer was told');
    }
    assert.deepEqual([...queued], [], 'nothing else is in a lane');
    let again = 0;
    for (const model of this.#models.values()) again += model.deliveredAgain;
    assert.equal(this.#deliveredAgain, again, 'each second delivery is counted');
    assert.equal(await this.#store.intake.messagesLeft('demo'), World.credit - this.#paid);
  }

  #checkLive(id: string, live: Live, model: MessageModel): void {
    assert.equal(live.step, model.active, 'the active step');
    assert.equal(hasEnded(live), model.end !== 'open', 'whether it has ended');
    const rank = this.#ranks.get(id) ?? 0;
    assert.ok(live.rank >= rank, 'a rank only rises');
    this.#ranks.set(id, live.rank);
  }

  /** Long after the last event each message has one end, and nothing waits any more. */
  async finish(): Promise<void> {
    // Each wait gives one more step its turn.
    for (let turn = 0; turn < 6; turn++) await this.wait(100 * 3_600_000);
    await this.check();
    for (const told of this.#told.values()) checkStory(told);
    const { live, ready } = await this.#store.history.counts();
    assert.deepEqual([live, ready], [0, 0], 'nothing is left open');
  }

  #hear({ reports, revoked, deliveredAgain }: Consequences): void {
    this.#deliveredAgain += deliveredAgain;
    this.#checkRevoked(revoked);
    for (const { report } of reports) {
      const { status, messageId, channel } = report;
      const by = channels.indexOf(channel);
      const told = status === 2 || status === 4 ? (`${status} by ${by}` as const) : `${status}`;
      this.#told.get(messageId)?.push(told as Told);
    }
  }

  /** Each part that has gone out in vain is named by its ids, and no other is. */
  #checkRevoked(revoked: readonly Revocation[]): void {
    const asked = revoked.flatMap(({ message, step, providerIds }) =>
      providerIds.map((providerId) => {
        const taken = this.#taken.find((one) => one.providerId === providerId);
        assert.deepEqual([taken?.id, taken?.step], [message.id, step]);
        return `${message.id}/${step}/${taken?.part}`;
      }),
    );
    const wanted = [...this.#models].flatMap(([id, model]) =>
      model.takeRevoked().map((place) => `${id}/${place}`),
    );
    // A part that was sent again has two ids.
    const places = [...new Set(asked)];
    assert.deepEqual(places.toSorted(), wanted.toSorted(), 'what is asked back');
  }

  #readReady(): Promise<readonly ReadyStep[]> {
    const lanes = { first: 0, last: 63 };
    const query = { connection, lanes, after: null, now: this.#now, limit: 1_000 };
    return this.#store.dispatch.readReady(query);
  }

  #createMessage(steps: readonly StepShape[], validityMs: number): Message {
    this.#lastId++;
    return {
      id: `019d${this.#lastId.toString(16).padStart(28, '0')}`,
      account: 'demo',
      door: 'json',
      acceptedAt: this.#now,
      expiresAt: this.#now + validityMs,
      from: 'Chappe',
      to: '0031612345678',
      msisdn: '31612345678',
      reference: null,
      groupings: [null, null, null],
      operator: null,
      tariff: null,
      plan: steps.map(
        ({ parts, timeoutMs }, index): Step => ({
          channel: channels[index] ?? 'SMS',
          connection,
          parts,
          timeoutMs,
          concatReference: 0,
        }),
      ),
      wants: allStatuses,
      reportTo: 'status:demo',
      content: { text: '', encoding: 'gsm7', udh: null, partsMax: 8, rich: null, appKey: null },
    };
  }
}

/** Each step of a plan has a channel of its own, so that a report says which step it is about. */
const channels: readonly Step['channel'][] = ['WhatsApp', 'Viber', 'SMS'];

function outcomeOf(kind: Sending['outcome'], providerId: string): SubmitOutcome {
  switch (kind) {
    case 'accepted':
      return { kind, providerId };
    case 'refused':
      return { kind, error: 23 };
    case 'later':
      return { kind, error: 25, attemptsMax: null };
    case 'given up':
      return { kind: 'later', error: 24, attemptsMax: 2 };
    case 'unknown':
      return { kind };
  }
}

/** One end; an end that we assumed may still become a delivery; read only behind a delivery. */
function checkStory(told: readonly Told[]): void {
  const story = told.map((one) => one[0]).join('');
  assert.match(story, /^0?(?:1|24?|32?4?)$/, `the story is "${story}"`);
  assert.equal(new Set(told).size, told.length, 'nothing is told twice');
}
