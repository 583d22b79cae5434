import { createNetworkCheck } from './addresses.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { neighbourhoodOf, plainAddress } from './neighbourhood.ts';
import { Pace } from './pace.ts';
import { RefusalLog } from './refusal-log.ts';

/** What one address may do (docs/operating/rate-limits.md); an IPv6 /64 counts as one. */
export interface AddressRates {
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Requests and binds that name no account. */
  readonly failedAuthPerMinute: number;
  /** New connections to the ports of TLS and SMPP, where a connection is work. */
  readonly connectionsPerSecond: number;
  /** Networks (CIDR) without any of these limits. */
  readonly exemptNetworks: readonly string[];
}

/** Addresses that are remembered; those that were quiet for longest are forgotten first. */
export const addressesMax = 20_000;
/** Seconds' worth of new connections that may come at once. */
const connectionBurstS = 5;

/** What was refused since the start, by the limit that refused it. */
export interface AddressCounters {
  requests: number;
  /** Requests that did not even get an answer. */
  cut: number;
  failedAuth: number;
  connections: number;
}

interface Entry {
  readonly requests: Pace;
  /** Refusals that are told: beyond them an answer would be too much. */
  readonly answers: Pace;
  readonly failures: Pace;
  readonly connections: Pace;
}

/**
 * Counts what addresses do, before anything is parsed or hashed. It costs the same for every stranger, and
 * its memory is bounded: two generations of addresses, of which the older goes when the younger is full.
 */
export class AddressLimits {
  readonly counters: AddressCounters = { requests: 0, cut: 0, failedAuth: 0, connections: 0 };
  readonly #rates: AddressRates;
  readonly #clock: Clock;
  readonly #isExempt: (address: string) => boolean;
  readonly #tooFast: RefusalLog;
  readonly #guessing: RefusalLog;
  #young = new Map<string, Entry | null>();
  #old = new Map<string, Entry | null>();

  /** Throws a RangeError when an exempt network is malformed. */
  constructor(rates: AddressRates, clock: Clock, log: Log) {
    this.#rates = rates;
    this.#clock = clock;
    this.#isExempt = createNetworkCheck(rates.exemptNetworks);
    this.#tooFast = new RefusalLog(log, clock, 'Addresses ask faster than they may.');
    this.#guessing = new RefusalLog(log, clock, 'Addresses keep failing to name an account.');
  }

  /** Addresses that are remembered at present. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** One request: to be taken, refused with an answer, or cut off without one. */
  admitRequest(address: string): 'ok' | 'too-fast' | 'flood' {
    const entry = this.#entryOf(address);
    if (entry === null) return 'ok';
    const now = this.#clock.monotonic();
    if (entry.requests.take(1, now)) return 'ok';
    this.counters.requests++;
    this.#tooFast.note(neighbourhoodOf(address));
    if (entry.answers.take(1, now)) return 'too-fast';
    this.counters.cut++;
    return 'flood';
  }

  /** Milliseconds until a request of this address is taken again, or, of a `stranger`, one that names no account. */
  waitMs(address: string, sender: 'anybody' | 'stranger'): number {
    const entry = this.#entryOf(address);
    if (entry === null) return 0;
    const now = this.#clock.monotonic();
    const untilRequest = entry.requests.waitMs(now);
    return sender === 'anybody' ? untilRequest : Math.max(untilRequest, entry.failures.waitMs(now));
  }

  /** One new connection to a port where that is work: whether it may stay. */
  admitConnection(address: string): boolean {
    const entry = this.#entryOf(address);
    if (entry === null || entry.connections.take(1, this.#clock.monotonic())) return true;
    this.counters.connections++;
    this.#tooFast.note(neighbourhoodOf(address));
    return false;
  }

  /** Whether it failed so often that its requests are worth no more than a look for a known token. */
  isSuspect(address: string): boolean {
    const entry = this.#entryOf(address);
    return entry?.failures.isSpent(this.#clock.monotonic()) ?? false;
  }

  /** A request of this address named no account. False when there have been too many of them. */
  noteFailure(address: string): boolean {
    const entry = this.#entryOf(address);
    if (entry === null || entry.failures.take(1, this.#clock.monotonic())) return true;
    this.counters.failedAuth++;
    this.#guessing.note(neighbourhoodOf(address));
    return false;
  }

  /** Null for an exempt address. */
  #entryOf(address: string): Entry | null {
    const plain = plainAddress(address);
    // An exempt address says nothing about its neighbours.
    const isAlone = !plain.includes(':') || this.#isExempt(plain);
    const key = isAlone ? plain : neighbourhoodOf(plain);
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    const entry = old === undefined ? this.#open(plain) : old;
    this.#old.delete(key);
    if (this.#young.size >= addressesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
    return entry;
  }

  #open(address: string): Entry | null {
    if (this.#isExempt(address)) return null;
    const { requestsPerSecond, burst, failedAuthPerMinute, connectionsPerSecond } = this.#rates;
    return {
      requests: new Pace(requestsPerSecond, burst),
      answers: new Pace(requestsPerSecond, burst),
      failures: new Pace(failedAuthPerMinute / 60, failedAuthPerMinute),
      connections: new Pace(connectionsPerSecond, connectionsPerSecond * connectionBurstS),
    };
  }
}
