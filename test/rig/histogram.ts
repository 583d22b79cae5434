/**
 * A histogram of durations with a fixed size and a relative error below 1 %: 128 linear steps in
 * every power of two. Recording costs one addition, so it can sit on the load generator's hot path.
 */
export class Histogram {
  #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** Records a duration in milliseconds; below zero counts as zero, above `durationMaxMs` as that. */
  record(durationMs: number): void {
    const clamped = Math.min(Math.max(durationMs, 0), durationMaxMs);
    const bucket = bucketOf(Math.round(clamped * 1000));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (clamped > this.#maxMs) this.#maxMs = clamped;
  }

  /** The duration in milliseconds that a fraction (0 to 1) of the records does not exceed; 0 when empty. */
  quantileMs(fraction: number): number {
    const wanted = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(upperMicros(bucket) / 1000, this.#maxMs);
    }
    return 0;
  }

  /** Forgets all records. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }

  /** Adds all records of another histogram. */
  add(other: Histogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (other.#counts[bucket] ?? 0);
    }
    this.#count += other.#count;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }
}

/** A little over half an hour, the most that fits 31 bits of microseconds. */
export const durationMaxMs = 2_000_000;

const STEP_BITS = 7;
const STEPS = 1 << STEP_BITS;
const BUCKETS = (32 - STEP_BITS) * STEPS;

/** Values below 256 have a bucket each; above, the leading eight bits choose it. */
function bucketOf(micros: number): number {
  const shift = Math.max(0, 31 - Math.clz32(micros | 1) - STEP_BITS);
  return shift * STEPS + (micros >>> shift);
}

function upperMicros(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket;
  const shift = Math.floor(bucket / STEPS) - 1;
  const leading = bucket - shift * STEPS;
  return (leading + 1) * 2 ** shift - 1;
}
