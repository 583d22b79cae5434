import { rememberedMax } from './limits.ts';

/** Counts what went wrong under a key, forgiving one failure after each period. */
export class Failures {
  readonly #most: number;
  readonly #forgivenMs: number;
  readonly #byKey = new Map<string, { count: number; at: number }>();

  constructor(most: number, forgivenMs: number) {
    this.#most = most;
    this.#forgivenMs = forgivenMs;
  }

  /** Whether there have been so many that nothing more is looked at. */
  isFull(key: string, now: number): boolean {
    return this.#countOf(key, now) >= this.#most;
  }

  note(key: string, now: number): void {
    const count = Math.min(this.#countOf(key, now) + 1, this.#most);
    this.#byKey.delete(key);
    this.#byKey.set(key, { count, at: now });
    if (this.#byKey.size <= rememberedMax) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      break;
    }
  }

  /** Takes one back. */
  forgive(key: string): void {
    const known = this.#byKey.get(key);
    if (known !== undefined) known.count = Math.max(0, known.count - 1);
  }

  #countOf(key: string, now: number): number {
    const known = this.#byKey.get(key);
    if (known === undefined) return 0;
    return Math.max(0, known.count - (now - known.at) / this.#forgivenMs);
  }
}

/**
 * What failures are counted by: an IPv4 address, or the /64 of an IPv6 one, all of which belongs to
 * one customer of a provider. `peer` is "address:port".
 */
export function addressOf(peer: string): string {
  const address = peer.slice(0, peer.lastIndexOf(':'));
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

export function neighbourhoodOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + after < 8) groups.push('0');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
