import { type Live, part, partsOf } from '../core/lifecycle.ts';
import type { Envelope, TallyRows } from './rows.ts';

/** Counts what a change of a message's progress means for the connections that serve it. */
export function tallyProgress(
  rows: TallyRows,
  envelope: Envelope,
  before: Live,
  after: Live,
): void {
  if (before.progress === after.progress) return;
  const { account, acceptedAt, operator, plan } = envelope;
  for (let step = 0; step < plan.length; step++) {
    const old = partsOf(before, step);
    const now = partsOf(after, step);
    const connection = plan[step]?.connection;
    if (old === now || connection === undefined) continue;
    const place = { account, acceptedAt, connection, operator };
    if (!isSent(old) && isSent(now)) rows.tally(place, 'sent');
    if (!isReached(old) && isReached(now)) rows.tally(place, 'delivered');
  }
}

/** Whether the operator has a step: its first part speaks for it, which is taken once at most. */
export function isSent(letters: string): boolean {
  const first = letters[0];
  return first === part.enroute || first === part.delivered || first === part.read;
}

/** Whether all of a step is on the handset. */
export function isReached(letters: string): boolean {
  for (const letter of letters) if (letter !== part.delivered && letter !== part.read) return false;
  return letters !== '';
}
