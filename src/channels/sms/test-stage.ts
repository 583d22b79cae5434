import type { TestContext } from 'node:test';
import type { Log, LogFields } from '../../lib/log.ts';
import type { Net } from '../../lib/net.ts';
import { createSeededRandom } from '../../lib/random.ts';
import { createVirtualClock, type VirtualClock } from '../../rehearsal/virtual-clock.ts';
import { createVirtualNet, type VirtualNet } from '../../rehearsal/virtual-net.ts';
import type { Connection } from '../contract.ts';
import { TestPorts } from '../test-ports.ts';
import { createSmsConnection } from './connection.ts';
import { checkSmsSettings, type SmsSettings } from './settings.ts';
import { TestSmsc } from './test-smsc.ts';

/** 2026-11-22 15:04:05 UTC. */
export const stageStartAt: number = Date.UTC(2026, 10, 22, 15, 4, 5);

/** A connection, its operator and its queue in virtual time. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly net: VirtualNet;
  readonly smsc: TestSmsc;
  readonly ports: TestPorts;
  readonly connection: Connection;
  readonly logged: string[];
}

export interface StageOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Milliseconds that every write travels. */
  readonly latencyMs?: number;
  /** Bytes that the network has not taken, when it is not what the virtual network says. */
  readonly bufferedBytes?: () => number;
  /** Does not start the connection, nor wait for its binds. */
  readonly isCold?: boolean;
}

/** Sets up a connection whose binds are up. */
export async function setUpStage(t: TestContext, options: StageOptions = {}): Promise<Stage> {
  const { latencyMs = 1 } = options;
  const clock = createVirtualClock({ startAt: stageStartAt });
  const net = createVirtualNet({
    clock,
    random: createSeededRandom(1),
    settings: { latencyMs: { min: latencyMs, max: latencyMs }, splitChance: 0, mergeChance: 1 },
  });
  const smsc = new TestSmsc(clock);
  const port = await smsc.listen(net);
  const ports = new TestPorts();
  const logged: string[] = [];
  const settings = settingsFor(port, options.settings);
  const connection = createSmsConnection('operator', settings, ports, {
    clock,
    net: options.bufferedBytes === undefined ? net : createStuffedNet(net, options.bufferedBytes),
    random: createSeededRandom(2),
    log: createNotebook(logged),
  });
  t.after(async () => {
    const closing = smsc.close();
    const stopping = connection.stop(0);
    await clock.advance(10_000);
    await Promise.all([closing, stopping]);
  });
  if (options.isCold !== true) {
    connection.start();
    const { bindsWanted } = connection.health();
    await clock.runUntil(() => connection.health().bindsUp === bindsWanted, 10_000);
  }
  return { clock, net, smsc, ports, connection, logged };
}

/** Settings for the operator on a port of this machine; throws when they have a fault. */
export function settingsFor(
  port: number,
  change: Readonly<Record<string, unknown>> = {},
): SmsSettings {
  const settings = checkSmsSettings({
    hosts: [`127.0.0.1:${port}`],
    tls: false,
    systemId: 'chappe',
    password: 'secret',
    ...change,
  });
  if ('faults' in settings) throw new Error(settings.faults.join('\n'));
  return settings;
}

/** The same network, but it takes bytes more slowly than it says to the other side. */
function createStuffedNet(net: Net, bufferedBytes: () => number): Net {
  return {
    listen: (address, accept) => net.listen(address, accept),
    connect(target, handler) {
      const wire = net.connect(target, handler);
      return {
        peer: wire.peer,
        get bufferedBytes() {
          return bufferedBytes();
        },
        write: (bytes) => wire.write(bytes),
        end: () => wire.end(),
        destroy: () => wire.destroy(),
      };
    },
  };
}

function createNotebook(lines: string[]): Log {
  const at = (level: string) => (sentence: string, fields?: LogFields) => {
    lines.push(`${level}: ${sentence} ${JSON.stringify(fields ?? {})}`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
