import { commandStatus } from '../smpp/command-status.ts';
import { giveUpAt } from '../webhooks/schedule.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** What an ESME said to a delivery. */
export type DeliveryOutcome =
  | 'taken'
  /** It will never take it. */
  | 'refused'
  /** It takes nothing for the moment. */
  | 'busy'
  | 'later'
  /** Not known: the session ended or no answer came in time. */
  | 'lost';

const { ESME_ROK, ESME_RMSGQFUL, ESME_RTHROTTLED, ESME_RX_P_APPN, ESME_RX_R_APPN } = commandStatus;

const outcomes: ReadonlyMap<number, DeliveryOutcome> = new Map<number, DeliveryOutcome>([
  [ESME_ROK, 'taken'],
  [ESME_RX_P_APPN, 'refused'],
  [ESME_RX_R_APPN, 'refused'],
  [ESME_RTHROTTLED, 'busy'],
  [ESME_RMSGQFUL, 'busy'],
]);

/** What the command_status of a response means. Only what clearly says "never" ends a delivery. */
export function judgeAnswer(answer: number | 'lost'): DeliveryOutcome {
  return answer === 'lost' ? 'lost' : (outcomes.get(answer) ?? 'later');
}

/** Waits after the first refusals; the last one repeats. */
const refusedWaitsMs = [1, 5, 15, 60, 300, 600].map((seconds) => seconds * secondMs);

/**
 * What was lost may have arrived, so that each further try may be a duplicate: seven days hold no more than
 * 47 tries.
 */
const lostWaitsMs = [5 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, hourMs, 4 * hourMs];

/**
 * When a delivery that failed `attempts` times is tried again, in epoch milliseconds; null when its seven days
 * (contract §11.4) are over by then.
 */
export function nextDelivery(failure: {
  outcome: 'busy' | 'later' | 'lost';
  attempts: number;
  /** When the report or the message came to be. */
  bornAt: number;
  now: number;
}): number | null {
  const { outcome, attempts, bornAt, now } = failure;
  const waits = outcome === 'lost' ? lostWaitsMs : refusedWaitsMs;
  const due = now + (waits[Math.min(attempts, waits.length) - 1] ?? 0);
  return due < giveUpAt(bornAt) ? due : null;
}
