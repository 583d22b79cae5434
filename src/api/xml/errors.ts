import type { Rejection } from '../../intake/rejection.ts';
import type { MessageResult } from '../../intake/request.ts';
import type { DoorResponse } from '../door.ts';
import {
  echo,
  plainTexts,
  renderOtherRejection,
  renderPlainError,
  renderUnknown,
} from '../plain-answers.ts';
import { faultOf, type PlainFault, plainFaults } from '../plain-faults.ts';

/** Texts of a request as a whole (contract §5.3). */
export const xmlTexts = {
  'token-invalid': 'Invalid product token.',
  'account-unknown': plainTexts['account-unknown'],
  'msg-missing': 'A MESSAGES node requires at least one MSG node',
} as const;

/** Texts of a message; `other` has none of its own. */
export const xmlMessageTexts: Readonly<Record<Exclude<PlainFault, 'other'>, string>> = {
  from: 'No FROM field found in a MSG node.',
  to: 'No phone numbers found. Message will not be sent.',
  number: "Rejected: Gsm '<msisdn>' is not a number.",
  body: 'No body field was found',
  unroutable: plainTexts.unroutable,
};

/**
 * The answer to a request of which a message was rejected: of all rejections the one whose row comes first in
 * contract §5.3, and of several of that row the first in the document.
 */
export function renderFirstFault(results: readonly MessageResult[]): DoorResponse {
  for (const fault of plainFaults) {
    for (const { rejection } of results) {
      if (rejection !== null && faultOf(rejection) === fault) return render(fault, rejection);
    }
  }
  return renderUnknown();
}

function render(fault: PlainFault, rejection: Rejection): DoorResponse {
  if (fault === 'other') return renderOtherRejection(rejection);
  const text = xmlMessageTexts[fault];
  return renderPlainError(
    rejection.reason === 'number-invalid'
      ? text.replace('<msisdn>', () => echo(rejection.value))
      : text,
  );
}
