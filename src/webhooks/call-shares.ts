/** Calls at a time to endpoints that answer well. */
export const healthyCallsMax = 192;
/** Calls at a time to all others together: a quarter of all. */
export const degradedCallsMax = 64;

/**
 * A lane may have at most this part of what is free in its share, so some is always free: alone it gets
 * all it can use, and the more lanes want much, the less each gets.
 */
const partOfFree = 1 / 4;

/** What a lane is to the others. */
interface Caller {
  isDegraded: boolean;
  readonly calls: readonly unknown[];
  looksDegraded(now: number): boolean;
}

/**
 * Shares the calls at a time between endpoints that answer well and those that do not (reliability §1.3).
 * Calls that turn out to hang move over to the other share, so those who hang together make room for the
 * healthy within `slowMs`, not within the time-out.
 */
export class CallShares {
  #healthy = 0;
  #degraded = 0;

  get calling(): number {
    return this.#healthy + this.#degraded;
  }

  get callingDegraded(): number {
    return this.#degraded;
  }

  hasRoom(lane: Caller): boolean {
    const free = lane.isDegraded
      ? degradedCallsMax - this.#degraded
      : healthyCallsMax - this.#healthy;
    if (free <= 0) return false;
    const calls = lane.calls.length;
    return calls === 0 || calls < free * partOfFree;
  }

  /** A call of the lane begins (1) or has ended (-1). */
  count(lane: Caller, change: 1 | -1): void {
    if (lane.isDegraded) this.#degraded += change;
    else this.#healthy += change;
  }

  /** Looks at the lane again and moves its calls if need be. */
  judge(lane: Caller, now: number): void {
    const isDegraded = lane.looksDegraded(now);
    if (isDegraded === lane.isDegraded) return;
    lane.isDegraded = isDegraded;
    const moved = isDegraded ? lane.calls.length : -lane.calls.length;
    this.#degraded += moved;
    this.#healthy -= moved;
  }
}
