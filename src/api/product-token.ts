import type { Account, Accounts } from '../core/account.ts';
import { isProductToken } from '../core/product-token.ts';
import { searchToken, type TokenEdges } from './token-search.ts';

/** Why a request names no account. */
export type TokenFault = 'token-invalid' | 'account-unknown';

/** The token in the header `X-CM-PRODUCTTOKEN`, which wins over any other (contract §2.1). */
export function readTokenHeader(
  headers: Readonly<Record<string, string | undefined>>,
): string | null {
  return headers['x-cm-producttoken']?.trim() || null;
}

/** The account of a product token, or why there is none. */
export function findAccount(accounts: Accounts, token: string | null): Account | TokenFault {
  if (token === null || !isProductToken(token)) return 'token-invalid';
  return accounts.byToken(token) ?? 'account-unknown';
}

/**
 * What is wrong with a request that names no account of ours; null when it does. Parsing is the dearest
 * thing that can be asked of us, so a large body is not parsed before: of a stranger's we do not say
 * whether it is well-formed. `given` is the token of the header.
 */
export function judgeStranger(
  accounts: Accounts,
  given: string | null,
  body: Buffer,
  edges: TokenEdges,
): TokenFault | null {
  if (given !== null) {
    const account = findAccount(accounts, given);
    return typeof account === 'string' ? account : null;
  }
  const found = searchToken(body, edges, (token) => accounts.byToken(token) !== null);
  if (found === 'known') return null;
  return found === 'unknown' ? 'account-unknown' : 'token-invalid';
}
