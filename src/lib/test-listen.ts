import { once } from 'node:events';
import type { Server } from 'node:net';

/** Listens on this machine; resolves with the port, a free one unless one is asked for. Rejects when it is taken. */
export async function listenLocally(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
