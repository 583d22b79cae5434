import type { InboundMessage } from '../core/inbound.ts';

/** The message of contract §9.1. */
export function thanks(fields: Partial<InboundMessage> = {}): InboundMessage {
  return {
    id: '019d0000000070008000000000000001',
    account: 'shop',
    channel: 'SMS',
    connection: 'operator',
    from: '31612345678',
    fromName: null,
    to: '3669',
    text: 'Thanks!',
    isBinary: false,
    udh: null,
    receivedAt: Date.parse('2026-03-01T10:20:00Z'),
    operator: '20601',
    media: null,
    custom: null,
    context: null,
    event: null,
    answers: '019d0000000070008000000000000000',
    reference: 'order4711',
    groupings: ['orders', 'breda', 'web'],
    ...fields,
  };
}

/** A message that answers none of ours. */
export const unasked = { answers: null, reference: null, groupings: [null, null, null] } as const;
