import type { ArrivingPart } from '../../../rehearsal/inbox.ts';
import type { MessageState } from './causes.ts';
import type { SmscAccount } from './smsc-account.ts';

/** An address as it stands in a PDU. */
export interface PduAddress {
  readonly ton: number;
  readonly npi: number;
  readonly text: string;
}

/** A message in the SMSC's store: one accepted submit. */
export interface StoredMessage {
  /** As the response gave it. */
  readonly id: string;
  readonly account: SmscAccount;
  /** The link it was submitted on. */
  readonly linkId: number;
  readonly serviceType: string;
  readonly source: PduAddress;
  readonly destination: PduAddress;
  /** The handset: digits without prefix. */
  readonly number: string;
  readonly registeredDelivery: number;
  /** user_message_reference, if there was one. */
  readonly reference: number | null;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  /** What the handset gets; replace_sm changes it. */
  content: ArrivingPart;
  /** Epoch milliseconds: the end of the validity. */
  expiresAt: number;
  state: MessageState;
  /** The cause of the end, or of the wait. */
  cause: number;
  /** Epoch milliseconds; null while it has not ended. */
  endedAt: number | null;
}
