import { Deque } from '../lib/deque.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';
import type { Parcel } from './parcel.ts';
import type { Delivery, ReceiverBind } from './receiver-bind.ts';

/** A session rests this long after it refuses, twice as long after each further refusal, and so long at most. */
const restFirstMs = 1_000;
export const restLongestMs = 30_000;
/** So many failures in a row, of whatever kind, make a session rest as well. */
export const badAnswersMax = 10;

/** One session of a customer, as its deliveries see it. Times are monotonic milliseconds. */
export class BindState {
  readonly bind: ReceiverBind;
  /** Parts of a message whose first part went this way: the others must, too. */
  readonly parts = new Deque<{ readonly parcel: Parcel; readonly delivery: Delivery }>();
  #restUntil = 0;
  #restMs = restFirstMs;
  #failuresInRow = 0;

  constructor(bind: ReceiverBind) {
    this.bind = bind;
  }

  canTake(now: number): boolean {
    return this.bind.room > 0 && now >= this.#restUntil;
  }

  /** Draws conclusions from an answer about the session as a whole. */
  note(outcome: DeliveryOutcome, now: number): void {
    if (outcome === 'taken' || outcome === 'refused') {
      this.#failuresInRow = 0;
      this.#restMs = restFirstMs;
      return;
    }
    this.#failuresInRow++;
    // Answers that were under way together count once.
    if (now < this.#restUntil) return;
    if (outcome !== 'busy' && this.#failuresInRow < badAnswersMax) return;
    this.#restUntil = now + this.#restMs;
    this.#restMs = Math.min(this.#restMs * 2, restLongestMs);
  }
}
