import type { PendingTransaction } from './memory-store.ts';

/** Applies a transaction and answers it, as a store does that has no trouble. */
export function letPass(transaction: PendingTransaction): void {
  transaction.apply();
  transaction.answer();
}

/** A `commit` that gives transactions of one kind to `take`; all others pass. */
export function divert(
  kind: string,
  take: (transaction: PendingTransaction) => void,
): (transaction: PendingTransaction) => void {
  return (transaction) => {
    if (transaction.kind === kind) take(transaction);
    else letPass(transaction);
  };
}

/** A `commit` that refuses transactions of one kind while the disk is gone. */
export function refuse(
  kind: string,
  isGone: () => boolean = () => true,
): (transaction: PendingTransaction) => void {
  return divert(kind, (transaction) => {
    if (isGone()) transaction.reject(new Error('no disk'));
    else letPass(transaction);
  });
}
