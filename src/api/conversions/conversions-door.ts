import type { Account, Accounts } from '../../core/account.ts';
import { normalisePhoneNumber } from '../../intake/phone-number.ts';
import { parseDateTime } from '../../intake/validity.ts';
import type { Clock } from '../../lib/clock.ts';
import type {
  Conversion,
  ConversionCounts,
  ConversionStore,
  RouteCounts,
} from '../../store/conversion-contract.ts';
import { readAccount, readLimit, unauthorized } from '../account-request.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { json, problem } from '../problem.ts';

/** Conversions in one answer of the list when nothing is said. */
export const conversionsListedDefault = 20;
/** Conversions in one answer of the list. */
export const conversionsListedMax = 100;
/** Groupings in one answer of the counts. */
export const groupingsListedMax = 1_000;
/** The longest window of the counts: as long as messages are kept by default. */
export const countsWindowMaxMs = 90 * 24 * 60 * 60 * 1000;
/** The window of the counts when nothing is said: the last day. */
export const countsWindowDefaultMs = 24 * 60 * 60 * 1000;

export interface ConversionsDoorParts {
  readonly conversions: Pick<ConversionStore, 'find' | 'counts'>;
  readonly accounts: Accounts;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * `GET /api/conversions?reference=&to=&before=&limit=` and `GET /api/conversions/counts?from=&until=`: an account
 * looks at its own conversions. The token travels in X-CM-PRODUCTTOKEN.
 */
export function createConversionsDoor(parts: ConversionsDoorParts): Door {
  return async (request) => {
    if (request.method !== 'GET') return problem(405, 'Method Not Allowed', 'Use GET.');
    const account = readAccount(request, parts.accounts);
    if (account === null) return unauthorized;
    const rest = request.path.slice('/api/conversions'.length);
    if (rest === '' || rest === '/') return list(parts, account, request);
    if (rest === '/counts') return count(parts, account, request);
    return problem(404, 'Not Found', 'There is nothing at this path.');
  };
}

async function list(
  { conversions }: ConversionsDoorParts,
  account: Account,
  request: DoorRequest,
): Promise<DoorResponse> {
  const query = new URLSearchParams(request.query);
  const limit = readLimit(query, conversionsListedDefault, conversionsListedMax);
  if (typeof limit !== 'number') return limit;
  const before = query.get('before');
  if (before !== null && !/^\d{1,15}$/.test(before)) {
    return badRequest('before must be the next of an earlier answer.');
  }
  const to = query.get('to');
  const phone = to === null ? null : normalisePhoneNumber(to);
  if (phone !== null && 'fault' in phone) return badRequest('to must be a phone number.');
  const reference = query.get('reference');
  const found = await conversions.find({
    account: account.id,
    ...(reference === null ? {} : { reference }),
    ...(phone === null ? {} : { msisdn: phone.msisdn }),
    ...(before === null ? {} : { before: Number(before) }),
    limit,
  });
  const last = found.length === limit ? found.at(-1) : undefined;
  return json(200, {
    conversions: found.map(viewOf),
    next: last === undefined ? null : String(last.sequence),
  });
}

async function count(
  { conversions, clock }: ConversionsDoorParts,
  account: Account,
  request: DoorRequest,
): Promise<DoorResponse> {
  const query = new URLSearchParams(request.query);
  const until = readTime(query.get('until'), clock.now());
  if (until === undefined) return badRequest('until must be a date and time.');
  const from = readTime(query.get('from'), until - countsWindowDefaultMs);
  if (from === undefined) return badRequest('from must be a date and time.');
  if (from > until || until - from > countsWindowMaxMs) {
    return badRequest('from must lie before until, and at most 90 days.');
  }
  const hourMs = 60 * 60 * 1000;
  const first = Math.floor(from / hourMs) * hourMs;
  const end = Math.ceil(until / hourMs) * hourMs;
  const counts = await conversions.counts({
    account: account.id,
    from: first,
    until: end,
    groupingsMax: groupingsListedMax,
  });
  return json(200, { from: timeOf(first), until: timeOf(end), ...countsView(counts) });
}

/** Undefined when it is no time. */
function readTime(text: string | null, absent: number): number | undefined {
  return text === null ? absent : parseDateTime(text);
}

function badRequest(detail: string): DoorResponse {
  return problem(400, 'Bad Request', detail);
}

function viewOf(conversion: Conversion): object {
  const { reference, msisdn, message } = conversion;
  return {
    reference,
    msisdn,
    ...conversionTimes(conversion),
    message:
      message === null
        ? null
        : {
            id: message.id,
            connection: message.connection,
            operator: message.operator,
            customGroupings: message.groupings,
          },
  };
}

/** When a conversion happened, as both the list and its message show it. */
export function conversionTimes({ convertedAt, notifiedAt, receivedAt }: Conversion): object {
  return {
    convertedAt: timeOf(convertedAt),
    notifiedAt: notifiedAt === null ? null : timeOf(notifiedAt),
    receivedAt: timeOf(receivedAt),
  };
}

function countsView({ routes, groupings, unmatched }: ConversionCounts): object {
  const total = { sent: 0, delivered: 0, converted: 0 };
  for (const route of routes) addTo(total, route);
  return {
    total,
    routes,
    groupings: groupings.map(({ groupings: customGroupings, ...counts }) => ({
      customGroupings,
      ...counts,
    })),
    unmatched,
  };
}

function addTo(
  total: { sent: number; delivered: number; converted: number },
  route: RouteCounts,
): void {
  total.sent += route.sent;
  total.delivered += route.delivered;
  total.converted += route.converted;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
