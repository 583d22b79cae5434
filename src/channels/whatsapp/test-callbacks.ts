import { createServer } from 'node:http';
import type { Connection } from '../contract.ts';

/** The gateway's listener as far as callbacks go, on a port of its own. */
export async function openCallbackListener(
  find: () => Pick<Connection, 'callback'> | null,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.once('end', () => {
      const connection = find();
      const answer = connection?.callback?.({
        method: request.method ?? '',
        query: request.url?.split('?')[1] ?? '',
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: Buffer.concat(pieces),
      });
      void (answer ?? Promise.resolve({ status: 404, body: '' })).then(({ status, body }) => {
        response.writeHead(status).end(body);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
