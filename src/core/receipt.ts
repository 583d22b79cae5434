import type { ReceiptState } from './lifecycle.ts';
import type { DeliveryError } from './status.ts';

/** What an operator or provider says about one part (a delivery receipt, DLR). */
export interface ReceiptFact {
  readonly connection: string;
  /**
   * The keys to look the part up by, best first: as received, then the forms of sms-operators §5. `exact` of them
   * match by themselves; the rest only if the destination agrees.
   */
  readonly providerIds: readonly string[];
  readonly exact: number;
  /** The handset as digits; null when the receipt does not say. */
  readonly destination: string | null;
  readonly state: ReceiptState;
  readonly error: DeliveryError;
  /** Epoch milliseconds: when the operator says it happened, else when it arrived. */
  readonly at: number;
  /** MCC and MNC digits when the operator says where the handset is. */
  readonly operator: string | null;
}
