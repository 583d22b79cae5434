import type { Clock } from '../../src/lib/clock.ts';
import type { Random } from '../../src/lib/random.ts';
import type { Store } from '../../src/store/contract.ts';
import { createMemoryStore, type PendingTransaction } from '../../src/store/memory/memory-store.ts';

/** How the simulated disk behaves. */
export interface DiskWeather {
  /** A commit takes up to this long. */
  commitMsMax: number;
  /** The share of commits that fail without having been written. */
  failChance: number;
}

export interface FaultyDisk {
  readonly store: Store;
  weather: DiskWeather;
  /**
   * The process dies: of the transactions that wait, the first ones may still reach the disk, none is
   * answered. That covers a kill before a commit and one between commit and answer.
   */
  crash(): void;
}

/** The memory store behind a writer that takes its time, keeps order, and can fail or die. */
export function createFaultyDisk(clock: Clock, random: Random): FaultyDisk {
  let waiting: PendingTransaction[] = [];
  let isBusy = false;
  const disk: FaultyDisk = {
    store: createMemoryStore({
      commit(transaction) {
        waiting.push(transaction);
        writeNext();
      },
    }),
    weather: { commitMsMax: 3, failChance: 0 },
    crash() {
      const written = Math.floor(random.fraction() * (waiting.length + 1));
      for (const transaction of waiting.slice(0, written)) transaction.apply();
      waiting = [];
    },
  };

  /** Group commit: all that waits goes in one commit, and its answers come together. */
  function writeNext(): void {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    clock.after(Math.floor(random.fraction() * disk.weather.commitMsMax), () => {
      isBusy = false;
      const batch = waiting;
      waiting = [];
      const fails = random.fraction() < disk.weather.failChance;
      for (const transaction of batch) {
        if (fails) {
          transaction.reject(new Error('the disk failed'));
        } else {
          transaction.apply();
          transaction.answer();
        }
      }
      writeNext();
    });
  }

  return disk;
}
