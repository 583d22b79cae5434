import type { Clock } from '../lib/clock.ts';
import type { Lease, LeaseStore } from '../store/contract.ts';

export const leaseTtlMs = 10_000;
export const leaseRenewMs = 3_000;
/** Decisions stop this long before the lease can have expired at the store. */
const trustMarginMs = 2_000;

/**
 * The right to send from a set of resources, kept by renewing it in time. Only the store's clock
 * decides who holds a lease; this side measures with its monotonic clock and stops early
 * (reliability §2.3).
 */
export class LaneLeases {
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #holder: string;
  readonly #resources: readonly string[];
  #held = new Map<string, Lease>();
  /** The newest lease of each resource, held or not. */
  readonly #newest = new Map<string, Lease>();
  #trustedUntil = Number.NEGATIVE_INFINITY;

  constructor(store: LeaseStore, clock: Clock, holder: string, resources: readonly string[]) {
    this.#store = store;
    this.#clock = clock;
    this.#holder = holder;
    this.#resources = resources;
  }

  /** The lease of `resource` while it may be trusted, else null. */
  get(resource: string): Lease | null {
    if (this.#clock.monotonic() >= this.#trustedUntil) return null;
    return this.#held.get(resource) ?? null;
  }

  /**
   * The newest lease of `resource` that was ever held, to decide under what was begun with it: the store refuses that
   * once somebody else has had it. Null when it was never held.
   */
  newest(resource: string): Lease | null {
    return this.#newest.get(resource) ?? null;
  }

  /** Takes what is free and renews what is held, in one statement for all. */
  async renew(): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const leases = await this.#store.acquire(
      this.#resources,
      this.#holder,
      leaseTtlMs,
      this.#clock.now(),
    );
    this.#held = new Map(leases.map((lease) => [lease.resource, lease]));
    for (const lease of leases) this.#newest.set(lease.resource, lease);
    this.#trustedUntil = startedAt + leaseTtlMs - trustMarginMs;
  }

  /** Gives everything back, so that a successor need not wait. */
  async release(): Promise<void> {
    this.#trustedUntil = Number.NEGATIVE_INFINITY;
    await this.#store.release(this.#resources, this.#holder);
  }
}
