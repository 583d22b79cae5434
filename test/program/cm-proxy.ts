import { createServer } from 'node:http';
import { connect } from 'node:net';
import { TLSSocket } from 'node:tls';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { certificate, key } from './cm-certificate.ts';

/**
 * The way out of a network where CM's name leads to the gateway: an HTTP proxy that takes CONNECT,
 * ends TLS with a certificate for that name, and passes everything on to the gateway. Resolves with
 * its URL and the names that were asked for.
 */
export async function openCmProxy(gatewayPort: number) {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const secure = new TLSSocket(socket, { isServer: true, cert: certificate, key });
    const gateway = connect(gatewayPort, '127.0.0.1');
    secure.pipe(gateway).pipe(secure);
    for (const end of [socket, secure, gateway]) {
      end.on('error', () => {});
      end.once('close', () => {
        socket.destroy();
        gateway.destroy();
      });
    }
  });
  const port = await listenLocally(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
