import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  ecCertificate,
  ecKey,
  encryptedKey,
  expiredCertificate,
  futureCertificate,
  rsaCertificate,
  rsaKey,
  weakCertificate,
  weakKey,
} from './test-certificates.ts';
import { loadTlsFiles, TlsFault, type TlsVersion } from './tls-files.ts';

const now = Date.UTC(2027, 0, 1);

function load(certificate: string | null, key: string | null, minVersion: TlsVersion = '1.2') {
  return loadTlsFiles({ certificate: '/c.pem', key: '/k.pem', minVersion }, now, (path) => {
    const text = path === '/c.pem' ? certificate : key;
    return text === null ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text);
  });
}

describe('files that can serve', () => {
  for (const [title, certificate, key] of [
    ['an elliptic pair', ecCertificate, ecKey],
    ['an RSA pair', rsaCertificate, rsaKey],
    ['with another certificate behind it', rsaCertificate + ecCertificate, rsaKey],
  ] as const) {
    test(title, async () => {
      const identity = await load(certificate, key);
      assert.equal(identity.expiresAt, new X509Certificate(certificate).validToDate.getTime());
      assert.equal(identity.minVersion, 'TLSv1.2');
      assert.doesNotMatch(identity.ciphers ?? '', /SECLEVEL|-SHA(:|$)/);
    });
  }

  test('TLS 1.1 lowers the level that its signatures need; 1.3 does not', async () => {
    assert.match((await load(ecCertificate, ecKey, '1.1')).ciphers ?? '', /-SHA:@SECLEVEL=0$/);
    assert.equal((await load(ecCertificate, ecKey, '1.3')).minVersion, 'TLSv1.3');
  });
});

describe('files that cannot, and what to do', () => {
  for (const [title, certificate, key, sentence] of [
    ['no certificate', null, ecKey, /certificate cannot be read: no \/c\.pem\. Check the path/],
    ['no key', ecCertificate, null, /key cannot be read: no \/k\.pem\. Check the path/],
    ['an empty certificate', '', ecKey, /\/c\.pem holds no certificate\. Give a PEM/],
    ['an empty key', ecCertificate, '', /\/k\.pem holds no private key\. Give a PEM/],
    ['the key in both', ecKey, ecKey, /\/c\.pem holds no certificate/],
    ['the certificate in both', ecCertificate, ecCertificate, /\/k\.pem holds no private key/],
    ['half a certificate', ecCertificate.slice(0, 300), ecKey, /holds no certificate/],
    ['no pair', ecCertificate, rsaKey, /does not belong to the first certificate in \/c\.pem/],
    ['the other one first', ecCertificate + rsaCertificate, rsaKey, /comes first/],
    ['expired', expiredCertificate, ecKey, /has expired on 2021-01-01\. Renew it/],
    ['not yet valid', futureCertificate, ecKey, /is not valid before 2100-01-01\. Check this/],
    ['an encrypted key', ecCertificate, encryptedKey, /is encrypted\. Decrypt it with "openssl/],
    ['too weak', weakCertificate, weakKey, /cannot be served: .*Make one with a key of at least/],
  ] as const) {
    test(title, async () => {
      await assert.rejects(load(certificate, key), (error: Error) => {
        assert.ok(error instanceof TlsFault);
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /PRIVATE KEY-----\n/);
        return true;
      });
    });
  }
});
