import { systemClock } from '../../lib/clock.ts';
import { nodeNet } from '../../lib/node-net.ts';
import { createSeededRandom } from '../../lib/random.ts';
import { createHandsets } from '../../rehearsal/handsets.ts';
import { commandStatus } from '../../smpp/command-status.ts';
import { type ChannelRig, testChannel } from '../conformance.ts';
import { createSmsConnection } from './connection.ts';
import { createSmscSimulator } from './simulator/simulator.ts';
import type { Switches } from './simulator/switches.ts';
import { settingsFor } from './test-stage.ts';
import { sketchStep } from './test-steps.ts';

const window = 5;

testChannel('SMS', async (): Promise<ChannelRig> => {
  const smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random: createSeededRandom(1),
    handsets: createHandsets({ clock: systemClock }),
    settings: { accounts: { chappe: { password: 'secret', deliverRetryMs: 100 } } },
  });
  const { port } = await smsc.listen({ host: '127.0.0.1', port: 0 });
  const settings = { window, reconnectFirstMs: 50, reconnectLongestMs: 200 };
  const set = (switches: Partial<Switches>) =>
    Promise.resolve(smsc.set({ accounts: { chappe: switches } }));
  return {
    window,
    connect(ports, responseTimeoutMs) {
      return createSmsConnection(
        'operator',
        settingsFor(port, { ...settings, responseTimeoutMs }),
        ports,
        { clock: systemClock, net: nodeNet, random: createSeededRandom(2) },
      );
    },
    sketch: (msisdn) => sketchStep({ msisdn, acceptedAt: systemClock.now() }),
    provider: {
      async down() {
        await set({ bindStatus: commandStatus.ESME_RSYSERR });
        smsc.disturb('destroy');
      },
      up: () => set({ bindStatus: 0 }),
      delay: (ms) => set({ responseMinMs: ms }),
      throttle: (on) => set({ submitStatus: on ? commandStatus.ESME_RTHROTTLED : 0 }),
      swallow: (on) => set({ swallowChance: on ? 1 : 0 }),
      acknowledged: () => Promise.resolve(smsc.stats().deliveries.acknowledged),
    },
    close: () => smsc.close(),
  };
});
