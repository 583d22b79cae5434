/** How the operator of the rig behaves. Everything can be changed while it runs. */
export interface SmscSettings {
  /** Time between a submit_sm and its response; 0 answers within the same tick. */
  readonly latencyMs: number;
  /** Time between a submit_sm and its receipt. */
  readonly receiptDelayMs: number;
  /** false sends no receipts, whatever was asked for. */
  readonly receipts: boolean;
  /** Receipts sent and not yet answered, per session. */
  readonly receiptWindow: number;
  /** After this time without an answer a receipt is sent again. */
  readonly receiptTimeoutMs: number;
  /** Pause before a receipt that was answered with an error is sent again. */
  readonly receiptRetryMs: number;
  /** Keep a record of every submit_sm and every receipt. */
  readonly ledger: boolean;
  readonly doomed: DoomedNumbers;
  /** The chance (0 to 1) of each fault, per message. */
  readonly faults: SmscFaults;
}

/**
 * Message numbers that fail each time they come, by their remainder, so that a sender knows beforehand
 * what must become of a message.
 */
export interface DoomedNumbers {
  readonly modulo: number;
  /** Taken, and the receipt says UNDELIV. */
  readonly undeliverable: readonly number[];
  /** Answered with ESME_RINVDSTADR and not taken. */
  readonly refused: readonly number[];
}

export interface SmscFaults {
  /** The receipt goes out at once, its response only `lateResponseMs` after it. */
  readonly receiptFirst: number;
  readonly lateResponseMs: number;
  /** The receipt is sent twice. */
  readonly duplicateReceipt: number;
  /** The message is taken and delivered, but its response never sent. */
  readonly loseResponse: number;
  /** Answered with ESME_RTHROTTLED and not taken. */
  readonly throttle: number;
  /** Taken, and the receipt says UNDELIV. */
  readonly undeliverable: number;
  /** The connection is cut right after the message was taken, before any answer. */
  readonly cut: number;
}

export const noSmscFaults: SmscFaults = {
  receiptFirst: 0,
  lateResponseMs: 50,
  duplicateReceipt: 0,
  loseResponse: 0,
  throttle: 0,
  undeliverable: 0,
  cut: 0,
};

export const defaultSmscSettings: SmscSettings = {
  latencyMs: 0,
  receiptDelayMs: 500,
  receipts: true,
  receiptWindow: 200,
  receiptTimeoutMs: 10_000,
  receiptRetryMs: 500,
  ledger: false,
  doomed: { modulo: 1, undeliverable: [], refused: [] },
  faults: noSmscFaults,
};

/** What may be given at the start or later; what is left out stays as it was. */
export type SmscChanges = Partial<Omit<SmscSettings, 'faults'>> & { faults?: Partial<SmscFaults> };

export function changeSmscSettings(settings: SmscSettings, changes: SmscChanges): SmscSettings {
  return { ...settings, ...changes, faults: { ...settings.faults, ...changes.faults } };
}
