import type {
  Connection,
  ConnectionHealth,
  ConnectionPorts,
  PartOutcome,
} from '../channels/contract.ts';
import type { DeliveryError } from '../core/status.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import {
  Breaker,
  type BreakerCause,
  type BreakerSettings,
  type BreakerState,
  type LinkState,
} from '../routing/breaker.ts';
import type { Gate } from '../routing/route.ts';

/** How often the links of the connections are looked at. */
export const watchPeriodMs = 250;

/** Refusals that say something about the connection; all others are about the message. */
const connectionErrors: ReadonlySet<DeliveryError> = new Set<DeliveryError>([5, 25, 28]);

export interface ConnectionWatchParts {
  readonly settings: BreakerSettings;
  readonly clock: Clock;
  /** A connection is judged anew; `cause` means nothing when it is closed. For the log. */
  onChange(connection: string, state: BreakerState, cause: BreakerCause): void;
}

/**
 * Judges the running connections by what becomes of their parts and by their links, so that routing
 * passes over those that fail.
 */
export class ConnectionWatch {
  readonly #parts: ConnectionWatchParts;
  readonly #watched = new Map<string, Watched>();
  #timer: Timer | null = null;

  constructor(parts: ConnectionWatchParts) {
    this.#parts = parts;
  }

  /** Looks at the links from now on. */
  start(connections: () => readonly Connection[]): void {
    this.#timer = this.#parts.clock.every(watchPeriodMs, () => this.look(connections()));
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** What routing asks about a connection. */
  gate(connection: string): Gate {
    const { clock } = this.#parts;
    const { breaker } = this.#watch(connection);
    return {
      admits: () => breaker.admits(clock.monotonic()),
      admitted: () => breaker.admitted(clock.monotonic()),
      reason() {
        const now = clock.monotonic();
        return breaker.admits(now) ? '' : describe(breaker.state(now), breaker.cause(now));
      },
    };
  }

  state(connection: string): BreakerState {
    return this.#watch(connection).breaker.state(this.#parts.clock.monotonic());
  }

  /** The same ports, through which it hears what becomes of the connection's parts. */
  listen(connection: string, ports: ConnectionPorts): ConnectionPorts {
    return {
      ...ports,
      outcomes: (batch) => {
        this.#outcomes(connection, batch);
        ports.outcomes(batch);
      },
    };
  }

  /** Notes how the links are, and tells of every connection that is judged otherwise than before. */
  look(connections: readonly Connection[]): void {
    const now = this.#parts.clock.monotonic();
    for (const connection of connections) {
      const watched = this.#watch(connection.name);
      const { breaker } = watched;
      breaker.link(linkOf(connection.health()), now);
      const state = breaker.state(now);
      if (state === watched.told) continue;
      watched.told = state;
      this.#parts.onChange(connection.name, state, breaker.cause(now));
    }
  }

  #outcomes(connection: string, batch: readonly PartOutcome[]): void {
    let failed = 0;
    for (const { outcome } of batch) if (hasFailed(outcome)) failed++;
    const { breaker } = this.#watch(connection);
    breaker.answered(batch.length - failed, failed, this.#parts.clock.monotonic());
  }

  #watch(connection: string): Watched {
    const known = this.#watched.get(connection);
    if (known !== undefined) return known;
    const { settings, clock } = this.#parts;
    const watched: Watched = { breaker: new Breaker(settings, clock.monotonic()), told: 'closed' };
    this.#watched.set(connection, watched);
    return watched;
  }
}

interface Watched {
  readonly breaker: Breaker;
  told: BreakerState;
}

function hasFailed(outcome: PartOutcome['outcome']): boolean {
  switch (outcome.kind) {
    case 'accepted':
      return false;
    case 'unknown':
      return true;
    case 'refused':
    case 'later':
      return connectionErrors.has(outcome.error);
  }
}

function linkOf({ state }: ConnectionHealth): LinkState {
  return state === 'up' || state === 'throttled' ? state : 'down';
}

const causes: Readonly<Record<BreakerCause, string>> = {
  down: 'its link is down',
  failures: 'too many of its answers were failures',
  throttling: 'its operator throttles it',
};

function describe(state: BreakerState, cause: BreakerCause): string {
  return state === 'trial'
    ? 'it is on trial after a failure, and gets no more than a few messages a second'
    : causes[cause];
}
