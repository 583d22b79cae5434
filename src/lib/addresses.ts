import { BlockList, isIP } from 'node:net';

/**
 * Addresses that no customer-given URL may lead to: the special-purpose registries of IANA
 * (RFC 6890 and what was added to them since), multicast, and what clouds serve their machines'
 * secrets from. Blocks whose registry entry says "globally reachable" are in here as well where no web
 * server of a customer can live in them.
 */
const specialIpv4: readonly (readonly [network: string, name: string])[] = [
  ['0.0.0.0/8', '"this" network'],
  ['10.0.0.0/8', 'private use'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'cloud metadata'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private use'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'multicast relays'],
  ['192.88.99.0/24', '6to4 relays'],
  ['192.168.0.0/16', 'private use'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
];

/** Inside 2000::/3; whatever lies outside of it is refused as a whole. */
const specialIpv6: readonly (readonly [network: string, name: string])[] = [
  ['2001::/23', 'protocol assignments, Teredo among them'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
];

/** The only IPv6 block that addresses of public hosts come from (RFC 4291 §2.4, IANA's table). */
const globalUnicast = toList('2000::/3');

const special = [...specialIpv4, ...specialIpv6].map(([network, name]) => ({
  list: toList(network),
  description: `${name} (${network})`,
}));

/** This machine itself: what the rehearsal stage allows in addition. */
export const loopbackNetworks: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Decides about addresses in their textual form. */
export interface AddressGuard {
  /** Why `address` may not be connected to; null when it may. */
  refusal(address: string): string | null;
}

/**
 * Refuses every address that is not a public host's, except those inside `allowedNetworks` (CIDR, for
 * example "10.1.0.0/16"). Throws a RangeError when one of these is malformed.
 */
export function createAddressGuard(allowedNetworks: readonly string[]): AddressGuard {
  const allowed = allowedNetworks.map(toList);
  return {
    refusal(address) {
      const family = isIP(address);
      // A zone ("fe80::1%eth0") names an interface of this machine.
      if (family === 0 || address.includes('%')) return `${address} is not a plain address`;
      const kind = family === 4 ? 'ipv4' : 'ipv6';
      if (allowed.some((list) => list.check(address, kind))) return null;
      const hit = special.find((block) => block.list.check(address, kind));
      if (hit !== undefined) return `${address} is ${hit.description}`;
      if (family === 6 && !globalUnicast.check(address, kind)) {
        return `${address} is not a global address`;
      }
      return null;
    },
  };
}

/**
 * Whether an address lies in one of `networks` (CIDR). Throws a RangeError when one of these is
 * malformed.
 */
export function createNetworkCheck(networks: readonly string[]): (address: string) => boolean {
  const lists = networks.map(toList);
  return (address) => {
    const family = isIP(address);
    if (family === 0) return false;
    return lists.some((list) => list.check(address, family === 4 ? 'ipv4' : 'ipv6'));
  };
}

function toList(network: string): BlockList {
  const [address = '', prefix = '', ...rest] = network.split('/');
  const family = isIP(address);
  const bits = Number(prefix);
  const isPrefix = /^\d{1,3}$/.test(prefix) && bits <= (family === 4 ? 32 : 128);
  if (family === 0 || !isPrefix || rest.length > 0 || address.includes('%')) {
    throw new RangeError(`"${network}" is not a network such as 10.1.0.0/16`);
  }
  const list = new BlockList();
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}
