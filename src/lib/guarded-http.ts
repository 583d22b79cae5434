import { isIP, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressGuard, createAddressGuard } from './addresses.ts';
import type { Clock } from './clock.ts';
import { createGuardedLookup, ForbiddenTarget } from './guarded-lookup.ts';
import { checkUrl, type UrlCheck } from './guarded-url.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from './http-client.ts';
import { type Connector, Exchange, Origin } from './http-origin.ts';
import { createSystemResolver, type Resolver } from './resolver.ts';

const connectTimeoutMs = 5_000;
const sweepPeriodMs = 250;
const targetsMax = 1_000;
/**
 * More than all callers have under way together: each bounds its own calls, and webhooks of many customers may be at
 * one host. If they waited here for a connection, those that hang would hold up the others.
 */
const connectionsPerOriginMax = 1_024;

export interface GuardSettings {
  /**
   * Networks (CIDR) that may be called although they are special: none in production unless customers live
   * beside the gateway; `loopbackNetworks` on the rehearsal stage.
   */
  readonly allowedNetworks: readonly string[];
  readonly plainHttp: boolean;
  /** Ports below 1024 that may be called besides 80 and 443. */
  readonly extraPorts?: readonly number[];
  /** Connections to one origin; more requests than that wait for one. Absent: more than are ever needed. */
  readonly connectionsPerOrigin?: number;
  /** Origins that are remembered with their connections; beyond that the longest unused one goes. */
  readonly originsMax?: number;
  /** PEM certificates to trust instead of the well-known ones. */
  readonly ca?: string;
  readonly clock: Clock;
  readonly resolver?: Resolver;
}

/** A client for URLs that others chose. */
export interface GuardedHttp extends HttpClient {
  /** Whether a URL could be called, as far as that can be told without resolving its name. */
  check(url: string): UrlCheck;
}

/**
 * The one way out to URLs that customers gave (DESIGN §10). Connects only to addresses that the guard has
 * seen, follows no redirect, heeds no proxy variable, reads at most `answerBytesMax` of an answer and
 * throws that away. Keeps connections alive, one request at a time on each.
 *
 * An answer whose status has arrived is an answer, whatever becomes of the rest of it.
 */
export function createGuardedHttp(settings: GuardSettings): GuardedHttp {
  const { clock } = settings;
  const guard = createAddressGuard(settings.allowedNetworks);
  const rules = { plainHttp: settings.plainHttp, extraPorts: settings.extraPorts ?? [] };
  const connectionsMax = settings.connectionsPerOrigin ?? connectionsPerOriginMax;
  const originsMax = settings.originsMax ?? 256;
  const connect = createConnector(settings, guard);
  const origins = new Map<string, Origin>();
  const targets = new Map<string, Target>();
  let isClosed = false;

  // One timer for all deadlines: a timer per request would cost more than the request's own work.
  const sweep = clock.every(sweepPeriodMs, () => {
    const now = clock.monotonic();
    for (const origin of origins.values()) origin.expire(now, 'no answer in time');
  });

  function targetOf(base: string): Target {
    const known = targets.get(base);
    if (known !== undefined) return known;
    const checked = checkUrl(base, rules, guard);
    const target: Target = checked.ok
      ? { origin: checked.url.origin, path: checked.url.pathname, refusal: null }
      : { origin: '', path: '', refusal: checked.reason };
    if (targets.size >= targetsMax) targets.clear();
    targets.set(base, target);
    return target;
  }

  function originOf(name: string): Origin {
    let origin = origins.get(name);
    if (origin === undefined) {
      if (origins.size >= originsMax) forgetOneOrigin();
      origin = new Origin(name, connect, connectionsMax);
      origins.set(name, origin);
    }
    origin.usedAt = clock.monotonic();
    return origin;
  }

  function forgetOneOrigin(): void {
    let oldest: [string, Origin] | null = null;
    for (const entry of origins) {
      if (entry[1].isIdle && (oldest === null || entry[1].usedAt < oldest[1].usedAt))
        oldest = entry;
    }
    if (oldest === null) return;
    origins.delete(oldest[0]);
    void oldest[1].destroy();
  }

  function send(request: HttpRequest): Promise<HttpOutcome> {
    if (isClosed) return Promise.resolve({ kind: 'failed', reason: 'the client is closed' });
    const { base, query } = splitUrl(request.url, rules, guard);
    const target = targetOf(base);
    if (target.refusal !== null) {
      return Promise.resolve({ kind: 'forbidden', reason: target.refusal });
    }
    return new Promise((finish) => {
      const { method, headers, body } = request;
      const exchange = new Exchange({
        options: { method, path: target.path + query, headers, body },
        deadline: clock.monotonic() + request.timeoutMs,
        clock,
        finish,
      });
      originOf(target.origin).add(exchange);
    });
  }

  return {
    send,
    check: (url) => checkUrl(url, rules, guard),
    async close() {
      isClosed = true;
      sweep.cancel();
      for (const origin of origins.values()) origin.expire(Infinity, 'the client is closed');
      await Promise.all([...origins.values()].map((origin) => origin.destroy()));
      origins.clear();
    },
  };
}

/** What one URL, up to its query, comes to. */
interface Target {
  readonly origin: string;
  readonly path: string;
  readonly refusal: string | null;
}

const plainQuery = /^[!-"$-~]*$/;

/**
 * Cuts a URL at its query, so that checking and parsing happen once for each webhook and not for each
 * report of the GET form. Anything unusual takes the way through the parser.
 */
function splitUrl(
  url: string,
  rules: { plainHttp: boolean; extraPorts: readonly number[] },
  guard: AddressGuard,
): { base: string; query: string } {
  const cut = url.indexOf('?');
  if (cut < 0 && !url.includes('#')) return { base: url, query: '' };
  const query = cut < 0 ? '' : url.slice(cut);
  if (cut >= 0 && plainQuery.test(query) && !url.includes('#')) {
    return { base: url.slice(0, cut), query };
  }
  const checked = checkUrl(url, rules, guard);
  if (!checked.ok) return { base: url, query: '' };
  return { base: checked.url.origin + checked.url.pathname, query: checked.url.search };
}

function createConnector(settings: GuardSettings, guard: AddressGuard): Connector {
  const resolver = settings.resolver ?? createSystemResolver();
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: createGuardedLookup(resolver, guard, settings.clock),
    autoSelectFamily: true,
    // Whatever the environment says about it.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  });
  return (options, callback) => {
    // A literal address is never looked up, so it is vetted here.
    const refusal = isIP(options.hostname) === 0 ? null : guard.refusal(options.hostname);
    if (refusal !== null) {
      callback(new ForbiddenTarget(refusal), null);
      return null;
    }
    const socket: unknown = connect(options, callback);
    return socket instanceof Socket ? socket : null;
  };
}
