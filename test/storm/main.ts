import { parseArgs } from 'node:util';
import { whyNoPowerCut } from './power-cut.ts';
import { runStorm } from './storm.ts';
import { describeStorm } from './storm-report.ts';

const usage = `Usage: npm run storm -- <kill|power> [options]

Starts the gateway, sends it messages and kills it, over and over, while a customer, an operator and
a webhook endpoint live on and write down what they see. At the end their ledgers must agree.

  kill    SIGKILL at random moments and at named places between write and commit
  power   the same, and only what had been synced is still on the disk afterwards (needs gcc)

Options:
  --cycles <n>         how often (default: 40)
  --messages <n>       messages acknowledged in each cycle, at least (default: 2000)
  --seed <n>           the same seed plans the same storm (default: a new one)
  --store <url>        what CHAPPE_STORE says (default: sqlite:)
  --synchronous <how>  FULL or NORMAL (default: FULL); with NORMAL a power storm must fail
  --verbose            show what each crash repeated
  --help               show this help

Exit code: 0 no rule was broken, 1 at least one was, 2 used wrongly.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const read = readArguments();
  if ('exitCode' in read) return read.exitCode;
  const reason = read.kind === 'power' ? whyNoPowerCut() : null;
  if (reason !== null) {
    process.stderr.write(`${reason}\n`);
    return 2;
  }
  const result = await runStorm({
    ...read,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(describeStorm(read, result));
  return result.violations.length === 0 ? 0 : 1;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        cycles: { type: 'string', default: '40' },
        messages: { type: 'string', default: '2000' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        store: { type: 'string', default: 'sqlite:' },
        synchronous: { type: 'string', default: 'FULL' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      return { exitCode: 0 };
    }
    const [kind, ...more] = positionals;
    const { store, synchronous, verbose } = values;
    if ((kind !== 'kill' && kind !== 'power') || more.length > 0) {
      throw new Error('Say which storm: kill or power.');
    }
    if (synchronous !== 'FULL' && synchronous !== 'NORMAL') {
      throw new Error('--synchronous is FULL or NORMAL.');
    }
    const cycles = readCount('--cycles', values.cycles);
    const messages = readCount('--messages', values.messages);
    const seed = readCount('--seed', values.seed);
    return { kind, cycles, messages, seed, store, synchronous, verbose } as const;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return { exitCode: 2 };
  }
}

function readCount(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${name} is a whole number above 0.`);
}
