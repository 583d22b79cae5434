import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSeededRandom } from '../../src/lib/random.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/** All targets, by the name on the command line. One more is one more file and one more line. */
const targets: Record<string, () => Promise<FuzzTarget>> = {
  smpp: async () => (await import('./smpp.ts')).smppTarget,
  'smpp-server': async () => (await import('./smpp-server.ts')).smppServerTarget,
  xml: async () => (await import('./xml.ts')).xmlTarget,
  get: async () => (await import('./get.ts')).getTarget,
  conversion: async () => (await import('./conversion.ts')).conversionTarget,
};

const executionMsMax = 100;
const slowTriesMax = 3;
const grownBytesMax = 32 * 1024 * 1024;
const progressMs = 1000;
const measuresPerRun = 8;

interface Options {
  executions: number;
  seed: number;
  from: number;
}

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

/** Runs the target; false when something was found. */
async function fuzz(
  name: string,
  target: FuzzTarget,
  { executions, seed, from }: Options,
  watchdog: Watchdog,
): Promise<boolean> {
  process.stdout.write(`${name}: seed ${seed}, ${executions} executions from ${from}\n`);
  const measureEvery = Math.max(1, Math.ceil(executions / measuresPerRun));
  const memory: number[] = [];
  const start = performance.now();
  let progressAt = start + progressMs;
  for (let done = 0; done < executions; done += 1) {
    const execution = from + done;
    // A random of its own for each execution, so that each can be repeated alone.
    const random = createSeededRandom(Math.imul(seed, 0x9e3779b1) + execution);
    const input = mutate(target.seeds, random);
    watchdog.note(execution, input);
    const problem = await attempt(target, input, seed, execution);
    if (problem !== undefined) {
      process.stdout.write(
        `${name}: FAILED at execution ${execution}, seed ${seed}\n${problem}\ninput ${input.toString('hex')}\n` +
          `repeat with --seed ${seed} --from ${execution} --executions 1\n`,
      );
      return false;
    }
    if (done % measureEvery === measureEvery - 1) memory.push(measureMemory());
    const now = performance.now();
    if (now >= progressAt) {
      progressAt = now + progressMs;
      process.stdout.write(`${name}: ${describe(done + 1, now - start)}, ${target.summarise()}\n`);
    }
  }
  process.stdout.write(
    `${name}: ${describe(executions, performance.now() - start)}, ${target.summarise()}\n`,
  );
  return checkMemory(name, memory);
}

async function attempt(
  target: FuzzTarget,
  input: Buffer,
  seed: number,
  execution: number,
): Promise<string | undefined> {
  let fastestMs = Number.POSITIVE_INFINITY;
  // A machine that is busy stops us for longer than any parser: only what is slow each time is.
  for (let tries = 0; tries < slowTriesMax; tries += 1) {
    const random = createSeededRandom(Math.imul(execution, 0x85ebca6b) ^ seed);
    const start = performance.now();
    try {
      await target.attempt(Buffer.from(input), random);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    fastestMs = Math.min(fastestMs, performance.now() - start);
    if (fastestMs <= executionMsMax) return undefined;
  }
  return `took ${fastestMs.toFixed(0)} ms, more than ${executionMsMax}, ${slowTriesMax} times`;
}

/** What is left once the first eighth has warmed up must not grow with the number of inputs. */
function checkMemory(name: string, memory: number[]): boolean {
  const [first = 0, ...rest] = memory;
  const last = rest.at(-1) ?? first;
  const grown = ((last - first) / 1024 / 1024).toFixed(1);
  process.stdout.write(`${name}: memory ${grown} MiB more than after the first eighth\n`);
  if (last - first <= grownBytesMax) return true;
  process.stdout.write(`${name}: FAILED, memory grows\n`);
  return false;
}

function measureMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function describe(done: number, elapsedMs: number): string {
  const perSecond = Math.round((done / elapsedMs) * 1000);
  return `${done.toLocaleString('en')} executions, ${perSecond.toLocaleString('en')}/s`;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

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
  const isGood = await fuzz(name, await load(), options, watchdog);
  await watchdog.stop();
  return isGood ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
