import type { SubmitOutcome } from '../../core/lifecycle.ts';
import { deliveryErrors } from '../../core/status.ts';
import type { StatusMeaning } from './error-tables.ts';

/**
 * The outcome of a part that the operator refused, after `attempts` earlier refusals of its step.
 * Throttling has none: the part is sent again from where it was.
 */
export function readRefusal(meaning: StatusMeaning, attempts: number): SubmitOutcome {
  const { kind, error, attemptsMax = null, lastError = error } = meaning;
  if (kind === 'P') return { kind: 'refused', error };
  // A session's fault is not the message's, unless our own PDU was at fault.
  if (kind === 'S' && (error === 0 || !deliveryErrors[error].temporary)) {
    return { kind: 'refused', error };
  }
  if (attemptsMax !== null && attempts + 1 >= attemptsMax) {
    return { kind: 'refused', error: lastError };
  }
  return { kind: 'later', error, attemptsMax };
}
