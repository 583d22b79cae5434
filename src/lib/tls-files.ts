import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describeError } from './log.ts';
import type { TlsCredentials } from './net.ts';

/** The oldest version that a listener may speak; 1.0 and everything before it are never spoken (contract §1). */
export const tlsVersions = ['1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** Where a listener's certificate is, and how old a client may be. */
export interface TlsFiles {
  /** PEM: the gateway's own certificate first, then those between it and the root. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
  readonly minVersion: TlsVersion;
}

/** Files that were read and fit together. */
export interface TlsIdentity extends TlsCredentials {
  /** When the certificate ends; epoch milliseconds. */
  readonly expiresAt: number;
}

/** The files cannot be used; the message is a sentence that says what to do. */
export class TlsFault extends Error {}

export type ReadText = (path: string) => Promise<string>;

/**
 * Forward secrecy for everybody. GCM and ChaCha20 first; CBC with SHA-2 for clients of Windows before 2016,
 * which have nothing better for RSA certificates.
 */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  ...['GCM-SHA256', 'GCM-SHA384', 'SHA256', 'SHA384'].flatMap((mode) =>
    ['ECDSA', 'RSA'].map((kind) => `ECDHE-${kind}-AES${mode.endsWith('384') ? 256 : 128}-${mode}`),
  ),
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** All that TLS 1.1 has with forward secrecy; its signatures are SHA-1, which OpenSSL 3 allows at level 0 only. */
const oldCiphers = ['ECDSA', 'RSA'].flatMap((kind) =>
  [128, 256].map((bits) => `ECDHE-${kind}-AES${bits}-SHA`),
);

/**
 * Reads the files and checks that they can serve: readable, a pair, valid today.
 * @throws {TlsFault} when they cannot.
 */
export async function loadTlsFiles(
  files: TlsFiles,
  now: number,
  readText: ReadText,
): Promise<TlsIdentity> {
  const cert = await read(files.certificate, 'certificate', readText);
  const key = await read(files.key, 'key', readText);
  const certificate = parseCertificate(cert, files.certificate);
  if (!certificate.checkPrivateKey(parseKey(key, files.key))) {
    throw new TlsFault(
      `The key in ${files.key} does not belong to the first certificate in ${files.certificate}. Give the two files that were made together; the gateway's own certificate comes first.`,
    );
  }
  const expiresAt = certificate.validToDate.getTime();
  if (expiresAt <= now) {
    throw new TlsFault(
      `The certificate in ${files.certificate} has expired on ${dateOf(expiresAt)}. Renew it and put the new one there.`,
    );
  }
  const startsAt = certificate.validFromDate.getTime();
  if (startsAt > now) {
    throw new TlsFault(
      `The certificate in ${files.certificate} is not valid before ${dateOf(startsAt)}. Check this machine's clock, or wait until then.`,
    );
  }
  const credentials = { cert, key, ...protocolOf(files.minVersion) };
  try {
    createSecureContext(credentials);
  } catch (error) {
    throw new TlsFault(
      `The certificate in ${files.certificate} cannot be served: ${describeError(error)}. Make one with a key of at least 2,048 bits (RSA) or 256 bits (EC).`,
    );
  }
  return { ...credentials, expiresAt };
}

/** The versions and ciphers of a listener; TLS 1.1 brings the old ciphers with it. */
function protocolOf(
  minVersion: TlsVersion,
): Required<Pick<TlsCredentials, 'minVersion' | 'ciphers'>> {
  const list = minVersion === '1.1' ? [...ciphers, ...oldCiphers, '@SECLEVEL=0'] : ciphers;
  return { minVersion: `TLSv${minVersion}`, ciphers: list.join(':') };
}

async function read(path: string, what: string, readText: ReadText): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    throw new TlsFault(
      `The ${what} cannot be read: ${describeError(error)}. Check the path and that this user may read it.`,
    );
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new TlsFault(
      `${path} holds no certificate. Give a PEM file that begins with "-----BEGIN CERTIFICATE-----".`,
    );
  }
}

function parseKey(pem: string, path: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw new TlsFault(
      `The key in ${path} is encrypted. Decrypt it with "openssl pkey -in ${path} -out new-key.pem" and guard the file instead.`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new TlsFault(
      `${path} holds no private key. Give a PEM file that begins with "-----BEGIN PRIVATE KEY-----".`,
    );
  }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
