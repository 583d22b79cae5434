import type { Lease } from './contract.ts';
import type { LeaseRows } from './rows.ts';

/** Takes or renews what is free, expired or held by `holder` already; answers what it now holds. */
export function acquireLeases(
  rows: LeaseRows,
  resources: readonly string[],
  holder: string,
  ttlMs: number,
  now: number,
): Lease[] {
  const held: Lease[] = [];
  for (const resource of resources) {
    const old = rows.findLease(resource);
    const isOurs = old?.holder === holder;
    if (old !== undefined && !isOurs && old.holder !== nobody && now < old.expiresAt) continue;
    const epoch = (old?.epoch ?? 0) + (isOurs ? 0 : 1);
    const lease = { resource, holder, epoch, expiresAt: now + ttlMs };
    rows.putLease(lease);
    held.push(lease);
  }
  return held;
}

/** Gives back what `holder` holds. The row stays, so that the epoch goes on rising. */
export function releaseLeases(rows: LeaseRows, resources: readonly string[], holder: string): void {
  for (const resource of resources) {
    const old = rows.findLease(resource);
    if (old?.holder === holder) rows.putLease({ ...old, holder: nobody, expiresAt: 0 });
  }
}

/**
 * Whether decisions under this lease still count. Expiry alone does not end the right: the epoch
 * does, because only a successor can have decided differently.
 */
export function isHeld(rows: LeaseRows, lease: Lease): boolean {
  const current = rows.findLease(lease.resource);
  return current?.holder === lease.holder && current.epoch === lease.epoch;
}

const nobody = '';
