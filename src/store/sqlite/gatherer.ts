import type { Clock, Timer } from '../../lib/clock.ts';
import { StoreFault } from '../fault.ts';
import { type Cell, CellReader } from './cells.ts';
import { toError } from './failure.ts';
import type { Operation } from './operation.ts';
import { codeOf, done } from './operations.ts';

/** About how many rows one commit takes. */
const commitRowsMax = 1024;
/** What intake may use of it while others wait: receipts and reports keep the other half (DESIGN §9). */
const intakeRowsMax = commitRowsMax / 2;

/** How long what need not go at once waits for more to come, in milliseconds: a commit, and waking the writer, cost more than rows. */
const gatherMs = 1;
/** It goes as soon as there are so many rows. */
const gatherRowsMax = commitRowsMax / 8;
/** Outcomes, receipts and told reports: nobody waits for them at a door. */
const patientKinds: ReadonlySet<string> = new Set(['T2', 'T3', 'T4']);

/** The way to the writer thread. */
export interface Port {
  send(batch: readonly Cell[]): void;
}

/** The outcomes of the oldest batches at the writer, which one commit has taken. */
export interface WriterAnswer {
  readonly batches: number;
  readonly cells: readonly unknown[];
}

/**
 * Gathers what all callers ask of the writer. What is urgent goes at the end of the tick when the writer is idle; the rest, and what comes
 * while it is at the disk, gathers for a moment and is sent ahead, so that the writer never waits for this thread. It commits
 * together what has come meanwhile. When as many rows are with it as one commit takes, the rest gathers here, where
 * intake can be held back.
 */
export class Gatherer {
  readonly #clock: Clock;
  readonly #port: Port;
  readonly #intake: Waiting[] = [];
  readonly #others: Waiting[] = [];
  readonly #atWriter: Waiting[][] = [];
  #rowsHere = 0;
  #rowsAtWriter = 0;
  /** How many of those that wait here are in a hurry. */
  #urgentHere = 0;
  #isScheduled = false;
  /** The end of the moment in which more may come. */
  #moment: Timer | null = null;
  #failure: Error | null = null;
  #isGone = false;
  /** Called when everything that was asked has been answered. */
  readonly #onIdle: () => void;
  /** Told when the disk or the file is at fault. */
  readonly #onFault: (fault: StoreFault) => void;
  #onFinished: (() => void) | null = null;

  constructor(
    clock: Clock,
    port: Port,
    onIdle: () => void,
    onFault: (fault: StoreFault) => void = () => {},
  ) {
    this.#clock = clock;
    this.#port = port;
    this.#onIdle = onIdle;
    this.#onFault = onFault;
  }

  /** Rows that have been asked for and are not on the disk yet. */
  get backlog(): number {
    return this.#rowsHere + this.#rowsAtWriter;
  }

  ask<Arguments, Result>(
    operation: Operation<Arguments, Result>,
    args: Arguments,
  ): Promise<Result> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const code = codeOf(operation);
    const onFault = this.#onFault;
    const rows = operation.weigh(args);
    const waiting: Waiting = {
      rows,
      isUrgent: !patientKinds.has(operation.kind),
      write(out) {
        out.push(code);
        operation.writeArguments(out, args);
      },
      answer(cells) {
        if (cells.number() === done) resolve(operation.readResult(cells, args));
        else reject(readFailure(cells, onFault));
      },
      reject,
    };
    (operation.kind === 'T1' ? this.#intake : this.#others).push(waiting);
    this.#rowsHere += rows;
    if (waiting.isUrgent) this.#urgentHere++;
    this.#schedule();
    return promise;
  }

