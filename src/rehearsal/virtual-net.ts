import type { Clock } from '../lib/clock.ts';
import type {
  ConnectTarget,
  ListenAddress,
  Net,
  NetListener,
  Wire,
  WireHandler,
} from '../lib/net.ts';
import type { Random } from '../lib/random.ts';
import {
  createVirtualLink,
  type NetWeather,
  type VirtualLink,
  type VirtualLinkControl,
} from './virtual-link.ts';

/**
 * A network in memory for the simulation: connections with seeded latency, bytes that arrive in
 * other pieces than they were written, and faults on demand. Bytes stay in order and whole until
 * a connection ends, as TCP promises; nothing else is promised. TLS is taken as plain.
 */
export interface VirtualNet extends Net {
  /** Changes how the network behaves from now on. */
  set(change: Partial<VirtualNetSettings>): void;
  /** The connections that are open, oldest first; faults are done to them. */
  readonly links: readonly VirtualLink[];
}

export interface VirtualNetSettings extends NetWeather {
  /** New connections: let in, refused at once, or left without an answer. */
  connecting: 'open' | 'refused' | 'unanswered';
}

export interface VirtualNetOptions {
  clock: Clock;
  random: Random;
  settings?: Partial<VirtualNetSettings>;
  /** Told of everything that happens, one line each: the trace that two runs of a seed share. */
  observe?: (event: string) => void;
}

const firstFreePort = 40_000;

interface Listening {
  readonly accept: (wire: Wire) => WireHandler;
  readonly links: Set<VirtualLinkControl>;
}

export function createVirtualNet(options: VirtualNetOptions): VirtualNet {
  const { clock, random } = options;
  const observe = options.observe ?? (() => {});
  const settings: VirtualNetSettings = {
    latencyMs: { min: 1, max: 5 },
    splitChance: 0.05,
    mergeChance: 0.5,
    resetChance: 0,
    connecting: 'open',
    ...options.settings,
  };
  const listeners = new Map<number, Listening>();
  const links = new Set<VirtualLinkControl>();
  let freePort = firstFreePort;

  function connect(target: ConnectTarget, handler: WireHandler): Wire {
    const listening = settings.connecting === 'open' ? listeners.get(target.port) : undefined;
    const localPort = freePort++;
    const clientPeer = `${target.host}:${target.port}`;
    const link = createVirtualLink({
      clock,
      random,
      weather: settings,
      name: `${localPort}>${target.port}`,
      peers: { client: clientPeer, server: `127.0.0.1:${localPort}` },
      observe,
      onClosed: () => {
        links.delete(link);
        listening?.links.delete(link);
      },
    });
    link.attach('client', handler);
    const giveUp = clock.after(target.connectTimeoutMs, () => {
      link.fail('client', `no connection to ${clientPeer} within ${target.connectTimeoutMs} ms`);
    });
    if (settings.connecting === 'unanswered') return link.wire('client');
    clock.after(link.drawLatency(), () => {
      if (link.isClosed('client')) return giveUp.cancel();
      if (listening === undefined || listeners.get(target.port) !== listening) {
        giveUp.cancel();
        return link.fail('client', `connect ECONNREFUSED ${clientPeer}`);
      }
      links.add(link);
      listening.links.add(link);
      link.attach('server', listening.accept(link.wire('server')));
      link.open('server');
      clock.after(link.drawLatency(), () => {
        giveUp.cancel();
        link.open('client');
      });
    });
    return link.wire('client');
  }

  function listen(
    address: ListenAddress,
    accept: (wire: Wire) => WireHandler,
  ): Promise<NetListener> {
    const port = address.port === 0 ? freePort++ : address.port;
    if (listeners.has(port)) {
      return Promise.reject(new Error(`listen EADDRINUSE ${address.host}:${port}`));
    }
    const listening = { accept, links: new Set<VirtualLinkControl>() };
    listeners.set(port, listening);
    observe(`listen ${port}`);
    return Promise.resolve({
      port,
      close: () => {
        if (listeners.get(port) === listening) listeners.delete(port);
        for (const link of listening.links) link.wire('server').destroy();
        return new Promise<void>((resolve) => {
          clock.soon(resolve);
        });
      },
    });
  }

  return {
    connect,
    listen,
    set(change) {
      Object.assign(settings, change);
    },
    get links() {
      return [...links];
    },
  };
}
