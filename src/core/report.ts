import type { Channel } from './channel-names.ts';
import type { Groupings, MessageId } from './message.ts';
import type { DeliveryError, Status } from './status.ts';

/** What a customer is told about one change of one message (spec "Status report webhook"). */
export interface StatusReport {
  readonly messageId: MessageId;
  readonly account: string;
  readonly status: Status;
  readonly error: DeliveryError;
  /** Epoch milliseconds at which the change was registered. */
  readonly createdAt: number;
  readonly channel: Channel;
  /** The sender as the customer wrote it. */
  readonly from: string;
  /** The recipient as the customer sent it. */
  readonly to: string;
  readonly reference: string | null;
  readonly groupings: Groupings;
  readonly operator: string | null;
}
