/**
 * So many messages make a gateway warm before it is measured. After 10,000 a message of Chappe still cost a quarter more
 * than after 60,000, because the compiler was at work; Kannel costs the same from the start.
 */
export const warmUpMessages = 60_000;
/** Their numbers, which no measured message has. */
export const warmUpFirstIndex = 90_000_000;

/** How long gateway and operator may take to find each other. */
export const startMsMax = 30_000;

/** How long a round may take: it may be as slow as 500 messages a second. */
export function roundMsMax(messages: number): number {
  return 30_000 + messages * 2;
}

/** Bounds a wait, so that a gateway that hangs cannot hang the benchmark. */
export async function within<T>(limitMs: number, what: string, wait: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${limitMs} ms`)), limitMs);
  });
  return Promise.race([wait(), over]).finally(() => clearTimeout(timer));
}
