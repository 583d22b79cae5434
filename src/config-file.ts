import { z } from 'zod';
import { deliveryChannels } from './core/channel-names.ts';
import { cellMax } from './lib/message-id.ts';
import { isPasswordHash } from './lib/password.ts';
import { keyBytesMax, keyBytesMin, parseSigningSecret } from './webhooks/signature.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'use 1 to 64 letters, digits, ".", "_" or "-"');
const port = z.int().min(0).max(65_535);
const count = z.int().min(1);
const token = z.guid('must be a GUID with hyphens');

const statusName = z.enum(['accepted', 'rejected', 'delivered', 'failed', 'read']);

const signingKey = z
  .string()
  .refine(
    (text) => parseSigningSecret(text) !== null,
    `must be "whsec_" followed by the Base64 of ${keyBytesMin} to ${keyBytesMax} bytes`,
  );

const statusWebhook = z.strictObject({
  url: z.url('must be a URL'),
  format: z.enum(['json', 'xml', 'get']).default('json'),
  /** Which statuses are reported. */
  statuses: z.array(statusName).default(['accepted', 'rejected', 'delivered', 'failed', 'read']),
  /** Key of the Standard Webhooks signature; several while one replaces another. */
  signingKey: z.union([signingKey, z.array(signingKey).min(1).max(4)]).optional(),
});

const network = z.union([z.cidrv4(), z.cidrv6()]);

const smppAccess = z.strictObject({
  systemId: z.string().regex(/^[\x21-\x7e]{1,15}$/, 'must be 1 to 15 printable ASCII characters'),
  /** What `chappe hash-password` prints. */
  passwordHash: z
    .string()
    .refine(isPasswordHash, 'must be what `chappe hash-password` prints ("scrypt$...")'),
  /** Networks that binds may come from; empty: from anywhere. */
  allowedNetworks: z.array(network).default([]),
  sessionsMax: z.int().min(1).max(100).default(5),
  window: z.int().min(1).max(1_000).default(10),
  ratePerSecond: z.int().min(1).max(100_000).default(100),
  receipts: z.enum(['deliver_sm', 'data_sm']).default('deliver_sm'),
  deliveredWord: z.enum(['DELIVRD', 'DELIVERD']).default('DELIVRD'),
  longTexts: z.enum(['parts', 'payload']).default('parts'),
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
  /** Lets the account bind over SMPP. */
  smpp: smppAccess.optional(),
});

const connection = z.strictObject({
  name,
  channel: z.enum(deliveryChannels),
  /** Checked by the channel, which alone knows its settings. */
  settings: z.record(z.string(), z.unknown()),
});

const route = z.strictObject({
  channel: z.enum(deliveryChannels),
  connection: name,
  /** Leading digits of the numbers it serves; absent: all. */
  prefixes: z
    .array(z.string().regex(/^\d{1,15}$/, 'must be digits'))
    .min(1)
    .optional(),
  accounts: z.array(name).min(1).optional(),
  /** The smaller number goes first. */
  priority: z.int().min(0).default(100),
  /** With a fallback behind it: go on when nothing final is known after this time. */
  waitMs: count.optional(),
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
        limits: z
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
          .default({}),
      })
      .prefault({}),
    smpp: z.strictObject({ host: z.string().optional(), port: port.optional() }).default({}),
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
      })
      .prefault({}),
    accounts: z.array(account).default([]),
    connections: z.array(connection).default([]),
    routes: z.array(route).default([]),
  })
  .superRefine((file, context) => {
    refuseTwins(file.accounts, (one) => one.id, 'accounts', 'id', context);
    refuseTwins(file.accounts, (one) => one.token.toLowerCase(), 'accounts', 'token', context);
    refuseTwins(
      file.accounts,
      (one) => one.smpp?.systemId ?? null,
      'accounts',
      'smpp.systemId',
      context,
    );
    refuseTwins(file.connections, (one) => one.name, 'connections', 'name', context);
    for (const [index, one] of file.routes.entries()) {
      const target = file.connections.find((known) => known.name === one.connection);
      const path = ['routes', index, 'connection'];
      if (target === undefined) {
        context.addIssue({
          code: 'custom',
          path,
          message: `no connection is named "${one.connection}"`,
        });
      } else if (target.channel !== one.channel) {
        const message = `"${one.connection}" is a connection for ${target.channel}, not ${one.channel}`;
        context.addIssue({ code: 'custom', path, message });
      }
    }
  });

export type ConfigFile = z.infer<typeof configFile>;

function refuseTwins<T>(
  list: readonly T[],
  keyOf: (one: T) => string | null,
  place: string,
  field: string,
  context: {
    addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void;
  },
): void {
  const seen = new Set<string>();
  for (const [index, one] of list.entries()) {
    const key = keyOf(one);
    if (key === null) continue;
    if (seen.has(key)) {
      const message = 'is used twice; each must be its own';
      context.addIssue({ code: 'custom', path: [place, index, field], message });
    }
    seen.add(key);
  }
}
