import { Resolver as DnsResolver, lookup } from 'node:dns/promises';

/** Finds all addresses of a name, IPv4 and IPv6. Rejects when there are none or nobody answers. */
export type Resolver = (name: string) => Promise<readonly string[]>;

const dnsTimeoutMs = 1_000;
const dnsTries = 2;
/** Of the four threads that resolve for the operating system and also read files. */
const systemLookupsMax = 2;

/**
 * Asks the name servers, and for what they do not know the operating system, which also has the hosts file
 * and search domains. Not the operating system first: it resolves on a few threads that files and
 * keys share, and a handful of customers' dead name servers would hold them all.
 */
export function createSystemResolver(): Resolver {
  const dns = new DnsResolver({ timeout: dnsTimeoutMs, tries: dnsTries });
  const lookUp = limit(systemLookupsMax, async (name: string) => {
    const found = await lookup(name, { all: true });
    return found.map((entry) => entry.address);
  });
  return async (name) => {
    // No name server has a say in this one (RFC 6761 §6.3), and without a network none would answer.
    if (/^localhost\.?$/i.test(name)) return lookUp(name);
    const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    return found.length > 0 ? found : lookUp(name);
  };
}

/** Lets at most `most` calls of `run` be under way; the others wait their turn. */
function limit<Result>(
  most: number,
  run: (name: string) => Promise<Result>,
): (name: string) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (name) => {
    if (running < most) {
      running++;
    } else {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
    try {
      return await run(name);
    } finally {
      // Whoever waits takes over the place.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
