import { randomFillSync } from 'node:crypto';

/** Randomness, injected like time so that a seed can replay a whole run (DESIGN §3). */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** A whole number in [0, 2^32). */
  uint32(): number;
}

const POOL_WORDS = 1024;

/** Cryptographic randomness, drawn in blocks: one system call serves a thousand numbers. */
export function createSystemRandom(): Random {
  const pool = new Uint32Array(POOL_WORDS);
  let next = POOL_WORDS;
  function uint32(): number {
    if (next === POOL_WORDS) {
      randomFillSync(pool);
      next = 0;
    }
    return pool[next++] ?? 0;
  }
  return { uint32, fraction: () => uint32() / 0x1_0000_0000 };
}

/** Reproducible randomness (mulberry32): the same seed gives the same run. Never for secrets. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  function uint32(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  return { uint32, fraction: () => uint32() / 0x1_0000_0000 };
}
