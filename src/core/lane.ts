/** A connection's queue is cut into this many slices; order holds inside one (DESIGN §1). */
export const laneCount = 64;

/** The lane of a destination: all messages to one handset share it. */
export function laneOf(destination: string): number {
  return hashDestination(destination) % laneCount;
}

/** 32 bits that are the same for a destination wherever and whenever they are asked for (FNV-1a). */
export function hashDestination(destination: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < destination.length; index++) {
    hash = Math.imul(hash ^ destination.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
