import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { describeError, type Log } from './log.ts';
import type { ListenTls, TlsCredentials } from './net.ts';
import { loadTlsFiles, type ReadText, type TlsFiles, type TlsIdentity } from './tls-files.ts';

/** How often the files are looked at. They are small, and reading them sees through links and renames. */
export const tlsCheckPeriodMs = 30_000;
/** The log warns of a certificate's end so long before it, once a day. */
export const tlsWarningMs = 14 * 24 * 60 * 60 * 1_000;
const dayMs = 24 * 60 * 60 * 1_000;

export interface TlsKeeperParts {
  /** Whose certificate it is, such as "http"; for the log and the metrics. */
  readonly name: string;
  readonly files: TlsFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: the file system. */
  readonly readText?: ReadText;
}

/** A certificate that is renewed while it is used. */
export interface TlsKeeper {
  readonly name: string;
  /** When the certificate that is served ends; epoch milliseconds. */
  readonly expiresAt: number;
  /** For a listener: what to serve now, and to be told of the next. */
  readonly tls: ListenTls;
  /** Reads the files now, as SIGHUP asks; bad ones change nothing but the log. Never rejects. */
  reload(): Promise<void>;
  stop(): void;
}

/**
 * Loads a certificate and watches its files from then on. A renewal reaches all listeners without a
 * connection being dropped; who is connected keeps what was agreed.
 * @throws {TlsFault} when the files cannot be used at the start.
 */
export async function keepTls(parts: TlsKeeperParts): Promise<TlsKeeper> {
  const { name, clock, log } = parts;
  const readText: ReadText = parts.readText ?? ((path) => readFile(path, 'utf8'));
  const listeners = new Set<(next: TlsCredentials) => void>();
  let identity = await loadTlsFiles(parts.files, clock.now(), readText);
  let digest = digestOf(identity);
  let lastFault = '';
  let warnedAt = Number.NEGATIVE_INFINITY;

  /** `isAsked`: somebody waits for a word about it. */
  async function check(isAsked: boolean): Promise<void> {
    try {
      const next = await loadTlsFiles(parts.files, clock.now(), readText);
      lastFault = '';
      if (digestOf(next) !== digest) renew(next);
      else if (isAsked) log.info('The certificate has not changed.', { listener: name });
    } catch (error) {
      tellFault(describeError(error), isAsked);
    }
    warnOfEnd();
  }

  function renew(next: TlsIdentity): void {
    identity = next;
    digest = digestOf(next);
    for (const apply of listeners) apply(next);
    log.info('The certificate was renewed.', { listener: name, until: timeOf(next.expiresAt) });
  }

  /** Between two files being written they do not fit: each fault is told once, not at every look. */
  function tellFault(fault: string, isAsked: boolean): void {
    if (fault === lastFault && !isAsked) return;
    lastFault = fault;
    log.error('The new certificate cannot be used; the old one is kept.', {
      listener: name,
      reason: fault,
    });
  }

  function warnOfEnd(): void {
    const now = clock.now();
    if (identity.expiresAt - now > tlsWarningMs || now - warnedAt < dayMs) return;
    warnedAt = now;
    log.warn('The certificate ends soon or has ended: renew it.', {
      listener: name,
      until: timeOf(identity.expiresAt),
    });
  }

  function onRenewal(apply: (next: TlsCredentials) => void): () => void {
    listeners.add(apply);
    return () => listeners.delete(apply);
  }

  warnOfEnd();
  const timer = clock.every(tlsCheckPeriodMs, () => void check(false));
  return {
    name,
    get expiresAt() {
      return identity.expiresAt;
    },
    get tls() {
      return { ...identity, onRenewal };
    },
    reload: () => check(true),
    stop: () => timer.cancel(),
  };
}

/** The key in a form that does not give it away. */
function digestOf({ cert, key }: TlsCredentials): string {
  return hash('sha256', `${cert}\0${key}`);
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
