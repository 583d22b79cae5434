import { type Live, part, partsOf } from '../core/lifecycle.ts';
import { status, statusBit } from '../core/status.ts';
import type { Envelope, TallyRows } from './rows.ts';

/** Counts what a change of a message means for the connections that serve it, and for its groupings. */
export function tallyChange(rows: TallyRows, envelope: Envelope, before: Live, after: Live): void {
  if (before.progress !== after.progress) tallyProgress(rows, envelope, before, after);
  if (before.told !== after.told) tallyTold(rows, envelope, before.told, after.told);
}

function tallyProgress(rows: TallyRows, envelope: Envelope, before: Live, after: Live): void {
  const { plan } = envelope;
  for (let step = 0; step < plan.length; step++) {
    const old = partsOf(before, step);
    const now = partsOf(after, step);
    const connection = plan[step]?.connection;
    if (old === now || connection === undefined) continue;
    if (!isSent(old) && isSent(now)) rows.tally(envelope, connection, 'sent');
    if (!isReached(old) && isReached(now)) rows.tally(envelope, connection, 'delivered');
  }
}

const deliveredBit = statusBit(status.delivered);
/** What has reached a handset was sent, also when the operator's answer never came. */
const sentBits = statusBit(status.accepted) | deliveredBit;

/** A message has one account of itself however many connections it goes over: what its reports say. */
function tallyTold(rows: TallyRows, envelope: Envelope, before: number, after: number): void {
  if ((before & sentBits) === 0 && (after & sentBits) !== 0) rows.tallyGroupings(envelope, 'sent');
  if ((before & deliveredBit) < (after & deliveredBit)) rows.tallyGroupings(envelope, 'delivered');
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
