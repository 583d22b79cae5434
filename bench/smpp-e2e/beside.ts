import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { medianOf } from '../e2e/goals.ts';
import { type Site, send } from './round.ts';

/** How much longer the 99th percentile of good submits may be beside strangers. */
export const besideRatioMax = 2;

export const strangersCount = 1_000;

export const strangerKinds = ['half', 'idle'] as const;

export type StrangerKind = (typeof strangerKinds)[number];

export interface BesideSettings {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Medians of the 99th percentile until submit_sm_resp, in milliseconds. */
export interface BesideResult {
  readonly kind: StrangerKind;
  readonly aloneMs: number;
  readonly besideMs: number;
  readonly ratio: number;
}

const running = new Set<ChildProcess>();

/** Ends the strangers of a benchmark that is broken off. */
export function endStrangers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Good traffic at a fixed rate, alone and beside strangers in turn. */
export async function compareBeside(
  site: Site,
  kind: StrangerKind,
  { ratePerSecond, seconds, rounds }: BesideSettings,
): Promise<BesideResult> {
  const measure = async (): Promise<number> => {
    await send(site, ratePerSecond * seconds, 0, ratePerSecond);
    return site.load.latency.quantileMs(0.99);
  };
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    alone.push(await measure());
    const strangers = await startStrangers(kind, site.gateway.smppPort);
    beside.push(await measure());
    await endStranger(strangers);
  }
  const [aloneMs, besideMs] = [medianOf(alone) ?? 0, medianOf(beside) ?? 0];
  return { kind, aloneMs, besideMs, ratio: besideMs / aloneMs };
}

async function startStrangers(kind: StrangerKind, port: number): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('strangers.ts', import.meta.url));
  const child = spawn(process.execPath, [script, kind, String(strangersCount), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the strangers (${kind}) ended before all were there`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => {});
  return child;
}

async function endStranger(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  running.delete(child);
}
