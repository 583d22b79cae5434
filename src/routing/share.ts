/**
 * Who of several serves a number, in proportion to weights (weighted rendezvous hashing). The same
 * number always gets the same one, so that a handset's messages stay in order and a plan can be
 * repeated; when one is out, only its own numbers move, and to the others in proportion.
 *
 * The smallest of the scores wins. With weight 0 it is infinite: such a one only stands in.
 *
 * @param hash of the number, 32 bits.
 * @param seed of the candidate, 32 bits.
 */
export function scoreShare(hash: number, seed: number, weight: number): number {
  return -Math.log((mix(hash ^ seed) + 0.5) / 2 ** 32) / weight;
}

/** Spreads every bit of a 32-bit number over all of them (the finalizer of MurmurHash3). */
function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
