import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { loopbackNetworks } from './addresses.ts';
import { systemClock } from './clock.ts';
import { createGuardedHttp, type GuardSettings } from './guarded-http.ts';
import { listenLocally } from './test-listen.ts';

/** Made for this test; nothing else knows it. Signed by itself, valid for hook.example until 2120. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggvNpUDSwmE2Qbv2c
XaD8VsRLSj0gyTkiqKeFNGQZVMOhRANCAATHqG2LUp4Jxe//P2Zn959ce3r+QUfg
QxC6k60i3Xi+Mwt2AMdfLOabbrPkxPe94xOMIS6Wuhoxnpx8QrGvKBql
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBazCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxob29rLmV4
YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBcxFTATBgNV
BAMMDGhvb2suZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMeobYtS
ngnF7/8/Zmf3n1x7ev5BR+BDELqTrSLdeL4zC3YAx18s5ptus+TE973jE4whLpa6
GjGenHxCsa8oGqWjSzBJMBcGA1UdEQQQMA6CDGhvb2suZXhhbXBsZTAPBgNVHRMB
Af8EBTADAQH/MB0GA1UdDgQWBBRWKfvuSuetHAQ6ByPwF2l/I9Rx+jAKBggqhkjO
PQQDAgNJADBGAiEAk2V9FmnezpsJK0zF5GKCFLKx1js4zi/yHRCbnQjYVpcCIQCl
P+AbtGFnUBlQJ0oUBxb32LzQaThox/+CZQWB+zuVTg==
-----END CERTIFICATE-----`;

describe('https', () => {
  const names: unknown[] = [];
  const server = createServer({ key, cert }, (_request, response) => response.end());
  server.on('secureConnection', (socket) => names.push(socket.servername));
  let port = 0;

  before(async () => {
    port = await listenLocally(server);
  });
  after(() => server.close());

  it('goes to the vetted address under the name of the URL', async () => {
    const outcome = await get(`https://hook.example:${port}/`, { ca: cert });
    assert.deepEqual(outcome, { kind: 'answered', status: 200 });
    assert.deepEqual(names, ['hook.example']);
  });

  it('fails with a certificate for another name', async () => {
    const outcome = await get(`https://other.example:${port}/`, { ca: cert });
    assert.equal(outcome.kind, 'failed');
  });

  it('fails for a bare address that the certificate does not name', async () => {
    assert.equal((await get(`https://127.0.0.1:${port}/`, { ca: cert })).kind, 'failed');
  });

  it('fails with a certificate that nobody trusts, whatever the environment says', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    const warn = process.emitWarning;
    process.emitWarning = () => {};
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      assert.equal((await get(`https://hook.example:${port}/`, {})).kind, 'failed');
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
      process.emitWarning = warn;
    }
  });

  it('fails with TLS older than 1.2', async () => {
    const old: TlsOptions = { key, cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' };
    const oldServer = createTlsServer({ ...old, ciphers: 'DEFAULT@SECLEVEL=0' });
    const oldPort = await listenLocally(oldServer);
    const outcome = await get(`https://hook.example:${oldPort}/`, { ca: cert });
    oldServer.close();
    assert.equal(outcome.kind, 'failed');
  });

  it('fails when the other side never begins the handshake', async () => {
    const silent = createTcpServer();
    const silentPort = await listenLocally(silent);
    const outcome = await get(`https://hook.example:${silentPort}/`, { ca: cert });
    silent.close();
    assert.deepEqual(outcome, { kind: 'failed', reason: 'no answer in time' });
  });
});

async function get(url: string, settings: Partial<GuardSettings>) {
  const client = createGuardedHttp({
    allowedNetworks: loopbackNetworks,
    plainHttp: false,
    clock: systemClock,
    resolver: async () => ['127.0.0.1'],
    ...settings,
  });
  const request = { method: 'GET', url, headers: {}, body: null, timeoutMs: 1_000 } as const;
  const outcome = await client.send(request);
  await client.close();
  return outcome;
}
