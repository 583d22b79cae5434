import type { Live } from './lifecycle.ts';
import type { Message } from './message.ts';

/** A step that waits to be sent: one row of `ready` with the message it belongs to. */
export interface ReadyStep {
  readonly message: Message;
  readonly step: number;
  readonly live: Live;
  /** Epoch milliseconds; a row is not handed out before. */
  readonly due: number;
}
