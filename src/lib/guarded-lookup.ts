import { isIP, type LookupFunction } from 'node:net';
import type { AddressGuard } from './addresses.ts';
import type { Clock } from './clock.ts';
import type { Resolver } from './resolver.ts';

/** A target that the guard does not allow. */
export class ForbiddenTarget extends Error {
  override name = 'ForbiddenTarget';
}

const keptMs = 5_000;
const namesMax = 1_000;

/**
 * A lookup for sockets that lets only vetted addresses through: the name is refused if any of its
 * addresses is. The socket connects to what it is given here, so a name that changes its mind between
 * check and connection (rebinding) gains nothing. Concurrent connections share one question.
 */
export function createGuardedLookup(
  resolve: Resolver,
  guard: AddressGuard,
  clock: Clock,
): LookupFunction {
  const vetted = new Map<string, { until: number; addresses: Promise<readonly Address[]> }>();

  function vet(name: string): Promise<readonly Address[]> {
    const known = vetted.get(name);
    if (known !== undefined && known.until > clock.monotonic()) return known.addresses;
    if (vetted.size >= namesMax) vetted.clear();
    const addresses = resolve(name).then((found) => check(name, found, guard));
    const entry = { until: Number.POSITIVE_INFINITY, addresses };
    vetted.set(name, entry);
    addresses.then(
      () => (entry.until = clock.monotonic() + keptMs),
      () => vetted.delete(name),
    );
    return addresses;
  }

  const answer = async (...[name, options, callback]: Parameters<LookupFunction>) => {
    const found = await vet(name).catch(toError);
    if (found instanceof Error) return callback(found, '');
    const family = options.family === 4 || options.family === 6 ? options.family : 0;
    const fitting = found.filter((each) => family === 0 || each.family === family);
    const [first] = fitting;
    if (first === undefined) return callback(new Error(`${name} has no fitting address`), '');
    if (options.all === true) return callback(null, fitting);
    return callback(null, first.address, first.family);
  };
  return (...parameters) => {
    void answer(...parameters);
  };
}

interface Address {
  address: string;
  family: 4 | 6;
}

function check(name: string, found: readonly string[], guard: AddressGuard): readonly Address[] {
  return found.map((address) => {
    const refusal = guard.refusal(address);
    if (refusal !== null) throw new ForbiddenTarget(`${name} leads to ${refusal}`);
    return { address, family: isIP(address) === 4 ? 4 : 6 };
  });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
