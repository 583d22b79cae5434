import { type FaultKind, StoreFault } from '../fault.ts';

/** An error on its way from one thread to another. */
export interface Failure {
  /** SQLite's primary result code; 0 when it was not SQLite. */
  readonly code: number;
  readonly sentence: string;
}

/** Result codes (SQLite "Result and Error Codes") that say nothing against what was asked. */
const faultKinds: ReadonlyMap<number, FaultKind> = new Map([
  [3, 'read-only'],
  [5, 'locked'],
  [7, 'memory'],
  [8, 'read-only'],
  [10, 'disk'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'unreachable'],
  // Its locks contradict each other, as on some network file systems.
  [15, 'disk'],
  [26, 'damaged'],
]);

export function describeFailure(error: unknown): Failure {
  const sentence = error instanceof Error ? error.message : String(error);
  // The low byte is the primary result code; the rest says more.
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return { code, sentence };
}

/** The disk or the file is at fault; null when it is what was asked, or a bug. */
export function faultKindOf({ code }: Failure): FaultKind | null {
  return faultKinds.get(code) ?? null;
}

/** The error again, where it is told to whoever asked. */
export function toError(failure: Failure): Error {
  const kind = faultKindOf(failure);
  return kind === null ? new Error(failure.sentence) : new StoreFault(kind, failure.sentence);
}
