import type { ReceiptState } from '../../core/lifecycle.ts';
import type { DeliveryError } from '../../core/status.ts';
import { messageState } from '../../smpp/tlvs.ts';

/** SMPP 5.0 §4.7.15; some 3.4 SMSCs send it. */
const skipped = 9;

/** How states are spelled (sms-operators §5), by the beginning of the word. */
const statPrefixes: readonly (readonly [string, number])[] = [
  ['DELIV', messageState.DELIVERED],
  ['DLVRD', messageState.DELIVERED],
  ['UNDEL', messageState.UNDELIVERABLE],
  ['FAIL', messageState.UNDELIVERABLE],
  ['EXPIR', messageState.EXPIRED],
  ['REJEC', messageState.REJECTED],
  ['ACCEP', messageState.ACCEPTED],
  ['ENROU', messageState.ENROUTE],
  ['BUFF', messageState.ENROUTE],
  ['DELET', messageState.DELETED],
  ['UNKN', messageState.UNKNOWN],
  ['SKIP', skipped],
];

/** The message_state of a receipt's `stat`; UNKNOWN for a word nobody has documented. */
export function readStat(stat: string): number | undefined {
  if (stat === '') return undefined;
  const word = stat.toUpperCase();
  for (const [prefix, state] of statPrefixes) if (word.startsWith(prefix)) return state;
  return messageState.UNKNOWN;
}

/** What a receipt means for the part. */
export interface ReceiptMeaning {
  readonly state: ReceiptState;
  readonly error: DeliveryError;
}

/**
 * The meaning of a receipt (sms-operators §5.1) from its TLV's state, its text's and its reason.
 * Where they contradict each other, a final state beats one that is not, else the TLV counts.
 */
export function readMeaning(
  ofTlv: number | undefined,
  ofText: number | undefined,
  reason: DeliveryError,
  unknownState: 'wait' | 'failed',
): ReceiptMeaning {
  const fromTlv = ofTlv === undefined ? undefined : meaningOf(ofTlv, reason, unknownState);
  const fromText = ofText === undefined ? undefined : meaningOf(ofText, reason, unknownState);
  if (fromTlv === undefined) return fromText ?? { state: 'enroute', error: reason };
  if (fromText !== undefined && fromTlv.state === 'enroute') return fromText;
  return fromTlv;
}

function meaningOf(
  state: number,
  reason: DeliveryError,
  unknownState: 'wait' | 'failed',
): ReceiptMeaning {
  switch (state) {
    case messageState.ENROUTE:
    case messageState.ACCEPTED:
      return { state: 'enroute', error: reason };
    case messageState.DELIVERED:
      return delivered;
    case messageState.EXPIRED:
      return { state: 'expired', error: readExpiry(reason) };
    case messageState.UNDELIVERABLE:
      return { state: 'failed', error: reason === 0 ? 5 : reason };
    case messageState.DELETED:
    case skipped:
      return { state: 'failed', error: 5 };
    case messageState.REJECTED:
      return { state: 'rejected', error: reason === 0 ? 25 : reason };
    default:
      return unknownState === 'failed'
        ? { state: 'failed', error: 5 }
        : { state: 'enroute', error: reason };
  }
}

const delivered: ReceiptMeaning = { state: 'delivered', error: 0 };

/** An expiry says 8, but for want of credit 21 and for an absent handset 24. */
function readExpiry(reason: DeliveryError): DeliveryError {
  if (reason === 7 || reason === 21 || reason === 22) return 21;
  return reason === 24 ? 24 : 8;
}
