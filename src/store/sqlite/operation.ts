import type { Retention } from '../contract.ts';
import type { Cell, CellReader } from './cells.ts';
import type { QueueReader } from './queue-reader.ts';
import type { SqliteAnswers } from './sqlite-answers.ts';
import type { SqliteConversions } from './sqlite-conversions.ts';
import type { SqliteInbound } from './sqlite-inbound.ts';
import type { SqliteRows } from './sqlite-rows.ts';

/** What operations work with on the writer thread. */
export interface Workroom {
  readonly rows: SqliteRows;
  readonly answers: SqliteAnswers;
  readonly conversions: SqliteConversions;
  readonly inbound: SqliteInbound;
  readonly queues: QueueReader;
  prune(before: Retention, limit: number): number;
  /** Makes one run of the search index if one is complete; false when there was none to make. */
  indexRun(): boolean;
}

/**
 * One thing that can be asked of the writer thread: how its arguments and its result travel as cells, and what is
 * done there. The same object serves both threads, so that what one writes the other reads.
 */
export interface Form<Arguments, Found, Result = Found> {
  /** What the crash points call it: T1, T1b, T2 to T6, or a name. */
  readonly kind: string;
  /** About how many rows it costs: what the batches are measured by. */
  weigh(args: Arguments): number;
  writeArguments(out: Cell[], args: Arguments): void;
  readArguments(cells: CellReader): Arguments;
  run(room: Workroom, args: Arguments): Found;
  writeResult(out: Cell[], found: Found): void;
  /** `args` are those that were sent, so that nothing of them need come back. */
  readResult(cells: CellReader, args: Arguments): Result;
}

export interface Operation<Arguments, Result>
  extends Pick<
    Form<Arguments, unknown, Result>,
    'kind' | 'weigh' | 'writeArguments' | 'readResult'
  > {
  /** What the writer thread has to do when this operation comes. */
  readTask(cells: CellReader): Task;
}

/** An operation with its arguments. */
export interface Task {
  readonly kind: string;
  /** Does it and adds its result. */
  run(room: Workroom, out: Cell[]): void;
}

export function defineOperation<Arguments, Found, Result = Found>(
  form: Form<Arguments, Found, Result>,
): Operation<Arguments, Result> {
  const { kind, weigh, writeArguments, readResult } = form;
  return {
    kind,
    weigh,
    writeArguments,
    readResult,
    readTask(cells) {
      const args = form.readArguments(cells);
      return { kind, run: (room, out) => form.writeResult(out, form.run(room, args)) };
    },
  };
}

/** The form of what is asked too seldom to deserve one of its own: it travels as JSON. */
export function viaJson<Arguments, Result>(
  kind: string,
  run: (room: Workroom, args: Arguments) => Result,
  weigh: (args: Arguments) => number = () => 1,
): Form<Arguments, Result> {
  return {
    kind,
    weigh,
    writeArguments: (out, args) => out.push(JSON.stringify(args)),
    readArguments: (cells) => JSON.parse(cells.text()),
    run,
    // No text at all stands for undefined, the result of most writing.
    writeResult: (out, result) => out.push(JSON.stringify(result) ?? null),
    readResult: (cells) => {
      const text = cells.textOrNull();
      return text === null ? undefined : JSON.parse(text);
    },
  };
}
