import { isIP } from 'node:net';
import { createNetworkCheck } from '../lib/addresses.ts';
import { plainAddress } from '../lib/neighbourhood.ts';

/** Proxies one behind another; what stands further left in the header is not looked at. */
export const proxyHopsMax = 10;

/** Tells whose request it is, and who only hands on. */
export interface ClientAddresses {
  isProxy(address: string): boolean;
  /** The client's address: `peer`, or what proxies that we trust say about it (`X-Forwarded-For`). */
  of(peer: string, forwardedFor: string | undefined): string;
}

/**
 * Believes `X-Forwarded-For` of proxies in `trustedProxies` (CIDR) and of nobody else. Each proxy appends
 * whom it heard from, so the header is read from its right end; what comes before an address that is not a
 * proxy of ours was written by a stranger.
 */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const isTrusted = createNetworkCheck(trustedProxies);
  const isProxy = (address: string): boolean =>
    trustedProxies.length > 0 && isTrusted(plainAddress(address));
  return {
    isProxy,
    of(peer, forwardedFor) {
      let client = plainAddress(peer);
      if (forwardedFor === undefined || !isProxy(client)) return client;
      let end = forwardedFor.length;
      for (let hop = 0; hop < proxyHopsMax && end > 0; hop++) {
        const comma = forwardedFor.lastIndexOf(',', end - 1);
        const address = readAddress(forwardedFor.slice(comma + 1, end));
        // What is no address was not appended by a proxy that works.
        if (address === null) return client;
        client = address;
        if (!isProxy(client)) return client;
        end = comma;
      }
      return client;
    },
  };
}

/** "192.0.2.1", "192.0.2.1:4711", "2001:db8::1" or "[2001:db8::1]:4711"; null when it is none of these. */
function readAddress(text: string): string | null {
  if (text.length > 64) return null;
  const [, bracketed, dotted] =
    /^\s*(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+)(?::\d+)?)\s*$/.exec(text) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? text.trim());
  return isIP(address) === 0 ? null : address;
}
