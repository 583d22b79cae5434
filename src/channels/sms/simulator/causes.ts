import type { DeliveryError } from '../../../core/status.ts';
import type { Obstacle } from '../../../rehearsal/handset.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import { messageState } from '../../../smpp/tlvs.ts';

/** A value of message_state (SMPP 3.4 §5.2.28). */
export type MessageState = (typeof messageState)[keyof typeof messageState];

/** How a message ends: its state, and the cause that receipts give in `err`. */
export interface MessageEnd {
  readonly state: MessageState;
  /** A GSM cause, or one of this operator's own from 700 on. */
  readonly cause: number;
}

export const deliveredEnd: MessageEnd = { state: messageState.DELIVERED, cause: 0 };
export const deletedEnd: MessageEnd = { state: messageState.DELETED, cause: 0 };

/** GSM causes (sms-operators §5.2). */
const gsmCause = {
  unknownSubscriber: 1,
  teleserviceNotProvisioned: 11,
  callBarred: 13,
  memoryExceeded: 22,
  absentSubscriber: 27,
  networkOutOfOrder: 38,
} as const;

/**
 * GSM has no causes for credit, age, content and the like, so every operator has numbers of its
 * own. This one's are 700 and the specification's error number.
 */
function ownCause(error: DeliveryError): number {
  return 700 + error;
}

/** What keeps a message from a handset, as receipts say it. */
export const obstacleEnds: Readonly<Record<Obstacle, MessageEnd>> = {
  unknown: { state: messageState.UNDELIVERABLE, cause: gsmCause.unknownSubscriber },
  barred: { state: messageState.UNDELIVERABLE, cause: gsmCause.callBarred },
  'opted-out': { state: messageState.REJECTED, cause: ownCause(37) },
  'content-filter': { state: messageState.REJECTED, cause: ownCause(29) },
  // These two may pass: the message ends like this when its validity does.
  absent: { state: messageState.EXPIRED, cause: gsmCause.absentSubscriber },
  'memory-full': { state: messageState.EXPIRED, cause: gsmCause.memoryExceeded },
};

/** How a number that asks for an error fails: its submit is refused, or it ends so later. */
export type MagicFailure = { readonly command_status: number } | MessageEnd;

/** The submit is refused with this for want of credit; operators' own statuses are 0x400 to 0x4FF. */
const noCreditStatus = 0x411;

/**
 * How each error number of the specification is brought about (DESIGN §8). An ESME that reads
 * receipts with the tables of sms-operators §4, §5.1, §5.2 and the two below gets the same number
 * back.
 */
export const magicFailures: Readonly<Record<Exclude<DeliveryError, 0>, MagicFailure>> = {
  5: { state: messageState.UNDELIVERABLE, cause: 0 },
  7: { state: messageState.UNDELIVERABLE, cause: ownCause(7) },
  8: { state: messageState.EXPIRED, cause: 0 },
  20: { command_status: commandStatus.ESME_RINVESMCLASS },
  21: { state: messageState.EXPIRED, cause: ownCause(21) },
  22: { command_status: noCreditStatus },
  23: { state: messageState.UNDELIVERABLE, cause: gsmCause.unknownSubscriber },
  24: { state: messageState.UNDELIVERABLE, cause: gsmCause.absentSubscriber },
  25: { state: messageState.UNDELIVERABLE, cause: gsmCause.networkOutOfOrder },
  26: { state: messageState.UNDELIVERABLE, cause: gsmCause.memoryExceeded },
  27: { state: messageState.UNDELIVERABLE, cause: gsmCause.teleserviceNotProvisioned },
  // As a submit error it would be ESME_RTHROTTLED, which slows down everybody else's messages.
  28: { state: messageState.REJECTED, cause: ownCause(28) },
  29: { state: messageState.REJECTED, cause: ownCause(29) },
  30: { state: messageState.REJECTED, cause: ownCause(30) },
  31: { state: messageState.REJECTED, cause: ownCause(31) },
  33: { state: messageState.REJECTED, cause: ownCause(33) },
  34: { state: messageState.REJECTED, cause: ownCause(34) },
  35: { state: messageState.REJECTED, cause: ownCause(35) },
  36: { state: messageState.REJECTED, cause: ownCause(36) },
  37: { state: messageState.REJECTED, cause: ownCause(37) },
};

/** This operator's own causes, as the `receiptErrors` of a connection to it. */
export const simulatorReceiptErrors: readonly { match: string; code: DeliveryError }[] = (
  [7, 21, 28, 29, 30, 31, 33, 34, 35, 36, 37] as const
).map((error) => ({ match: String(ownCause(error)), code: error }));

/** This operator's own statuses, as the `statusErrors` of a connection to it. */
export const simulatorStatusErrors = [{ match: noCreditStatus, kind: 'P', code: 22 }] as const;
