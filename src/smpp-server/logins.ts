import { hash, randomBytes } from 'node:crypto';
import type { Account } from '../core/account.ts';
import { createNetworkCheck } from '../lib/addresses.ts';
import type { Clock } from '../lib/clock.ts';
import { neighbourhoodOf } from '../lib/neighbourhood.ts';
import type { verifyPassword } from '../lib/password.ts';
import { commandStatus } from '../smpp/command-status.ts';
import { Failures } from './failures.ts';
import {
  accountFailuresMax,
  accountForgivenMs,
  addressFailuresMax,
  addressForgivenMs,
  hashingMax,
  hashingQueueMax,
  rememberedMax,
} from './limits.ts';

/** Who may bind, and with what. */
export interface Login {
  readonly account: Account;
  readonly passwordHash: string;
}

export interface BindAttempt {
  /** Of the other side, without its port. */
  readonly address: string;
  readonly systemId: string;
  readonly password: string;
}

interface Entry extends Login {
  isAllowed(address: string): boolean;
}

/**
 * Decides whose bind a bind is. A password costs time to check, on purpose; so a stranger's tries are
 * counted before that, by address and by account, and few are checked at a time (DESIGN §10).
 */
export class Logins {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #clock: Clock;
  readonly #verify: typeof verifyPassword;
  readonly #addressFailures = new Failures(addressFailuresMax, addressForgivenMs);
  readonly #accountFailures = new Failures(accountFailuresMax, accountForgivenMs);
  /** "account address" of good binds: guesses from elsewhere do not lock these out. */
  readonly #knownPlaces = new Set<string>();
  /** Passwords that have been right, under a key of this process: they need no second hashing. */
  readonly #proven = new Map<string, string>();
  readonly #key = randomBytes(32).toString('hex');
  /** Checks under way, so that many binds at once with one password cost one. */
  readonly #checks = new Map<string, Promise<boolean | null>>();
  #hashing = 0;
  readonly #queue: (() => void)[] = [];

  constructor(logins: readonly Login[], clock: Clock, verify: typeof verifyPassword) {
    this.#clock = clock;
    this.#verify = verify;
    this.#entries = new Map(logins.map((login) => [systemIdOf(login), openEntry(login)]));
  }

  /** The account that may bind, or the command_status that says why not. Never rejects. */
  async check(attempt: BindAttempt): Promise<Account | number> {
    const { address, systemId } = attempt;
    const now = this.#clock.monotonic();
    const place = neighbourhoodOf(address);
    if (this.#addressFailures.isFull(place, now)) return commandStatus.ESME_RBINDFAIL;
    const entry = this.#entries.get(systemId);
    if (entry === undefined) return this.#fail(place, null, commandStatus.ESME_RINVSYSID);
    if (!entry.isAllowed(address)) {
      return this.#fail(place, null, commandStatus.ESME_RBINDFAIL);
    }
    const { id } = entry.account;
    const knownPlace = `${id} ${address}`;
    const isKnown = this.#knownPlaces.has(knownPlace);
    if (!isKnown && this.#accountFailures.isFull(id, now)) return commandStatus.ESME_RBINDFAIL;
    const isRight = await this.#isRight(entry, attempt, place, isKnown);
    if (isRight === null) return commandStatus.ESME_RSYSERR;
    if (!isRight) return this.#fail(place, isKnown ? null : id, commandStatus.ESME_RINVPASWD);
    this.#remember(knownPlace);
    return entry.account;
  }

  #fail(place: string, account: string | null, command_status: number): number {
    const now = this.#clock.monotonic();
    this.#addressFailures.note(place, now);
    if (account !== null) this.#accountFailures.note(account, now);
    return command_status;
  }

  /** Null when too many checks wait. */
  #isRight(
    entry: Entry,
    { systemId, password }: BindAttempt,
    place: string,
    isKnown: boolean,
  ): Promise<boolean | null> {
    const digest = hash('sha256', `${this.#key}${systemId}\0${password}`, 'base64');
    if (this.#proven.get(systemId) === digest) return Promise.resolve(true);
    const underWay = this.#checks.get(digest);
    if (underWay !== undefined) return underWay;
    if (this.#queue.length >= hashingQueueMax) return Promise.resolve(null);
    // Until it turns out to be right it counts as a failure, or many at once would all be looked at.
    const { id } = entry.account;
    const now = this.#clock.monotonic();
    this.#addressFailures.note(place, now);
    if (!isKnown) this.#accountFailures.note(id, now);
    const check = this.#hash(password, entry.passwordHash).then((isRight) => {
      this.#checks.delete(digest);
      // Either it was right, or `#fail` counts it now for everybody who waited for it.
      this.#addressFailures.forgive(place);
      if (!isKnown) this.#accountFailures.forgive(id);
      if (isRight === true) this.#proven.set(systemId, digest);
      return isRight;
    });
    this.#checks.set(digest, check);
    return check;
  }

  async #hash(password: string, passwordHash: string): Promise<boolean | null> {
    if (this.#hashing >= hashingMax) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#hashing++;
    }
    try {
      return await this.#verify(password, passwordHash);
    } catch {
      // Without memory for the hash nobody can be let in.
      return null;
    } finally {
      // The turn goes on to the next, if anybody waits.
      const next = this.#queue.shift();
      if (next === undefined) this.#hashing--;
      else next();
    }
  }

  #remember(knownPlace: string): void {
    this.#knownPlaces.delete(knownPlace);
    this.#knownPlaces.add(knownPlace);
    if (this.#knownPlaces.size <= rememberedMax) return;
    for (const oldest of this.#knownPlaces) {
      this.#knownPlaces.delete(oldest);
      break;
    }
  }
}

function systemIdOf({ account }: Login): string {
  return account.smpp?.systemId ?? '';
}

function openEntry(login: Login): Entry {
  const networks = login.account.smpp?.allowedNetworks ?? [];
  const isInside = createNetworkCheck(networks);
  return { ...login, isAllowed: (address) => networks.length === 0 || isInside(address) };
}
