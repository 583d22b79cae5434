import type { Account, Accounts } from '../core/account.ts';
import type { Door, DoorResponse } from './door.ts';
import { readTokenHeader } from './product-token.ts';

/** A door whose account, named by the header, may be asking too fast. */
export function createPacedDoor(
  door: Door,
  accounts: Accounts,
  admit: (account: Account) => boolean,
  refuse: () => DoorResponse,
): Door {
  return (request) => {
    const token = readTokenHeader(request.headers);
    const account = token === null ? null : accounts.byToken(token);
    return account === null || admit(account) ? door(request) : Promise.resolve(refuse());
  };
}
