import { z } from 'zod';
import { count, network, port } from './config-values.ts';
import { type TlsVersion, tlsVersions } from './lib/tls-files.ts';

const rate = z.int().min(1).max(1_000_000);

/** What one account may do; what is absent has no limit. */
export const accountRates = z
  .strictObject({
    messagesPerSecond: rate.optional(),
    /** Messages that may come at once; absent: those of one second. */
    burst: rate.optional(),
    /** Requests of /api and of conversions, which bring no messages. */
    requestsPerSecond: rate.optional(),
  })
  .refine(
    ({ burst, messagesPerSecond }) => burst === undefined || messagesPerSecond !== undefined,
    'must have messagesPerSecond beside burst',
  );

/** How fast accounts and addresses may ask (docs/operating/rate-limits.md). */
export const rates = z
  .strictObject({
    perAccount: accountRates.default({}),
    perAddress: z
      .strictObject({
        requestsPerSecond: rate.default(1_000),
        /** Requests that may come at once; absent: those of one second. */
        burst: rate.optional(),
        failedAuthPerMinute: rate.default(60),
        connectionsPerSecond: rate.default(100),
        exemptNetworks: z.array(network).default(['127.0.0.0/8', '::1/128']),
      })
      .prefault({}),
  })
  .prefault({});

/** YAML reads 1.2 as a number. */
const version = z.preprocess(
  (value) => (typeof value === 'number' ? value.toFixed(1) : value),
  z.enum(tlsVersions),
);

/** A port that speaks TLS. */
export const tlsPort = z.strictObject({
  port,
  /** PEM files, relative to the configuration file. */
  certificate: z.string().min(1),
  key: z.string().min(1),
  minVersion: version.default('1.2' satisfies TlsVersion),
  /** Closes the plain port. */
  only: z.boolean().default(false),
});

export const trustedProxies = z.array(network).default([]);

/** Limits of the HTTP listener (docs/reference/limits.md). */
export const httpLimitFields = z
  .strictObject({
    bodyBytesMax: count.optional(),
    bodyBytesTotalMax: count.optional(),
    headerBytesMax: count.optional(),
    headersTimeoutMs: count.optional(),
    requestTimeoutMs: count.optional(),
    keepAliveTimeoutMs: count.optional(),
    stalledTimeoutMs: count.optional(),
    pipelinedMax: count.optional(),
    connectionsMax: count.optional(),
    connectionsPerAddressMax: count.optional(),
  })
  .default({});
