import type { Rejection } from '../intake/rejection.ts';

/** The kinds of faults of a message that `/gateway.ashx` tells apart, in the order of contract §5.3 and §6. */
export const plainFaults = ['from', 'to', 'number', 'body', 'other', 'unroutable'] as const;
export type PlainFault = (typeof plainFaults)[number];

/** What is no kind of its own, such as a field that is wrong, comes before the route, as it is checked before. */
const faultsByReason: Readonly<Record<Rejection['reason'], PlainFault>> = {
  'from-missing': 'from',
  'from-invalid': 'other',
  'to-missing': 'to',
  'to-not-array': 'other',
  'to-too-many': 'other',
  'number-missing': 'to',
  'number-invalid': 'number',
  'body-missing': 'body',
  'content-missing': 'body',
  'channels-not-array': 'other',
  'field-invalid': 'other',
  spam: 'other',
  blacklisted: 'other',
  refused: 'other',
  unroutable: 'unroutable',
  internal: 'other',
};

export function faultOf(rejection: Rejection): PlainFault {
  return faultsByReason[rejection.reason];
}
