import type { Registry } from 'prom-client';
import type { Door, DoorResponse } from '../door.ts';
import { json } from '../problem.ts';

/** What is wrong right now, as sentences; empty when the gateway is ready for traffic. */
export type Readiness = () => readonly string[];

/** `GET /livez`: the process answers, so it lives. Restart it only when this fails. */
export const livenessDoor: Door = () => Promise.resolve(plain(200, 'ok\n'));

/** `GET /readyz`: 200 when traffic may come, else 503 with the reasons. */
export function createReadinessDoor(readiness: Readiness): Door {
  return () => {
    const reasons = readiness();
    const body = { status: reasons.length === 0 ? 'ready' : 'not ready', reasons };
    return Promise.resolve(json(reasons.length === 0 ? 200 : 503, body));
  };
}

/** `GET /metrics`: the Prometheus text format. */
export function createMetricsDoor(registry: Registry): Door {
  return async () => ({
    status: 200,
    headers: { 'content-type': registry.contentType },
    body: await registry.metrics(),
  });
}

function plain(status: number, body: string): DoorResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
