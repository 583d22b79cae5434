import { hash, randomBytes } from 'node:crypto';
import type { ConfigFile } from './config-file.ts';
import type { Account, Accounts } from './core/account.ts';
import { allStatuses, type Status, status, statusBit } from './core/status.ts';
import { parseSigningSecret } from './webhooks/signature.ts';

/**
 * The accounts of the configuration. Tokens are kept as keyed hashes only, under a key of this
 * process, so that neither a log nor a heap dump holds one (DESIGN §10).
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
}

/** An account as the configuration file describes it. */
export function accountFromFile(entry: ConfigFile['accounts'][number]): AccountEntry {
  const webhook = entry.statusWebhook;
  return {
    token: entry.token,
    account: {
      id: entry.id,
      channels: entry.channels ?? null,
      partsMaxDefault: entry.partsMaxDefault,
      references: entry.references,
      wallet: entry.wallet?.kind ?? 'none',
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
    },
  };
}

/** The account that a rehearsal starts with. */
export function demoAccount(token: string, webhookUrl: string): AccountEntry {
  return {
    token,
    account: {
      id: 'demo',
      channels: null,
      partsMaxDefault: 8,
      references: 'tolerant',
      wallet: 'none',
      statusWebhook: { url: webhookUrl, format: 'json', statuses: allStatuses, signingKeys: [] },
    },
  };
}

function maskOf(names: readonly (keyof typeof status)[]): number {
  let mask = 0;
  for (const name of names) mask |= statusBit(status[name] satisfies Status);
  return mask;
}
