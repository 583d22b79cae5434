import { createSeededRandom } from '../../src/lib/random.ts';
import { compareMemory, grownBytesMax, measureMemory } from './memory.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

export const executionMsMax = 100;
const slowTriesMax = 3;
const progressMs = 1000;
const measuresPerRun = 8;

export interface FuzzOptions {
  readonly executions: number;
  readonly seed: number;
  /** Number of the first execution. */
  readonly from: number;
}

export interface FuzzEars {
  /** An execution begins. */
  note(execution: number, input: Buffer): void;
  /** Lines for people. */
  say(text: string): void;
}

/** Feeds a target with mutations of its seeds; false when something was found. */
export async function fuzz(
  name: string,
  target: FuzzTarget,
  { executions, seed, from }: FuzzOptions,
  { note, say }: FuzzEars,
): Promise<boolean> {
  say(`${name}: seed ${seed}, ${executions} executions from ${from}\n`);
  const measureEvery = Math.max(1, Math.ceil(executions / measuresPerRun));
  const memory: number[] = [];
  const start = performance.now();
  let progressAt = start + progressMs;
  for (let done = 0; done < executions; done += 1) {
    const execution = from + done;
    // A random of its own for each execution, so that each can be repeated alone.
    const random = createSeededRandom(Math.imul(seed, 0x9e3779b1) + execution);
    const input = mutate(target.seeds, random);
    note(execution, input);
    const problem = await attempt(target, input, seed, execution);
    if (problem !== undefined) {
      say(
        `${name}: FAILED at execution ${execution}, seed ${seed}\n${problem}\ninput ${input.toString('hex')}\n` +
          `repeat with --seed ${seed} --from ${execution} --executions 1\n`,
      );
      return false;
    }
    if (done % measureEvery === measureEvery - 1) memory.push(measureMemory());
    const now = performance.now();
    if (now >= progressAt) {
      progressAt = now + progressMs;
      say(`${name}: ${describe(done + 1, now - start)}, ${target.summarise()}\n`);
    }
  }
  say(`${name}: ${describe(executions, performance.now() - start)}, ${target.summarise()}\n`);
  const grown = compareMemory(memory);
  say(`${name}: memory ${(grown / 1024 / 1024).toFixed(1)} MiB more than after the first eighth\n`);
  if (grown <= grownBytesMax) return true;
  say(`${name}: FAILED, memory grows\n`);
  return false;
}

async function attempt(
  target: FuzzTarget,
  input: Buffer,
  seed: number,
  execution: number,
): Promise<string | undefined> {
  let fastestMs = Number.POSITIVE_INFINITY;
  // What is compiled or collected meanwhile may make one slow: only what is slow each time is.
  for (let tries = 0; tries < slowTriesMax; tries += 1) {
    const random = createSeededRandom(Math.imul(execution, 0x85ebca6b) ^ seed);
    const start = performance.now();
    const used = tries === 0 ? undefined : process.threadCpuUsage();
    try {
      await target.attempt(Buffer.from(input), random);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    // A machine that is busy stops us for longer than any parser: our own time is what counts then.
    const tookMs = used === undefined ? performance.now() - start : countMs(used);
    fastestMs = Math.min(fastestMs, tookMs);
    if (fastestMs <= executionMsMax) return undefined;
  }
  return `took ${fastestMs.toFixed(0)} ms, more than ${executionMsMax}, ${slowTriesMax} times`;
}

/** Processor time of this thread since then. */
function countMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(since);
  return (user + system) / 1000;
}

function describe(done: number, elapsedMs: number): string {
  const perSecond = Math.round((done / elapsedMs) * 1000);
  return `${done.toLocaleString('en')} executions, ${perSecond.toLocaleString('en')}/s`;
}
