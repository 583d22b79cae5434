import { Worker } from 'node:worker_threads';

/** A worker thread that is sent messages and sends messages back. */
export interface Thread {
  send(message: unknown): void;
  /** Sends `null`, which ends the thread, and resolves when it has ended. */
  close(): Promise<void>;
}

export interface ThreadEvents<Message> {
  onMessage(message: Message): void;
  /** The thread has ended without being asked to. */
  onFailure(error: Error): void;
}

/** What lives in these threads dies young or stays; a larger nursery only costs memory. */
const youngMbMax = 16;

/** Starts a file of this folder as a thread. */
export function startThread<Message>(
  file: string,
  settings: unknown,
  events: ThreadEvents<Message>,
): Thread {
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: settings,
    resourceLimits: { maxYoungGenerationSizeMb: youngMbMax },
  });
  const ended = Promise.withResolvers<void>();
  let isClosing = false;
  worker.on('message', (message: Message) => events.onMessage(message));
  worker.on('error', (error) => {
    events.onFailure(error instanceof Error ? error : new Error(String(error)));
  });
  worker.on('exit', () => {
    ended.resolve();
    if (!isClosing) events.onFailure(new Error('a thread of the store has stopped'));
  });
  return {
    send: (message) => worker.postMessage(message),
    close() {
      isClosing = true;
      worker.postMessage(null);
      return ended.promise;
    },
  };
}
