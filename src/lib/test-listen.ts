import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** Listens on this machine; resolves with the port, a free one unless one is asked for. Rejects when it is taken. */
export async function listenLocally(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Resolves when a socket is closed, by a reset too, with which `once` would reject. */
export function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.on('error', () => {});
    socket.once('close', () => resolve());
  });
}
