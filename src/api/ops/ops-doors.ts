import type { Registry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Door, DoorResponse } from '../door.ts';
import { json } from '../problem.ts';

/** What is wrong right now, as sentences; empty when the gateway is ready for traffic. */
export type Readiness = () => readonly string[];

/** `GET /livez`: the process answers, so it lives. Restart it only when this fails. */
export const livenessDoor: Door = () => Promise.resolve(plain(200, 'ok\n'));

/**
 * `GET /readyz`: 200 when traffic may come, else 503 with the reasons. Connections that are out are named and no
 * reason: messages for them are taken and wait in the store, which they would not in a balancer.
 */
export function createReadinessDoor(
  readiness: Readiness,
  connectionsOut: () => readonly string[],
): Door {
  return () => {
    const reasons = readiness();
    const body = {
      status: reasons.length === 0 ? 'ready' : 'not ready',
      reasons,
      connectionsOut: connectionsOut(),
    };
    return Promise.resolve(json(reasons.length === 0 ? 200 : 503, body));
  };
}

/** How old figures may be: gathering them takes milliseconds, and anybody may ask. */
const figuresAgeMaxMs = 100;

/** `GET /metrics`: the Prometheus text format. */
export function createMetricsDoor(registry: Registry, clock: Clock): Door {
  let text = Promise.resolve('');
  let gatheredAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.monotonic();
    if (now - gatheredAt >= figuresAgeMaxMs) {
      gatheredAt = now;
      text = registry.metrics();
    }
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await text };
  };
}

function plain(status: number, body: string): DoorResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
