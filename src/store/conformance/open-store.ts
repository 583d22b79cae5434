import { test } from 'node:test';
import type { Store } from '../contract.ts';

/** A fresh, empty store. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens the same data again. */
  reopen?(): Promise<Store>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** A test with a store of its own, closed at its end. */
export function testWith(
  open: OpenStore,
  title: string,
  run: (store: Store) => Promise<void>,
): void {
  test(title, async () => {
    const { store } = await open();
    try {
      await run(store);
    } finally {
      await store.close();
    }
  });
}
