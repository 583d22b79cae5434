import { type Live, partsOf } from '../core/lifecycle.ts';
import type {
  ConversionRequest,
  ConversionResult,
  ConvertedMessage,
  ReportedConversion,
} from './conversion-contract.ts';
import { type AnswerRows, judgeKey } from './once.ts';
import type { Life, Rows } from './rows.ts';
import { isReached, isSent } from './tallies.ts';

/** What conversions need of a database, beside `Rows` and in the same transaction. */
export interface ConversionRows {
  /** Whether one with the same four fields is there. */
  hasConversion(reported: ReportedConversion): boolean;
  hasConverted(messageId: string): boolean;
  /** Gives it the next sequence. */
  insertConversion(
    reported: ReportedConversion,
    message: ConvertedMessage | null,
    receivedAt: number,
  ): void;
}

/** Contract `ConversionStore.record`. */
export function recordConversion(
  rows: Rows,
  conversions: ConversionRows,
  answers: AnswerRows,
  { reported, messageId, now, once }: ConversionRequest,
): ConversionResult {
  const known = once === null ? null : judgeKey(answers, once, now);
  if (known !== null) return known;
  if (once !== null) answers.putAnswer(once);
  // A number alone may fit a newer message when the same report comes again.
  if (conversions.hasConversion(reported)) return { kind: 'known' };
  const life = messageId === null ? undefined : rows.findLife(messageId);
  if (life === undefined) {
    conversions.insertConversion(reported, null, now);
    return { kind: 'recorded' };
  }
  if (conversions.hasConverted(life.envelope.id)) return { kind: 'known' };
  const message = convertedMessage(life);
  conversions.insertConversion(reported, message, now);
  rows.tally(life.envelope, message.connection, 'converted');
  rows.tallyGroupings(life.envelope, 'converted');
  return { kind: 'recorded' };
}

function convertedMessage({ envelope, live }: Life): ConvertedMessage {
  const { id, acceptedAt, operator, groupings, plan } = envelope;
  const connection = plan[creditedStep(live)]?.connection ?? '';
  return { id, acceptedAt, connection, operator, groupings };
}

/** The first step that reached the handset, else the last that was sent. */
function creditedStep(live: Live): number {
  for (let step = 0; step <= live.step; step++) if (isReached(partsOf(live, step))) return step;
  for (let step = live.step; step > 0; step--) if (isSent(partsOf(live, step))) return step;
  return 0;
}
