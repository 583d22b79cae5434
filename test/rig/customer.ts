import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serveControlLines } from './control-lines.ts';
import { Load } from './load.ts';
import { createJsonTemplate } from './request-template.ts';

/**
 * The customer of the rig as a process of its own. It sends to the JSON gateway from the start:
 *
 *   node test/rig/customer.ts --port 8080 --token GUID --messages 10000 --connections 8
 *     [--per-request 100] [--rate 2000] [--first-index 0] [--reference-prefix b] [--no-ledger]
 *
 * Without --messages it goes on until `finish`. The first line it prints is {"started":true}.
 * Commands: `stats`, `finish` (sends no more, answers when the last request has ended), `done`
 * (answers when everything was sent), `ledger FILE` (writes an array of requests), `stop`.
 */
async function serve(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      token: { type: 'string' },
      messages: { type: 'string', default: 'Infinity' },
      connections: { type: 'string', default: '8' },
      'per-request': { type: 'string', default: '1' },
      rate: { type: 'string' },
      'first-index': { type: 'string', default: '0' },
      'reference-prefix': { type: 'string', default: 'b' },
      ledger: { type: 'boolean', default: true },
    },
  });
  const { host, port, token, rate } = values;
  if (port === undefined || token === undefined) throw new Error('--port and --token are needed');
  const template = createJsonTemplate({
    host,
    token,
    perRequest: Number(values['per-request']),
    referencePrefix: values['reference-prefix'],
  });
  const load = new Load({
    host,
    port: Number(port),
    template,
    connections: Number(values.connections),
    messages: Number(values.messages),
    firstIndex: Number(values['first-index']),
    ratePerSecond: rate === undefined ? null : Number(rate),
    ledger: values.ledger,
  });
  const running = load.run();
  serveControlLines(
    { started: true },
    {
      stats: () => describeLoad(load),
      done: async () => {
        await running;
        return describeLoad(load);
      },
      finish: async () => {
        load.stop();
        await running;
        return describeLoad(load);
      },
      ledger: (path) => writeFileSync(path, JSON.stringify(load.ledger)),
      stop: () => process.exit(0),
    },
  );
  await running;
}

/** Totals and latencies of the customer as plain data. */
export function describeLoad(load: Load) {
  return {
    ...load.counts,
    p50Ms: load.latency.quantileMs(0.5),
    p99Ms: load.latency.quantileMs(0.99),
    maxMs: load.latency.maxMs,
  };
}

if (import.meta.main) await serve();
