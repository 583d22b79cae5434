import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { loopbackNetworks } from './addresses.ts';
import { systemClock } from './clock.ts';
import { createGuardedHttp, type GuardedHttp, type GuardSettings } from './guarded-http.ts';
import { listenLocally } from './test-listen.ts';

const cleanups: (() => Promise<void> | void)[] = [];

/** Says what is to be undone when the test is over. */
export function afterwards(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** Undoes what a test has begun. For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** May call this machine, over plain HTTP. */
export function createClient(settings: Partial<GuardSettings> = {}): GuardedHttp {
  const client = createGuardedHttp({
    allowedNetworks: loopbackNetworks,
    plainHttp: true,
    clock: systemClock,
    ...settings,
  });
  afterwards(() => client.close());
  return client;
}

export function get(client: GuardedHttp, url: string, timeoutMs = 5_000) {
  return client.send({ method: 'GET', url, headers: {}, body: null, timeoutMs });
}

/** Resolves with the port. */
export async function startHttp(
  handler: Parameters<typeof createHttpServer>[1],
  onConnection: (socket: Socket) => void = () => {},
  host = '127.0.0.1',
): Promise<number> {
  const server = createHttpServer(handler);
  return listen(server, onConnection, host);
}

/** The same of a server that need not speak HTTP. */
export function startRaw(serve: (socket: Socket) => void): Promise<number> {
  return listen(createServer(), serve, '127.0.0.1');
}

async function listen(
  server: Server,
  onConnection: (socket: Socket) => void,
  host: string,
): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  const port = await listenLocally(server, 0, host);
  afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}

/** Answers each request with the same bytes. */
export function answer(text: string): (socket: Socket) => void {
  return (socket) => {
    socket.on('data', () => socket.write(text));
  };
}
