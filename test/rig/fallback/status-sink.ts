import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenLocally } from '../../../src/lib/test-listen.ts';
import { Waiters } from '../waiters.ts';

/** A status report as the customer of a fallback run reads it. */
export interface ToldStatus {
  readonly code: string;
  /** Lower case, as reports have it. */
  readonly channel: string;
  readonly errorCode: string;
}

/** The customer's webhook endpoint: keeps what it was told of each reference, in order. */
export interface StatusSink {
  readonly url: string;
  told(reference: string): readonly ToldStatus[];
  /** Resolves when so many messages have come to an end: rejected, delivered or failed. */
  untilEnded(messages: number): Promise<void>;
  close(): void;
}

const endCodes: readonly string[] = ['1', '2', '3'];

export async function openStatusSink(): Promise<StatusSink> {
  const byReference = new Map<string, ToldStatus[]>();
  const ended = new Set<string>();
  const waiters = new Waiters();

  function take(body: string): void {
    // The test call that an endpoint gets first is of no message.
    const { reference, channel, status } = JSON.parse(body).messages.msg;
    if (reference === '') return;
    const told = byReference.get(reference) ?? [];
    byReference.set(reference, told);
    told.push({ channel, code: status.code, errorCode: status.errorCode });
    if (endCodes.includes(status.code)) ended.add(reference);
    waiters.check();
  }

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.writeHead(200).end();
      take(body);
    });
  });
  const port = await listenLocally(server);
  return {
    url: `http://127.0.0.1:${port}/status`,
    told: (reference) => byReference.get(reference) ?? [],
    untilEnded: (messages) => waiters.when(() => ended.size >= messages),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
