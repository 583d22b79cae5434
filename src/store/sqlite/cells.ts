/** What crosses between threads and into columns: flat values, because nested ones cost three times as much to copy. */
export type Cell = string | number | null;

/** Reads cells one after the other and holds them to their types. */
export class CellReader {
  readonly #cells: readonly unknown[];
  #next: number;

  constructor(cells: readonly unknown[], first = 0) {
    this.#cells = cells;
    this.#next = first;
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#cells.length;
  }

  text(): string {
    const cell = this.#cells[this.#next++];
    if (typeof cell === 'string') return cell;
    throw this.#surprise('text', cell);
  }

  textOrNull(): string | null {
    const cell = this.#cells[this.#next++];
    if (cell === null || typeof cell === 'string') return cell;
    throw this.#surprise('text or null', cell);
  }

  number(): number {
    const cell = this.#cells[this.#next++];
    if (typeof cell === 'number') return cell;
    throw this.#surprise('a number', cell);
  }

  numberOrNull(): number | null {
    const cell = this.#cells[this.#next++];
    if (cell === null || typeof cell === 'number') return cell;
    throw this.#surprise('a number or null', cell);
  }

  #surprise(wanted: string, found: unknown): TypeError {
    return new TypeError(`cell ${this.#next - 1} should be ${wanted} and is ${typeof found}`);
  }
}