  /** What the writer says to the oldest batches that it has. */
  answer(answer: WriterAnswer): void {
    const answered = this.#atWriter.splice(0, answer.batches).flat();
    const cells = new CellReader(answer.cells);
    try {
      for (const waiting of answered) {
        waiting.answer(cells);
        this.#rowsAtWriter -= waiting.rows;
      }
    } catch (error) {
      // Cells out of step: no later answer can be trusted. Rejecting an answered caller does nothing.
      this.#atWriter.unshift(answered);
      this.fail(new Error('the store answered nonsense', { cause: error }));
      return;
    }
    this.#schedule();
    if (!this.#isIdle) return;
    this.#onFinished?.();
    if (this.#failure === null) this.#onIdle();
  }

  /** The writer is gone: nothing that waits can be done any more. False when that was known. */
  fail(error: Error): boolean {
    const isNews = !this.#isGone;
    this.#isGone = true;
    this.#failure = error;
    const all = [...this.#atWriter.flat(), ...this.#others, ...this.#intake];
    for (const list of [this.#atWriter, this.#others, this.#intake]) list.length = 0;
    this.#rowsHere = 0;
    this.#rowsAtWriter = 0;
    this.#urgentHere = 0;
    this.#moment?.cancel();
    for (const waiting of all) waiting.reject(error);
    this.#onFinished?.();
    return isNews;
  }

  /** Takes nothing more and resolves when everything has been answered. */
  async finish(): Promise<void> {
    this.#failure ??= new Error('the store is closed');
    if (this.#isIdle) return;
    this.#schedule();
    await new Promise<void>((resolve) => {
      this.#onFinished = resolve;
    });
  }

  get #isIdle(): boolean {
    return this.#intake.length + this.#others.length + this.#atWriter.length === 0;
  }

  /** Plans to send, at the end of the tick or in a moment. */
  #schedule(): void {
    if (this.#isScheduled || !this.#mayHaveMore()) return;
    if (this.#intake.length + this.#others.length === 0) return;
    if (this.#mustGo()) {
      this.#isScheduled = true;
      this.#clock.soon(() => {
        this.#isScheduled = false;
        this.#sendIfRoom();
      });
      return;
    }
    this.#moment ??= this.#clock.after(gatherMs, () => {
      this.#moment = null;
      this.#sendIfRoom();
    });
  }

  #mustGo(): boolean {
    if (this.#urgentHere > 0 && this.#atWriter.length === 0) return true;
    return this.#rowsHere >= gatherRowsMax || this.#failure !== null;
  }

  #sendIfRoom(): void {
    if (this.#mayHaveMore()) this.#send();
  }

  #send(): void {
    this.#moment?.cancel();
    this.#moment = null;
    const batch: Waiting[] = [];
    const rest = this.#intake.length > 0 ? commitRowsMax - intakeRowsMax : commitRowsMax;
    const taken = take(this.#others, rest, batch);
    take(this.#intake, Math.max(commitRowsMax - taken, intakeRowsMax), batch);
    if (batch.length === 0) return;
    const cells: Cell[] = [];
    for (const waiting of batch) {
      this.#rowsHere -= waiting.rows;
      this.#rowsAtWriter += waiting.rows;
      if (waiting.isUrgent) this.#urgentHere--;
      waiting.write(cells);
    }
    this.#atWriter.push(batch);
    this.#port.send(cells);
    this.#schedule();
  }

  #mayHaveMore(): boolean {
    return this.#atWriter.length === 0 || this.#rowsAtWriter < commitRowsMax;
  }
}

function readFailure(cells: CellReader, onFault: (fault: StoreFault) => void): Error {
  const error = toError({ code: cells.number(), sentence: cells.text() });
  if (error instanceof StoreFault) onFault(error);
  return error;
}

/** Moves operations over until `rowsMax` is reached, at least one; says how many rows they are. */
function take(from: Waiting[], rowsMax: number, batch: Waiting[]): number {
  let rows = 0;
  let count = 0;
  for (const waiting of from) {
    if (count > 0 && rows + waiting.rows > rowsMax) break;
    rows += waiting.rows;
    count++;
  }
  batch.push(...from.splice(0, count));
  return rows;
}

interface Waiting {
  readonly rows: number;
  readonly isUrgent: boolean;
  write(out: Cell[]): void;
  answer(cells: CellReader): void;
  reject(error: Error): void;
}
