import type { Clock, Timer } from '../../src/lib/clock.ts';
import type { HttpClient } from '../../src/lib/http-client.ts';
import type { Net, Wire, WireHandler } from '../../src/lib/net.ts';

/**
 * One life of the gateway's process. Killing it stops its timers, cuts its connections and lets none
 * of its promises settle any more, which is all that the rest of the world sees of a SIGKILL.
 */
export interface Incarnation {
  readonly clock: Clock;
  readonly net: Net;
  readonly http: HttpClient;
  readonly isAlive: () => boolean;
  kill(): void;
}

export function incarnate(world: { clock: Clock; net: Net; http: HttpClient }): Incarnation {
  let isAlive = true;
  const wires = new Set<Wire>();
  const timers = new Set<Timer>();

  function whileAlive(run: () => void): () => void {
    return () => {
      if (isAlive) run();
    };
  }

  const clock: Clock = {
    now: () => world.clock.now(),
    monotonic: () => world.clock.monotonic(),
    after: (delayMs, run) => world.clock.after(delayMs, whileAlive(run)),
    every(periodMs, run) {
      const timer = world.clock.every(periodMs, whileAlive(run));
      timers.add(timer);
      return timer;
    },
    soon: (run) => world.clock.soon(whileAlive(run)),
  };

  const net: Net = {
    connect(target, handler) {
      const guarded: WireHandler = {
        open: () => isAlive && handler.open?.(),
        data: (chunk) => isAlive && handler.data(chunk),
        drain: () => isAlive && handler.drain?.(),
        close(error) {
          wires.delete(wire);
          if (isAlive) handler.close(error);
        },
      };
      const wire = world.net.connect(target, guarded);
      wires.add(wire);
      return wire;
    },
    listen: () => Promise.reject(new Error('the gateway opens no port in the simulation')),
  };

  const http: HttpClient = {
    send: (request) =>
      new Promise((resolve) => {
        if (!isAlive) return;
        void world.http.send(request).then((outcome) => {
          if (isAlive) resolve(outcome);
        });
      }),
    close: () => Promise.resolve(),
  };

  return {
    clock,
    net,
    http,
    isAlive: () => isAlive,
    kill() {
      isAlive = false;
      for (const timer of timers) timer.cancel();
      for (const wire of wires) wire.destroy();
    },
  };
}
