import { type Channel, deliveryChannels } from '../core/channel-names.ts';

/**
 * The channels a message may be tried on, in order (contract §3.6). What a request allows is a filter
 * on what the account has configured; where nothing is configured the request's own order holds,
 * and where it has none either, every channel.
 */
export function orderChannels(
  configured: readonly Channel[] | null,
  allowed: readonly Channel[] | null,
): readonly Channel[] {
  if (configured === null) return allowed ?? deliveryChannels;
  if (allowed === null || configured.every((channel) => allowed.includes(channel))) {
    return configured;
  }
  return configured.filter((channel) => allowed.includes(channel));
}
