import { senderKey } from '../core/inbound.ts';
import type { InboundAccount } from '../core/inbound-account.ts';
import { readKeyword } from './words.ts';

/** Knows whose an incoming message is by what was written to. */
export interface Owners {
  /** The account that the number belongs to; null when it is nobody's own. */
  byNumber(to: string, text: string): string | null;
  /** The account that gets what comes over a connection and is nobody's else. */
  byConnection(connection: string): string | null;
  account(id: string): InboundAccount | null;
}

interface Entry {
  readonly account: string;
  /** As `readKeyword` gives it; null: all the rest. */
  readonly keyword: string | null;
}

/** @param defaults the account of each connection that has one. */
export function createOwners(
  accounts: readonly InboundAccount[],
  defaults: ReadonlyMap<string, string>,
): Owners {
  const entries = new Map<string, Entry[]>();
  for (const { id, numbers } of accounts) {
    for (const { number, keyword } of numbers) {
      const key = senderKey(number);
      const entry = { account: id, keyword: keyword === null ? null : readKeyword(keyword) };
      entries.set(key, [...(entries.get(key) ?? []), entry]);
    }
  }
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return {
    byNumber(to, text) {
      const shared = entries.get(senderKey(to));
      if (shared === undefined) return null;
      const word = shared.length > 1 || shared[0]?.keyword !== null ? readKeyword(text) : '';
      const named = shared.find(({ keyword }) => keyword !== null && keyword === word);
      const rest = shared.find(({ keyword }) => keyword === null);
      return (named ?? rest)?.account ?? null;
    },
    byConnection: (connection) => defaults.get(connection) ?? null,
    account: (id) => byId.get(id) ?? null,
  };
}
