import type { Random } from '../../src/lib/random.ts';

/** Something that takes bytes from strangers and must survive all of them. */
export interface FuzzTarget {
  /** One line for `--help`. */
  about: string;
  /** Good inputs, or nearly; what is tried are mutations of them. */
  seeds: readonly Buffer[];
  /**
   * Tries one input and throws when anything is wrong with what happens. Whatever else is to be
   * decided comes from `random`, so that an execution can be repeated by its number. One that waits
   * gives a promise.
   */
  attempt(input: Buffer, random: Random): void | Promise<void>;
  /** What the attempts have come to, for the progress line: that they reach something. */
  summarise(): string;
}
