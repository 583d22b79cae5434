import { plainAddress } from '../lib/neighbourhood.ts';
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

/** The address in "address:port". */
export function addressOf(peer: string): string {
  return plainAddress(peer.slice(0, peer.lastIndexOf(':')));
}
