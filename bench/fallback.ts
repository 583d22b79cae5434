import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type FallbackResult, runFallback } from '../test/rig/fallback/fallback-run.ts';
import { type FallbackStage, raiseFallbackStage } from '../test/rig/fallback/fallback-stage.ts';
import type { Histogram } from '../test/rig/histogram.ts';
import { parseOptions, readCount } from './options.ts';

const usage = `Usage: npm run bench -- fallback [options]

Sends messages for WhatsApp, then SMS, to phones of which a third has no WhatsApp, and takes WhatsApp away
for the messages between 30 % and 50 %. Counts what the phones show and what the customer was told, and measures
how long falling back takes. The exit code is 1 when a message was lost, doubled or wrongly reported.

  --messages N         how many (default 1000)
  --rate N             messages a second (default 50)
  --dir PATH           where the store is made; must be a real disk (default: the temporary directory)
  --help               this text
`;

/** The simulators keep 10,000 phones. */
const messagesMax = 9_000;
/** Sent before, so that the measured ones meet a program that has run for a while. */
const warmUp = 500;
const faultsShown = 20;

async function main(): Promise<number> {
  const { values } = parseOptions({
    options: {
      messages: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '50' },
      dir: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const messages = readCount(values.messages, '--messages', messagesMax);
  const ratePerSecond = readCount(values.rate, '--rate', 1_000);
  const dir = mkdtempSync(join(resolve(values.dir), 'chappe-fallback-'));
  let stage: FallbackStage | null = null;
  try {
    stage = await raiseFallbackStage(dir);
    const result = await runFallback(stage, { messages, ratePerSecond, warmUp });
    process.stdout.write(format(result, messages));
    return result.faults.length === 0 ? 0 : 1;
  } finally {
    await stage?.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function format(result: FallbackResult, messages: number): string {
  const { tally, afterwards, faults } = result;
  const { delivered, besides, refusalToSubmit, acceptedToDelivered } = tally;
  const lines = [
    `${messages} messages: ${delivered.WhatsApp} over WhatsApp (${afterwards} of these after it was down), ` +
      `${delivered.SMS} over SMS (${besides} of these because it was down)`,
    '',
    `${''.padEnd(38)}${['count', 'p50 ms', 'p99 ms', 'max ms'].map((cell) => cell.padStart(8)).join('')}`,
    formatRow('from its refusal to the SMS submit', refusalToSubmit),
    formatRow('acceptance to delivery over SMS', acceptedToDelivered.SMS),
    formatRow('acceptance to delivery over WhatsApp', acceptedToDelivered.WhatsApp),
    '',
    faults.length === 0
      ? 'Every message was delivered once, and its reports say by which channel.'
      : `${faults.length} messages were lost, doubled or wrongly reported:`,
    ...faults.slice(0, faultsShown).map((fault) => `  ! ${fault}`),
  ];
  return `${lines.join('\n')}\n`;
}

function formatRow(what: string, times: Histogram): string {
  const figures = [times.quantileMs(0.5), times.quantileMs(0.99), times.maxMs];
  const cells = [String(times.count), ...figures.map((ms) => ms.toFixed(0))];
  return what.padEnd(38) + cells.map((cell) => cell.padStart(8)).join('');
}

process.exitCode = await main();
