import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serveControlLines } from './control-lines.ts';
import { Smsc } from './smsc.ts';
import type { SmscChanges } from './smsc-settings.ts';

/**
 * The operator of the rig as a process of its own:
 *
 *   node test/rig/smsc-sink.ts --port 0 --settings '{"latencyMs":100,"ledger":true}'
 *
 * The first line it prints is {"port":N}. Commands: `stats`, `set {json}`, `reset`, `cut`,
 * `ledger FILE` (writes {"submits":[...],"receipts":[...]}), `stop`.
 */
async function serve(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      settings: { type: 'string', default: '{}' },
    },
  });
  const smsc = new Smsc(parseChanges(values.settings));
  const port = await smsc.listen(Number(values.port));
  serveControlLines(
    { port },
    {
      stats: () => describeSmsc(smsc),
      set: (json) => smsc.change(parseChanges(json)),
      reset: () => smsc.reset(),
      cut: () => smsc.cut(),
      ledger: (path) => writeFileSync(path, JSON.stringify(smsc.ledger)),
      stop: () => process.exit(0),
    },
  );
}

/** Totals of the operator as plain data. */
export function describeSmsc(smsc: Smsc) {
  return {
    ...smsc.counts,
    bound: smsc.bound,
    distinct: smsc.seen.distinct,
    repeated: smsc.seen.repeated,
    pendingReceipts: smsc.pendingReceipts,
  };
}

function parseChanges(json: string): SmscChanges {
  return JSON.parse(json);
}

if (import.meta.main) await serve();
