/** What the operator of the rig saw, for the checker of a storm. Times are epoch milliseconds. */
export interface SmscLedger {
  readonly submits: SubmitRecord[];
  readonly receipts: ReceiptRecord[];
}

export interface SubmitRecord {
  readonly at: number;
  readonly systemId: string;
  readonly destination: string;
  readonly text: string;
  /** Which part of how many it is, from 1, as its user data header says. */
  readonly part: number;
  readonly parts: number;
  /** Empty when the message was not taken. */
  readonly messageId: string;
  /** The command_status of the response, whether it was sent or lost. */
  readonly status: number;
  /** false: the response was swallowed or the connection cut, so the gateway cannot know. */
  readonly answered: boolean;
}

export interface ReceiptRecord {
  readonly at: number;
  readonly messageId: string;
  readonly destination: string;
  readonly stat: string;
  /** `sent`, or how it ended: the command_status of the deliver_sm_resp, or none in time. */
  readonly event: 'sent' | 'answered' | 'timed out' | 'cut';
  readonly status: number;
}

export function createSmscLedger(): SmscLedger {
  return { submits: [], receipts: [] };
}

/** The last word of a text: the token by which a checker knows a message. */
export function tokenOf(text: string): string {
  return text.slice(text.lastIndexOf(' ') + 1);
}
