import { systemClock } from '../../lib/clock.ts';
import { createProviderHttp } from '../../lib/provider-http.ts';
import { createSeededRandom } from '../../lib/random.ts';
import { createHandsets } from '../../rehearsal/handsets.ts';
import { type ChannelRig, testChannel } from '../conformance.ts';
import type { Connection, ConnectionPorts } from '../contract.ts';
import { createWhatsappConnection } from './connection.ts';
import { GraphSimulator } from './simulator/simulator.ts';
import { openCallbackListener } from './test-callbacks.ts';
import { settingsWith, sketchStep } from './test-stage.ts';

const window = 5;

testChannel('WhatsApp', async (): Promise<ChannelRig> => {
  let connection: Connection | null = null;
  const callbacks = await openCallbackListener(() => connection);
  const simulator = new GraphSimulator(
    {
      clock: systemClock,
      random: createSeededRandom(1),
      handsets: createHandsets({ clock: systemClock }),
    },
    {
      numbers: {
        1061: {
          displayNumber: '31201234567',
          token: 'token-1',
          appSecret: 'app-secret-1',
          verifyToken: 'verify-1',
          callbackUrl: callbacks.url,
        },
      },
      rate: 10_000,
    },
  );
  const port = await simulator.listen();
  const provider = createProviderHttp({ clock: systemClock });
  const baseUrl = `http://127.0.0.1:${port}`;
  const ignore = () => {};
  return {
    window,
    connect(ports: ConnectionPorts, responseTimeoutMs) {
      const settings = settingsWith({ baseUrl, window, responseTimeoutMs, doubtMs: 100 });
      connection = createWhatsappConnection('meta', settings, ports, {
        clock: systemClock,
        provider,
        numbers: new Map(),
        media: null,
        log: { error: ignore, warn: ignore, info: ignore, debug: ignore },
      });
      return connection;
    },
    sketch: (msisdn) => sketchStep({ msisdn, acceptedAt: systemClock.now() }),
    provider: {
      down: () => simulator.set({ isDown: true }),
      up: () => simulator.set({ isDown: false }),
      delay: (ms) => simulator.set({ answerDelayMs: ms }),
      throttle: (on) =>
        simulator.set({
          refuseShare: on ? 1 : 0,
          refuseWith: { status: 429, code: 130429, retryAfterS: null },
        }),
      swallow: (on) => simulator.set({ dropAnswerShare: on ? 1 : 0 }),
      acknowledged: () => Promise.resolve(simulator.stats().callbacks.sent),
    },
    async close() {
      await simulator.close();
      await provider.close();
      await callbacks.close();
    },
  };
});
