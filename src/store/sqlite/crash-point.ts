/**
 * Places where the process can be made to die for the storm test: CHAPPE_CRASH_AT names the kind of operation
 * (`T1`, `T1b`, `T2`, `T3`, `T4`, `sweep`, ...), the place and how many such operations must have come,
 * for example `T3:after-commit:40`. The places are
 *
 * - `before-commit`: everything is written, nothing is committed;
 * - `after-commit`: it is on the disk, and nobody has been answered.
 *
 * The process gets SIGKILL in the batch that holds the operation with that number.
 */
export interface CrashPoint {
  /** Counts an operation of the batch that is being written. */
  count(kind: string): void;
  /** Dies here if this is the place and the number has been reached. */
  pass(place: Place): void;
}

type Place = 'before-commit' | 'after-commit';

/** The crash point that the variable describes; null when it is not set. Throws when it says nothing we know. */
export function readCrashPoint(value: string | undefined, die: () => void): CrashPoint | null {
  if (value === undefined || value === '') return null;
  const [, wanted, place, number] =
    /^(\w+):(before-commit|after-commit):([1-9]\d*)$/.exec(value) ?? [];
  if (wanted === undefined) throw new Error(`CHAPPE_CRASH_AT: not a crash point: ${value}`);
  let left = Number(number);
  return {
    count(kind) {
      if (kind === wanted) left--;
    },
    pass(here) {
      if (here === place && left <= 0) die();
    },
  };
}
