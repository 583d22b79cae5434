import type { Account } from '../core/account.ts';
import type { Message } from '../core/message.ts';
import type { Intake } from '../intake/intake.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { MessageIds } from '../lib/message-id.ts';
import type { Wire, WireHandler } from '../lib/net.ts';
import { Pace } from '../lib/pace.ts';
import { verifyPassword } from '../lib/password.ts';
import { RefusalLog } from '../lib/refusal-log.ts';
import { commandStatus, nameCommandStatus } from '../smpp/command-status.ts';
import type { SessionLimits } from '../smpp/session-limits.ts';
import type { HistoryStore } from '../store/contract.ts';
import { ServerCounters } from './counters.ts';
import { type BindRequest, type Customer, CustomerSession } from './customer-session.ts';
import { addressOf } from './failures.ts';
import { connectionsMax, connectionsPerAddressMax, refusedBindDelayMs } from './limits.ts';
import { type Login, Logins } from './logins.ts';
import { MessageDesk } from './message-desk.ts';
import type { Deliveries } from './receiver-bind.ts';
import { SubmitDesk } from './submit-desk.ts';

const tickMs = 250;
/** After our last word the customer has so long to close the connection. */
const lingerMs = 1_000;

export interface SmppServerParts {
  readonly logins: readonly Login[];
  readonly intake: Intake;
  readonly history: HistoryStore;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveries: Deliveries;
  /** See `MessageDeskParts.cancel`. */
  cancel(messages: readonly Message[]): Promise<readonly boolean[]>;
  /** A request failed inside; its customer has been told. */
  onFailure(error: unknown): void;
  readonly limits?: ServerLimits;
  readonly verify?: typeof verifyPassword;
}

/** What differs from `limits.ts` and from the defaults of a session. */
export interface ServerLimits {
  readonly connectionsMax?: number | undefined;
  readonly connectionsPerAddressMax?: number | undefined;
  readonly refusedBindDelayMs?: number;
  readonly session?: Partial<SessionLimits>;
}

/** Customers' binds. It opens no port: whoever listens brings the wires. */
export interface SmppServer {
  readonly counters: ServerCounters;
  /** Sessions by account. */
  sessions(): ReadonlyMap<string, number>;
  readonly connections: number;
  /** Takes a new connection; `close` of what it gives must be called in the end. */
  accept(wire: Wire): WireHandler;
  start(): void;
  /** Unbinds all sessions once what they asked is answered; what is left after `graceMs` is cut off. */
  stop(graceMs: number): Promise<void>;
}

interface CustomerEntry extends Customer {
  readonly sessions: Set<CustomerSession>;
}

