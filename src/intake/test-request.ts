import type { IntakeMessage } from './request.ts';

/** A `msg` that asks for nothing but a text to one number, but for these fields. */
export function sampleRequestMessage(fields: Partial<IntakeMessage> = {}): IntakeMessage {
  return {
    from: 'Bakery',
    to: ['0031612345678'],
    body: { content: 'Your bread is ready', type: 'AUTO', header: null },
    allowedChannels: null,
    reference: null,
    groupings: [null, null, null],
    validity: null,
    dcs: null,
    partsMin: null,
    partsMax: null,
    appKey: null,
    rich: null,
    ...fields,
  };
}
