import type { HttpListener } from './http/listener.ts';
import type { AccountLimits } from './intake/account-limits.ts';
import type { AddressLimits } from './lib/address-limits.ts';
import type { TlsKeeper } from './lib/tls-keeper.ts';
import type { Figure } from './metrics.ts';

/** What was refused because it came too fast. */
export function listRateFigures(
  accounts: AccountLimits,
  addresses: AddressLimits | undefined,
): Figure[] {
  return [
    {
      name: 'chappe_rate_refused_total',
      help: 'Requests and connections refused because they came too fast, by the limit.',
      kind: 'counter',
      labels: ['limit'],
      read: () =>
        Object.entries({
          account_messages: accounts.counters.messages,
          account_requests: accounts.counters.requests,
          address_requests: addresses?.counters.requests ?? 0,
          address_failed_auth: addresses?.counters.failedAuth ?? 0,
          address_connections: addresses?.counters.connections ?? 0,
        }).map(([limit, value]) => ({ value, labels: { limit } })),
    },
    {
      name: 'chappe_rate_addresses',
      help: 'Addresses whose rates are remembered.',
      kind: 'gauge',
      read: () => [{ value: addresses?.size ?? 0 }],
    },
  ];
}

/** The ports that speak TLS. */
export function listTlsFigures(
  certificates: readonly TlsKeeper[],
  { handshakes }: Pick<HttpListener, 'handshakes'>,
): Figure[] {
  return [
    {
      name: 'chappe_tls_certificate_expires_seconds',
      help: 'When the certificate that is served ends, in seconds since 1970.',
      kind: 'gauge',
      labels: ['listener'],
      read: () =>
        certificates.map(({ name, expiresAt }) => ({
          value: Math.floor(expiresAt / 1_000),
          labels: { listener: name },
        })),
    },
    {
      name: 'chappe_https_handshakes',
      help: 'TLS handshakes under way on the HTTPS port.',
      kind: 'gauge',
      read: () => [{ value: handshakes?.pending ?? 0 }],
    },
    {
      name: 'chappe_https_handshakes_failed_total',
      help: 'TLS handshakes that failed, were too slow or too many, on the HTTPS port.',
      kind: 'counter',
      read: () => [{ value: handshakes?.failed ?? 0 }],
    },
  ];
}
