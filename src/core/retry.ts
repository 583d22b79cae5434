const firstDelayMs = 5_000;
const longestDelayMs = 10 * 60_000;

/**
 * How long a step waits after its `attempts`-th temporary refusal: 5 s doubling to 10 min, spread
 * by up to a quarter so that what failed together does not come back together. The spread comes
 * from the message's id, because the lifecycle that asks is pure.
 */
export function retryDelayMs(attempts: number, id: string): number {
  const base = Math.min(firstDelayMs * 2 ** Math.min(attempts - 1, 20), longestDelayMs);
  const spread = Number.parseInt(id.slice(-4), 16) / 0xffff;
  return Math.round(base * (1 + spread / 4));
}
