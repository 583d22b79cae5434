import type { Clock } from '../lib/clock.ts';
import type { Held, QueueRow } from './backlog.ts';
import { Batches } from './batches.ts';
import type { Lane } from './lane.ts';

/** A row that was taken, or is given up. */
export interface Told<Row> {
  readonly row: Row;
  /** 0 when it is given up. */
  readonly httpStatus: number;
}

/** A row whose delivery failed. */
export interface Postponed<Row> {
  readonly row: Row;
  /** Epoch milliseconds of the next try. */
  readonly due: number;
}

interface Settled<Row extends QueueRow> {
  readonly lane: Lane<Row>;
  readonly held: Held<Row>;
}

/** Writes what became of rows. A row is held, and those with its key wait, until that is on disk. */
export class Settlement<Row extends QueueRow> {
  readonly #told: Batches<Settled<Row> & { httpStatus: number }>;
  readonly #postponed: Batches<Settled<Row> & { due: number; isLeftBehind: boolean }>;

  constructor(init: {
    tell: (batch: readonly Told<Row>[], now: number) => Promise<void>;
    postpone: (batch: readonly Postponed<Row>[]) => Promise<void>;
    clock: Clock;
    /** A row of the lane is settled. `due` when it was postponed. */
    onSettled: (lane: Lane<Row>, due: number | null) => void;
    onFailure: (error: unknown) => void;
  }) {
    const { tell, postpone, clock, onSettled, onFailure } = init;
    this.#told = new Batches({
      clock,
      onFailure,
      write: (batch) =>
        tell(
          batch.map(({ held, httpStatus }) => ({ row: held.row, httpStatus })),
          clock.now(),
        ),
      written: ({ lane, held }) => {
        lane.backlog.told(held);
        onSettled(lane, null);
      },
    });
    this.#postponed = new Batches({
      clock,
      onFailure,
      write: (batch) => postpone(batch.map(({ held, due }) => ({ row: held.row, due }))),
      written: ({ lane, held, due, isLeftBehind }) => {
        lane.backlog.postponed(held);
        // Those that wait behind it in memory were not put off with it.
        if (isLeftBehind) lane.backlog.readAgain();
        onSettled(lane, due);
      },
    });
  }

  /** @param httpStatus 0 when it is given up. */
  told(lane: Lane<Row>, held: Held<Row>, httpStatus: number): void {
    this.#told.add({ lane, held, httpStatus });
  }

  /** @param isLeftBehind the store does not let those with its key wait for it any more. */
  postponed(lane: Lane<Row>, held: Held<Row>, due: number, isLeftBehind: boolean): void {
    this.#postponed.add({ lane, held, due, isLeftBehind });
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
