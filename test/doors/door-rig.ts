import { createIdempotency } from '../../src/api/idempotency.ts';
import type { JsonDoorParts } from '../../src/api/json/json-door.ts';
import type { Account } from '../../src/core/account.ts';
import { deliveryChannels } from '../../src/core/channel-names.ts';
import type { Message } from '../../src/core/message.ts';
import { sampleAccount } from '../../src/core/test-account.ts';
import { createIntake, type IntakeParts } from '../../src/intake/intake.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMessageIds } from '../../src/lib/message-id.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import type { Route } from '../../src/routing/route.ts';
import { createRouter, type RouterOptions } from '../../src/routing/router.ts';
import type { OutboxReport } from '../../src/store/contract.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../../src/store/memory/memory-store.ts';

export const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';

/** When everything in these tests is accepted: 2026-03-02 12:00 UTC. */
export const acceptedAt = Date.UTC(2026, 2, 2, 12);

export const demo = sampleAccount({ id: 'demo' });

/** A route for every channel, over a connection of the same name. */
export const everyRoute: readonly Route[] = deliveryChannels.map((channel) => ({
  channel,
  connection: channel,
  priority: 1,
}));

export interface DoorRigOptions extends Partial<Pick<IntakeParts, 'admit' | 'screen'>> {
  account?: Partial<Account>;
  routes?: readonly Route[];
  routing?: RouterOptions;
  /** Opens the account's wallet. */
  messagesLeft?: number;
  commit?: MemoryStoreOptions['commit'];
}

/** What every door stands on: a real intake, router and store. */
export interface DoorRig {
  /** What a door is made of. */
  readonly parts: Omit<JsonDoorParts, 'limits'>;
  /** What the intake is made of. */
  readonly intakeParts: IntakeParts;
  /** All that was accepted, in order. */
  readonly accepted: Message[];
  readonly reports: OutboxReport[];
  readonly failures: unknown[];
  messagesLeft(): Promise<number | null>;
}

export async function createDoorRig(options: DoorRigOptions = {}): Promise<DoorRig> {
  const clock = { ...systemClock, now: () => acceptedAt };
  const { intake: store, answers } = createMemoryStore(
    options.commit === undefined ? {} : { commit: options.commit },
  );
  const account = { ...demo, ...options.account };
  if (options.messagesLeft !== undefined) {
    await store.openWallet(account.id, options.messagesLeft);
  }
  const accepted: Message[] = [];
  const reports: OutboxReport[] = [];
  const failures: unknown[] = [];
  const connections = deliveryChannels.map((channel) => ({ name: channel, channel }));
  const intakeParts: IntakeParts = {
    store,
    clock,
    ids: createMessageIds(clock, createSeededRandom(1), 0),
    router: createRouter(options.routes ?? everyRoute, connections, options.routing),
    admit: options.admit ?? (() => 'ok'),
    ...(options.screen === undefined ? {} : { screen: options.screen }),
    onAccepted(batch) {
      accepted.push(...batch.queued);
      reports.push(...batch.reports);
    },
    onStoreFailure: (_what, error) => failures.push(error),
  };
  const intake = createIntake(intakeParts);
  return {
    parts: {
      accounts: {
        byToken: (given) => (given.toLowerCase() === token ? account : null),
        byId: (id) => (id === account.id ? account : null),
        all: () => [account],
      },
      intake,
      idempotency: createIdempotency({ answers, clock }),
      onFailure: (error) => failures.push(error),
    },
    intakeParts,
    accepted,
    reports,
    failures,
    messagesLeft: () => store.messagesLeft(account.id),
  };
}
