import type { Clock } from '../lib/clock.ts';
import type { OutboxStore, ToldReport } from '../store/contract.ts';
import type { Held } from './backlog.ts';
import { Batches } from './batches.ts';
import type { Lane } from './lane.ts';

interface Told {
  readonly lane: Lane;
  readonly held: Held;
  readonly httpStatus: number;
}

interface Postponed {
  readonly lane: Lane;
  readonly held: Held;
  readonly due: number;
}

type PostponedReport = Parameters<OutboxStore['postpone']>[0][number];

/** Writes what became of reports (T4). A report is held, and its message waits, until that is on disk. */
export class Settlement {
  readonly #told: Batches<Told>;
  readonly #postponed: Batches<Postponed>;

  constructor(init: {
    store: OutboxStore;
    clock: Clock;
    /** A report of the lane is settled. `due` when it was postponed. */
    onSettled: (lane: Lane, due: number | null) => void;
    onFailure: (error: unknown) => void;
  }) {
    const { store, clock, onSettled, onFailure } = init;
    this.#told = new Batches({
      clock,
      onFailure,
      write: (batch) => store.told(batch.map(toldRow), clock.now()),
      written: ({ lane, held }) => {
        lane.backlog.told(held);
        onSettled(lane, null);
      },
    });
    this.#postponed = new Batches({
      clock,
      onFailure,
      write: (batch) => store.postpone(batch.map(postponedRow)),
      written: ({ lane, held, due }) => {
        lane.backlog.postponed(held);
        onSettled(lane, due);
      },
    });
  }

  /** @param httpStatus 0 when it is given up. */
  told(lane: Lane, held: Held, httpStatus: number): void {
    this.#told.add({ lane, held, httpStatus });
  }

  postponed(lane: Lane, held: Held, due: number): void {
    this.#postponed.add({ lane, held, due });
  }

  /** Tries again what the store did not take. */
  retry(): void {
    this.#told.retry();
    this.#postponed.retry();
  }

  /** Writes all there is, unless the store fails. */
  async finish(): Promise<void> {
    await this.#told.finish();
    await this.#postponed.finish();
  }
}

function toldRow({ held, httpStatus }: Told): ToldReport {
  const { queue, sequence, report } = held.row;
  return { queue, sequence, messageId: report.messageId, status: report.status, httpStatus };
}

function postponedRow({ held, due }: Postponed): PostponedReport {
  const { queue, sequence, report } = held.row;
  return { queue, sequence, messageId: report.messageId, due };
}
