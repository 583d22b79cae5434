import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { ecCertificate, ecKey, rsaCertificate, rsaKey } from '../../src/lib/test-certificates.ts';
import { cleanUp, createPlace, type Program, startProgram } from '../program/program.ts';
import { until } from '../program/until.ts';
import { cutConnections, openRaw } from './raw.ts';
import { sendGood, withoutOperator } from './watched.ts';

/** A gateway with TLS on both doors, and where they are. */
interface TlsGateway {
  readonly program: Program;
  readonly place: string;
  readonly ports: Readonly<Record<'https' | 'smpp', number>>;
}

const settingsOf = { 'the default': {}, 'TLS 1.1 by choice': { minVersion: 1.1 } } as const;
type Choice = keyof typeof settingsOf;
const gateways = new Map<Choice, TlsGateway>();

async function startTls(change: object): Promise<TlsGateway> {
  const place = createPlace();
  const [certificate, key] = [join(place, 'c.pem'), join(place, 'k.pem')];
  writeFileSync(certificate, ecCertificate);
  writeFileSync(key, ecKey);
  const tls = { port: 0, certificate, key, ...change };
  const program = await startProgram({
    environment: { CHAPPE_STORE: 'memory:' },
    config: {
      http: { tls },
      smpp: { port: 0, tls },
      ...withoutOperator,
    },
  });
  const [, https = ''] = await program.prints(/"httpsPort":(\d+)/);
  const [, smpp = ''] = await program.prints(/"smppTlsPort":(\d+)/);
  return { program, place, ports: { https: Number(https), smpp: Number(smpp) } };
}

before(async () => {
  for (const choice of ['the default', 'TLS 1.1 by choice'] as const) {
    gateways.set(choice, await startTls(settingsOf[choice]));
  }
});
after(async () => {
  cutConnections();
  await cleanUp();
});

function gatewayOf(choice: Choice): TlsGateway {
  const gateway = gateways.get(choice);
  assert.ok(gateway !== undefined);
  return gateway;
}

interface Offer {
  minVersion?: SecureVersion;
  maxVersion?: SecureVersion;
  ciphers?: string;
  servername?: string;
}

/** A client that offers this and nothing else, and would take any certificate. */
function offer(port: number, options: Offer): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => resolve(socket));
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** The version and the cipher that were agreed on; null when the other side refused. */
async function agree(port: number, options: Offer): Promise<string | null> {
  try {
    const socket = await offer(port, options);
    const agreed = `${socket.getProtocol()} ${socket.getCipher().name}`;
    socket.destroy();
    return agreed;
  } catch {
    return null;
  }
}

const enquireLink = Buffer.from('00000010000000150000000000000001', 'hex');

