import type { Accounts } from '../../core/account.ts';
import type { InboundHistory, InboundStore } from '../../store/inbound-contract.ts';
import { readAccount, readLimit, unauthorized } from '../account-request.ts';
import type { Door } from '../door.ts';
import { json, problem } from '../problem.ts';

/** Incoming messages in one answer when nothing is said, and at most. */
export const inboundListedDefault = 20;
export const inboundListedMax = 100;

/**
 * `GET /api/inbound?from=&limit=&before=`: an account looks at what it has received, the latest first. The token
 * travels in X-CM-PRODUCTTOKEN.
 */
export function createInboundDoor(inbound: Pick<InboundStore, 'find'>, accounts: Accounts): Door {
  return async (request) => {
    if (request.method !== 'GET') return problem(405, 'Method Not Allowed', 'Use GET.');
    const account = readAccount(request, accounts);
    if (account === null) return unauthorized;
    const query = new URLSearchParams(request.query);
    const limit = readLimit(query, inboundListedDefault, inboundListedMax);
    if (typeof limit !== 'number') return limit;
    const before = query.get('before');
    if (before !== null && !/^[0-9a-f]{32}$/.test(before)) {
      return problem(400, 'Bad Request', 'before is the next of another page.');
    }
    const from = query
      .get('from')
      ?.trim()
      .replace(/^(?:\+|00)/, '');
    // One more than is shown tells whether there is another page.
    const found = await inbound.find({
      account: account.id,
      ...(from === undefined ? {} : { from }),
      ...(before === null ? {} : { before }),
      limit: limit + 1,
    });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return json(200, { messages: shown.map(viewOf), next: last?.message.id ?? null });
  };
}

function viewOf({ message, waiting }: InboundHistory): object {
  const { receivedAt, custom, account: _, ...rest } = message;
  return {
    ...rest,
    custom: custom === null ? {} : JSON.parse(custom),
    receivedAt: new Date(receivedAt).toISOString(),
    waiting: waiting.map(({ queue, attempts }) => ({ for: readerOf(queue), attempts })),
  };
}

/** Whom it waits for, by the name of the queue. */
function readerOf(queue: string): string {
  switch (queue.slice(0, queue.indexOf(':'))) {
    case 'smpp':
      return 'session';
    case 'event':
      return 'events webhook';
    default:
      return 'webhook';
  }
}
