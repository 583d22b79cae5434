import type { ArrivingPart } from './inbox.ts';

/** An SMS of one part as it arrives at a phone, but for these fields. */
export function samplePart(fields: Partial<ArrivingPart> = {}): ArrivingPart {
  return {
    channel: 'SMS',
    from: 'Chappe',
    text: 'Hello',
    encoding: 'gsm7',
    parts: 1,
    flash: false,
    concat: null,
    ...fields,
  };
}
