/**
 * What is wrong with a store that cannot write: `full` no room; `read-only` no right to write; `unreachable` the file or
 * its directory cannot be had; `damaged` the file is no store, or not whole; `locked` another program keeps it;
 * `disk` the disk refuses; `memory` none is left.
 */
export type FaultKind =
  | 'full'
  | 'read-only'
  | 'unreachable'
  | 'damaged'
  | 'locked'
  | 'disk'
  | 'memory';

/**
 * The store could not write, and nothing that was asked is the reason. Nobody was promised anything of it; when the
 * cause has gone, the same can be asked again.
 */
export class StoreFault extends Error {
  readonly kind: FaultKind;

  constructor(kind: FaultKind, sentence: string) {
    super(sentence);
    this.name = 'StoreFault';
    this.kind = kind;
  }
}
