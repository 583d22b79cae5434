import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashPlaces } from './plan.ts';
import { runStorm } from './storm.ts';
import { describeStorm } from './storm-report.ts';

const isCi = process.env['CI'] !== undefined;
const cycles = isCi ? 40 : 4;
const messages = 2_000;

test(`${cycles} kills: nothing acknowledged is lost, no receipt, no order, one end each`, async (t) => {
  const seed = 1 + (Date.now() % 1_000_000);
  const options = { kind: 'kill', cycles, messages, seed, synchronous: 'FULL' } as const;
  const result = await runStorm({
    ...options,
    store: 'sqlite:',
    say: (line) => process.stderr.write(`storm kill: ${line}\n`),
  });
  const report = describeStorm({ ...options, verbose: false }, result);
  assert.equal(result.violations.length, 0, report);
  t.diagnostic(report);
  assert.ok(result.counts.acknowledged >= cycles * messages);
  assert.ok(result.crashes.length >= cycles);
  // Without receipts, refusals and repetitions nothing would have been tested.
  const { resent, callsRefused, failed, rejected } = result.counts;
  assert.ok(Math.min(resent, callsRefused, failed, rejected) > 0);
  const { overXml, overGet, overSmpp, smppReceipts } = result.counts;
  assert.ok(Math.min(overXml, overGet, overSmpp) > 0);
  assert.ok(smppReceipts > overSmpp, 'each message over SMPP has two receipts');
  assert.ok(result.crashes.some((crash) => crash.duplicates > 0 && crash.repeatedReports > 0));
  if (!isCi) return;
  const places = new Set(result.crashes.map((crash) => crash.death));
  for (const place of crashPlaces) assert.ok(places.has(place), `nothing died at ${place}`);
});
