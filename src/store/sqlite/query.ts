import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Cell, CellReader } from './cells.ts';

/** A prepared statement whose rows are arrays, which cost half of what objects do. */
export class Query {
  readonly #statement: StatementSync;

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql);
    this.#statement.setReturnArrays(true);
  }

  /** Runs it for its effect. Asking for a row that does not come is a fifth cheaper than `run`. */
  write(...cells: Cell[]): void {
    this.#statement.get(...cells);
  }

  /** Runs it and says how many rows it changed. */
  run(...cells: Cell[]): number {
    return Number(this.#statement.run(...cells).changes);
  }

  /** The first row. */
  get(...cells: Cell[]): CellReader | undefined {
    const row: unknown = this.#statement.get(...cells);
    return Array.isArray(row) ? new CellReader(row) : undefined;
  }

  /** All rows, each as its cells. */
  all(...cells: Cell[]): readonly (readonly unknown[])[] {
    const rows: readonly unknown[] = this.#statement.all(...cells);
    return rows.filter((row) => Array.isArray(row));
  }

  /** The rows one by one, read as they are asked for. */
  *each(...cells: Cell[]): IterableIterator<CellReader> {
    for (const row of this.#statement.iterate(...cells)) {
      if (Array.isArray(row)) yield new CellReader(row);
    }
  }
}
