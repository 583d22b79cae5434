import type { DatabaseSync } from 'node:sqlite';
import { type Cell, CellReader } from './cells.ts';
import type { CrashPoint } from './crash-point.ts';
import { describeFailure, type Failure, faultKindOf } from './failure.ts';
import type { Task, Workroom } from './operation.ts';
import { done, failed, operationList } from './operations.ts';
import { createPruner } from './pruner.ts';
import { QueueReader } from './queue-reader.ts';
import { SearchRuns } from './search-runs.ts';
import { SqliteAnswers } from './sqlite-answers.ts';
import { SqliteConversions } from './sqlite-conversions.ts';
import { SqliteInbound } from './sqlite-inbound.ts';
import { SqliteRows } from './sqlite-rows.ts';

/** Messages of one cache generation. Two of them, at about 1 KB a message, are some seconds of traffic. */
const cachedMessagesMax = 4000;

/**
 * Runs batches of operations, each batch in one transaction and so with one wait for the disk.
 *
 * An operation that throws by itself (a bug) does not take its neighbours with it: the batch is undone
 * and its operations run again one by one. That costs nothing as long as none throws; savepoints would
 * cost two statements each. When the disk or the file is at fault that would make no sense.
 */
export class BatchWriter {
  readonly #room: Workroom;
  readonly #runs: SearchRuns;
  readonly #crash: CrashPoint | null;

  constructor(database: DatabaseSync, crash: CrashPoint | null, cachedMax = cachedMessagesMax) {
    const rows = new SqliteRows(database, cachedMax);
    this.#runs = new SearchRuns(database);
    this.#crash = crash;
    const inbound = new SqliteInbound(database);
    this.#room = {
      rows,
      inbound,
      answers: new SqliteAnswers(database),
      conversions: new SqliteConversions(database),
      queues: new QueueReader(database),
      prune: createPruner(database, rows, inbound),
      indexRun: () => this.#runs.makeRun(rows.lastNumber),
    };
  }

  /** Runs a batch of operations as cells; the answer holds an outcome for each, in their order. */
  run(batch: readonly unknown[]): Cell[] {
    const tasks = readTasks(batch);
    try {
      return this.#commit(tasks);
    } catch (error) {
      const failure = describeFailure(error);
      if (tasks.length === 1 || faultKindOf(failure) !== null) {
        return tasks.flatMap(() => writeFailure(failure));
      }
    }
    return tasks.flatMap((task) => {
      try {
        return this.#commit([task]);
      } catch (error) {
        return writeFailure(describeFailure(error));
      }
    });
  }

  #commit(tasks: readonly Task[]): Cell[] {
    const { rows, answers } = this.#room;
    const out: Cell[] = [];
    rows.begin();
    try {
      for (const task of tasks) {
        out.push(done);
        task.run(this.#room, out);
        this.#crash?.count(task.kind);
      }
      if (this.#runs.isBehind(rows.lastNumber)) this.#room.indexRun();
      rows.flush();
      this.#crash?.pass('before-commit');
      rows.commit();
    } catch (error) {
      rows.rollback();
      answers.recall();
      this.#runs.recall();
      throw error;
    }
    this.#crash?.pass('after-commit');
    return out;
  }
}

function readTasks(batch: readonly unknown[]): Task[] {
  const cells = new CellReader(batch);
  const tasks: Task[] = [];
  while (!cells.isAtEnd) {
    const operation = operationList[cells.number()];
    if (operation === undefined) throw new TypeError('no operation of the store');
    tasks.push(operation.readTask(cells));
  }
  return tasks;
}

function writeFailure({ code, sentence }: Failure): Cell[] {
  return [failed, code, sentence];
}
