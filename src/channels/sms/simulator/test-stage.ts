import type { TestContext } from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { nodeNet } from '../../../lib/node-net.ts';
import { createSeededRandom } from '../../../lib/random.ts';
import { createHandsets, type Handsets } from '../../../rehearsal/handsets.ts';
import type { ReceivedMessage } from '../../../rehearsal/inbox.ts';
import type { SmscChange } from './settings.ts';
import { createSmscSimulator, type SmscSimulator } from './simulator.ts';
import type { Switches } from './switches.ts';
import { connectTestEsme, createMailbox, type TestEsme, within } from './test-esme.ts';

/** A simulated SMSC on a real port, its handsets, and ESMEs that are not ours; for tests. */
export interface Stage {
  readonly smsc: SmscSimulator;
  readonly handsets: Handsets;
  readonly port: number;
  /** An ESME, connected and bound to the account "esme". */
  bind(mode?: 'tx' | 'rx' | 'trx'): Promise<TestEsme>;
  /** An ESME, connected and not bound. */
  connect(options?: Record<string, unknown>): Promise<TestEsme>;
  /** The next message that a user gets to see, each once, in order. */
  nextSeen(): Promise<ReceivedMessage>;
  /** Changes the switches of the account "esme". */
  set(switches: Partial<Switches>): void;
}

/** Everything is closed when the test ends. */
export async function createStage(
  t: TestContext,
  switches: Partial<Switches> = {},
  settings: SmscChange = {},
): Promise<Stage> {
  const handsets = createHandsets({ clock: systemClock });
  const seen = createMailbox<ReceivedMessage>();
  handsets.onMessage((_number, message) => seen.put(message));
  const smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random: createSeededRandom(1),
    handsets,
    settings: { accounts: { esme: { password: 'secret', ...switches } }, ...settings },
  });
  const { port } = await smsc.listen({ host: '127.0.0.1', port: 0 });
  const esmes: TestEsme[] = [];
  t.after(async () => {
    for (const esme of esmes) esme.destroy();
    await smsc.close();
  });
  async function connect(options: Record<string, unknown> = {}): Promise<TestEsme> {
    const esme = await connectTestEsme(port, options);
    esmes.push(esme);
    return esme;
  }
  return {
    smsc,
    handsets,
    port,
    connect,
    async bind(mode = 'trx') {
      const esme = await connect();
      const status = await esme.bind(mode);
      if (status !== 0) throw new Error(`the bind was refused with ${status}`);
      return esme;
    },
    nextSeen: () => within(seen.take(), 'a message on a handset'),
    set: (change) => smsc.set({ accounts: { esme: change } }),
  };
}