/** Asks the door behind a handshake for a sign of life. */
async function ask(door: 'https' | 'smpp', socket: TLSSocket): Promise<string> {
  socket.write(door === 'https' ? 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n' : enquireLink);
  const [chunk]: Buffer[] = await once(socket, 'data');
  assert.ok(chunk !== undefined);
  return door === 'https' ? chunk.toString('latin1', 0, 15) : chunk.toString('hex', 4, 8);
}

const signs = { https: /^HTTP\/1\.1 200 OK$/, smpp: /^80000015$|^80000000$/ };

describe('the versions that are spoken', () => {
  const versions = [
    ['TLSv1', []],
    ['TLSv1.1', ['TLS 1.1 by choice']],
    ['TLSv1.2', ['the default', 'TLS 1.1 by choice']],
    ['TLSv1.3', ['the default', 'TLS 1.1 by choice']],
  ] as const;
  for (const choice of ['the default', 'TLS 1.1 by choice'] as const) {
    for (const door of ['https', 'smpp'] as const) {
      for (const [version, speakers] of versions) {
        const isSpoken = speakers.some((one) => one === choice);
        test(`${version} to ${door}, ${choice}: ${isSpoken ? 'spoken' : 'refused'}`, async () => {
          const agreed = await agree(gatewayOf(choice).ports[door], {
            minVersion: version,
            maxVersion: version,
            // The client's own level would forbid the old ones before the gateway can.
            ciphers: 'ALL:@SECLEVEL=0',
          });
          assert.equal(agreed?.split(' ')[0] ?? null, isSpoken ? version : null);
        });
      }
    }
  }
});

describe('the ciphers that are agreed on', () => {
  for (const [ciphers, agreed] of [
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['ECDHE-ECDSA-AES128-SHA256', 'TLSv1.2 ECDHE-ECDSA-AES128-SHA256'],
    ['ECDHE-ECDSA-AES128-SHA', null],
    ['AES128-GCM-SHA256', null],
    ['AES128-SHA', null],
    ['aNULL:eNULL', null],
    ['ECDHE-ECDSA-NULL-SHA', null],
    ['PSK', null],
  ] as const) {
    for (const door of ['https', 'smpp'] as const) {
      test(`${ciphers} to ${door}: ${agreed === null ? 'refused' : 'agreed'}`, async () => {
        const { ports } = gatewayOf('the default');
        const options = { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` } as const;
        assert.equal(await agree(ports[door], options), agreed);
      });
    }
  }

  test('TLS 1.1 by choice does not bring anonymous ciphers or those without secrecy', async () => {
    const { ports } = gatewayOf('TLS 1.1 by choice');
    for (const ciphers of ['aNULL', 'eNULL', 'AES128-SHA', 'kRSA']) {
      const options = { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` } as const;
      assert.equal(await agree(ports.https, options), null, ciphers);
    }
  });
});

for (const door of ['https', 'smpp'] as const) {
  describe(`the TLS port of ${door}`, () => {
    for (const [title, options] of [
      ['without a name', {}],
      ['with a name', { servername: 'localhost' }],
      ['with a name that is not ours', { servername: 'elsewhere.example' }],
    ] as const) {
      test(`a client ${title} is served`, async () => {
        const socket = await offer(gatewayOf('the default').ports[door], options);
        assert.match(await ask(door, socket), signs[door]);
        socket.destroy();
      });
    }

    for (const [title, bytes] of [
      ['plain text', Buffer.from('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')],
      ['a plain PDU', enquireLink],
      ['nonsense', Buffer.alloc(5_000, 7)],
      [
        'a record that is too long',
        Buffer.concat([Buffer.from('160301ffff', 'hex'), Buffer.alloc(70_000)]),
      ],
    ] as const) {
      test(`${title} there ends the connection without an answer of the door`, async () => {
        const connection = await openRaw(gatewayOf('the default').ports[door]);
        connection.socket.write(bytes);
        await connection.closed;
        // An alert at most (RFC 8446 §6), whose first octet is 21.
        assert.ok(connection.received === '' || connection.received.charCodeAt(0) === 21);
      });
    }

    test('of a thousand half-open handshakes a hundred stay, and others are served', async () => {
      const { ports, program } = gatewayOf('the default');
      const half = await Promise.all(Array.from({ length: 1_000 }, () => openRaw(ports[door])));
      await until('the others are closed', () => {
        return half.filter(({ isClosed }) => isClosed).length === 900;
      });
      // The address is full, so another one of this machine asks.
      const socket = await new Promise<TLSSocket>((resolve, reject) => {
        const from = { port: ports[door], host: '127.0.0.1', localAddress: '127.0.0.2' };
        const one = connect({ socket: connectPlain(from), rejectUnauthorized: false });
        one.once('secureConnect', () => resolve(one));
        one.once('error', reject);
      });
      assert.match(await ask(door, socket), signs[door]);
      socket.destroy();
      await sendGood(program);
      cutConnections();
      await until('there is room again', async () => {
        return (await agree(ports[door], {})) !== null;
      });
    });
  });
}

describe('a renewal', () => {
  function fingerprint(socket: TLSSocket): string | undefined {
    return socket.getPeerX509Certificate()?.fingerprint256;
  }

  test('reaches new connections; those that are open stay; a bad file changes nothing', async () => {
    const { program, place, ports } = gatewayOf('the default');
    const doors = ['https', 'smpp'] as const;
    const old = await Promise.all(doors.map((door) => offer(ports[door], {})));
    writeFileSync(join(place, 'c.pem'), 'not a certificate');
    program.signal('SIGHUP');
    await program.prints(/The new certificate cannot be used; the old one is kept/);
    for (const [index, door] of doors.entries()) {
      const next = await offer(ports[door], {});
      assert.equal(fingerprint(next), fingerprint(old[index] ?? next));
      next.destroy();
    }
    writeFileSync(join(place, 'c.pem'), rsaCertificate);
    writeFileSync(join(place, 'k.pem'), rsaKey);
    program.signal('SIGHUP');
    await program.prints(/The certificate was renewed[\s\S]*The certificate was renewed/);
    for (const [index, door] of doors.entries()) {
      const before = old[index];
      assert.ok(before !== undefined);
      const next = await offer(ports[door], {});
      assert.notEqual(fingerprint(next), fingerprint(before));
      assert.match(await ask(door, next), signs[door]);
      assert.match(await ask(door, before), signs[door]);
      next.destroy();
      before.destroy();
    }
  });

  test('the metrics tell when it ends', async () => {
    const { program } = gatewayOf('TLS 1.1 by choice');
    const metrics = await (await fetch(`${program.url}/metrics`)).text();
    assert.match(metrics, /chappe_tls_certificate_expires_seconds\{listener="http"\} \d{10}/);
    assert.match(metrics, /chappe_tls_certificate_expires_seconds\{listener="smpp"\} \d{10}/);
  });
});
