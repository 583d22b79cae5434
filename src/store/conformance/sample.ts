import type { Message, MessageId, Step } from '../../core/message.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import { allStatuses } from '../../core/status.ts';
import type { AcceptRequest, Store, SubmittedPart } from '../contract.ts';

/** The moment at which every story of the suite begins. */
export const start = 1_780_000_000_000;
export const hourMs = 60 * 60 * 1000;
export const dayMs = 24 * hourMs;
export const allLanes = { first: 0, last: 63 } as const;

/** The id of the `index`-th message; ids sort as their indexes do. */
export function idOf(index: number): MessageId {
  return `019d${index.toString(16).padStart(28, '0')}`;
}

/** A step of one part over the connection "op". */
export function sampleStep(fields: Partial<Step> = {}): Step {
  return {
    channel: 'SMS',
    connection: 'op',
    parts: 1,
    timeoutMs: null,
    concatReference: 0,
    ...fields,
  };
}

/** A message accepted at `start` that wants all of its statuses told. */
export function sampleMessage(index: number, fields: Partial<Message> = {}): Message {
  return {
    id: idOf(index),
    account: 'demo',
    door: 'json',
    acceptedAt: start,
    expiresAt: start + dayMs,
    from: 'Chappe',
    to: `+3161234${index}`,
    msisdn: `3161234${index}`,
    reference: null,
    groupings: [null, null, null],
    operator: null,
    tariff: null,
    plan: [sampleStep()],
    wants: allStatuses,
    reportTo: 'status:demo',
    content: {
      text: `Text ${index}`,
      encoding: 'gsm7',
      udh: null,
      partsMax: 8,
      rich: null,
      appKey: null,
    },
    ...fields,
  };
}

/** Accepts messages as one request of an account without a wallet. */
export async function accept(
  store: Store,
  messages: readonly Message[],
  fields: Partial<AcceptRequest> = {},
): ReturnType<Store['intake']['accept']> {
  const request = { account: 'demo', messages, now: start, wallet: 'none', ...fields } as const;
  return store.intake.accept(request);
}

/** "The operator took this part and calls it `providerId`." */
export function accepted(
  index: number,
  providerId: string,
  fields: Partial<SubmittedPart> = {},
): SubmittedPart {
  return {
    id: idOf(index),
    step: 0,
    part: 0,
    connection: 'op',
    outcome: { kind: 'accepted', providerId },
    ...fields,
  };
}

/** "The operator says that it was delivered." */
export function receipt(providerId: string, fields: Partial<ReceiptFact> = {}): ReceiptFact {
  return {
    connection: 'op',
    providerIds: [providerId],
    exact: 1,
    destination: null,
    state: 'delivered',
    error: 0,
    at: start + 2000,
    operator: null,
    ...fields,
  };
}

/** All that is due in a connection's lanes, as "index.step". */
export async function readLanes(store: Store, now: number, connection = 'op'): Promise<string[]> {
  const query = { connection, lanes: allLanes, after: null, now, limit: 1000 };
  const steps = await store.dispatch.readReady(query);
  return steps.map(({ message, step }) => `${indexOf(message.id)}.${step}`);
}

/** All that is due in an outbox queue, as "index:status". */
export async function readOutbox(
  store: Store,
  now: number,
  queue = 'status:demo',
): Promise<string[]> {
  const rows = await store.outbox.read({ queue, after: null, now, limit: 1000 });
  return rows.map(({ report }) => `${indexOf(report.messageId)}:${report.status}`);
}

/** The opposite of `idOf`. */
export function indexOf(id: MessageId): number {
  return Number.parseInt(id.slice(4), 16);
}
