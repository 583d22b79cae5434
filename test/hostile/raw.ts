import { connect, type Socket } from 'node:net';

/** A connection that sends what it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** What came back so far. */
  readonly received: string;
  /** Whether the other side has closed, or cut, the connection. */
  readonly isClosed: boolean;
  readonly closed: Promise<void>;
}

const open = new Set<Socket>();

/** Connects to a port of this machine, from another of its addresses when given. */
export function openRaw(port: number, localAddress?: string): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    open.add(socket);
    let received = '';
    let isClosed = false;
    let isConnected = false;
    const closed = new Promise<void>((done) => {
      const close = () => {
        isClosed = true;
        open.delete(socket);
        socket.destroy();
        done();
      };
      socket.once('end', close);
      socket.once('close', close);
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    // The other side may cut a connection that misbehaves; that it did is seen by `closed`.
    socket.on('error', (error) => {
      if (!isConnected) reject(error);
    });
    socket.once('connect', () => {
      isConnected = true;
      resolve({
        socket,
        get received() {
          return received;
        },
        get isClosed() {
          return isClosed;
        },
        closed,
      });
    });
  });
}

/** Sends bytes and resolves with all that comes back until the other side closes. */
export async function sendRaw(port: number, ...chunks: (string | Buffer)[]): Promise<string> {
  const connection = await openRaw(port);
  for (const chunk of chunks) connection.socket.write(chunk);
  await connection.closed;
  return connection.received;
}

/** Sends the same again and again until the other side closes; how often it did. */
export async function sendUntilClosed(connection: RawConnection, bytes: string): Promise<number> {
  let count = 0;
  for (; !connection.isClosed; count++) {
    // A turn of the loop each time, or the end would never be noticed.
    await new Promise<void>((resolve) => {
      connection.socket.write(bytes, () => setImmediate(resolve));
    });
  }
  return count;
}

/** The statuses of the answers in what came back. */
export function statusesOf(received: string): number[] {
  return Array.from(received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm), ([, status]) => Number(status));
}

/** A whole POST that ends its connection. */
export function post(path: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Content-Length: ${bytes.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}

/** Cuts every connection that is open. */
export function cutConnections(): void {
  for (const socket of open) socket.destroy();
  open.clear();
}
