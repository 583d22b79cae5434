import type { Account } from '../../src/core/account.ts';
import type { Message, MessageId } from '../../src/core/message.ts';
import { sampleAccess, sampleAccount } from '../../src/core/test-account.ts';
import { createIntake, type IntakeParts } from '../../src/intake/intake.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import { createMessageIds } from '../../src/lib/message-id.ts';
import type { NetListener } from '../../src/lib/net.ts';
import { nodeNet } from '../../src/lib/node-net.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createRouter } from '../../src/routing/router.ts';
import { commandStatus } from '../../src/smpp/command-status.ts';
import type { Deliveries } from '../../src/smpp-server/receiver-bind.ts';
import {
  createSmppServer,
  type SmppServer,
  type SmppServerParts,
} from '../../src/smpp-server/smpp-server.ts';
import type { Store } from '../../src/store/contract.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../../src/store/memory/memory-store.ts';
import { type BindFields, connectEsme, password, type RawEsme } from './smpp-esme.ts';

export const access = sampleAccess({ ratePerSecond: 1_000 });

export interface SmppRigOptions
  extends Partial<Pick<IntakeParts, 'admit' | 'screen'>>,
    Partial<Pick<SmppServerParts, 'limits' | 'verify' | 'deliveries'>> {
  account?: Partial<Account>;
  access?: Partial<typeof access>;
  commit?: MemoryStoreOptions['commit'];
  clock?: Clock;
  /** Whether a route serves the messages; true by default. */
  isRouted?: boolean;
}

/** The SMPP server on a real port, a real intake and a store. */
export interface SmppRig {
  readonly port: number;
  readonly server: SmppServer;
  readonly store: Store;
  /** All that was accepted, in order. */
  readonly accepted: Message[];
  /** How many messages each call of the store's T1 brought. */
  readonly batches: number[];
  readonly failures: unknown[];
  readonly cancelled: MessageId[];
  connect(): Promise<RawEsme>;
  /** A bound session; transceiver unless told otherwise. */
  bind(fields?: Partial<BindFields>): Promise<RawEsme>;
  close(): Promise<void>;
}

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
const noDeliveries: Deliveries = { attach() {}, detach() {}, wake() {} };

const raised: SmppRig[] = [];

/** The same, until `closeRigs`. */
export async function raiseSmppRig(options: SmppRigOptions = {}): Promise<SmppRig> {
  const rig = await createSmppRig(options);
  raised.push(rig);
  return rig;
}

/** Closes all that `raiseSmppRig` raised. For `after`. */
export async function closeRigs(): Promise<void> {
  await Promise.all(raised.splice(0).map((rig) => rig.close()));
}

export async function createSmppRig(options: SmppRigOptions = {}): Promise<SmppRig> {
  const clock = options.clock ?? systemClock;
  const store = createMemoryStore(options.commit === undefined ? {} : { commit: options.commit });
  const account = sampleAccount({
    references: 'ignored',
    smpp: { ...access, ...options.access },
    ...options.account,
  });
  const ids = createMessageIds(clock, createSeededRandom(1), 0);
  const accepted: Message[] = [];
  const batches: number[] = [];
  const failures: unknown[] = [];
  const cancelled: MessageId[] = [];
  const intake = createIntake({
    store: store.intake,
    clock,
    ids,
    router: createRouter(
      options.isRouted === false ? [] : [{ channel: 'SMS', connection: 'op', priority: 1 }],
      [{ name: 'op', channel: 'SMS' }],
    ),
    admit: options.admit ?? (() => 'ok'),
    ...(options.screen === undefined ? {} : { screen: options.screen }),
    onAccepted(batch) {
      accepted.push(...batch.queued);
      batches.push(batch.queued.length);
    },
    onStoreFailure: (_what, error) => failures.push(error),
  });
  const server = createSmppServer({
    logins: [{ account, passwordHash: hashPassword(password, 2) }],
    intake,
    history: store.history,
    ids,
    clock,
    log: silentLog,
    deliveries: options.deliveries ?? noDeliveries,
    async cancel(messages) {
      cancelled.push(...messages.map(({ id }) => id));
      return messages.map(() => true);
    },
    onFailure: (error) => failures.push(error),
    limits: { refusedBindDelayMs: 1, ...options.limits },
    ...(options.verify === undefined ? {} : { verify: options.verify }),
  });
  server.start();
  const listener: NetListener = await nodeNet.listen({ host: '127.0.0.1', port: 0 }, server.accept);
  const esmes: RawEsme[] = [];
  async function open(): Promise<RawEsme> {
    const esme = await connectEsme(listener.port);
    esmes.push(esme);
    return esme;
  }
  return {
    port: listener.port,
    server,
    store,
    accepted,
    batches,
    failures,
    cancelled,
    connect: open,
    async bind(fields = {}) {
      const esme = await open();
      const answer = await esme.bind(fields);
      if (answer.command_status !== commandStatus.ESME_ROK) {
        throw new Error(`the bind was answered ${answer.command_status}`);
      }
      return esme;
    },
    async close() {
      for (const esme of esmes) esme.socket.destroy();
      await server.stop(0);
      await listener.close();
    },
  };
}
