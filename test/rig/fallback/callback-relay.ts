import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Agent, request as sendRequest } from 'undici';
import { listenLocally } from '../../../src/lib/test-listen.ts';

/** Stands between WhatsApp and the gateway, passes calls on as they are, and notes when a message was refused. */
export interface CallbackRelay {
  readonly port: number;
  /** Epoch milliseconds at which WhatsApp first told that a message to this number failed. */
  refusedAt(number: string): number | undefined;
  close(): Promise<void>;
}

/** What of a call is looked at. */
interface Callback {
  readonly entry?: readonly { readonly changes: readonly Change[] }[];
}

interface Change {
  readonly value: {
    readonly statuses?: readonly { readonly status: string; readonly recipient_id: string }[];
  };
}

export async function openCallbackRelay(gatewayPort: number): Promise<CallbackRelay> {
  const refusals = new Map<string, number>();
  const agent = new Agent();

  function note(body: string): void {
    const { entry = [] }: Callback = JSON.parse(body);
    for (const { changes } of entry) {
      for (const { status, recipient_id } of changes.flatMap(({ value }) => value.statuses ?? [])) {
        if (status === 'failed' && !refusals.has(recipient_id)) {
          refusals.set(recipient_id, Date.now());
        }
      }
    }
  }

  async function pass(call: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(call);
    if (call.method === 'POST') note(body.toString('utf8'));
    const signature = call.headers['x-hub-signature-256'];
    const answer = await sendRequest(`http://127.0.0.1:${gatewayPort}${call.url ?? ''}`, {
      dispatcher: agent,
      method: call.method === 'POST' ? 'POST' : 'GET',
      headers: typeof signature === 'string' ? { 'x-hub-signature-256': signature } : {},
      body: call.method === 'POST' ? body : null,
    });
    response.writeHead(answer.statusCode).end(Buffer.from(await answer.body.arrayBuffer()));
  }

  const server = createServer((call, response) => {
    // A gateway that is not there: whoever calls comes again.
    pass(call, response).catch(() => response.destroy());
  });
  const port = await listenLocally(server);
  return {
    port,
    refusedAt: (number) => refusals.get(number),
    async close() {
      server.close();
      server.closeAllConnections();
      await agent.destroy();
    },
  };
}
