import type { BodyOf, DataSm, DeliverSm } from '../smpp/pdus.ts';
import type { Tlvs } from '../smpp/tlvs.ts';

/** A customer's session that is bound as receiver or transceiver: what a delivery needs of it. */
export interface ReceiverBind {
  readonly account: string;
  /** How many more deliveries the window towards the ESME takes now. */
  readonly room: number;
  /** Whether optional parameters reach it: an ESME of an older version is sent none (SMPP 3.4 §3.4.2). */
  readonly takesTlvs: boolean;
  /**
   * Sends one delivery. Resolves with the command_status of its response, or with `lost` when the session
   * ended or the response did not come in time: then it is not known whether the ESME has it.
   */
  deliver(delivery: Delivery): Promise<number | 'lost'>;
}

export type Delivery =
  | { readonly command: 'deliver_sm'; readonly body: BodyOf<DeliverSm>; readonly tlvs?: Tlvs }
  | { readonly command: 'data_sm'; readonly body: BodyOf<DataSm>; readonly tlvs?: Tlvs };

/** Receipts and incoming messages on their way to customers' sessions. */
export interface Deliveries {
  /** A session can take deliveries from now on; several of one account share what waits. */
  attach(bind: ReceiverBind): void;
  /** It takes no more. Deliveries without an answer resolve as `lost` by themselves. */
  detach(bind: ReceiverBind): void;
  /** The window of a session has room again. */
  wake(bind: ReceiverBind): void;
}
