import type { HistoryAnswer, ReaderQuestion } from './history-thread.ts';
import { startThread, type Thread } from './thread.ts';

/** Who waits for an answer; its type belongs to the question. */
interface Asked {
  readonly resolve: (found: readonly never[]) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the history thread, which is started by the first question. */
export class HistoryClient {
  readonly #file: string;
  readonly #asked: Asked[] = [];
  #thread: Thread | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  ask<Found>(question: ReaderQuestion): Promise<readonly Found[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Found[]>();
    this.#asked.push({ resolve, reject });
    this.#thread ??= this.#start();
    this.#thread.send(question);
    return promise;
  }

  /** Lets it finish what it was asked, then ends it. */
  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #start(): Thread {
    return startThread<HistoryAnswer>('./history-thread.ts', this.#file, {
      onMessage: (answer) => {
        const asked = this.#asked.shift();
        if ('found' in answer) asked?.resolve(answer.found);
        else asked?.reject(new Error(answer.failure));
      },
      onFailure: (error) => {
        // The next question starts a new thread.
        this.#thread = null;
        for (const asked of this.#asked.splice(0)) asked.reject(error);
      },
    });
  }
}
