import { concatDestinationsMax } from './limits.ts';

/** Hands out the references that tie the parts of a multi-part SMS together. */
export interface ConcatReferences {
  /** 16 bits; differs from the last ones of the same destination, also across a restart. */
  next(destination: string, now: number): number;
}

/**
 * Counts up for each destination, because a handset mixes up two texts of the same sender and
 * reference. The count of a destination that is not remembered starts at the current second, so
 * that a restarted process does not begin where the old one began.
 */
export function createConcatReferences(destinationsMax = concatDestinationsMax): ConcatReferences {
  const lastByDestination = new Map<string, number>();
  return {
    next(destination, now) {
      const last = lastByDestination.get(destination);
      const reference = ((last ?? Math.floor(now / 1000)) + 1) & 0xffff;
      // Taken out and put back, a destination is the youngest; the oldest is the first.
      if (last !== undefined) lastByDestination.delete(destination);
      else if (lastByDestination.size >= destinationsMax) forgetOldest(lastByDestination);
      lastByDestination.set(destination, reference);
      return reference;
    },
  };
}

function forgetOldest(map: Map<string, number>): void {
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
