import { type LookupAddress, TIMEOUT } from 'node:dns';
import { Resolver as DnsResolver, lookup } from 'node:dns/promises';

/** Finds all addresses of a name, IPv4 and IPv6. Rejects when there are none or nobody answers. */
export type Resolver = (name: string) => Promise<readonly string[]>;

const dnsTimeoutMs = 1_500;
const dnsTries = 2;

/**
 * The system's name servers. A name they do not know is looked for where only the operating system
 * does (hosts file, search domains). Not the other way round: the operating system resolves on a few threads
 * that files and keys share, and a handful of dead name servers of customers would hold them all.
 */
export function createSystemResolver(): Resolver {
  const dns = new DnsResolver({ timeout: dnsTimeoutMs, tries: dnsTries });
  return async (name) => {
    const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
    const addresses = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value : [],
    );
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason] : [],
    );
    const silent = failures.find((failure) => codeOf(failure) === TIMEOUT);
    if (silent !== undefined) throw silent;
    const found: LookupAddress[] = await lookup(name, { all: true });
    return found.map((entry) => entry.address);
  };
}

function codeOf(failure: unknown): string {
  return failure instanceof Error && 'code' in failure ? String(failure.code) : '';
}
