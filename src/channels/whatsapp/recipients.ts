import type { RecipientNews } from './error-table.ts';
import { absentMs, marketingStoppedMs, recipientsMax, windowMs } from './limits.ts';

/** What is known of one handset on one number. */
interface Recipient {
  /** When it last wrote, which opens the window for free text. */
  inboundAt: number;
  /** A text was refused for want of an open window. */
  closedAt: number;
  /** It was said to have no WhatsApp. */
  absentAt: number;
  /** Its user stopped marketing messages, and wanted them again. */
  stoppedAt: number;
  resumedAt: number;
}

const never = Number.NEGATIVE_INFINITY;

/**
 * What calls and callbacks have told about handsets, so that a call which is bound to fail need not be made. It is
 * kept in memory alone: when a handset last wrote is told again after a restart, and what else is forgotten is learned
 * from the next refusal. All times are wall time.
 */
export class Recipients {
  // A Map remembers the order of insertion: the first is the one unused for the longest time.
  readonly #byNumber = new Map<string, Recipient>();
  readonly #numberByWaId = new Map<string, string>();

  /** Whether free text may be sent (whatsapp-cloud §4); null when nothing is known. */
  isWindowOpen(msisdn: string, now: number): boolean | null {
    const known = this.#byNumber.get(msisdn);
    if (known === undefined || (known.inboundAt === never && known.closedAt === never)) return null;
    return known.inboundAt > known.closedAt && now - known.inboundAt < windowMs;
  }

  /** Whether the handset was said to have no WhatsApp within the last day, and nothing came from it since. */
  isAbsent(msisdn: string, now: number): boolean {
    const known = this.#byNumber.get(msisdn);
    return known !== undefined && now - known.absentAt < absentMs;
  }

  /** Whether its user stopped marketing messages within the last day and did not resume them since. */
  hasStoppedMarketing(msisdn: string, now: number): boolean {
    const known = this.#byNumber.get(msisdn);
    if (known === undefined || known.stoppedAt <= known.resumedAt) return false;
    return now - known.stoppedAt < marketingStoppedMs;
  }

  /** The handset has written: the window is open, and it has WhatsApp. */
  wrote(msisdn: string, at: number): void {
    const known = this.#use(msisdn);
    known.inboundAt = Math.max(known.inboundAt, at);
    known.absentAt = never;
  }

  /** It has got something from us. */
  received(msisdn: string): void {
    const known = this.#byNumber.get(msisdn);
    if (known !== undefined) known.absentAt = never;
  }

  /** What WhatsApp says of a handset, in any order. */
  learn(msisdn: string, news: RecipientNews, at: number): void {
    const known = this.#use(msisdn);
    switch (news) {
      case 'absent':
        known.absentAt = at;
        break;
      case 'window-closed':
        known.closedAt = Math.max(known.closedAt, at);
        break;
      case 'marketing-stopped':
        known.stoppedAt = Math.max(known.stoppedAt, at);
        break;
      case 'marketing-resumed':
        known.resumedAt = Math.max(known.resumedAt, at);
        break;
    }
  }

  /** Some countries' numbers have another form inside WhatsApp (whatsapp-cloud §2.4). */
  alias(waId: string, msisdn: string): void {
    if (waId === '' || waId === msisdn) return;
    this.#numberByWaId.delete(waId);
    this.#numberByWaId.set(waId, msisdn);
    dropOldest(this.#numberByWaId);
  }

  /** The number that messages are sent to, of a handset as WhatsApp names it. */
  numberOf(waId: string): string {
    return this.#numberByWaId.get(waId) ?? waId;
  }

  #use(msisdn: string): Recipient {
    const known = this.#byNumber.get(msisdn) ?? {
      inboundAt: never,
      closedAt: never,
      absentAt: never,
      stoppedAt: never,
      resumedAt: never,
    };
    this.#byNumber.delete(msisdn);
    this.#byNumber.set(msisdn, known);
    dropOldest(this.#byNumber);
    return known;
  }
}

function dropOldest<T>(map: Map<string, T>): void {
  if (map.size <= recipientsMax) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
