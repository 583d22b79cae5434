import { Worker } from 'node:worker_threads';
import type { Channel } from '../../../core/channel-names.ts';
import type { HandsetSource } from '../../../rehearsal/handset-source.ts';
import { handsetsMaxDefault, inboxMaxDefault } from '../../../rehearsal/handsets.ts';
import type { Disturbance } from './disturbances.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { SmscChange } from './settings.ts';
import type { SmscStats } from './simulator.ts';
import type {
  SeenMessage,
  ThreadCall,
  ThreadNews,
  ThreadRequest,
  ThreadStart,
} from './thread-protocol.ts';

/**
 * A simulated SMSC in a thread of its own, reached over TCP as a real one is: it takes nothing of
 * the event loop of whoever talks to it. Every method rejects once the thread has ended.
 */
export interface SmscThread {
  readonly port: number;
  /** The phones behind it, for the handsets' door. */
  readonly handsets: HandsetSource;
  /** Calls `listener` with what users get to see, in batches; returns how to stop that. */
  onMessages(listener: (messages: readonly SeenMessage[]) => void): () => void;
  set(change: SmscChange): Promise<void>;
  /** Sends a message from a handset; resolves with how many PDUs it takes, 0 when nobody gets it. */
  injectMo(message: IncomingMessage): Promise<number>;
  disturb(disturbance: Disturbance, systemId?: string): Promise<number>;
  restart(options: { loseMessages: boolean; downMs: number }): Promise<void>;
  stats(): Promise<SmscStats>;
  /** Starts the simulator of another channel in the same thread, with the same phones; resolves with its port. */
  join(channel: Channel, module: URL, settings: unknown): Promise<number>;
  setNeighbour(channel: Channel, change: unknown): Promise<void>;
  /** Closes all connections and ends the thread. */
  stop(): Promise<void>;
}

export interface SmscThreadOptions {
  /** 127.0.0.1 when absent. */
  host?: string;
  /** A free one when absent. */
  port?: number;
  tls?: { cert: string; key: string };
  settings?: SmscChange;
  seed?: number;
  handsetsMax?: number;
  inboxMax?: number;
  /** Called when the thread ends by itself: a bug. */
  onFailure?: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread; rejects when its port cannot be had. */
export function startSmscThread(options: SmscThreadOptions = {}): Promise<SmscThread> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  const start: ThreadStart = {
    address: tls === undefined ? { host, port } : { host, port, tls },
    settings: options.settings ?? {},
    seed: options.seed ?? null,
    handsetsMax: options.handsetsMax ?? handsetsMaxDefault,
    inboxMax: options.inboxMax ?? inboxMaxDefault,
  };
  const worker = new Worker(new URL('./thread-worker.ts', import.meta.url), { workerData: start });
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(messages: readonly SeenMessage[]) => void>();
  let lastId = 0;
  let end: Error | null = null;
  let isStopping = false;

  function call<T>(body: ThreadCall): Promise<T> {
    if (end !== null) return Promise.reject(end);
    const request: ThreadRequest = { id: ++lastId, body };
    return new Promise<T>((resolve, reject) => {
      waiting.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  function settle(id: number, use: (call: Waiting) => void): void {
    const found = waiting.get(id);
    waiting.delete(id);
    if (found !== undefined) use(found);
  }

  function finish(error: Error): void {
    if (end !== null) return;
    end = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  const thread = {
    handsets: createHandsetProxy(call),
    onMessages(listener: (messages: readonly SeenMessage[]) => void) {
      listeners.add(listener);
      if (listeners.size === 1) ignoreEnd(call<void>({ call: 'watch', on: true }));
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) {
          ignoreEnd(call<void>({ call: 'watch', on: false }));
        }
      };
    },
    set: (change: SmscChange) => call<void>({ call: 'set', change }),
    injectMo: (message: IncomingMessage) => call<number>({ call: 'injectMo', message }),
    disturb: (disturbance: Disturbance, systemId?: string) =>
      call<number>({ call: 'disturb', disturbance, systemId: systemId ?? null }),
    restart: (how: { loseMessages: boolean; downMs: number }) =>
      call<void>({ call: 'restart', ...how }),
    stats: () => call<SmscStats>({ call: 'stats' }),
    join: (channel: Channel, module: URL, settings: unknown) =>
      call<number>({ call: 'join', channel, module: module.href, settings }),
    setNeighbour: (channel: Channel, change: unknown) =>
      call<void>({ call: 'setNeighbour', channel, change }),
    async stop() {
      isStopping = true;
      if (end === null) await call<void>({ call: 'close' });
      finish(stopped());
      await worker.terminate();
    },
  };

  return new Promise((resolve, reject) => {
    worker.on('message', (news: ThreadNews) => {
      switch (news.news) {
        case 'ready':
          return resolve({ port: news.port, ...thread });
        case 'failed':
          reject(new Error(news.reason));
          finish(new Error(news.reason));
          void worker.terminate();
          return;
        case 'answer':
          return settle(news.id, (found) => found.resolve(news.value));
        case 'refusal':
          return settle(news.id, (found) => found.reject(new Error(news.reason)));
        case 'seen':
          for (const listener of listeners) listener(news.messages);
      }
    });
    worker.on('error', (error: Error) => {
      reject(error);
      if (end === null) options.onFailure?.(error);
      finish(error);
    });
    // The thread may be gone before its last answer is read.
    worker.on('exit', () => {
      finish(isStopping ? stopped() : new Error('the simulated SMSC has ended'));
    });
  });
}

function createHandsetProxy(call: <T>(body: ThreadCall) => Promise<T>): HandsetSource {
  return {
    list: ({ limit, before }) => call({ call: 'listHandsets', limit, before: before ?? null }),
    show: (number) => call({ call: 'showHandset', number }),
    change: (number, patch) => call({ call: 'changeHandset', number, patch }),
    clear: (number) => call({ call: 'clearHandset', number }),
    act: (number, action) => call({ call: 'actOnHandset', number, action }),
  };
}

function stopped(): Error {
  return new Error('the simulated SMSC was stopped');
}

/** Watching ends with the thread; nobody waits for it. */
function ignoreEnd(promise: Promise<void>): void {
  promise.catch(() => {});
}
