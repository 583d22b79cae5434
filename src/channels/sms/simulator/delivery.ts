import type { DeliverPdu } from './receipt-writer.ts';

/** A receipt or an incoming message on its way to an ESME. */
export interface Delivery {
  readonly pdu: DeliverPdu;
  /** The link its message was submitted on; null when there was none. */
  readonly linkId: number | null;
  attempts: number;
  /** Called when the ESME has taken it. */
  readonly onTaken?: () => void;
}