export function createSmppServer(parts: SmppServerParts): SmppServer {
  const { clock, log, deliveries } = parts;
  const limits = {
    connectionsMax: parts.limits?.connectionsMax ?? connectionsMax,
    connectionsPerAddressMax: parts.limits?.connectionsPerAddressMax ?? connectionsPerAddressMax,
    refusedBindDelayMs: parts.limits?.refusedBindDelayMs ?? refusedBindDelayMs,
  };
  const counters = new ServerCounters();
  const refusals = new RefusalLog(log, clock, 'SMPP binds were refused.');
  const logins = new Logins(parts.logins, clock, parts.verify ?? verifyPassword);
  const messages = new MessageDesk(parts);
  const customers = new Map<string, CustomerEntry>();
  const sessions = new Set<CustomerSession>();
  /** Wires from their first octet to their last, sessions or not. */
  const perAddress = new Map<string, number>();
  let open = 0;
  const lingering = new Map<Wire, number>();
  let timer: Timer | null = null;
  let stopped: (() => void) | null = null;
  let isStopping = false;

  function accept(wire: Wire): WireHandler {
    const address = addressOf(wire.peer);
    const already = perAddress.get(address) ?? 0;
    open++;
    perAddress.set(address, already + 1);
    const leave = (): void => {
      open--;
      lingering.delete(wire);
      whenQuiet();
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    };
    const isCrowded = open > limits.connectionsMax || already >= limits.connectionsPerAddressMax;
    if (isCrowded || isStopping) {
      counters.connectionsRefused++;
      wire.destroy();
      return { data: () => {}, close: leave };
    }
    const session = new CustomerSession(wire, ports);
    sessions.add(session);
    return {
      data: (chunk) => session.data(chunk),
      drain: () => session.drain(),
      close() {
        session.close();
        leave();
      },
    };
  }

  const ports = {
    clock,
    counters,
    deliveries,
    limits: parts.limits?.session ?? {},
    bind: (session: CustomerSession, request: BindRequest) => void decideBind(session, request),
    query(session: CustomerSession, request: Parameters<MessageDesk['query']>[2]) {
      const account = session.customer?.account;
      if (account !== undefined) void messages.query(session, account, request);
    },
    cancel(session: CustomerSession, request: Parameters<MessageDesk['cancel']>[2]) {
      const account = session.customer?.account;
      if (account !== undefined) void messages.cancel(session, account, request);
    },
    closed(session: CustomerSession, wire: Wire, isBroken: boolean) {
      counters.faults += session.counters.faults;
      counters.violations += session.counters.violations;
      counters.overflows += session.counters.overflows;
      sessions.delete(session);
      const account = session.customer?.account;
      if (account !== undefined) {
        customers.get(account.id)?.sessions.delete(session);
        log.info('An SMPP session has ended.', { account: account.id, address: session.address });
      }
      if (isBroken) {
        wire.destroy();
      } else {
        wire.end();
        lingering.set(wire, clock.monotonic() + lingerMs);
      }
      whenQuiet();
    },
  };

  /** At the stop: nobody is bound and all last words have been taken. */
  function whenQuiet(): void {
    if (sessions.size === 0 && lingering.size === 0) stopped?.();
  }

  async function decideBind(session: CustomerSession, request: BindRequest): Promise<void> {
    const { system_id, password } = request;
    const checked = isStopping
      ? commandStatus.ESME_RBINDFAIL
      : await logins.check({ address: session.address, systemId: system_id, password });
    if (typeof checked === 'number') return refuseBind(session, request, checked);
    const customer = customerOf(checked);
    const sessionsMax = checked.smpp?.sessionsMax ?? 0;
    if (isStopping || customer.sessions.size >= sessionsMax) {
      return refuseBind(session, request, commandStatus.ESME_RBINDFAIL);
    }
    if (!session.accept(request, customer)) return;
    customer.sessions.add(session);
    counters.binds++;
    const { address } = session;
    log.info('An SMPP session is bound.', {
      account: checked.id,
      command: request.command,
      address,
    });
  }

  /** Whoever tries again and again is slowed down; the connection costs it one of its few. */
  function refuseBind(
    session: CustomerSession,
    request: BindRequest,
    command_status: number,
  ): void {
    counters.bindsRefused++;
    refusals.note(`${session.address}/${nameCommandStatus(command_status)}`);
    clock.after(limits.refusedBindDelayMs, () => session.refuseBind(request, command_status));
  }

  function customerOf(account: Account): CustomerEntry {
    const known = customers.get(account.id);
    if (known !== undefined) return known;
    const { intake, ids, onFailure } = parts;
    const rate = account.smpp?.ratePerSecond ?? 1;
    const customer = {
      account,
      pace: new Pace(rate, rate),
      desk: new SubmitDesk({ account, intake, clock, ids, onFailure }),
      sessions: new Set<CustomerSession>(),
    };
    customers.set(account.id, customer);
    return customer;
  }

  function tick(): void {
    const now = clock.monotonic();
    for (const session of sessions) session.tick(now);
    for (const { desk } of customers.values()) desk.tick(now);
    for (const [wire, until] of lingering) {
      if (now >= until) wire.destroy();
    }
  }

  return {
    counters,
    sessions: () =>
      new Map(Array.from(customers, ([id, customer]) => [id, customer.sessions.size])),
    get connections() {
      return open;
    },
    accept,
    start() {
      timer = clock.every(tickMs, tick);
    },
    async stop(graceMs) {
      isStopping = true;
      const now = clock.monotonic();
      const allGone = new Promise<void>((resolve) => {
        stopped = resolve;
        clock.after(graceMs, resolve);
      });
      for (const session of sessions) session.leave(now);
      whenQuiet();
      await allGone;
      for (const session of sessions) session.abort();
      timer?.cancel();
      for (const wire of lingering.keys()) wire.destroy();
    },
  };
}
