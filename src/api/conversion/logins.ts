import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import { verifyPassword } from '../../lib/password.ts';

/** Who may report conversions without a product token (contract §10). */
export interface ConversionLogin {
  readonly customer: string;
  readonly login: string;
  readonly passwordHash: string;
  readonly account: Account;
}

/** Finds the account of a login. */
export interface ConversionLogins {
  /**
   * Null when there is none, or the password is wrong; "busy" when too many passwords wait to be checked. To a suspect
   * only a password that has been right before is: whoever guesses takes no check from others.
   */
  check(
    customer: string,
    login: string,
    password: string,
    isSuspect: boolean,
  ): Promise<Account | 'busy' | null>;
}

/** Passwords that are checked at a time: a check is some tens of milliseconds of a processor, on purpose. */
export const passwordChecksMax = 2;

/** A password that has been right is known again without being hashed, under a key of this process. */
export function createConversionLogins(logins: readonly ConversionLogin[]): ConversionLogins {
  const known = new Map(logins.map((login) => [nameOf(login.customer, login.login), login]));
  const key = randomBytes(32).toString('hex');
  const proven = new Map<string, Buffer>();
  let checks = 0;

  return {
    async check(customer, login, password, isSuspect) {
      const name = nameOf(customer, login);
      const found = known.get(name);
      if (found === undefined) return null;
      const digest = hash('sha256', `${key}${name}\n${password}`, 'buffer');
      const right = proven.get(name);
      if (right !== undefined && timingSafeEqual(right, digest)) return found.account;
      if (isSuspect) return null;
      if (checks >= passwordChecksMax) return 'busy';
      checks++;
      try {
        if (!(await verifyPassword(password, found.passwordHash))) return null;
      } finally {
        checks--;
      }
      proven.set(name, digest);
      return found.account;
    },
  };
}

function nameOf(customer: string, login: string): string {
  return `${customer}\n${login}`;
}
