import { z } from 'zod';
import { inboundFields, refuseInbound } from './config-inbound.ts';
import { accountRates, httpLimitFields, rates, tlsPort, trustedProxies } from './config-limits.ts';
import { breaker, group, refuseLostRoutes, route } from './config-routing.ts';
import {
  count,
  name,
  network,
  port,
  refuseTwins,
  signingKeys,
  unlessMissing,
  url,
} from './config-values.ts';
import { deliveryChannels } from './core/channel-names.ts';
import { cellMax } from './lib/message-id.ts';
import { isPasswordHash } from './lib/password.ts';

const token = z.guid(unlessMissing('must be a GUID with hyphens'));

const statusName = z.enum(['accepted', 'rejected', 'delivered', 'failed', 'read']);

const statusWebhook = z.strictObject({
  url,
  format: z.enum(['json', 'xml', 'get']).default('json'),
  /** Which statuses are reported. */
  statuses: z.array(statusName).default(['accepted', 'rejected', 'delivered', 'failed', 'read']),
  signingKey: signingKeys.optional(),
});

/** What `chappe hash-password` prints. */
const passwordHash = z
  .string()
  .refine(isPasswordHash, 'must be what `chappe hash-password` prints ("scrypt$...")');

const smppAccess = z.strictObject({
  systemId: z.string().regex(/^[\x21-\x7e]{1,15}$/, 'must be 1 to 15 printable ASCII characters'),
  passwordHash,
  /** Networks that binds may come from; empty: from anywhere. */
  allowedNetworks: z.array(network).default([]),
  sessionsMax: z.int().min(1).max(100).default(5),
  window: z.int().min(1).max(1_000).default(10),
  ratePerSecond: z.int().min(1).max(100_000).default(100),
  receipts: z.enum(['deliver_sm', 'data_sm']).default('deliver_sm'),
  deliveredWord: z.enum(['DELIVRD', 'DELIVERD']).default('DELIVRD'),
  longTexts: z.enum(['parts', 'payload']).default('parts'),
});

/** What reports conversions without a product token (contract §10). */
const conversionLogin = z.strictObject({
  customer: z.string().regex(/^[\x21-\x7e]{1,50}$/, 'must be 1 to 50 printable ASCII characters'),
  login: z.string().regex(/^[\x21-\x7e]{1,50}$/, 'must be 1 to 50 printable ASCII characters'),
  passwordHash,
});

const account = z.strictObject({
  id: name,
  token,
  /** The order in which channels are tried; absent: the order of the request. */
  channels: z.array(z.enum(deliveryChannels)).min(1).optional(),
  partsMaxDefault: z.int().min(1).max(255).default(8),
  references: z.enum(['strict', 'tolerant', 'ignored']).default('tolerant'),
  /** Doors that can be closed to the account: over GET the token and the text are in the URL. */
  doors: z.strictObject({ get: z.boolean().default(true) }).prefault({}),
  wallet: z
    .strictObject({ kind: z.enum(['trial', 'prepaid']), messages: z.int().min(0) })
    .optional(),
  statusWebhook: statusWebhook.optional(),
  ...inboundFields,
  /** Lets the account bind over SMPP. */
  smpp: smppAccess.optional(),
  conversionLogin: conversionLogin.optional(),
  limits: accountRates.optional(),
});

const connection = z.strictObject({
  name,
  channel: z.enum(deliveryChannels),
  /** Gets what comes in over it and is nobody else's. */
  account: name.optional(),
  /** Checked by the channel, which alone knows its settings. */
  settings: z.record(z.string(), z.unknown()),
});

/** The file that CHAPPE_CONFIG names, after secrets have been put in (docs/reference/settings.md). */
export const configFile = z
  .strictObject({
    rehearsal: z.boolean().optional(),
    dataDir: z.string().optional(),
    store: z.string().optional(),
    cell: z.int().min(0).max(cellMax).optional(),
    logLevel: z.string().optional(),
    http: z
      .strictObject({
        host: z.string().optional(),
        port: port.optional(),
        /** Where customers reach this gateway; received files are served under it. */
        publicUrl: z.url('must be a URL such as https://gw.bakery.example').optional(),
        limits: httpLimitFields,
        tls: tlsPort.optional(),
        /** Networks (CIDR) of proxies whose X-Forwarded-For is believed. */
        trustedProxies,
      })
      .prefault({}),
    smpp: z
      .strictObject({
        host: z.string().optional(),
        port: port.optional(),
        connectionsMax: count.optional(),
        connectionsPerAddressMax: count.optional(),
        tls: tlsPort.optional(),
      })
      .default({}),
    limits: rates,
    webhooks: z
      .strictObject({
        /** Networks (CIDR) that webhooks may point to although they are special, such as 10.0.0.0/8. */
        allowedNetworks: z.array(network).default([]),
        /** Lets webhooks use http:// besides https://. */
        plainHttp: z.boolean().default(false),
      })
      .prefault({}),
    retention: z
      .strictObject({
        bodyDays: z.int().min(0).default(7),
        messageDays: z.int().min(11).default(90),
        mediaDays: z.int().min(1).default(30),
      })
      .prefault({}),
    accounts: z.array(account).default([]),
    connections: z.array(connection).default([]),
    groups: z.array(group).default([]),
    routes: z.array(route).default([]),
    /** When a connection is passed over. */
    health: breaker,
  })
  .superRefine((file, context) => {
    refuseInbound(file.accounts, file.connections, context);
    refuseTwins(file.accounts, (one) => one.id, 'accounts', 'id', context);
    refuseTwins(file.accounts, (one) => one.token.toLowerCase(), 'accounts', 'token', context);
    refuseTwins(
      file.accounts,
      (one) => one.smpp?.systemId ?? null,
      'accounts',
      'smpp.systemId',
      context,
    );
    refuseTwins(
      file.accounts,
      ({ conversionLogin: one }) => (one === undefined ? null : `${one.customer} ${one.login}`),
      'accounts',
      'conversionLogin',
      context,
    );
    refuseTwins(file.connections, (one) => one.name, 'connections', 'name', context);
    refuseLostRoutes(file, context);
  });

export type ConfigFile = z.infer<typeof configFile>;
