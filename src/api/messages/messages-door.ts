import type { Account, Accounts } from '../../core/account.ts';
import { deliveryErrorText, isDeliveryError } from '../../core/status.ts';
import type { HistoryStore, MessageHistory } from '../../store/contract.ts';
import type { ConversionStore } from '../../store/conversion-contract.ts';
import { readAccount, readLimit, unauthorized } from '../account-request.ts';
import { conversionTimes } from '../conversions/conversions-door.ts';
import type { Door, DoorRequest, DoorResponse } from '../door.ts';
import { json, problem } from '../problem.ts';

/** Messages in one answer of the list when nothing is said. */
export const listedDefault = 20;
/** Messages in one answer of the list. */
export const listedMax = 100;

const statusNames = ['accepted', 'rejected', 'delivered', 'failed', 'read'];

/**
 * `GET /api/messages?reference=&to=&limit=` and `GET /api/messages/{id}`: an account looks at its own
 * messages and at all that happened to them. The token travels in X-CM-PRODUCTTOKEN.
 */
export function createMessagesDoor(
  history: HistoryStore,
  accounts: Accounts,
  conversions: Pick<ConversionStore, 'find'>,
): Door {
  return async (request) => {
    if (request.method !== 'GET') return problem(405, 'Method Not Allowed', 'Use GET.');
    const account = readAccount(request, accounts);
    if (account === null) return unauthorized;
    const rest = request.path.slice('/api/messages'.length);
    return rest === '' || rest === '/'
      ? list(history, account, request)
      : show(history, conversions, account, rest.slice(1));
  };
}

async function show(
  history: HistoryStore,
  conversions: Pick<ConversionStore, 'find'>,
  account: Account,
  id: string,
): Promise<DoorResponse> {
  const found = /^[0-9a-f]{32}$/.test(id) ? await history.message(id) : null;
  // Another account's message is as unknown as one that never was.
  if (found === null || found.message.account !== account.id) {
    return problem(404, 'Not Found', 'This account has no message with this id.');
  }
  const query = { account: account.id, messageId: id, limit: 1 };
  const [conversion] = await conversions.find(query);
  return json(200, {
    ...viewOf(found),
    conversion: conversion === undefined ? null : conversionTimes(conversion),
  });
}

async function list(
  history: HistoryStore,
  account: Account,
  request: DoorRequest,
): Promise<DoorResponse> {
  const query = new URLSearchParams(request.query);
  const limit = readLimit(query, listedDefault, listedMax);
  if (typeof limit !== 'number') return limit;
  const reference = query.get('reference');
  const to = query
    .get('to')
    ?.replace(/^(?:\+|00)/, '')
    .trim();
  const found = await history.find({
    account: account.id,
    ...(reference === null ? {} : { reference }),
    ...(to === undefined ? {} : { msisdn: to }),
    limit,
  });
  return json(200, { messages: found.map(viewOf) });
}

function viewOf({ message, live, events }: MessageHistory): object {
  return {
    id: message.id,
    to: message.to,
    from: message.from,
    reference: message.reference,
    customGroupings: message.groupings,
    acceptedAt: timeOf(message.acceptedAt),
    expiresAt: timeOf(message.expiresAt),
    operator: message.operator,
    tariff: message.tariff,
    channels: message.plan.map((step) => step.channel),
    connection: message.plan[live.step]?.connection ?? null,
    parts: message.plan[live.step]?.parts ?? 0,
    state: stateOf(live.told, live.rank),
    events: events.map((event) => ({
      at: timeOf(event.at),
      kind: event.kind,
      channel: message.plan[event.step]?.channel ?? null,
      connection: message.plan[event.step]?.connection ?? null,
      part: event.part + 1,
      state:
        event.kind === 'report' || event.kind === 'told'
          ? (statusNames[Number(event.state)] ?? event.state)
          : event.state,
      error: event.error === 0 ? null : event.error,
      errorDescription: isDeliveryError(event.error) ? deliveryErrorText(event.error) : '',
      detail: event.detail,
    })),
  };
}

/** The newest status as a word; "queued" before anything is known. */
function stateOf(told: number, rank: number): string {
  for (const value of [4, 2, 1, 3, 0]) {
    if ((told & (1 << value)) !== 0) return statusNames[value] ?? 'queued';
  }
  return rank === 0 ? 'queued' : 'accepted';
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
