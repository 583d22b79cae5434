import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AddressGuard } from './addresses.ts';
import type { Clock } from './clock.ts';
import { createGuardedLookup, ForbiddenTarget } from './guarded-lookup.ts';
import { hostOf } from './guarded-url.ts';
import type { Connect, SocketEvents } from './http-line.ts';
import { createSystemResolver, type Resolver } from './resolver.ts';

/** All sockets read into the same octets, one after the other. */
const readBytes = 64 * 1024;

/** How to connect to an origin, with what is remembered of its last TLS session. */
export function createConnectors(
  settings: { resolver?: Resolver; clock: Clock; ca?: string },
  guard: AddressGuard,
): (url: URL) => Connect {
  const resolver = settings.resolver ?? createSystemResolver();
  const lookup = createGuardedLookup(resolver, guard, settings.clock);
  const octets = Buffer.allocUnsafeSlow(readBytes);
  return (url) => {
    const host = hostOf(url);
    const isTls = url.protocol === 'https:';
    const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
    let session: Buffer | undefined;
    return (events) => {
      // A literal address is never looked up, so it is vetted here.
      const refusal = isIP(host) === 0 ? null : guard.refusal(host);
      if (refusal !== null) return new ForbiddenTarget(refusal);
      const options = {
        host,
        port,
        lookup,
        autoSelectFamily: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: keepAliveAfterMs,
        onread: { buffer: octets, callback: (length: number) => tellData(events, octets, length) },
      };
      if (!isTls) return attach(createConnection(options), 'connect', events);
      const socket = connectTls({
        ...options,
        // An address must not be named (RFC 6066 §3); the certificate is checked against it all the same.
        servername: isIP(host) === 0 ? host : '',
        ALPNProtocols: ['http/1.1'],
        // Whatever the environment says about it.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
        ...(session === undefined ? {} : { session }),
      });
      socket.on('session', (next) => {
        session = next;
      });
      return attach(socket, 'secureConnect', events);
    };
  };
}

/** A connection that is silent for so long is asked by the system whether it still exists. */
const keepAliveAfterMs = 60_000;

/** Goes on reading. */
function tellData(events: SocketEvents, octets: Buffer, length: number): boolean {
  events.data(octets, length);
  return true;
}

function attach(socket: Socket, opened: string, events: SocketEvents): Socket {
  let failure: Error | null = null;
  socket.on('error', (error) => {
    failure = error;
  });
  socket.once(opened, () => events.open());
  socket.once('close', () => events.close(failure));
  return socket;
}
