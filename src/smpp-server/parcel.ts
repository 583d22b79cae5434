import type { DeliveryOutcome } from './delivery-outcome.ts';

/** One receipt or one incoming message on its way over a session: one PDU, or several parts. */
export class Parcel {
  readonly #settle: (outcome: DeliveryOutcome) => void;
  #open: number;
  #worst: DeliveryOutcome = 'taken';

  /** @param settle called once, when all parts have been answered. */
  constructor(parts: number, settle: (outcome: DeliveryOutcome) => void) {
    this.#open = parts;
    this.#settle = settle;
  }

  /** One part was answered. A message counts as taken when all of its parts were. */
  answered(outcome: DeliveryOutcome): void {
    if (severity[outcome] > severity[this.#worst]) this.#worst = outcome;
    this.#open--;
    if (this.#open === 0) this.#settle(this.#worst);
  }
}

/** A refusal for ever ends the message, whatever became of its other parts. */
const severity: Readonly<Record<DeliveryOutcome, number>> = {
  taken: 0,
  lost: 1,
  later: 2,
  busy: 3,
  refused: 4,
};
