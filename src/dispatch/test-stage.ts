import type { Connection, ConnectionPorts, PartOutcome } from '../channels/contract.ts';
import type { Message } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { Revocation } from '../core/revocation.ts';
import { allStatuses } from '../core/status.ts';
import { createMessageIds } from '../lib/message-id.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createVirtualClock, type VirtualClock } from '../rehearsal/virtual-clock.ts';
import type { OutboxReport, Store } from '../store/contract.ts';
import { createMemoryStore, type PendingTransaction } from '../store/memory/memory-store.ts';
import { Dispatcher } from './dispatcher.ts';

export const startAt = Date.UTC(2026, 2, 1, 12);

/** A connection that takes as much as its window lets it and answers when it is told to. */
export class StandIn implements Connection {
  readonly name: string;
  readonly channel = 'SMS';
  readonly #ports: ConnectionPorts;
  window = Number.POSITIVE_INFINITY;
  /** Every step that was handed over, in order. */
  readonly taken: ReadyStep[] = [];
  readonly unanswered: ReadyStep[] = [];
  /** What was taken waits for a link: nothing has been sent. */
  isUnsent = false;

  /** What it was to take back, in order. */
  readonly revoked: Revocation[] = [];

  constructor(ports: ConnectionPorts, name = 'operator') {
    this.name = name;
    this.#ports = ports;
  }

  start(): void {}

  wake(): void {
    const room = Math.min(this.window - this.unanswered.length, 1_000_000);
    if (room <= 0) return;
    const steps = this.#ports.take(0, 1, room);
    this.taken.push(...steps);
    this.unanswered.push(...steps);
  }

  revoke(batch: readonly Revocation[]): void {
    this.revoked.push(...batch);
  }

  answer(outcome: (step: ReadyStep, part: number) => PartOutcome['outcome'] | null): void {
    const batch: PartOutcome[] = [];
    for (const step of this.unanswered.splice(0)) {
      const letters = step.live.progress.split('/')[step.step] ?? '';
      for (const [part, letter] of letters.split('').entries()) {
        const one = letter === '.' ? outcome(step, part) : null;
        if (one !== null) batch.push({ id: step.message.id, step: step.step, part, outcome: one });
      }
    }
    this.#ports.outcomes(batch);
  }

  acceptAll(): void {
    this.answer((step, part) => ({ kind: 'accepted', providerId: `${step.message.id}-${part}` }));
  }

  /** Says of a part that was accepted by `acceptAll` that it was delivered. */
  async deliver(message: Message, part = 0): Promise<void> {
    await this.#ports.receipts([
      {
        connection: this.name,
        providerIds: [`${message.id}-${part}`],
        exact: 1,
        destination: null,
        state: 'delivered',
        error: 0,
        at: message.acceptedAt,
        operator: null,
      },
    ]);
  }

  /** As a real one does: what was taken and not sent is given back. */
  stop(): Promise<void> {
    if (this.isUnsent) this.#ports.giveBack(this.unanswered.splice(0));
    return Promise.resolve();
  }

  health() {
    return { state: 'up', reason: '', bindsUp: 1, bindsWanted: 1, outstanding: 0 } as const;
  }
}

export interface Stage {
  clock: VirtualClock;
  store: Store;
  dispatcher: Dispatcher;
  connection: StandIn;
  /** Further connections by name. */
  others: Map<string, StandIn>;
  reports: OutboxReport[];
  failures: string[];
  accept(count: number, fields?: Partial<Message>): Promise<Message[]>;
}

const ids = createMessageIds(
  { ...createVirtualClock({ startAt }), now: () => startAt },
  createSeededRandom(7),
  0,
);

export async function raise(
  options: {
    store?: Store;
    clock?: VirtualClock;
    commit?: (pending: PendingTransaction) => void;
    isIntending?: boolean;
    others?: readonly string[];
  } = {},
): Promise<Stage> {
  const clock = options.clock ?? createVirtualClock({ startAt });
  const store =
    options.store ??
    createMemoryStore(options.commit === undefined ? {} : { commit: options.commit });
  const reports: OutboxReport[] = [];
  const failures: string[] = [];
  const dispatcher = new Dispatcher({
    store,
    clock,
    holder: 'test',
    onReports: (batch) => reports.push(...batch),
    onInbound: () => Promise.reject(new Error('nothing comes in')),
    onStoreFailure: (what) => failures.push(what),
  });
  const connection = new StandIn(dispatcher.portsFor('operator', options.isIntending));
  dispatcher.add(connection);
  const others = new Map<string, StandIn>();
  for (const name of options.others ?? []) {
    const other = new StandIn(dispatcher.portsFor(name), name);
    dispatcher.add(other);
    others.set(name, other);
  }
  const started = dispatcher.start();
  // Long enough for a store that takes its time.
  await clock.advance(10);
  await started;
  return {
    clock,
    store,
    dispatcher,
    connection,
    others,
    reports,
    failures,
    async accept(count, fields = {}) {
      const messages = Array.from({ length: count }, () => messageWith(clock.now(), fields));
      await store.intake.accept({ account: 'a', messages, now: clock.now(), wallet: 'none' });
      dispatcher.accepted(messages);
      await clock.advance(0);
      return messages;
    },
  };
}

let numbers = 0;

export function messageWith(now: number, fields: Partial<Message>): Message {
  return {
    id: ids.next(),
    account: 'a',
    door: 'json',
    acceptedAt: now,
    expiresAt: now + 3_600_000,
    from: 'Bakery',
    to: '0031612345678',
    msisdn: `3161234${(numbers++ % 10_000).toString().padStart(4, '0')}`,
    reference: null,
    groupings: [null, null, null],
    operator: null,
    tariff: null,
    plan: [
      { channel: 'SMS', connection: 'operator', parts: 1, timeoutMs: null, concatReference: 1 },
    ],
    wants: allStatuses,
    reportTo: 'status:a',
    content: { text: 'Hi', encoding: 'gsm7', udh: null, partsMax: 8, rich: null, appKey: null },
    ...fields,
  };
}

export function idsOf(steps: readonly ReadyStep[]): string[] {
  return steps.map((step) => step.message.id);
}
