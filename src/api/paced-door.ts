import type { Account, Accounts } from '../core/account.ts';
import type { Door, DoorResponse } from './door.ts';
import { readTokenHeader } from './product-token.ts';

/** A door whose account, named by the header, may be asking too fast: `admit` says for how many milliseconds yet. */
export function createPacedDoor(
  door: Door,
  accounts: Accounts,
  admit: (account: Account) => number,
  refuse: (waitMs: number) => DoorResponse,
): Door {
  return (request) => {
    const token = readTokenHeader(request.headers);
    const account = token === null ? null : accounts.byToken(token);
    const waitMs = account === null ? 0 : admit(account);
    return waitMs === 0 ? door(request) : Promise.resolve(refuse(waitMs));
  };
}
