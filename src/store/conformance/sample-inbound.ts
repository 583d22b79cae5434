import type { InboundMessage } from '../../core/inbound.ts';
import type { Store } from '../contract.ts';
import type { InboundArrival, InboundBounds } from '../inbound-contract.ts';
import { hourMs, idOf, indexOf, start } from './sample.ts';

/** Room for what the suite sends. */
export const roomy: InboundBounds = { groupsMax: 100 };

/** The `index`-th message from a handset, to the account "demo". */
export function sampleInbound(index: number, fields: Partial<InboundMessage> = {}): InboundMessage {
  return {
    id: idOf(index),
    account: 'demo',
    channel: 'SMS',
    connection: 'op',
    from: '31612345678',
    fromName: null,
    to: '3669',
    text: `Text ${index}`,
    isBinary: false,
    udh: null,
    receivedAt: start,
    operator: null,
    media: null,
    custom: null,
    context: null,
    event: null,
    answers: null,
    reference: null,
    groupings: [null, null, null],
    ...fields,
  };
}

/** It arrives whole, for the account's webhook; every index is a message of its own. */
export function arrival(index: number, fields: Partial<InboundArrival> = {}): InboundArrival {
  return {
    message: sampleInbound(index),
    queues: ['inbound:demo'],
    concat: null,
    repeatKey: `key${index}`,
    repeatUntil: start + hourMs,
    optOut: null,
    ...fields,
  };
}

/** One part of a longer message with reference 7. */
export function partArrival(
  index: number,
  sequence: number,
  total: number,
  fields: Partial<InboundMessage> = {},
): InboundArrival {
  const message = sampleInbound(index, { text: `${sequence}/${total} `, ...fields });
  return arrival(index, { message, concat: { reference: 7, total, sequence } });
}

/** All that is due in a queue, as "index: text". */
export async function readTexts(
  store: Store,
  now = start,
  queue = 'inbound:demo',
): Promise<string[]> {
  const rows = await store.inbound.queue.read({ queue, after: null, now, limit: 1000 });
  return rows.map(({ message }) => `${indexOf(message.id)}: ${message.text}`);
}
