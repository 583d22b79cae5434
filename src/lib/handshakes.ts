import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import { neighbourhoodOf } from './neighbourhood.ts';
import type { ListenTls, TlsCredentials } from './net.ts';

/** A TLS handshake must be complete within this time, however the octets come. */
export const handshakeTimeoutMs = 10_000;
/** Handshakes under way on one listener; beyond it the oldest gives way to the newest. */
export const handshakesMax = 2_000;
/** Handshakes under way from one address; more are closed at once. */
export const handshakesPerAddressMax = 100;

export interface HandshakeLimits {
  readonly timeoutMs: number;
  readonly most: number;
  readonly perAddress: number;
}

export const handshakeBounds: HandshakeLimits = {
  timeoutMs: handshakeTimeoutMs,
  most: handshakesMax,
  perAddress: handshakesPerAddressMax,
};

/** What a listener needs to know about its TLS. */
export interface Handshakes {
  /** Under way at present. */
  readonly pending: number;
  /** Failed, too late or given up since the start. */
  readonly failed: number;
  /** Cuts those under way. */
  close(): void;
}

/**
 * Lets only those connections of a server through that `admit` agrees to. What the server does with a
 * connection has been set up by its constructor; it comes behind this.
 */
export function guardConnections(server: Server, admit: (socket: Socket) => boolean): void {
  const receivers = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    // Its error is its own end and nobody else's.
    socket.on('error', () => {});
    if (!admit(socket)) {
      socket.destroy();
      return;
    }
    for (const receive of receivers) Reflect.apply(receive, server, [socket]);
  });
}

/** The options with which a TLS server of ours is made. */
export function tlsServerOptions(
  tls: ListenTls,
  { timeoutMs } = handshakeBounds,
): TlsCredentials & { handshakeTimeout: number } {
  return { ...credentialsOf(tls), handshakeTimeout: timeoutMs };
}

/**
 * Bounds the handshakes of a server, and gives it new certificates when there are some: whoever is connected
 * stays, and whoever comes gets the new one. `isFree` names addresses without a bound of their own.
 */
export function watchHandshakes(
  server: TlsServer,
  tls: ListenTls,
  isFree: (address: string) => boolean,
  bounds = handshakeBounds,
): Handshakes {
  /** By the client's address and port: the socket after the handshake is another than the one before it. */
  const pending = new Map<string, { readonly socket: Socket; readonly place: string }>();
  const perAddress = new Map<string, number>();
  let failed = 0;

  function begin(socket: Socket): boolean {
    const address = socket.remoteAddress ?? '';
    const place = neighbourhoodOf(address);
    const count = perAddress.get(place) ?? 0;
    if (count >= bounds.perAddress && !isFree(address)) {
      failed++;
      return false;
    }
    if (pending.size >= bounds.most) {
      const [oldest] = pending.values();
      oldest?.socket.destroy();
    }
    const key = nameOf(socket);
    pending.set(key, { socket, place });
    perAddress.set(place, count + 1);
    socket.once('close', () => {
      if (pending.get(key)?.socket !== socket) return;
      failed++;
      settle(key);
    });
    return true;
  }

  function settle(key: string): void {
    const place = pending.get(key)?.place;
    if (place === undefined) return;
    pending.delete(key);
    const left = (perAddress.get(place) ?? 1) - 1;
    if (left === 0) perAddress.delete(place);
    else perAddress.set(place, left);
  }

  guardConnections(server, begin);
  server.on('secureConnection', (socket: TLSSocket) => settle(nameOf(socket)));
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  const forget = tls.onRenewal?.((next) => server.setSecureContext(credentialsOf(next)));
  return {
    get pending() {
      return pending.size;
    },
    get failed() {
      return failed;
    },
    close() {
      forget?.();
      for (const { socket } of pending.values()) socket.destroy();
    },
  };
}

function credentialsOf({ cert, key, minVersion = 'TLSv1.2', ciphers }: TlsCredentials) {
  return { cert, key, minVersion, ...(ciphers === undefined ? {} : { ciphers }) };
}

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}
