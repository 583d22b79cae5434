import { parseArgs } from 'node:util';
import { runSeeds } from './run-seeds.ts';
import { type SimulationResult, simulate } from './simulate.ts';

const usage = `Usage: npm run simulate -- [options]

Runs the whole program on a virtual clock, a faulty network, a faulty disk and a faulty operator, and
checks that no promise was broken. The same seed always gives the same run.

Options:
  --seeds <n>    how many seeds (default: 100)
  --from <seed>  the first one (default: 1)
  --seed <seed>  run this one alone and print everything that happened
  --help         show this help
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else if (values.seed !== undefined) await replay(Number(values.seed));
else await runMany(Number(values.from), Number(values.seeds));

async function replay(seed: number): Promise<void> {
  const result = await simulate({ seed, keepEvents: true });
  for (const event of result.events) process.stdout.write(`${event}\n`);
  report(result);
  process.stdout.write(`seed ${seed}, trace ${result.trace}\n`);
  process.exitCode = result.broken.length === 0 ? 0 : 1;
}

async function runMany(from: number, count: number): Promise<void> {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const totals = {
    done: 0,
    messages: 0,
    acknowledged: 0,
    written: 0,
    answered: 0,
    crashes: 0,
    failed: 0,
  };
  const progress = setInterval(() => {
    process.stderr.write(`${totals.done} of ${count} seeds, ${totals.failed} failed\n`);
  }, 2_000);
  await runSeeds(seeds, (result) => {
    totals.done++;
    totals.messages += result.messages;
    totals.acknowledged += result.acknowledged;
    totals.written += result.written;
    totals.answered += result.answered;
    totals.crashes += result.crashes;
    if (result.broken.length === 0) return;
    totals.failed++;
    report(result);
  });
  clearInterval(progress);
  process.stdout.write(
    `${totals.done} seeds, ${totals.messages} messages (${totals.acknowledged} acknowledged), ` +
      `${totals.written} written by handsets (${totals.answered} answered), ` +
      `${totals.crashes} crashes, ${totals.failed} seeds failed\n`,
  );
  process.exitCode = totals.failed === 0 && totals.done === count ? 0 : 1;
}

function report(result: SimulationResult): void {
  for (const fault of result.broken) process.stdout.write(`seed ${result.seed}: ${fault}\n`);
  if (result.broken.length > 0) {
    process.stdout.write(`  replay it with: npm run simulate -- --seed ${result.seed}\n`);
  }
}
