import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type CallbackSettings, Callbacks } from './callbacks.ts';
import { serveControlLines } from './control-lines.ts';

/**
 * The customer's webhook endpoint as a process of its own:
 *
 *   node test/rig/callback-sink.ts --port 0 --settings '{"ledger":true}'
 *
 * The first line it prints is {"port":N}. Commands: `stats`, `set {json}`, `reset`,
 * `ledger FILE` (writes an array of calls), `stop`.
 */
async function serve(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      settings: { type: 'string', default: '{}' },
    },
  });
  const callbacks = new Callbacks(parseChanges(values.settings));
  const port = await callbacks.listen(Number(values.port));
  serveControlLines(
    { port },
    {
      stats: () => describeCallbacks(callbacks),
      set: (json) => callbacks.change(parseChanges(json)),
      reset: () => callbacks.reset(),
      ledger: (path) => writeFileSync(path, JSON.stringify(callbacks.ledger)),
      stop: () => process.exit(0),
    },
  );
}

/** Totals of the endpoint as plain data. */
export function describeCallbacks(callbacks: Callbacks) {
  return {
    ...callbacks.counts,
    distinct: callbacks.seen.distinct,
    repeated: callbacks.seen.repeated,
  };
}

function parseChanges(json: string): Partial<CallbackSettings> {
  return JSON.parse(json);
}

if (import.meta.main) await serve();
