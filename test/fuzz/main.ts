import { parseArgs } from 'node:util';
import { executionMsMax, fuzz } from './run.ts';
import { targets } from './targets.ts';
import { startWatchdog } from './watchdog.ts';

async function printHelp(): Promise<void> {
  const lines = await Promise.all(
    Object.entries(targets).map(
      async ([name, load]) => `  ${name.padEnd(13)}${(await load()).about}`,
    ),
  );
  process.stdout.write(`npm run fuzz -- <target> [--executions N] [--seed S] [--from N]

Feeds a parser with mutations of good inputs. Fails on an exception that is not the parser's own
fault, on an execution above ${executionMsMax} ms or without an end, on a read past the input, on memory
that grows.

${lines.join('\n')}

  --executions N   how many inputs; 1,000,000 by default
  --seed S         another seed makes other inputs; by default from the clock, always printed
  --from N         the number of the first execution: with the seed it repeats any one of them
`);
}

function parseCount(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${option}: "${text}" is not a whole number`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      executions: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Date.now() % 0x7fffffff) },
      from: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [name, ...more] = positionals;
  if (values.help || name === undefined) {
    await printHelp();
    return values.help ? 0 : 2;
  }
  const load = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (load === undefined || more.length > 0) {
    const known = Object.keys(targets).join(', ');
    process.stderr.write(`one target, please: ${known}\n`);
    return 2;
  }
  const options = {
    executions: parseCount(values.executions, 'executions'),
    seed: parseCount(values.seed, 'seed'),
    from: parseCount(values.from, 'from'),
  };
  const watchdog = startWatchdog(`--seed ${options.seed}`);
  let latest = options.from;
  process.once('uncaughtException', (error) => {
    process.stdout.write(
      `${name}: FAILED at execution ${latest} or shortly before\n${error.stack}\n`,
    );
    process.exit(1);
  });
  const isGood = await fuzz(name, await load(), options, {
    note(execution, input) {
      latest = execution;
      watchdog.note(execution, input);
    },
    say: (text) => void process.stdout.write(text),
  });
  await watchdog.stop();
  return isGood ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
