import type { MessageHistory } from '../contract.ts';
import type { HistoryQuestion } from './history-reader.ts';
import type { HistoryAnswer } from './history-thread.ts';
import { startThread, type Thread } from './thread.ts';

/** Asks the history thread, which is started by the first question. */
export class HistoryClient {
  readonly #file: string;
  readonly #asked: PromiseWithResolvers<readonly MessageHistory[]>[] = [];
  #thread: Thread | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  ask(question: HistoryQuestion): Promise<readonly MessageHistory[]> {
    const asked = Promise.withResolvers<readonly MessageHistory[]>();
    this.#asked.push(asked);
    this.#thread ??= this.#start();
    this.#thread.send(question);
    return asked.promise;
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
