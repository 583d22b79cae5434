import { createConnection, createServer, isIP, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { guardConnections, tlsServerOptions, watchHandshakes } from './handshakes.ts';
import type { Net, NetListener, Wire, WireHandler } from './net.ts';

/** The operating system's TCP and TLS. */
export const nodeNet: Net = {
  connect(target, handler) {
    const { host, port } = target;
    const peer = `${host}:${port}`;
    const socket =
      target.tls === undefined
        ? createConnection({ host, port })
        : connectTls({
            host,
            port,
            minVersion: 'TLSv1.2',
            // An address must not be named (RFC 6066 §3); the certificate is checked against it all the same.
            servername: target.tls.serverName ?? (isIP(host) === 0 ? host : ''),
            ...(target.tls.ca === undefined ? {} : { ca: target.tls.ca }),
          });
    const opened = target.tls === undefined ? 'connect' : 'secureConnect';
    socket.setTimeout(target.connectTimeoutMs, () => {
      socket.destroy(new Error(`no connection to ${peer} within ${target.connectTimeoutMs} ms`));
    });
    socket.once(opened, () => {
      socket.setTimeout(0);
      handler.open?.();
    });
    return attach(socket, peer, () => handler);
  },

  listen(address, accept) {
    const onSocket = (socket: Socket) => {
      attach(socket, `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`, accept);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    };
    const open = new Set<Socket>();
    const { tls } = address;
    const secure = tls === undefined ? null : createTlsServer(tlsServerOptions(tls), onSocket);
    const server = secure ?? createServer(onSocket);
    const handshakes =
      secure === null || tls === undefined ? null : watchHandshakes(secure, tls, () => false);
    guardConnections(server, ({ remoteAddress }) => address.admit?.(remoteAddress ?? '') ?? true);
    return new Promise<NetListener>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.off('error', reject);
        // A failed handshake or accept concerns one stranger; the listener goes on.
        server.on('error', () => {});
        const bound = server.address();
        resolve({
          port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
          close: () =>
            new Promise((closed) => {
              server.close(() => closed());
              handshakes?.close();
              for (const socket of open) socket.destroy();
            }),
        });
      });
    });
  },
};

function attach(socket: Socket, peer: string, handlerOf: (wire: Wire) => WireHandler): Wire {
  socket.setNoDelay(true);
  const wire: Wire = {
    peer,
    get bufferedBytes() {
      return socket.writableLength;
    },
    write: (bytes) => {
      socket.write(bytes);
    },
    end: () => {
      socket.end();
    },
    destroy: () => {
      socket.destroy();
    },
  };
  const handler = handlerOf(wire);
  let failure: Error | null = null;
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('data', (chunk: Buffer) => handler.data(chunk));
  socket.on('drain', () => handler.drain?.());
  socket.once('close', () => handler.close(failure));
  return wire;
}
