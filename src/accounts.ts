import { hash, randomBytes } from 'node:crypto';
import type { ConversionLogin } from './api/conversion/logins.ts';
import type { ConfigFile } from './config-file.ts';
import type { Account, Accounts, SmppAccess } from './core/account.ts';
import { allStatuses, type Status, status, statusBit } from './core/status.ts';
import { hashPassword } from './lib/password.ts';
import { demoAccountId } from './stage-names.ts';
import { parseSigningSecret } from './webhooks/signature.ts';

/**
 * The accounts of the configuration. Tokens are looked up by keyed hashes, under a key of this process: nothing that an
 * account is handed to can tell its token, and how long a look-up takes says nothing of a token (DESIGN §10).
 */
export function createAccounts(entries: readonly AccountEntry[]): Accounts {
  const key = randomBytes(32).toString('hex');
  // On the way of every request: the one-shot hash costs a tenth of an HMAC object.
  const hashOf = (token: string) => hash('sha256', key + token.toLowerCase(), 'base64');
  const byHash = new Map(entries.map((entry) => [hashOf(entry.token), entry.account]));
  const byId = new Map(entries.map(({ account }) => [account.id, account]));
  const all = entries.map(({ account }) => account);
  return {
    byToken: (token) => byHash.get(hashOf(token)) ?? null,
    byId: (id) => byId.get(id) ?? null,
    all: () => all,
  };
}

export interface AccountEntry {
  readonly account: Account;
  readonly token: string;
  /** Of the account's SMPP password (`lib/password.ts`). */
  readonly smppPasswordHash?: string;
  /** How the account reports conversions without a token. */
  readonly conversionLogin?: Omit<ConversionLogin, 'account'>;
}

/** Who may report conversions with a password. */
export function listConversionLogins(entries: readonly AccountEntry[]): ConversionLogin[] {
  return entries.flatMap(({ account, conversionLogin: login }) =>
    login === undefined ? [] : [{ ...login, account }],
  );
}

/** Who may bind over SMPP. */
export function listLogins(
  entries: readonly AccountEntry[],
): { account: Account; passwordHash: string }[] {
  return entries.flatMap(({ account, smppPasswordHash: passwordHash }) =>
    passwordHash === undefined || account.smpp === undefined ? [] : [{ account, passwordHash }],
  );
}

/** An account as the configuration file describes it. */
export function accountFromFile(entry: ConfigFile['accounts'][number]): AccountEntry {
  const webhook = entry.statusWebhook;
  return {
    token: entry.token,
    ...(entry.smpp === undefined ? {} : { smppPasswordHash: entry.smpp.passwordHash }),
    ...(entry.conversionLogin === undefined ? {} : { conversionLogin: entry.conversionLogin }),
    account: {
      id: entry.id,
      channels: entry.channels ?? null,
      partsMaxDefault: entry.partsMaxDefault,
      references: entry.references,
      wallet: entry.wallet?.kind ?? 'none',
      closedDoors: entry.doors.get ? [] : ['get'],
      statusWebhook:
        webhook === undefined
          ? null
          : {
              url: webhook.url,
              format: webhook.format,
              statuses: maskOf(webhook.statuses),
              signingKeys: [webhook.signingKey ?? []].flat().flatMap((text) => {
                const key = parseSigningSecret(text);
                return key === null ? [] : [key];
              }),
            },
      ...(entry.smpp === undefined ? {} : { smpp: accessFromFile(entry.smpp) }),
      ...(entry.limits === undefined ? {} : { limits: entry.limits }),
    },
  };
}

function accessFromFile(entry: NonNullable<ConfigFile['accounts'][number]['smpp']>): SmppAccess {
  const { passwordHash: _, ...access } = entry;
  return access;
}

/** The account that a rehearsal starts with. */
export function demoAccount(token: string, webhookUrl: string): AccountEntry {
  return {
    token,
    account: {
      id: demoAccountId,
      channels: null,
      partsMaxDefault: 8,
      references: 'tolerant',
      wallet: 'none',
      statusWebhook: { url: webhookUrl, format: 'json', statuses: allStatuses, signingKeys: [] },
      smpp: {
        systemId: demoAccountId,
        allowedNetworks: [],
        sessionsMax: 20,
        window: 100,
        ratePerSecond: 1_000,
        receipts: 'deliver_sm',
        deliveredWord: 'DELIVRD',
        longTexts: 'parts',
      },
    },
    smppPasswordHash: hashPassword(demoSmppPassword(token), demoHashCost),
  };
}

/** The demo account's SMPP password: a token does not fit into SMPP's eight characters, its first block does. */
export function demoSmppPassword(token: string): string {
  return token.slice(0, 8);
}

/** The stage has nothing to guard, and its start should not wait for a hash. */
const demoHashCost = 1_024;

function maskOf(names: readonly (keyof typeof status)[]): number {
  let mask = 0;
  for (const name of names) mask |= statusBit(status[name] satisfies Status);
  return mask;
}
